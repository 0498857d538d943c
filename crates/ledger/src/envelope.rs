//! The envelope: the bytes of a leaf. Who recorded what kind of event when, and commitments to the rest.
//!
//! An envelope never holds personal content. Its texts are ids and names of kinds in printable ASCII, so a
//! person's name in Chinese cannot even be spelled in it; the content is in the body, which may be erased.
//! The bytes are canonical JSON (see [`canonical`](crate::canonical)), at most [`MAX_BYTES`] long, and a reader
//! accepts nothing that would not be written in exactly the same way.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::body::Commitment;
use crate::canonical::{MAX_INTEGER, push_hex, push_integer};
use crate::hash::Hash;

/// The longest envelope, in bytes.
pub const MAX_BYTES: usize = 4096;

/// The version written into every envelope of this form.
pub const VERSION: u64 = 1;

/// The random id of an event: 128 bits, written in lower-case hexadecimal.
///
/// It also serves as the key of idempotency: a client that retries sends the same id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 16]);

/// A civil date, `YYYY-MM-DD`, valid in the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CivilDate {
    year: u16,
    month: u8,
    day: u8,
}

/// How exactly the day of an event is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// The day is known.
    Day,
    /// The month is known; the day in the date is conventional.
    Month,
    /// The year is known; month and day in the date are conventional.
    Year,
    /// The time is not known, and there is no date.
    Unknown,
}

/// The claimed day of an event and how exactly it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurred {
    /// The claimed date.
    pub on: CivilDate,
    /// Day, month or year; an unknown date is an [`Envelope`] without `occurred`.
    pub precision: Precision,
}

/// The person an event is about, as a link in that person's own chain of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// A random id; never an identity number.
    pub id: String,
    /// The place of this event among the subject's events, from 1.
    pub n: u64,
    /// The leaf hash of the subject's previous event; absent exactly when `n` is 1.
    pub prev: Option<Hash>,
}

/// The permanent mark of an event that was recorded late.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Late {
    /// The class of lateness.
    pub class: String,
    /// By how many days.
    pub days: u64,
    /// Where the reason is recorded.
    pub reason_ref: Option<String>,
}

/// Who acted, in which role, for which unit, and how that person was authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The account.
    pub id: String,
    /// The role in which the act was done.
    pub role: String,
    /// The unit for which the act was done.
    pub org: String,
    /// Level and method of authentication.
    pub auth: String,
}

/// A signature by the actor's own key over a digest of the intended act.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The digest that was signed.
    pub digest: Hash,
    /// The algorithm.
    pub alg: String,
    /// Which key of the actor.
    pub key_id: String,
    /// The signature as text.
    pub sig: String,
}

/// Something this event refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cite {
    /// Another event by its id.
    Event(EventId),
    /// A leaf of the log, or a piece of evidence, by its hash.
    Leaf(Hash),
}

/// The content of a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The name of the log; binds the leaf to it.
    pub origin: String,
    /// The index of the leaf, from 0.
    pub seq: u64,
    /// Random id of the event.
    pub event_id: EventId,
    /// What kind of event, such as `notice.opened`.
    pub kind: String,
    /// The unit under which the event is recorded.
    pub org: String,
    /// Whom the event is about, if anyone.
    pub subject: Option<Subject>,
    /// When it happened, as claimed; absent when unknown.
    pub occurred: Option<Occurred>,
    /// When it was written down, in milliseconds since 1970 UTC.
    pub recorded_at: u64,
    /// The mark of lateness, if any.
    pub late: Option<Late>,
    /// Who recorded it.
    pub actor: Actor,
    /// The second person, where an act needs two.
    pub second: Option<Actor>,
    /// The actor's signature, where one was made.
    pub intent: Option<Intent>,
    /// What the event refers to, in the order given.
    pub cites: Vec<Cite>,
    /// The commitment to the body.
    pub body: Commitment,
    /// Digest of the rules in force.
    pub rules: Hash,
    /// The software that wrote it.
    pub app: String,
}

