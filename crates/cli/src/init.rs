//! `miaopu init`: a new site, empty or with an invented city to try things on.

use std::process::ExitCode;

use app::clock::{Clock as _, System};
use app::demo::{self, Made, Wish};
use app::{Founding, Store, StoreError};
use clap::Args;
use domain::text::Text;
use indicatif::ProgressBar;

use crate::site::Site;

/// See the options.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Chinese name of the site.
    #[arg(long, default_value = "苗圃")]
    name_zh: String,
    /// English name of the site.
    #[arg(long, default_value = "Miaopu")]
    name_en: String,
    /// Fill it with an invented city of about so many members.
    #[arg(long, value_name = "MEMBERS")]
    example_city: Option<usize>,
    /// Seed of the invented city; one seed, one city.
    #[arg(long, default_value_t = 20_020_101)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match found(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn found(arguments: &Arguments) -> Result<(), StoreError> {
    let keys = arguments.site.keys();
    let location = arguments.site.location();
    arguments.site.make_folder()?;
    let Some(n_members) = arguments.example_city else {
        let name = Text::new(arguments.name_zh.as_str(), arguments.name_en.as_str());
        Store::found(&location, &keys, &Founding::of(name), System.now())?;
        println!("站点已建立。请把密钥文件夹另行备份，不要与数据库放在一起。");
        println!("The site is founded. Back up the folder of keys apart from the database.");
        return Ok(());
    };
    let bar = ProgressBar::new(0);
    let wish = Wish { n_members, seed: arguments.seed };
    let (_, made) = demo::found(&location, &keys, wish, &|n_done, n| {
        bar.set_length(n as u64);
        bar.set_position(n_done as u64);
    })?;
    bar.finish_and_clear();
    println!(
        "示例城市：{} 个组织，登记党员 {} 名，其中已去世 {} 名。人名与数字均为虚构。",
        made.n_units, made.n_members, made.n_died
    );
    println!(
        "An invented city: {} units, {} members registered, {} of them died since. No person in it is real.",
        made.n_units, made.n_members, made.n_died
    );
    tell_files(&made);
    Ok(())
}

/// The files of an example city, and what was put into them to be found.
pub(crate) fn tell_files(made: &Made) {
    println!("档案 {} 份，其中在办 {} 份。有意放入的情形：", made.n_files, made.n_running);
    println!(
        "{} files, {} of them running. What was put into them on purpose:",
        made.n_files, made.n_running
    );
    for planted in &made.planted {
        let (name, n_files, example) = (planted.fault.name(), planted.n_files, planted.example);
        println!("  {n_files:>4}  {}（如 {example} 号）/ {} (such as file {example})", name.zh, name.en);
    }
}
