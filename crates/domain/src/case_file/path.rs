//! Places inside a case file: dotted paths, list positions from zero. A path is small and borrows
//! its words from the program, so that naming a place costs nothing until it is printed.

use std::fmt;

/// A place in a case file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// A key, possibly dotted: `approval.on`.
    Key(&'static str),
    /// A key in an object, said in two parts: `meeting`, `present`.
    Of(&'static str, &'static str),
    /// A key in an entry of a list: `mentors.1.full_member_since`.
    Entry(&'static str, usize, &'static str),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Key(key) => f.write_str(key),
            Path::Of(object, key) => write!(f, "{object}.{key}"),
            Path::Entry(list, position, key) => write!(f, "{list}.{position}.{key}"),
        }
    }
}
