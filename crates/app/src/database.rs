//! Looking after a site's database from outside: its tables, its condition, moving it from one engine
//! to another, backing it up. Nothing here knows what is recorded.

mod moving;

pub use moving::{Moved, Progress, move_to};

use domain::text::Text;

use crate::store::{Connection, KeyFile, Location, Report, Store, StoreError, origin, schema};

/// What a database is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The engine and its version.
    pub engine: String,
    /// The log that is kept there, if a site was founded.
    pub origin: Option<String>,
    /// Changes of the tables that this program would still make.
    pub pending: Vec<&'static str>,
    /// Changes that a later program made and this one does not know.
    pub foreign: Vec<String>,
    /// Tables that should be there and are not.
    pub missing: Vec<String>,
    /// What the engine finds wrong with its file.
    pub problems: Vec<String>,
}

impl Condition {
    /// Whether this program can work with it as it is.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.pending.is_empty()
            && self.foreign.is_empty()
            && self.missing.is_empty()
            && self.problems.is_empty()
    }

    /// The condition, a line for each thing.
    #[must_use]
    pub fn text(&self) -> Text {
        let mut text = Text::new(format!("数据库引擎：{}", self.engine), format!("engine: {}", self.engine));
        let mut line = |zh: String, en: String| {
            text.zh += &format!("\n{zh}");
            text.en += &format!("\n{en}");
        };
        match &self.origin {
            Some(origin) => line(format!("账本：{origin}"), format!("log: {origin}")),
            None => line("尚未建站，请运行 miaopu init".into(), "no site yet; run miaopu init".into()),
        }
        for name in &self.pending {
            line(
                format!("待升级：{name}，请运行 miaopu db migrate"),
                format!("pending: {name}; run miaopu db migrate"),
            );
        }
        for name in &self.foreign {
            line(
                format!("由更新版本的程序建立：{name}，请改用该版本"),
                format!("made by a later program: {name}; use that one"),
            );
        }
        for name in &self.missing {
            line(format!("缺少表：{name}，请由备份恢复"), format!("missing table: {name}; restore a backup"));
        }
        for problem in &self.problems {
            line(
                format!("文件损坏：{problem}，请由备份恢复"),
                format!("damaged file: {problem}; restore a backup"),
            );
        }
        text
    }
}

/// Makes the tables in an empty database, or those that a newer program needs; names what was applied.
///
/// # Errors
/// The database cannot be reached or written.
pub fn migrate(location: &Location) -> Result<Vec<&'static str>, StoreError> {
    schema::migrate(&mut Connection::open(location)?)
}

/// Looks at a database without changing it.
///
/// # Errors
/// It is not there or cannot be read at all.
pub fn check(location: &Location) -> Result<Condition, StoreError> {
    let mut connection = existing(location)?;
    let (pending, foreign) = schema::gaps(&mut connection)?;
    let there = connection.tables()?;
    let missing = schema::tables().into_iter().map(|table| table.name).filter(|name| !there.contains(name));
    // What is still to be made is not missing.
    let missing = if pending.is_empty() { missing.collect() } else { Vec::new() };
    let has_site = there.iter().any(|table| table == "site");
    Ok(Condition {
        engine: connection.name()?,
        origin: if has_site { origin(&mut connection)? } else { None },
        pending,
        foreign,
        missing,
        problems: connection.integrity()?,
    })
}

/// Copies a site's file and keys while it is being served, each into a place of its own, and verifies
/// the copy. The keys come second: a key without entries is harmless, an entry without its key is lost.
///
/// # Errors
/// The site is on a server, something is there already, or the copy cannot be written or read.
pub fn back_up(
    location: &Location,
    keys: &KeyFile,
    to: &std::path::Path,
    keys_to: &KeyFile,
) -> Result<Report, StoreError> {
    if to.exists() {
        return Err(StoreError::Unfit(format!("{}：文件已存在 / it is there already", to.display())));
    }
    existing(location)?.copy_file(to)?;
    keys.copy_to(keys_to)?;
    Store::open(&Location::File(to.to_owned()), keys_to)?.verify(keys_to)
}

/// Copies a site's keys while it is being served; the database on a server is copied by the server's own
/// means, and before the keys.
///
/// # Errors
/// There are keys already, or they cannot be written or read.
pub fn back_up_keys(keys: &KeyFile, keys_to: &KeyFile) -> Result<(), StoreError> {
    keys.copy_to(keys_to)
}

/// Connects, but makes no file where none is.
fn existing(location: &Location) -> Result<Connection, StoreError> {
    match location {
        Location::File(path) if !path.exists() => {
            Err(StoreError::Unfit(format!("{}：没有此文件 / there is no such file", path.display())))
        }
        Location::File(_) | Location::Server(_) => Connection::open(location),
    }
}

#[cfg(test)]
mod tests;
