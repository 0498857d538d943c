//! The second factor: codes of six digits that an authenticator makes from a shared secret and the time
//! (TOTP, RFC 6238), and recovery codes for whoever lost it. A code is taken once, and one step of thirty
//! seconds early or late is forgiven. The secret is kept sealed under the site's key; the record only says
//! that a factor was set or reset.

use std::fmt::Write as _;

use domain::dates::Moment;
use domain::event::{Fact, SecondFactorRequired, SecondFactorReset, SecondFactorSet};
use domain::ids::AccountId;
use ledger::key::SecretKey;
use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Secret, Totp};

use super::sessions::{NewSession, Opening, SignInError};
use super::{AccountError, authority, drawn_password};
use crate::store::accounts;
use crate::store::factors::{self, FactorRow};
use crate::store::keys;
use crate::store::{Actor, CommandId, Receipt, SITE, Store, StoreError, Tx};

/// Bytes of the secret: 160 bits, as RFC 4226 advises, and 32 letters for whoever has to type them.
const SECRET_BYTES: usize = 20;
/// Steps that the clocks of the site and of a device may differ by.
const SKEW_STEPS: u16 = 1;
/// Recovery codes of an account.
const N_CODES: usize = 8;

/// What a device needs to make codes.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret in letters, for typing.
    pub secret: String,
    /// The same with whose and where, as a picture code holds it.
    pub uri: String,
}

impl std::fmt::Debug for Enrolment {
    /// Without the secret, which no log may hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolment").finish_non_exhaustive()
    }
}

/// How an account stands with its second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorState {
    /// Whether one is in use.
    pub is_set: bool,
    /// Recovery codes that were not used.
    pub n_codes: i64,
    /// A secret that waits for its first code.
    pub pending: Option<Enrolment>,
}

/// The codes typed to take a factor into use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstCodes<'a> {
    /// Of the new device.
    pub new: &'a str,
    /// Of the device in use, or a recovery code; not looked at when there is none.
    pub present: &'a str,
}

impl Store {
    /// How an account stands with its second factor.
    ///
    /// # Errors
    /// There is no such account, or the store fails.
    pub fn second_factor(&self, account: AccountId) -> Result<FactorState, StoreError> {
        let site = self.founded.name.zh.clone();
        self.read_open(move |reader| {
            let connection = &mut reader.connection;
            let row = accounts::by_id(connection, account)?.ok_or(StoreError::Missing)?;
            let pending = match factors::factor(connection, account, true)? {
                Some(factor) => {
                    let secret = reader.keys.unseal(&factor.sealed, &purpose(account))?;
                    Some(enrolment(&site, &row.login, &secret)?)
                }
                None => None,
            };
            Ok(FactorState {
                is_set: row.has_second_factor,
                n_codes: factors::n_codes(connection, account)?,
                pending,
            })
        })
    }

    /// Draws a secret for one's own account. It counts for nothing until a first code has come.
    ///
    /// # Errors
    /// The account is closed, or the store fails.
    pub fn begin_second_factor(&self, account: AccountId) -> Result<(), AccountError> {
        self.write(move |tx| {
            authority::open(&mut tx.connection, account)?;
            let secret = SecretKey::generate(&mut keys::random);
            let sealed = tx.keys.seal(&secret, &purpose(account));
            Ok(factors::set_factor(&mut tx.connection, account, true, &FactorRow { sealed, last_step: 0 })?)
        })
    }

