//! The keys of a site, apart from its database: a backup of the database without them shows structure
//! and counts and verifies, but names nobody. The key file holds the log's signing key and the key
//! that wraps each person's data key; the wrapped keys are in a small database beside it.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;

use domain::ids::PersonId;
use domain::person::Particulars;
use ledger::key::SecretKey;
use ledger::note::{LogKey, VerifierKey};
use zeroize::Zeroizing;

use super::StoreError;
use super::engine::copy_sqlite;

/// Where a site's keys are: a folder that is not part of a backup of the database.
#[derive(Debug, Clone)]
pub struct KeyFile(pub PathBuf);

/// Keys in use.
pub(crate) struct Keys {
    pub(crate) log: LogKey,
    root: SecretKey,
    wrapped: rusqlite::Connection,
    cached: HashMap<PersonId, SecretKey>,
    /// What these keys opened lately, each with the version of the person's entry.
    opened: HashMap<PersonId, (i64, Particulars)>,
    has_new: bool,
}

/// Most keys, and most entries opened with them, that are kept in memory.
const AT_HAND: usize = 4096;

const SITE_KEY: &str = "site.key";
const PERSON_KEYS: &str = "persons.keys";

/// Fills bytes from the system's generator. It cannot fail on a machine that can run at all.
pub(crate) fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system has a random generator");
}

fn unfit(path: &std::path::Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unfit(format!("{}: {error}", path.display()))
}

impl KeyFile {
    /// Makes the keys of a new site; returns the origin of its log.
    pub(crate) fn make(&self) -> Result<String, StoreError> {
        std::fs::create_dir_all(&self.0).map_err(|error| unfit(&self.0, &error))?;
        let mut name = [0u8; 6];
        random(&mut name);
        let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let origin = format!("miaopu.site/{name}/1");
        let mut seed = Zeroizing::new([0u8; 32]);
        random(seed.as_mut());
        let log = LogKey::from_seed(&origin, &seed).map_err(|error| unfit(&self.0, &error))?;
        let root = SecretKey::generate(&mut random);
        let root_text: Zeroizing<String> =
            Zeroizing::new(root.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect());
        let path = self.0.join(SITE_KEY);
        if path.exists() {
            // Two logs under one key could be taken for one that was rewritten.
            return Err(unfit(
                &path,
                &"已有密钥。若上次建站中断，请先移走该文件夹 / there are keys already; if an earlier founding was \
                  cut short, move the folder away first",
            ));
        }
        let text = Zeroizing::new(format!("{}\n{}\n", log.to_secret_text().as_str(), root_text.as_str()));
        write_secret(&path, text.as_bytes())?;
        Ok(origin)
    }

    /// Writes a copy into another folder, which must not hold keys yet, while the site goes on.
    pub(crate) fn copy_to(&self, folder: &KeyFile) -> Result<(), StoreError> {
        std::fs::create_dir_all(&folder.0).map_err(|error| unfit(&folder.0, &error))?;
        let (from, to) = (self.0.join(SITE_KEY), folder.0.join(SITE_KEY));
        let text = Zeroizing::new(std::fs::read(&from).map_err(|error| unfit(&from, &error))?);
        write_secret(&to, &text)?;
        let wrapped = rusqlite::Connection::open(self.0.join(PERSON_KEYS))?;
        wrapped.busy_timeout(std::time::Duration::from_secs(60))?;
        copy_sqlite(&wrapped, &folder.0.join(PERSON_KEYS))
    }

    /// Reads the keys.
    pub(crate) fn open(&self, origin: &str) -> Result<Keys, StoreError> {
        let path = self.0.join(SITE_KEY);
        let text = Zeroizing::new(std::fs::read_to_string(&path).map_err(|error| unfit(&path, &error))?);
        let mut lines = text.lines();
        let log =
            LogKey::from_secret_text(lines.next().unwrap_or("")).map_err(|error| unfit(&path, &error))?;
        if log.verifier().name() != origin {
            return Err(unfit(&path, &"the key belongs to another log / 密钥属于另一账本"));
        }
        let root = key_from_hex(lines.next().unwrap_or(""))
            .ok_or_else(|| unfit(&path, &"the second line is not a key"))?;
        let wrapped = rusqlite::Connection::open(self.0.join(PERSON_KEYS))?;
        wrapped.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
             CREATE TABLE IF NOT EXISTS person_key (person_id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;",
        )?;
        Ok(Keys { log, root, wrapped, cached: HashMap::new(), opened: HashMap::new(), has_new: false })
    }
}

