//! Programs that the checks need beyond Rust and a C compiler. On Debian, as root, they are
//! installed; elsewhere the answer names exactly what is missing.

use std::process::{Command, Stdio};

/// A program and the Debian package that brings it.
const NEEDED: [(&str, &str); 5] = [
    ("python3", "python3"),
    ("go", "golang-go"),
    ("git", "git"),
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
];
/// A file of a package that has no program of its own.
const NEEDED_FILES: [(&str, &str); 2] = [
    ("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go", "golang-golang-x-mod-dev"),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", "fonts-noto-cjk"),
];

/// Makes sure that every tool is there.
pub(crate) fn ensure() -> Result<(), String> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    if is_root_on_debian() {
        println!("installing from Debian: {}", missing.join(" "));
        let updated = quietly(Command::new("apt-get").arg("update"));
        let installed = updated
            && quietly(
                Command::new("apt-get").args(["install", "-y", "--no-install-recommends"]).args(&missing),
            );
        if installed && self::missing().is_empty() {
            return Ok(());
        }
    }
    Err(format!("these Debian packages are needed and could not be installed: {}", missing.join(" ")))
}

fn missing() -> Vec<&'static str> {
    let programs = NEEDED.iter().filter(|(program, _)| !is_program(program)).map(|&(_, package)| package);
    let server = crate::server::programs().is_none().then_some("postgresql");
    let files = NEEDED_FILES.iter().filter(|(file, _)| !std::path::Path::new(file).exists());
    programs.chain(files.map(|&(_, package)| package)).chain(server).collect()
}

/// Whether a program of that name can be started.
pub(crate) fn is_program(name: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {name}")])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

fn is_root_on_debian() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.starts_with(b"0\n")) && is_program("apt-get")
}

fn quietly(command: &mut Command) -> bool {
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
