//! The ledger: an append-only log whose changes cannot go unseen.
#![warn(missing_docs)]

pub mod body;
pub mod canonical;
pub mod checkpoint;
pub mod dossier;
pub mod envelope;
pub mod hash;
pub mod index;
pub mod key;
pub mod note;
pub mod proof;
pub mod proof_file;
pub mod tree;
pub mod verify;

pub use hash::Hash;