    /// Takes the drawn secret into use for whoever shows a code of it, and, where one is in use already, a
    /// code of that one as well. Every session ends; a new one begins. The recovery codes are told this
    /// once. `wall` is the machine's own time, by which devices count.
    ///
    /// # Errors
    /// A code is wrong, nothing was drawn, too many attempts failed lately, or the store fails.
    pub fn confirm_second_factor(
        &self,
        account: AccountId,
        codes: FirstCodes<'_>,
        (now, wall): (Moment, Moment),
    ) -> Result<(NewSession, Vec<String>), AccountError> {
        let login = self.identity(account)?.login;
        self.attempt(&login, wall)?;
        let (new, present) = (codes.new.to_owned(), codes.present.to_owned());
        let recovery: Vec<String> = (0..N_CODES).map(|_| grouped(&drawn_password())).collect();
        let digests: Vec<Vec<u8>> = recovery.iter().map(|code| digest(account, code)).collect();
        let opening = Opening::draw(account, wall);
        let session = opening.session.clone();
        self.write(move |tx| {
            let row = authority::open(&mut tx.connection, account)?;
            let pending = factors::factor(&mut tx.connection, account, true)?;
            let pending = pending.ok_or(AccountError::NoFactor)?;
            if row.has_second_factor && !take(tx, account, &present, wall)? {
                return Err(AccountError::CodeWrong);
            }
            let secret = tx.keys.unseal(&pending.sealed, &purpose(account))?;
            let last_step = step(&secret, &new, wall)?.ok_or(AccountError::CodeWrong)?;
            let connection = &mut tx.connection;
            let factor = FactorRow { last_step, ..pending };
            factors::set_factor(connection, account, false, &factor)?;
            factors::drop_pending(connection, account)?;
            factors::set_codes(connection, account, &digests)?;
            accounts::end_sessions(connection, account)?;
            opening.keep(connection, &row.login)?;
            let actor = Actor { account: Some(account), role: None, unit: SITE };
            let fact = Fact::of_unit(SITE, now.today, SecondFactorSet { account });
            tx.append(actor, now, CommandId::random(), &[fact])?;
            Ok::<(), AccountError>(())
        })?;
        Ok((session, recovery))
    }

    /// Turns a session whose password was right into one that opens pages, for whoever shows a code of the
    /// device or a recovery code. The token changes; the old one is over.
    ///
    /// # Errors
    /// The code is wrong or was used, there is no such session, too many attempts failed lately, or the
    /// store fails.
    pub fn enter_code(&self, token: &str, code: &str, wall: Moment) -> Result<NewSession, SignInError> {
        let half = super::sessions::digest(token);
        let looked = half.clone();
        let found = self.read(move |connection| {
            let Some(session) = accounts::session(connection, &looked)? else { return Ok(None) };
            let account = accounts::by_id(connection, session.account)?;
            let is_waiting = session.is_waiting(wall) && account.as_ref().is_some_and(|row| !row.is_closed);
            Ok(account.filter(|_| is_waiting))
        })?;
        let account = found.ok_or(SignInError::Wrong)?;
        self.attempt(&account.login, wall)?;
        let code = code.to_owned();
        let opening = Opening::draw(account.id, wall);
        let session = opening.session.clone();
        self.write(move |tx| {
            // It may have been closed or used while this code was typed.
            let is_there = accounts::session(&mut tx.connection, &half)?.is_some_and(|s| s.is_waiting(wall));
            if !is_there || authority::open(&mut tx.connection, account.id).is_err() {
                return Err(SignInError::Wrong);
            }
            if !take(tx, account.id, &code, wall)? {
                return Err(SignInError::CodeWrong);
            }
            accounts::end_session(&mut tx.connection, &half)?;
            opening.keep(&mut tx.connection, &account.login)?;
            Ok::<(), SignInError>(())
        })?;
        Ok(session)
    }

