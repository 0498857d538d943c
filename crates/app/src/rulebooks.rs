//! Rulebooks from a folder instead of those that came with the program: for people who write them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{fs, io};

use domain::calendar::Calendar;
use domain::rulebook::{Problem, Rulebooks};
use ledger::Hash;

/// Why a folder of rulebooks cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulebooksError {
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The files are read, but not sound.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Unsound {
        /// Everything that is wrong.
        problems: Vec<Problem>,
    },
}

/// The editions, packs and working days that came with the program: what the live system decides by.
#[must_use]
pub fn books() -> &'static Rulebooks {
    static BOOKS: OnceLock<Rulebooks> = OnceLock::new();
    BOOKS.get_or_init(Rulebooks::live)
}

/// SHA-256 over the texts of the rulebooks that came with the program: which rules decided, as each
/// event's envelope names them. Each name and each text is preceded by its length in eight bytes, the
/// highest first, so that no two sets of files can be read as the same bytes.
#[must_use]
pub(crate) fn digest() -> Hash {
    static DIGEST: OnceLock<Hash> = OnceLock::new();
    *DIGEST.get_or_init(|| {
        let mut bytes = Vec::new();
        for (name, text) in Rulebooks::embedded_texts() {
            for part in [name, text] {
                bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
                bytes.extend_from_slice(part.as_bytes());
            }
        }
        Hash::of(&bytes)
    })
}

/// Reads every edition in a folder, and every pack in its folder `local`, by the order of names.
///
/// # Errors
/// A file cannot be read, or the books are not sound.
pub fn load(folder: &Path) -> Result<Rulebooks, RulebooksError> {
    let mut paths = files_in(folder)?;
    let local = folder.join("local");
    if local.is_dir() {
        paths.extend(files_in(&local)?);
    }
    let mut texts = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        texts.push((path.display().to_string(), text));
    }
    let files: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Rulebooks::parse(&files, Calendar::embedded()).map_err(|problems| RulebooksError::Unsound { problems })
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, RulebooksError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, error: io::Error) -> RulebooksError {
    RulebooksError::Unreadable { path: path.to_owned(), error }
}
