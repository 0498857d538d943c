//! Where a site is, for every command that works on one: a folder with the database and, beside it,
//! the keys; or a PostgreSQL server with the keys in the folder.

use std::path::PathBuf;

use app::{KeyFile, Location, StoreError};
use clap::Args;

/// The site to work on.
#[derive(Args)]
pub(crate) struct Site {
    /// The site's folder: its keys and, without --server, its database.
    #[arg(long, default_value = "site")]
    dir: PathBuf,
    /// A PostgreSQL server instead of a file, as `host=… port=… user=… dbname=…`.
    #[arg(long)]
    server: Option<String>,
}

impl Site {
    pub(crate) fn location(&self) -> Location {
        match &self.server {
            Some(server) => Location::Server(server.clone()),
            None => Location::File(self.dir.join("site.db")),
        }
    }

    /// Makes the folder, if the database is a file in one.
    pub(crate) fn make_folder(&self) -> Result<(), StoreError> {
        std::fs::create_dir_all(&self.dir)
            .map_err(|error| StoreError::Unfit(format!("{}: {error}", self.dir.display())))
    }

    /// Keys are kept apart, so that a copy of the database names nobody.
    pub(crate) fn keys(&self) -> KeyFile {
        KeyFile(self.dir.join("keys"))
    }
}

/// A database by its own name: a connection text, or else a file.
pub(crate) fn place(text: &str) -> Result<Location, String> {
    let is_server = text.starts_with("postgres://")
        || text.starts_with("postgresql://")
        || text.split_whitespace().any(|word| word.starts_with("host="));
    match text.trim() {
        "" => Err("须写明数据库 / name a database".to_owned()),
        text if is_server => Ok(Location::Server(text.to_owned())),
        text => Ok(Location::File(PathBuf::from(text))),
    }
}
