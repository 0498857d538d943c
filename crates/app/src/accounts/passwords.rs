//! Passwords: what is asked of them, how they are kept (Argon2id, as a PHC text that names its own cost),
//! and how they are set and changed. They are never in the record; that one was set is.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, Params};
use domain::access::Grant;
use domain::dates::Moment;
use domain::event::{Fact, PasswordSet};
use domain::ids::AccountId;
use zeroize::Zeroizing;

use super::sessions::{NewSession, Opening, Try};
use super::{AccountError, authority};
use crate::store::{Actor, CommandId, Receipt, SITE, Store, StoreError, accounts, keys};

/// The shortest password.
const SHORTEST: usize = 8;
/// The shortest password of the three officers.
const SHORTEST_OF_OFFICERS: usize = 12;
/// The longest that is hashed; nobody types more.
const LONGEST: usize = 256;

/// What one try of a password costs: Argon2id by its memory in KiB, passes and lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hardness {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Hardness {
    /// 19 MiB, two passes, one lane: the least that OWASP advises for Argon2id.
    fn default() -> Self {
        Hardness { memory: 19_456, passes: 2, lanes: 1 }
    }
}

impl Hardness {
    /// For tests and demonstrations: fast and no protection.
    pub const CHEAP: Hardness = Hardness { memory: 64, passes: 1, lanes: 1 };

    fn hasher(self) -> Result<Argon2<'static>, StoreError> {
        let params = Params::new(self.memory, self.passes, self.lanes, None);
        Ok(params.map_err(|error| StoreError::Unfit(error.to_string()))?.into())
    }

    /// A password as it is kept.
    pub(super) fn hash(self, password: &str) -> Result<String, StoreError> {
        let hash = self.hasher()?.hash_password(password.as_bytes());
        Ok(hash.map_err(|error| StoreError::Unfit(error.to_string()))?.to_string())
    }

    /// Whether a password was kept at this cost.
    pub(super) fn is_of(self, phc: &str) -> bool {
        let params = PasswordHash::new(phc).ok().and_then(|hash| Params::try_from(&hash).ok());
        params.is_some_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost()) == (self.memory, self.passes, self.lanes)
        })
    }

    /// What a name without an account is tried against: it costs the same and is nobody's.
    pub(super) fn nobody(self) -> String {
        let Hardness { memory, passes, lanes } = self;
        let rest = "bWlhb3B1LW5vYm9keQ$9fU0cJmQ3Zt0w1m6rG0XyQ5qQm0q1b8m3oQ2oQ9m3bE";
        format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${rest}")
    }
}

/// Whether a password is the one that is kept. Costs what the kept one costs.
pub(super) fn is_password(password: &str, phc: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(phc) else { return false };
    password.chars().count() <= LONGEST
        && Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

/// A password to be told once: letters and digits that are not taken for one another, 80 bits.
#[must_use]
pub fn drawn_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = Zeroizing::new([0u8; 16]);
    keys::random(bytes.as_mut());
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}

impl Store {
    /// The same store, with passwords kept at another cost from now on; those kept before are kept anew
    /// when they are next used.
    #[must_use]
    pub fn with_hardness(mut self, hardness: Hardness) -> Self {
        self.hardness = hardness;
        self
    }

    /// Sets a password for somebody and ends every session that used the old one. Unless it is set on
    /// the console as a lasting one, it must be changed at the next sign-in.
    ///
    /// # Errors
    /// It is too short or simple, there is no such account, it is one's own (see
    /// [`Store::change_password`]), whoever acts may not, or the store fails.
    pub fn set_password(
        &self,
        actor: Actor,
        now: Moment,
        account: AccountId,
        password: &str,
        is_temporary: bool,
    ) -> Result<Receipt, AccountError> {
        let phc = self.hardness.hash(password)?;
        let password = Zeroizing::new(password.to_owned());
        let is_temporary = is_temporary || actor.account.is_some();
        self.write(move |tx| {
            let connection = &mut tx.connection;
            authority::permit_over_account(connection, actor, account, now.today)?;
            let row = authority::open(connection, account)?;
            fit(&password, &row.login, &accounts::grants(connection, account)?)?;
            accounts::set_password(connection, account, &phc, is_temporary)?;
            accounts::end_sessions(connection, account)?;
            accounts::set_failures(connection, &row.login, 0, 0)?;
            let fact = Fact::of_unit(actor.unit, now.today, PasswordSet { account, is_temporary });
            Ok(tx.append(actor, now, CommandId::random(), &[fact])?)
        })
    }