impl Keys {
    pub(crate) fn verifier(&self) -> VerifierKey {
        self.log.verifier().clone()
    }

    /// Makes the data key of a person who has none. It is durable only after [`Keys::settle`], which
    /// comes before the commit of whatever it seals; a key without events is harmless.
    pub(crate) fn make(&mut self, person: PersonId) -> Result<SecretKey, StoreError> {
        let key = SecretKey::generate(&mut random);
        let wrapped = self.root.wrap(&key, &key_ref(person), &mut random);
        if !self.has_new {
            self.wrapped.execute_batch("BEGIN IMMEDIATE")?;
            self.has_new = true;
        }
        self.wrapped
            .prepare_cached("INSERT INTO person_key (person_id, wrapped) VALUES (?1, ?2)")?
            .execute(rusqlite::params![person.0, wrapped])?;
        self.cached.insert(person, key.clone());
        Ok(key)
    }

    /// The data key of a person, if there is one and it has not been destroyed.
    pub(crate) fn known(&mut self, person: PersonId) -> Result<Option<SecretKey>, StoreError> {
        if let Some(key) = self.cached.get(&person) {
            return Ok(Some(key.clone()));
        }
        let mut statement =
            self.wrapped.prepare_cached("SELECT wrapped FROM person_key WHERE person_id = ?1")?;
        let mut rows = statement.query([person.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let wrapped: Vec<u8> = row.get(0)?;
        let key = self
            .root
            .unwrap_key(&wrapped, &key_ref(person))
            .map_err(|error| StoreError::Damaged(format!("the key of person {person}: {error}")))?;
        if self.cached.len() >= AT_HAND {
            self.cached.clear();
        }
        self.cached.insert(person, key.clone());
        Ok(Some(key))
    }

    /// A secret of the site, sealed under its key for a purpose that must be named again to open it.
    pub(crate) fn seal(&self, secret: &SecretKey, purpose: &str) -> Vec<u8> {
        self.root.wrap(secret, purpose, &mut random)
    }

    /// Opens what [`Keys::seal`] sealed.
    pub(crate) fn unseal(&self, sealed: &[u8], purpose: &str) -> Result<SecretKey, StoreError> {
        let opened = self.root.unwrap_key(sealed, purpose);
        opened.map_err(|error| StoreError::Damaged(format!("{purpose}: {error}")))
    }

    /// An entry that was opened before, if it is the one of this version.
    pub(crate) fn opened(&self, person: PersonId, version: i64) -> Option<Particulars> {
        self.opened.get(&person).filter(|(of, _)| *of == version).map(|(_, known)| known.clone())
    }

    pub(crate) fn keep_open(&mut self, person: PersonId, version: i64, known: Particulars) {
        if self.opened.len() >= AT_HAND {
            self.opened.clear();
        }
        self.opened.insert(person, (version, known));
    }

    /// Forgets entries that were opened: what they say may have been taken back.
    pub(crate) fn forget_open(&mut self) {
        self.opened.clear();
    }

    /// Makes new keys durable.
    pub(crate) fn settle(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.has_new) {
            self.wrapped.execute_batch("COMMIT")?;
        }
        Ok(())
    }
}

/// A new file that only its owner may read.
fn write_secret(path: &std::path::Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| unfit(path, &error))
}

/// How bodies name the key that seals them.
pub(crate) fn key_ref(person: PersonId) -> String {
    format!("p{person}.1")
}

fn key_from_hex(text: &str) -> Option<SecretKey> {
    let mut bytes = [0u8; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(SecretKey::from_bytes(bytes))
}
