//! The ledger: an append-only log whose changes cannot go unseen.
#![warn(missing_docs)]

pub mod body;
pub mod canonical;
pub mod envelope;
pub mod hash;
pub mod key;
pub mod proof;
pub mod tree;

pub use hash::Hash;
