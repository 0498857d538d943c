//! How often costly doors may be knocked at: signing in and full checks by address, the audit, searches
//! and exports by account. Each key has a bucket that fills at a steady pace; whoever empties it is told
//! when to come again. How often passwords may fail is kept in the store, by name.

use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use domain::ids::AccountId;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::site::Site;
use crate::trouble::Trouble;

/// The buckets of a site.
pub(crate) struct Limits {
    sign_ins: Bucket<IpAddr>,
    checks: Bucket<IpAddr>,
    papers: Bucket<IpAddr>,
    notices: Bucket<IpAddr>,
    audits: Bucket<AccountId>,
    searches: Bucket<AccountId>,
    exports: Bucket<AccountId>,
}

impl Default for Limits {
    /// Generous to an office behind one address at eight in the morning, and to whoever works fast;
    /// not to a program that tries everything.
    fn default() -> Self {
        Limits {
            sign_ins: Bucket::new(60, Duration::from_secs(1)),
            checks: Bucket::new(5, Duration::from_secs(20)),
            papers: Bucket::new(30, Duration::from_secs(2)),
            notices: Bucket::new(600, Duration::from_millis(20)),
            audits: Bucket::new(6, Duration::from_secs(10)),
            searches: Bucket::new(40, Duration::from_millis(500)),
            exports: Bucket::new(6, Duration::from_secs(30)),
        }
    }
}

impl Limits {
    /// A name and a password, or a code, from an address.
    pub(crate) fn sign_in(&self, from: Address) -> Result<(), Trouble> {
        self.sign_ins.take(from.0)
    }

    /// A full check of the record, for an address.
    pub(crate) fn check(&self, from: Address) -> Result<(), Trouble> {
        self.checks.take(from.0)
    }

    /// A printed paper held against the record, for an address.
    pub(crate) fn paper(&self, from: Address) -> Result<(), Trouble> {
        self.papers.take(from.0)
    }

    /// A look at the board of public notices, for an address.
    pub(crate) fn notice(&self, from: Address) -> Result<(), Trouble> {
        self.notices.take(from.0)
    }

    /// An audit of a file.
    pub(crate) fn audit(&self, account: AccountId) -> Result<(), Trouble> {
        self.audits.take(account)
    }

    /// A search for people.
    pub(crate) fn search(&self, account: AccountId) -> Result<(), Trouble> {
        self.searches.take(account)
    }

    /// An export of a list.
    pub(crate) fn export(&self, account: AccountId) -> Result<(), Trouble> {
        self.exports.take(account)
    }
}

/// A bucket for each key: so many at once, and one more in each period.
struct Bucket<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

/// Keys after which those at rest are forgotten, so that memory does not grow with visitors.
const MOST_KEYS: usize = 10_000;

impl<K: Hash + Eq + Clone> Bucket<K> {
    fn new(at_once: u32, period: Duration) -> Self {
        let quota = Quota::with_period(period).expect("a period is longer than nothing");
        let at_once = NonZeroU32::new(at_once).unwrap_or(NonZeroU32::MIN);
        Bucket(RateLimiter::keyed(quota.allow_burst(at_once)))
    }

    fn take(&self, key: K) -> Result<(), Trouble> {
        if self.0.len() > MOST_KEYS {
            self.0.retain_recent();
        }
        self.0.check_key(&key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Trouble::TooOften { seconds: wait.as_secs() + 1 }
        })
    }
}

/// The address a request comes from. One household or office of the newer kind of address has a whole
/// range, which counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address(IpAddr);

impl Address {
    fn of(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        Address(match ip {
            IpAddr::V4(_) => ip,
            IpAddr::V6(ip) => IpAddr::from((ip.to_bits() >> 64 << 64).to_be_bytes()),
        })
    }
}

impl FromRequestParts<Site> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        // The last entry is the one that our own proxy wrote; those before it are hearsay.
        let told = || {
            let all = parts.headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
            all.flat_map(|line| line.split(',')).next_back()?.trim().parse().ok()
        };
        let told = if site.is_behind_proxy() { told() } else { None };
        Ok(Address::of(told.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_says_when_to_come_again() {
        let bucket = Bucket::new(3, Duration::from_secs(40));
        for _ in 0..3 {
            assert!(bucket.take(AccountId(1)).is_ok());
        }
        match bucket.take(AccountId(1)) {
            Err(Trouble::TooOften { seconds }) => assert!((30..=41).contains(&seconds), "{seconds}"),
            other => panic!("{other:?}"),
        }
        assert!(bucket.take(AccountId(2)).is_ok());
    }

    #[test]
    fn one_office_has_one_bucket() {
        let of = |text: &str| Address::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:10.0.0.7"), of("10.0.0.7"));
        assert_ne!(of("10.0.0.8"), of("10.0.0.7"));
    }
}
