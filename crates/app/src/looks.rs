//! The access log (访问记录): reading somebody's entry leaves a line. Pages hand their line over and go on; a
//! thread writes what has gathered, in small groups, through the one writer. A line that cannot be written
//! waits and is tried again; when too many wait, nothing more is shown to anybody.
//!
//! Known limits. The log is not sealed like the ledger: whoever can write the database can change it. When
//! the program is killed, what was read in its last fraction of a second is not written; the next start says
//! so in the log.

mod list;
mod waiting;

pub use list::{Filter, Page};
pub(crate) use waiting::Looks;

#[cfg(test)]
mod tests;
