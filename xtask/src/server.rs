//! A throw-away PostgreSQL server for the store's tests: in a folder that goes away, on the loopback
//! address, ended with the tests. PostgreSQL refuses to run as root, so it is then started as the user
//! that Debian's package makes for it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running server.
pub(crate) struct Server {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
}

/// The folder of the newest server's programs, if one is installed.
pub(crate) fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> =
        versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    folders.sort();
    folders.into_iter().rev().find(|folder| folder.join("initdb").exists())
}

impl Server {
    /// Makes a cluster and starts it.
    pub(crate) fn start() -> Result<Server, String> {
        let programs = programs().ok_or("PostgreSQL's server programs are not installed")?;
        let folder = std::env::temp_dir().join(format!("miaopu-test-server-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        drop(listener);
        let server = Server { folder, programs, port };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&server.folder))?;
        }
        let data = server.folder.join("data");
        server.program(
            "initdb",
            &[&"-D", &data.display(), &"-A", &"trust", &"-U", &"postgres", &"--data-checksums"],
        )?;
        let options =
            format!("-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off", server.folder.display());
        let log = server.folder.join("log");
        server.program(
            "pg_ctl",
            &[&"-D", &data.display(), &"-l", &log.display(), &"-o", &options, &"-w", &"start"],
        )?;
        Ok(server)
    }

    /// How to connect.
    pub(crate) fn text(&self) -> String {
        format!("host=127.0.0.1 port={} user=postgres", self.port)
    }

    fn program(&self, name: &str, arguments: &[&dyn std::fmt::Display]) -> Result<(), String> {
        let program = self.programs.join(name);
        let mut command = as_its_user(&program);
        command.args(arguments.iter().map(ToString::to_string)).current_dir(&self.folder);
        run(&mut command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let _ = self.program("pg_ctl", &[&"-D", &data.display(), &"-m", &"immediate", &"stop"]);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn as_its_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.stdout(Stdio::null()).status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed")) }
}