/// An envelope that cannot be written or is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Longer than [`MAX_BYTES`].
    #[error("the envelope has {0} bytes; {MAX_BYTES} is the most")]
    TooLong(usize),
    /// A text that is empty or has anything but printable ASCII.
    #[error("“{0}” must be printable ASCII and not empty")]
    Text(&'static str),
    /// A number out of range.
    #[error("“{0}” is out of range")]
    Range(&'static str),
    /// `subj_n` and `subj_prev` contradict each other.
    #[error("subj_prev must be absent for a subject's first event and present for every other")]
    Chain,
    /// `occurred_on` and `occurred_precision` contradict each other.
    #[error("occurred_on must be absent exactly when the precision is unknown")]
    Occurred,
    /// Not JSON of this form.
    #[error("not an envelope: {0}")]
    Malformed(String),
    /// The same content would be written in other bytes.
    #[error("the envelope is not in canonical form")]
    NotCanonical,
}

impl Envelope {
    /// An envelope with everything that every event has; the rest is added with the methods below.
    #[must_use]
    pub fn new(origin: &str, seq: u64, event_id: EventId, kind: &str, recorded: Recorded) -> Self {
        Self {
            origin: origin.to_owned(),
            seq,
            event_id,
            kind: kind.to_owned(),
            org: recorded.org,
            subject: None,
            occurred: None,
            recorded_at: recorded.recorded_at,
            late: None,
            actor: recorded.actor,
            second: None,
            intent: None,
            cites: Vec::new(),
            body: recorded.body,
            rules: recorded.rules,
            app: recorded.app,
        }
    }

    /// Names the subject and the event's place in the subject's chain.
    #[must_use]
    pub fn about(mut self, id: &str, n: u64, prev: Option<Hash>) -> Self {
        self.subject = Some(Subject { id: id.to_owned(), n, prev });
        self
    }

    /// Claims when the event happened.
    #[must_use]
    pub fn occurred(mut self, on: CivilDate, precision: Precision) -> Self {
        self.occurred = (precision != Precision::Unknown).then_some(Occurred { on, precision });
        self
    }

    /// Marks the event as late.
    #[must_use]
    pub fn late(mut self, late: Late) -> Self {
        self.late = Some(late);
        self
    }

    /// Names the second person.
    #[must_use]
    pub fn second(mut self, second: Actor) -> Self {
        self.second = Some(second);
        self
    }

    /// Adds the actor's own signature.
    #[must_use]
    pub fn intent(mut self, intent: Intent) -> Self {
        self.intent = Some(intent);
        self
    }

    /// Refers to an event or to a piece of evidence.
    #[must_use]
    pub fn cite(mut self, cite: Cite) -> Self {
        self.cites.push(cite);
        self
    }

    /// The canonical bytes: what is stored, and what is hashed.
    ///
    /// # Errors
    /// When a text is not printable ASCII, a number is out of range, or the whole is too long.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        let mut out = Writer { out: Vec::with_capacity(1024) };
        self.write_act(&mut out)?;
        self.write_place(&mut out)?;
        let Writer { mut out } = out;
        out.push(b'}');
        if out.len() > MAX_BYTES {
            return Err(EnvelopeError::TooLong(out.len()));
        }
        Ok(out)
    }

    /// Reads an envelope and accepts it only if writing it again gives the same bytes.
    ///
    /// # Errors
    /// When the bytes are not the canonical form of an envelope. Never panics, whatever the bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > MAX_BYTES {
            return Err(EnvelopeError::TooLong(bytes.len()));
        }
        let wire: Wire =
            serde_json::from_slice(bytes).map_err(|e| EnvelopeError::Malformed(e.to_string()))?;
        let envelope = wire.read()?;
        if envelope.to_bytes()? != bytes {
            return Err(EnvelopeError::NotCanonical);
        }
        Ok(envelope)
    }

    /// The leaf hash of these contents.
    ///
    /// # Errors
    /// As [`to_bytes`](Self::to_bytes). Where the bytes are at hand, hash those.
    pub fn leaf_hash(&self) -> Result<Hash, EnvelopeError> {
        self.to_bytes().map(|bytes| Hash::leaf(&bytes))
    }

    /// The members `actor` to `late`, in the order of their names.
    fn write_act(&self, out: &mut Writer) -> Result<(), EnvelopeError> {
        out.actor(b"{\"actor\":", &self.actor)?;
        out.text(b",\"app\":", "app", &self.app)?;
        out.hash(b",\"blob\":", &self.body.blob);
        out.integer(b",\"body_n\":", "body_n", u64::from(self.body.n))?;
        out.hash(b",\"body_root\":", &self.body.root);
        out.cites(&self.cites);
        out.raw(b",\"event_id\":\"");
        push_hex(&self.event_id.0, &mut out.out);
        out.raw(b"\"");
        if let Some(intent) = &self.intent {
            out.text(b",\"intent\":{\"alg\":", "intent.alg", &intent.alg)?;
            out.hash(b",\"digest\":", &intent.digest);
            out.text(b",\"key_id\":", "intent.key_id", &intent.key_id)?;
            out.text(b",\"sig\":", "intent.sig", &intent.sig)?;
            out.raw(b"}");
        }
        if let Some(key_ref) = &self.body.key_ref {
            out.text(b",\"key_ref\":", "key_ref", key_ref)?;
        }
        out.text(b",\"kind\":", "kind", &self.kind)?;
        if let Some(late) = &self.late {
            out.text(b",\"late\":{\"class\":", "late.class", &late.class)?;
            out.integer(b",\"days\":", "late.days", late.days)?;
            if let Some(reason_ref) = &late.reason_ref {
                out.text(b",\"reason_ref\":", "late.reason_ref", reason_ref)?;
            }
            out.raw(b"}");
        }
        Ok(())
    }

    /// The members `occurred_on` to `v`, in the order of their names.
    fn write_place(&self, out: &mut Writer) -> Result<(), EnvelopeError> {
        if let Some(occurred) = &self.occurred {
            out.raw(b",\"occurred_on\":\"");
            occurred.on.push(&mut out.out);
            out.raw(b"\"");
        }
        let precision = self.occurred.map_or(Precision::Unknown, |occurred| occurred.precision);
        if (precision == Precision::Unknown) != self.occurred.is_none() {
            return Err(EnvelopeError::Occurred);
        }
        out.raw(precision.member());
        out.text(b",\"org\":", "org", &self.org)?;
        out.text(b",\"origin\":", "origin", &self.origin)?;
        out.integer(b",\"recorded_at\":", "recorded_at", self.recorded_at)?;
        out.hash(b",\"rules\":", &self.rules);
        if let Some(second) = &self.second {
            out.actor(b",\"second\":", second)?;
        }
        out.integer(b",\"seq\":", "seq", self.seq)?;
        if let Some(subject) = &self.subject {
            if subject.n == 0 || subject.prev.is_none() != (subject.n == 1) {
                return Err(EnvelopeError::Chain);
            }
            out.text(b",\"subj\":", "subj", &subject.id)?;
            out.integer(b",\"subj_n\":", "subj_n", subject.n)?;
            if let Some(prev) = &subject.prev {
                out.hash(b",\"subj_prev\":", prev);
            }
        }
        out.integer(b",\"v\":", "v", VERSION)
    }
}

