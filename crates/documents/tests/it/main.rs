//! Integration tests of the documents crate, one module per noun.

mod guard;
mod parts;
mod sheet;