    /// Changes one's own password, for whoever knows the present one. Every session ends; a new one
    /// begins. `wall` is the machine's own time, by which sessions are kept.
    ///
    /// # Errors
    /// The present password is another, too many attempts failed lately, the new one is too short, too
    /// simple or the same, the account is closed, or the store fails.
    pub fn change_password(
        &self,
        account: AccountId,
        present: &str,
        new: &str,
        (now, wall): (Moment, Moment),
    ) -> Result<NewSession, AccountError> {
        let login = self.identity(account)?.login;
        let Try { account: found, phc } = self.attempt(&login, wall)?;
        let known = phc.filter(|phc| found == Some(account) && is_password(present, phc));
        let Some(known) = known else { return Err(AccountError::PasswordWrong) };
        let phc = self.hardness.hash(new)?;
        let is_same = present == new;
        let new = Zeroizing::new(new.to_owned());
        let opening = Opening::draw(account, wall);
        let session = opening.session.clone();
        self.write(move |tx| {
            let connection = &mut tx.connection;
            let row = authority::open(connection, account)?;
            let grants = accounts::grants(connection, account)?;
            if is_same {
                return Err(AccountError::PasswordUnfit(shortest(&grants)));
            }
            fit(&new, &row.login, &grants)?;
            if accounts::password(connection, account)?.is_none_or(|(phc, _)| phc != known) {
                return Err(StoreError::Changed.into());
            }
            accounts::set_password(connection, account, &phc, false)?;
            accounts::end_sessions(connection, account)?;
            opening.keep(connection, &row.login)?;
            let actor = Actor { account: Some(account), role: None, unit: SITE };
            let fact = Fact::of_unit(SITE, now.today, PasswordSet { account, is_temporary: false });
            tx.append(actor, now, CommandId::random(), &[fact])?;
            Ok(())
        })?;
        Ok(session)
    }
}

fn shortest(grants: &[Grant]) -> usize {
    if grants.iter().any(|grant| grant.role.is_officer()) { SHORTEST_OF_OFFICERS } else { SHORTEST }
}

/// Whether a password can be had: long enough for the duties held, without the name in it, and not a run
/// such as 12345678 or 88888888.
fn fit(password: &str, login: &str, grants: &[Grant]) -> Result<(), AccountError> {
    let shortest = shortest(grants);
    let letters: Vec<i64> = password.chars().map(|letter| i64::from(u32::from(letter))).collect();
    let steps: Vec<i64> = letters.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let is_run = steps.iter().all(|step| Some(step) == steps.first()) && steps.iter().all(|s| s.abs() <= 1);
    let folded = password.to_lowercase();
    let holds_name = folded == login || login.chars().count() >= 4 && folded.contains(login);
    if (shortest..=LONGEST).contains(&letters.len()) && !is_run && !holds_name {
        return Ok(());
    }
    Err(AccountError::PasswordUnfit(shortest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_does_not_exist_costs_the_same_work() {
        for hardness in [Hardness::default(), Hardness::CHEAP] {
            assert!(hardness.is_of(&hardness.nobody()));
            assert!(hardness.is_of(&hardness.hash("seedling bed").unwrap()));
            assert!(!is_password("", &hardness.nobody()));
        }
        assert!(!Hardness::default().is_of(&Hardness::CHEAP.nobody()));
    }

    #[test]
    fn a_kept_password_names_its_own_cost() {
        let kept = Hardness::CHEAP.hash("seedling bed").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        assert!(is_password("seedling bed", &kept));
        assert!(!is_password("seedling Bed", &kept));
        assert_ne!(kept, Hardness::CHEAP.hash("seedling bed").unwrap());
    }

    #[test]
    fn runs_and_names_are_no_passwords() {
        let is_fit = |password: &str| fit(password, "mawei", &[]).is_ok();
        for unfit in ["", "1234567", "12345678", "87654321", "88888888", "abcdefgh", "mawei2003", "MaWei2003"]
        {
            assert!(!is_fit(unfit), "{unfit}");
        }
        for password in ["seedling", "苗圃里的十年树木", "12345687"] {
            assert!(is_fit(password), "{password}");
        }
        assert!(!is_fit(&"ab".repeat(129)));
    }

    #[test]
    fn drawn_passwords_differ_and_are_long_enough_for_officers() {
        let (one, other) = (drawn_password(), drawn_password());
        assert_ne!(one, other);
        assert!(one.chars().count() >= SHORTEST_OF_OFFICERS);
    }
}
