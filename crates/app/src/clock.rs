//! The only reader of the clock. Everything else is told the moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::dates::{Instant, Moment, days_between};
use jiff::Timestamp;
use jiff::civil::Date;

/// Something that knows the moment.
pub trait Clock: Send + Sync {
    /// The instant, and the civil day at the site.
    fn now(&self) -> Moment;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

/// The clock of a demonstration: it stands on a day, lets the hours of that day pass, and goes on to
/// another day only when it is told to.
#[derive(Debug)]
pub struct Demonstration {
    /// Midnight of the day it stands on.
    midnight: AtomicI64,
    began: std::time::Instant,
}

impl Demonstration {
    /// A clock that stands on a day.
    #[must_use]
    pub fn on(day: Date) -> Self {
        let days = days_between(Date::constant(1970, 1, 1), day);
        let midnight = AtomicI64::new(days * DAY_MS - 8 * HOUR_MS);
        Demonstration { midnight, began: std::time::Instant::now() }
    }

    /// Goes on to a day, if it is later than the one it stands on; whether it did.
    pub fn forward_to(&self, day: Date) -> bool {
        let days = days_between(self.now().today, day);
        if days > 0 {
            self.midnight.fetch_add(days * DAY_MS, Ordering::Relaxed);
        }
        days > 0
    }

    /// Goes on by some days; never back.
    pub fn forward(&self, days: u16) {
        self.midnight.fetch_add(i64::from(days) * DAY_MS, Ordering::Relaxed);
    }
}

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// After the morning in which the demonstration was entered.
const NOON_MS: i64 = 12 * HOUR_MS;

impl Clock for Demonstration {
    fn now(&self) -> Moment {
        let passed = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let of_the_day = NOON_MS.saturating_add(passed).min(DAY_MS - 1);
        Moment::at(Instant(self.midnight.load(Ordering::Relaxed) + of_the_day))
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Moment {
        (**self).now()
    }
}

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
