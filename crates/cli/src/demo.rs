//! `miaopu demo`: an invented city of real size in a folder of its own, served on this machine. Each
//! start makes it anew.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use app::clock::{Clock as _, Demonstration};
use app::demo::{self, Login, Wish};
use app::{KeyFile, Location, Store};
use clap::Args;
use indicatif::ProgressBar;

use crate::init::tell_files;
use crate::serve::{Address, listen};

/// See the options.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    address: Address,
    /// The folder of the demonstration; what an earlier one left there is replaced.
    #[arg(long, default_value = "target/demo")]
    dir: PathBuf,
    /// Members of the city, about.
    #[arg(long, default_value_t = 20_000)]
    members: usize,
    /// Seed of the city; one seed, one city.
    #[arg(long, default_value_t = 20_020_101)]
    seed: u64,
}

type Failure = Box<dyn std::error::Error>;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let clock = Arc::new(Demonstration::on(demo::DAY));
    match found(arguments, &clock) {
        Ok((store, keys, logins)) => {
            let site = web::Site::demonstration(store, keys, clock);
            listen(site, arguments.address, |address| tell(address, &logins))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn found(arguments: &Arguments, clock: &Demonstration) -> Result<(Store, KeyFile, Vec<Login>), Failure> {
    clear(&arguments.dir)?;
    let keys = KeyFile(arguments.dir.join("keys"));
    let location = Location::File(arguments.dir.join("site.db"));
    let bar = ProgressBar::new(0);
    let wish = Wish { n_members: arguments.members, seed: arguments.seed };
    let (store, made) = demo::found(&location, &keys, wish, &|n_done, n| {
        bar.set_length(n as u64);
        bar.set_position(n_done as u64);
    })?;
    bar.finish_and_clear();
    println!("演示城市：{} 个组织，{} 名党员。", made.n_units, made.n_members);
    println!("The demonstration city: {} units, {} members.", made.n_units, made.n_members);
    tell_files(&made);
    let logins = demo::staff(&store, clock.now())?;
    Ok((store, keys, logins))
}

/// Empties the folder of an earlier demonstration; a folder that holds anything else is left alone.
fn clear(dir: &Path) -> Result<(), Failure> {
    if dir.exists() {
        let known = ["keys", "site.db", "site.db-wal", "site.db-shm"];
        for entry in std::fs::read_dir(dir)? {
            let name = entry?.file_name();
            if !known.iter().any(|known| name.as_os_str() == *known) {
                let name = name.to_string_lossy().into_owned();
                return Err(
                    format!("{}: 其中有别的文件 / it holds something else: {name}", dir.display()).into()
                );
            }
        }
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    Ok(())
}

fn tell(address: SocketAddr, logins: &[Login]) {
    println!();
    println!("网址 / address: http://{address}/");
    println!();
    for login in logins {
        let role = login.role.name();
        println!(
            "  {:<10} {}   {}，{} / {}, {}",
            login.login, login.password, login.unit.zh, role.zh, login.unit.en, role.en
        );
    }
    println!();
    println!("可以看 / what to look at:");
    println!("  shuji     待办、一份档案、登记支部大会 / what waits, a file, recording a branch meeting");
    println!(
        "  dangwei   审批，以及支部不能代替上级办理的步骤 / approving, and what a branch cannot do for it"
    );
    println!("  zuzhiyuan 全市待办与逾期 / what waits and what is overdue in the whole city");
    println!(
        "  zuzhibu   年度计划：三轮平衡、名额和证书 / the year's plan: three passes, places, certificate"
    );
    println!("  shenji    谁看过谁的信息 / who looked at whose entry");
    println!("  /record   不登录核验账本 / verifying the record without signing in");
    println!();
    println!("日期固定为 2003年3月3日；按 Ctrl+C 停止，下次启动重新生成。");
    println!("The day is 3 March 2003; Ctrl+C stops it, and the next start makes the city anew.");
}