/// What [`Envelope::new`] needs besides the event's own name: by whom, when and under which rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The unit under which the event is recorded.
    pub org: String,
    /// When it was written down, in milliseconds since 1970 UTC.
    pub recorded_at: u64,
    /// Who recorded it.
    pub actor: Actor,
    /// The commitment to the body.
    pub body: Commitment,
    /// Digest of the rules in force.
    pub rules: Hash,
    /// The software that wrote it.
    pub app: String,
}

/// Writes members with their keys; every key is a literal that already carries its separator.
struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn text(&mut self, key: &[u8], name: &'static str, text: &str) -> Result<(), EnvelopeError> {
        if text.is_empty() || text.bytes().any(|byte| !(0x20..0x7f).contains(&byte)) {
            return Err(EnvelopeError::Text(name));
        }
        self.raw(key);
        crate::canonical::push_string(text, &mut self.out);
        Ok(())
    }

    fn integer(&mut self, key: &[u8], name: &'static str, number: u64) -> Result<(), EnvelopeError> {
        if number > MAX_INTEGER {
            return Err(EnvelopeError::Range(name));
        }
        self.raw(key);
        push_integer(number, &mut self.out);
        Ok(())
    }

    fn hash(&mut self, key: &[u8], hash: &Hash) {
        self.raw(key);
        self.raw(b"\"");
        hash.push_base64(&mut self.out);
        self.raw(b"\"");
    }

    fn actor(&mut self, key: &[u8], actor: &Actor) -> Result<(), EnvelopeError> {
        self.raw(key);
        self.text(b"{\"auth\":", "actor.auth", &actor.auth)?;
        self.text(b",\"id\":", "actor.id", &actor.id)?;
        self.text(b",\"org\":", "actor.org", &actor.org)?;
        self.text(b",\"role\":", "actor.role", &actor.role)?;
        self.raw(b"}");
        Ok(())
    }

    fn cites(&mut self, cites: &[Cite]) {
        self.raw(b",\"cites\":[");
        for (at, cite) in cites.iter().enumerate() {
            self.raw(if at > 0 { b",\"" } else { b"\"" });
            match cite {
                Cite::Event(id) => push_hex(&id.0, &mut self.out),
                Cite::Leaf(hash) => hash.push_base64(&mut self.out),
            }
            self.raw(b"\"");
        }
        self.raw(b"]");
    }
}

impl Precision {
    const fn member(self) -> &'static [u8] {
        match self {
            Self::Day => b",\"occurred_precision\":\"day\"",
            Self::Month => b",\"occurred_precision\":\"month\"",
            Self::Year => b",\"occurred_precision\":\"year\"",
            Self::Unknown => b",\"occurred_precision\":\"unknown\"",
        }
    }
}