    /// Takes somebody's second factor out of use, with its recovery codes, and ends their sessions: for
    /// whoever keeps accounts, when a device is lost.
    ///
    /// # Errors
    /// There is none, it is one's own, whoever acts may not, or the store fails.
    pub fn reset_second_factor(
        &self,
        actor: Actor,
        now: Moment,
        account: AccountId,
        reason: &str,
    ) -> Result<Receipt, AccountError> {
        let reason = reason.trim().to_owned();
        self.write(move |tx| {
            let connection = &mut tx.connection;
            authority::permit_over_account(connection, actor, account, now.today)?;
            if !authority::open(connection, account)?.has_second_factor {
                return Err(AccountError::NoFactor);
            }
            factors::drop_all(connection, account)?;
            accounts::end_sessions(connection, account)?;
            let fact = Fact::of_unit(actor.unit, now.today, SecondFactorReset { account, reason });
            Ok(tx.append(actor, now, CommandId::random(), &[fact])?)
        })
    }

    /// Makes a second factor a duty of whoever decides or administers, or takes the duty away again: for
    /// whoever gives duties in the whole tree.
    ///
    /// # Errors
    /// Whoever acts may not, or the store fails.
    pub fn require_second_factor(
        &self,
        actor: Actor,
        now: Moment,
        is_required: bool,
    ) -> Result<(), AccountError> {
        self.write(move |tx| {
            authority::permit_over_site(&mut tx.connection, actor, now.today)?;
            if factors::is_required(&mut tx.connection)? != is_required {
                let fact = Fact::of_unit(SITE, now.today, SecondFactorRequired { is_required });
                tx.append(actor, now, CommandId::random(), &[fact])?;
            }
            Ok(())
        })
    }

    /// Whether the site asks for a second factor of whoever decides or administers.
    ///
    /// # Errors
    /// The store fails.
    pub fn is_second_factor_required(&self) -> Result<bool, StoreError> {
        self.read(factors::is_required)
    }
}

/// Uses up a code of the device in use or a recovery code; says whether it was one.
fn take(tx: &mut Tx, account: AccountId, code: &str, wall: Moment) -> Result<bool, StoreError> {
    let Some(factor) = factors::factor(&mut tx.connection, account, false)? else { return Ok(false) };
    let secret = tx.keys.unseal(&factor.sealed, &purpose(account))?;
    if let Some(step) = step(&secret, code, wall)? {
        let is_new = step > factor.last_step;
        if is_new {
            factors::take_step(&mut tx.connection, account, step)?;
        }
        return Ok(is_new);
    }
    factors::use_code(&mut tx.connection, account, &digest(account, code))
}

/// The step of which a code is, if it is one of those that count now.
fn step(secret: &SecretKey, code: &str, wall: Moment) -> Result<Option<i64>, StoreError> {
    let digits: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let seconds = u64::try_from(wall.at.0 / 1000).unwrap_or(0);
    let step = totp(secret)?.check(&digits, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: &SecretKey) -> Result<Totp, StoreError> {
    let built = Builder::new().with_skew(SKEW_STEPS).with_secret(shared(secret)).build();
    built.map_err(|error| StoreError::Unfit(error.to_string()))
}

/// What the device gets of the sealed key.
fn shared(secret: &SecretKey) -> Secret {
    let mut bytes = [0; SECRET_BYTES];
    bytes.copy_from_slice(&secret.as_bytes()[..SECRET_BYTES]);
    Secret::new_stack(bytes)
}

fn enrolment(site: &str, login: &str, secret: &SecretKey) -> Result<Enrolment, StoreError> {
    // Building it checks what the codes rest on before anybody scans it.
    totp(secret)?;
    let secret = shared(secret).to_base32();
    let (issuer, login) = (percent(&format!("苗圃 {site}")), percent(login));
    let uri = format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}");
    Ok(Enrolment { secret, uri })
}

/// A text as a part of an address.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
        out
    })
}

/// What the secret of an account is sealed for; another account's does not open with it.
fn purpose(account: AccountId) -> String {
    format!("second-factor/{account}")
}

/// Sixteen letters in fours.
fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// A recovery code as it is kept, however it was typed.
fn digest(account: AccountId, code: &str) -> Vec<u8> {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let text = format!("miaopu/recovery/v1/{account}/{}", letters.to_ascii_lowercase());
    Sha256::digest(text.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests;
