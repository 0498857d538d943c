//! The only reader of the clock. Everything else is told the moment.

use domain::dates::{Instant, Moment};
use jiff::Timestamp;

/// Something that knows the moment.
pub trait Clock: Send + Sync {
    /// The instant, and the civil day at the site.
    fn now(&self) -> Moment;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

/// A clock that stands still, for tests and dry runs.
#[derive(Debug, Clone, Copy)]
pub struct Fixed(pub Moment);

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> Moment {
        Moment::at(Instant(Timestamp::now().as_millisecond()))
    }
}

impl Clock for Fixed {
    fn now(&self) -> Moment {
        self.0
    }
}