/// The members as they stand in the JSON, before they are held against each other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    actor: Actor,
    app: String,
    blob: Hash,
    body_n: u32,
    body_root: Hash,
    cites: Vec<Cite>,
    event_id: EventId,
    intent: Option<Intent>,
    key_ref: Option<String>,
    kind: String,
    late: Option<Late>,
    occurred_on: Option<CivilDate>,
    occurred_precision: Precision,
    org: String,
    origin: String,
    recorded_at: u64,
    rules: Hash,
    second: Option<Actor>,
    seq: u64,
    subj: Option<String>,
    subj_n: Option<u64>,
    subj_prev: Option<Hash>,
    v: u64,
}

impl Wire {
    fn read(self) -> Result<Envelope, EnvelopeError> {
        if self.v != VERSION {
            return Err(EnvelopeError::Range("v"));
        }
        let subject = match (self.subj, self.subj_n, self.subj_prev) {
            (Some(id), Some(n), prev) => Some(Subject { id, n, prev }),
            (None, None, None) => None,
            (Some(_), None, _) | (None, Some(_), _) | (None, None, Some(_)) => {
                return Err(EnvelopeError::Chain);
            }
        };
        if self.occurred_on.is_none() && self.occurred_precision != Precision::Unknown {
            return Err(EnvelopeError::Occurred);
        }
        let precision = self.occurred_precision;
        Ok(Envelope {
            origin: self.origin,
            seq: self.seq,
            event_id: self.event_id,
            kind: self.kind,
            org: self.org,
            subject,
            occurred: self.occurred_on.map(|on| Occurred { on, precision }),
            recorded_at: self.recorded_at,
            late: self.late,
            actor: self.actor,
            second: self.second,
            intent: self.intent,
            cites: self.cites,
            body: Commitment { root: self.body_root, n: self.body_n, blob: self.blob, key_ref: self.key_ref },
            rules: self.rules,
            app: self.app,
        })
    }
}

/// A text that is not an event id, a date or a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Not 32 lower-case hexadecimal digits.
    #[error("not an event id: 32 lower-case hexadecimal digits were expected")]
    EventId,
    /// Not a date of the calendar.
    #[error("not a date: YYYY-MM-DD was expected")]
    Date,
    /// Neither an event id nor a hash.
    #[error("not a reference: an event id or a hash was expected")]
    Cite,
}

impl EventId {
    /// Wraps 16 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for EventId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let digits: &[u8; 32] = text.as_bytes().try_into().map_err(|_| TextError::EventId)?;
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(TextError::EventId),
        };
        let mut bytes = [0u8; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

impl CivilDate {
    /// A date; `None` when the calendar has no such day or the year has not four digits.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        if year == 0 || year > 9999 || day == 0 || day > days {
            return None;
        }
        Some(Self { year, month, day })
    }

    /// Year, month and day.
    #[must_use]
    pub const fn parts(self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }

    fn push(self, out: &mut Vec<u8>) {
        let digit = |number: u16| b'0' + (number % 10) as u8;
        let (y, m, d) = (self.year, u16::from(self.month), u16::from(self.day));
        out.extend([digit(y / 1000), digit(y / 100), digit(y / 10), digit(y), b'-']);
        out.extend([digit(m / 10), digit(m), b'-', digit(d / 10), digit(d)]);
    }
}

impl FromStr for CivilDate {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let bytes: &[u8; 10] = text.as_bytes().try_into().map_err(|_| TextError::Date)?;
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0u16, |sum, digit| match digit {
                b'0'..=b'9' => Ok(sum * 10 + u16::from(digit - b'0')),
                _ => Err(TextError::Date),
            })
        };
        if bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(TextError::Date);
        }
        let (month, day) = (number(&bytes[5..7])?, number(&bytes[8..])?);
        Self::new(number(&bytes[..4])?, month as u8, day as u8).ok_or(TextError::Date)
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Cite {
    type Err = TextError;

    /// An event id has 32 characters and a hash 44, so the length tells them apart.
    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.len() == 32 {
            return text.parse().map(Self::Event);
        }
        text.parse().map(Self::Leaf).map_err(|_| TextError::Cite)
    }
}

impl fmt::Display for Cite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(id) => id.fmt(f),
            Self::Leaf(hash) => hash.fmt(f),
        }
    }
}

/// Types that stand in the JSON as a string.
macro_rules! deserialize_from_str {
    ($($name:ty),+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
deserialize_from_str!(EventId, CivilDate, Cite);

#[cfg(test)]
mod tests;
