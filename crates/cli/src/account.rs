//! `miaopu account`: who can sign in and what they may do, from the console. The first officers of a site
//! are made here; a site has no account that nobody made. Exit status: 0 done, 1 refused.

use std::error::Error;
use std::process::ExitCode;

use app::accounts::{Identity, NewGrant, drawn_password};
use app::clock::{Clock as _, System};
use app::{Actor, Store};
use clap::{Args, Subcommand};
use domain::ids::{GrantId, PersonId, UnitId};
use domain::role::{Reach, Role};
use jiff::civil::Date;

use crate::ledger::PROGRAM;
use crate::site::Site;

/// See the commands.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Every account with its duties.
    List(Site),
    /// Open an account; its first password is drawn and printed once.
    Open(Open),
    /// Give an account another password and end its sessions.
    Password(Password),
    /// Give an account a duty over a unit.
    Grant(Grant),
    /// End a duty.
    End(End),
    /// Take an account's second factor out of use, when the device and the recovery codes are lost.
    ResetFactor(Close),
    /// Require a second factor of whoever decides or administers, or no longer.
    RequireFactor(RequireFactor),
    /// Set how many rows about persons an account may export in a day.
    ExportQuota(ExportQuota),
    /// Close an account.
    Close(Close),
    /// Print the table of who may do what, as a page of the manual.
    Matrix,
}

#[derive(Args)]
struct Open {
    #[command(flatten)]
    site: Site,
    /// The name typed at sign-in.
    login: String,
    /// The name shown beside acts.
    #[arg(long)]
    name: String,
    /// The person's number on the roster.
    #[arg(long)]
    person: Option<i64>,
    #[command(flatten)]
    source: Source,
}

#[derive(Args)]
struct Password {
    #[command(flatten)]
    site: Site,
    /// The name typed at sign-in.
    login: String,
    #[command(flatten)]
    source: Source,
}

/// Where a password comes from. Never from the command line itself, which other users of the machine can
/// see.
#[derive(Args)]
struct Source {
    /// Read the password from the first line of standard input instead of drawing one.
    #[arg(long)]
    stdin: bool,
}

#[derive(Args)]
struct Grant {
    #[command(flatten)]
    site: Site,
    /// The name typed at sign-in.
    login: String,
    /// As what; see `miaopu account matrix`.
    #[arg(long, value_parser = role)]
    role: Role,
    /// The code of the unit; the top of the tree unless named.
    #[arg(long)]
    unit: Option<String>,
    /// How far: exact, subtree, own_file or assigned.
    #[arg(long, value_parser = reach)]
    reach: Option<Reach>,
    /// First day; today unless named.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// Last day; a year after the first unless named, and never later.
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
}

#[derive(Args)]
struct End {
    #[command(flatten)]
    site: Site,
    /// The number of the duty, as `list` shows it.
    grant: i64,
    /// Why.
    #[arg(long)]
    reason: String,
}

