//! Targets and plans. A plan proposes; a person adopts. Everything here is arithmetic on counts: no
//! person, no clock, no file. The question is an [`instance::Instance`].

#![warn(missing_docs)]

pub mod instance;
