//! Where a site is, for every command that works on one: a folder with the database and, beside it,
//! the keys; or a PostgreSQL server with the keys in the folder.

use std::path::PathBuf;

use app::{KeyFile, Location};
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

    /// Keys are kept apart, so that a copy of the database names nobody.
    pub(crate) fn keys(&self) -> KeyFile {
        KeyFile(self.dir.join("keys"))
    }
}