#[derive(Args)]
struct Close {
    #[command(flatten)]
    site: Site,
    /// The name typed at sign-in.
    login: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

#[derive(Args)]
struct RequireFactor {
    #[command(flatten)]
    site: Site,
    /// Whether it is required from now on.
    #[arg(action = clap::ArgAction::Set)]
    required: bool,
}

#[derive(Args)]
struct ExportQuota {
    #[command(flatten)]
    site: Site,
    /// Rows a day, for each account; work on the console has no quota.
    rows: u64,
}

type Outcome = Result<(), Box<dyn Error>>;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let outcome = match &arguments.command {
        Command::List(site) => list(site),
        Command::Open(open) => open.run(),
        Command::Password(password) => password.run(),
        Command::Grant(grant) => grant.run(),
        Command::End(end) => end.run(),
        Command::ResetFactor(reset) => reset.reset_factor(),
        Command::RequireFactor(required) => required.run(),
        Command::ExportQuota(quota) => quota.run(),
        Command::Close(close) => close.run(),
        Command::Matrix => {
            print!("{}", domain::access::page());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn list(site: &Site) -> Outcome {
    let store = open(site)?;
    let today = System.now().today;
    let accounts = store.accounts()?;
    if accounts.is_empty() {
        println!("还没有账号。请用 miaopu account open 开立。");
        println!("There is no account yet; miaopu account open makes one.");
    }
    for identity in accounts {
        let state = match (identity.is_closed, identity.must_change_password) {
            (true, _) => "  已停用 / closed",
            (false, true) => "  首次登录须换密码 / password to be changed",
            (false, false) => "",
        };
        let factor = if identity.has_second_factor { "  双因子 / second factor" } else { "" };
        println!("{}  {}{factor}{state}", identity.login, identity.display_name);
        for grant in &identity.grants {
            let unit = store.unit(grant.unit)?;
            let (role, reach) = (grant.role.name(), grant.reach.as_str());
            let over = if grant.is_in_force(today) { "" } else { "  不在有效期 / not in force" };
            println!(
                "  {}  {}，{} / {}, {}  {reach}  {} – {}{over}",
                grant.id, role.zh, unit.name.zh, role.en, unit.name.en, grant.from, grant.to
            );
        }
    }
    Ok(())
}

impl Open {
    fn run(&self) -> Outcome {
        let store = open(&self.site)?;
        let now = System.now();
        let password = self.source.password()?;
        let person = self.person.map(PersonId);
        if let Some(person) = person {
            store.person(person)?;
        }
        let account = store.open_account(PROGRAM, now, &self.login, &self.name, person)?;
        store.set_password(PROGRAM, now, account, &password, true)?;
        println!("账号已开立，首次登录须换密码。/ The account is open; its password is to be changed first.");
        self.source.tell(&password);
        println!(
            "尚无职责，请用 miaopu account grant 授予。/ It has no duty yet; miaopu account grant gives one."
        );
        Ok(())
    }
}

impl Password {
    fn run(&self) -> Outcome {
        let store = open(&self.site)?;
        let account = known(&store, &self.login)?.account;
        let password = self.source.password()?;
        store.set_password(PROGRAM, System.now(), account, &password, true)?;
        println!("密码已重设，登录后须更换。/ The password is set and is to be changed at sign-in.");
        self.source.tell(&password);
        Ok(())
    }
}

impl Grant {
    fn run(&self) -> Outcome {
        let store = open(&self.site)?;
        let now = System.now();
        let account = known(&store, &self.login)?.account;
        let unit = self.unit(&store)?;
        let from = self.from.unwrap_or(now.today);
        let to = self.to.unwrap_or_else(|| from.saturating_add(jiff::Span::new().years(1)));
        let usual = match self.role {
            Role::Applicant => Reach::OwnFile,
            Role::Mentor => Reach::Assigned,
            Role::BranchSecretary
            | Role::BranchOrganiser
            | Role::Approver
            | Role::Organiser
            | Role::OrganisationDepartment
            | Role::TrainingOfficer
            | Role::Inspector
            | Role::PlanOfficer
            | Role::Leader
            | Role::SystemOfficer
            | Role::SecurityOfficer
            | Role::Auditor => Reach::Subtree,
        };
        let reach = self.reach.unwrap_or(usual);
        let actor = Actor { unit, ..PROGRAM };
        let new = NewGrant { account, role: self.role, unit, reach, from, to };
        let grant = store.give_grant(actor, now, new)?;
        println!("已授予职责 {grant}，{from} 至 {to}。/ Duty {grant} is given, {from} to {to}.");
        Ok(())
    }

    fn unit(&self, store: &Store) -> Result<UnitId, Box<dyn Error>> {
        if let Some(code) = &self.unit {
            let unit = store.unit_with_code(code.trim())?;
            return Ok(unit.ok_or_else(|| format!("没有编码为 {code} 的组织 / no unit has the code {code}"))?);
        }
        let top = store.units_below(None)?;
        Ok(top.first().ok_or("还没有任何组织，请先导入名册或设立组织 / there is no unit yet")?.id)
    }
}

impl End {
    fn run(&self) -> Outcome {
        let store = open(&self.site)?;
        store.end_grant(PROGRAM, System.now(), GrantId(self.grant), &self.reason)?;
        println!("已收回。/ The duty has ended.");
        Ok(())
    }
}

impl Close {
    fn run(&self) -> Outcome {
        let store = open(&self.site)?;
        let account = known(&store, &self.login)?.account;
        store.close_account(PROGRAM, System.now(), account, &self.reason)?;
        println!("账号已停用，登录已退出。/ The account is closed and its sessions have ended.");
        Ok(())
    }
}

impl Close {
    fn reset_factor(&self) -> Outcome {
        let store = open(&self.site)?;
        let account = known(&store, &self.login)?.account;
        store.reset_second_factor(PROGRAM, System.now(), account, &self.reason)?;
        println!("双因子已重置，登录已退出。/ The second factor is reset and its sessions have ended.");
        Ok(())
    }
}

impl RequireFactor {
    fn run(&self) -> Outcome {
        open(&self.site)?.require_second_factor(PROGRAM, System.now(), self.required)?;
        if self.required {
            println!(
                "审批和管理人员须使用双因子登录。/ Whoever decides or administers needs a second factor."
            );
        } else {
            println!("不再要求双因子登录。/ A second factor is no longer required.");
        }
        Ok(())
    }
}

impl ExportQuota {
    fn run(&self) -> Outcome {
        open(&self.site)?.set_export_quota(PROGRAM, System.now(), self.rows)?;
        println!("每个账号每天最多导出 {0} 人次。/ An account exports {0} rows a day at most.", self.rows);
        Ok(())
    }
}

impl Source {
    fn password(&self) -> Result<String, Box<dyn Error>> {
        if !self.stdin {
            return Ok(drawn_password());
        }
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Tells a password that was drawn; one that was typed is known.
    fn tell(&self, password: &str) {
        if !self.stdin {
            println!("密码（只显示这一次）/ password, shown this once: {password}");
        }
    }
}

fn open(site: &Site) -> Result<Store, app::StoreError> {
    Store::open(&site.location(), &site.keys())
}

fn known(store: &Store, login: &str) -> Result<Identity, Box<dyn Error>> {
    let found = store.account_of(login)?;
    Ok(found.ok_or_else(|| format!("没有名为 {login} 的账号 / there is no account named {login}"))?)
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| {
        let words: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("职责可为 / one of: {}", words.join(", "))
    })
}

fn reach(word: &str) -> Result<Reach, String> {
    Reach::parse(word).ok_or_else(|| "exact, subtree, own_file, assigned".to_owned())
}
