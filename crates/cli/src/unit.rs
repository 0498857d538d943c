//! `miaopu unit`: look at the tree and change it from the console. Units are named by their own codes.
//! Exit status: 0 done, 1 refused by a rule, 2 wrong arguments or no such unit, 4 the site cannot be used.

use std::process::ExitCode;

use app::act::ActError;
use app::clock::{Clock as _, System};
use app::tree::Seen;
use app::{CommandId, Store, StoreError};
use clap::{Args, Subcommand};
use domain::event::{PostEnded, UnitChanged, UnitClosed, UnitMerged, UnitMoved, UnitOpened, UnitSplit};
use domain::finding::Finding;
use domain::ids::{PersonId, PostId, UnitId};
use domain::offices;
use domain::text::Text;
use domain::tree::{Act, AssignPost, Change, FormGroup};
use domain::unit::{PostKind, Sector, Unit, UnitKind};
use jiff::civil::Date;

use crate::ledger::{CANNOT_TELL, PROGRAM};
use crate::site::Site;

/// See the commands.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show a unit: what is below it, who is counted, who holds its posts, what happened to it.
    Show(Show),
    /// Open a unit under another, or the top of an empty tree.
    Open(Open),
    /// Give a unit another name, code, kind or place; what is left out stays.
    Rename(Rename),
    /// Put a unit with everything below it under another.
    Move(Move),
    /// Merge a unit into another, which takes its people and units.
    Merge(Merge),
    /// Let some of the people and units of a unit go to another, which is open already.
    Split(Split),
    /// Close an empty unit.
    Close(Close),
    /// Record that a person takes up a post.
    Assign(Assign),
    /// Record that a post was given up.
    End(End),
    /// Form a Party group in a branch.
    Group(Group),
}

#[derive(Args)]
struct Show {
    /// Code of the unit; without it, the top of the tree.
    code: Option<String>,
    #[command(flatten)]
    site: Site,
}

/// What every change names.
#[derive(Args)]
struct Common {
    #[command(flatten)]
    site: Site,
    /// The day it happened, as YYYY-MM-DD; today when left out.
    #[arg(long)]
    on: Option<Date>,
}

#[derive(Args)]
struct Open {
    #[command(flatten)]
    common: Common,
    /// Code of the unit above; left out for the top of the tree.
    #[arg(long)]
    under: Option<String>,
    /// Kind of organisation, such as `county`, `committee` or `branch`.
    #[arg(long, value_parser = kind)]
    kind: UnitKind,
    /// Kind of place, such as `organ`, `village` or `school`.
    #[arg(long, value_parser = sector, default_value = "other")]
    sector: Sector,
    /// The code that the office uses.
    #[arg(long)]
    code: String,
    /// Chinese name.
    #[arg(long)]
    name_zh: String,
    /// English name.
    #[arg(long)]
    name_en: String,
    /// The approval it rests on.
    #[arg(long)]
    approval: String,
}

#[derive(Args)]
struct Rename {
    /// Code of the unit.
    code: String,
    #[command(flatten)]
    common: Common,
    /// Kind of organisation from now on.
    #[arg(long, value_parser = kind)]
    kind: Option<UnitKind>,
    /// Kind of place from now on.
    #[arg(long, value_parser = sector)]
    sector: Option<Sector>,
    /// The code from now on.
    #[arg(long)]
    new_code: Option<String>,
    /// Chinese name from now on.
    #[arg(long)]
    name_zh: Option<String>,
    /// English name from now on.
    #[arg(long)]
    name_en: Option<String>,
    /// The approval it rests on.
    #[arg(long)]
    approval: String,
}

#[derive(Args)]
struct Group {
    /// Code of the branch.
    code: String,
    #[command(flatten)]
    common: Common,
    /// Chinese name of the group.
    #[arg(long)]
    name_zh: String,
    /// English name of the group.
    #[arg(long)]
    name_en: String,
}

#[derive(Args)]
struct Move {
    /// Code of the unit.
    code: String,
    #[command(flatten)]
    common: Common,
    /// Code of the unit above from now on.
    #[arg(long)]
    under: String,
    /// The approval it rests on.
    #[arg(long)]
    approval: String,
}

#[derive(Args)]
struct Merge {
    /// Code of the unit.
    code: String,
    #[command(flatten)]
    common: Common,
    /// Code of the unit that takes everything.
    #[arg(long)]
    into: String,
    /// The approval it rests on.
    #[arg(long)]
    approval: String,
}

#[derive(Args)]
struct Split {
    /// Code of the unit.
    code: String,
    #[command(flatten)]
    common: Common,
    /// Code of the unit that receives.
    #[arg(long)]
    into: String,
    /// Numbers of the people who go, with commas between.
    #[arg(long, value_delimiter = ',')]
    people: Vec<i64>,
    /// Codes of the units directly below that go, with commas between.
    #[arg(long, value_delimiter = ',')]
    units: Vec<String>,
    /// The approval it rests on.
    #[arg(long)]
    approval: String,
}

#[derive(Args)]
struct Close {
    /// Code of the unit.
    code: String,
    #[command(flatten)]
    common: Common,
    /// The approval it rests on.
    #[arg(long)]
    approval: String,
}

#[derive(Args)]
struct Assign {
    /// Code of the unit.
    code: String,
    #[command(flatten)]
    common: Common,
    /// Which office, such as `secretary`.
    #[arg(long, value_parser = office)]
    post: PostKind,
    /// Number of the person.
    #[arg(long)]
    person: i64,
}

#[derive(Args)]
struct End {
    /// Code of the unit.
    code: String,
    #[command(flatten)]
    common: Common,
    /// Number of the post, as `miaopu unit show` gives it.
    #[arg(long)]
    post: i64,
    /// Why.
    #[arg(long)]
    reason: String,
}

fn kind(word: &str) -> Result<UnitKind, String> {
    UnitKind::parse(word).ok_or_else(|| words(UnitKind::ALL.iter().map(|kind| kind.as_str())))
}

fn sector(word: &str) -> Result<Sector, String> {
    Sector::parse(word).ok_or_else(|| words(Sector::ALL.iter().map(|sector| sector.as_str())))
}

fn office(word: &str) -> Result<PostKind, String> {
    PostKind::parse(word).ok_or_else(|| words(PostKind::ALL.iter().map(|kind| kind.as_str())))
}

fn words<'a>(all: impl Iterator<Item = &'a str>) -> String {
    format!("可用 / one of: {}", all.collect::<Vec<_>>().join(", "))
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let outcome = match &arguments.command {
        Command::Show(wish) => show(wish),
        Command::Open(wish) => open(wish),
        Command::Rename(wish) => rename(wish),
        Command::Move(wish) => {
            let approval = wish.approval.clone();
            change(&wish.common, &wish.code, Some(&wish.under), |parent| {
                Change::MoveUnder(UnitMoved { parent, approval })
            })
        }
        Command::Merge(wish) => {
            let approval = wish.approval.clone();
            change(&wish.common, &wish.code, Some(&wish.into), |into| {
                Change::Merge(UnitMerged { into, approval })
            })
        }
        Command::Split(wish) => split(wish),
        Command::Close(wish) => {
            let approval = wish.approval.clone();
            change(&wish.common, &wish.code, None, |_| Change::Close(UnitClosed { approval }))
        }
        Command::Assign(wish) => {
            let post = AssignPost { kind: wish.post, person: PersonId(wish.person) };
            change(&wish.common, &wish.code, None, |_| Change::AssignPost(post))
        }
        Command::End(wish) => {
            let ended = PostEnded { post: PostId(wish.post), reason: wish.reason.clone() };
            change(&wish.common, &wish.code, None, |_| Change::EndPost(ended))
        }
        Command::Group(wish) => {
            let name = Text::new(wish.name_zh.as_str(), wish.name_en.as_str());
            change(&wish.common, &wish.code, None, |_| Change::FormGroup(FormGroup { name }))
        }
    };
    outcome.unwrap_or_else(|trouble| tell_trouble(&trouble))
}

/// Why nothing was done.
enum Trouble {
    /// No open unit has the code.
    NoUnit(String),
    /// A rule, a duty or the store.
    Act(ActError),
}

impl<E: Into<ActError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Trouble::Act(error.into())
    }
}

fn tell_trouble(trouble: &Trouble) -> ExitCode {
    match trouble {
        Trouble::NoUnit(code) => {
            eprintln!("没有代码为“{code}”的组织 / no open unit has the code “{code}”");
            ExitCode::from(2)
        }
        Trouble::Act(ActError::Refused(refusal)) => {
            refusal.findings.iter().for_each(tell);
            ExitCode::FAILURE
        }
        Trouble::Act(ActError::Denied(denial)) => {
            eprintln!("{} / {}", denial.text.zh, denial.text.en);
            ExitCode::FAILURE
        }
        Trouble::Act(ActError::Store(error)) => {
            eprintln!("{error}");
            ExitCode::from(CANNOT_TELL)
        }
    }
}

fn tell(finding: &Finding) {
    eprintln!("{} {}{}", finding.rule, finding.text.zh, finding.remedy.zh);
    eprintln!("{} {} {}", finding.rule, finding.text.en, finding.remedy.en);
    eprintln!("  {}", finding.article);
}

fn store(site: &Site) -> Result<Store, StoreError> {
    Store::open(&site.location(), &site.keys())
}

fn find(store: &Store, code: &str) -> Result<UnitId, Trouble> {
    store.unit_with_code(code)?.ok_or_else(|| Trouble::NoUnit(code.to_owned()))
}

fn open(wish: &Open) -> Result<ExitCode, Trouble> {
    let store = store(&wish.common.site)?;
    let now = System.now();
    let parent = wish.under.as_deref().map(|code| find(&store, code)).transpose()?;
    let opened = UnitOpened {
        parent,
        unit_kind: wish.kind,
        sector: wish.sector,
        code: wish.code.clone(),
        name: Text::new(wish.name_zh.as_str(), wish.name_en.as_str()),
        approval: wish.approval.clone(),
    };
    let on = wish.common.on.unwrap_or(now.today);
    let unit = store.open_unit(PROGRAM, now, CommandId::random(), on, opened)?;
    println!("已设立，编号 {unit} / opened as number {unit}");
    Ok(ExitCode::SUCCESS)
}

fn rename(wish: &Rename) -> Result<ExitCode, Trouble> {
    let unit = {
        let store = store(&wish.common.site)?;
        store.unit(find(&store, &wish.code)?)?
    };
    let name = Text::new(
        wish.name_zh.as_deref().unwrap_or(&unit.name.zh),
        wish.name_en.as_deref().unwrap_or(&unit.name.en),
    );
    let changed = UnitChanged {
        unit_kind: wish.kind.unwrap_or(unit.kind),
        sector: wish.sector.unwrap_or(unit.sector),
        code: wish.new_code.clone().unwrap_or(unit.code),
        name,
        approval: wish.approval.clone(),
    };
    change(&wish.common, &wish.code, None, |_| Change::Rename(changed))
}

fn split(wish: &Split) -> Result<ExitCode, Trouble> {
    let units = {
        let store = store(&wish.common.site)?;
        wish.units.iter().map(|code| find(&store, code)).collect::<Result<Vec<_>, _>>()?
    };
    let people = wish.people.iter().copied().map(PersonId).collect();
    let approval = wish.approval.clone();
    change(&wish.common, &wish.code, Some(&wish.into), |into| {
        Change::Split(UnitSplit { into, people, units, approval })
    })
}

/// Records a change of a unit; the other unit, if the change names one, is found by its code.
fn change(
    common: &Common,
    code: &str,
    other: Option<&String>,
    change: impl FnOnce(UnitId) -> Change,
) -> Result<ExitCode, Trouble> {
    let store = store(&common.site)?;
    let now = System.now();
    let unit = find(&store, code)?;
    let other = other.map_or(Ok(unit), |code| find(&store, code))?;
    let act = Act { on: common.on.unwrap_or(now.today), change: change(other) };
    let seen = Seen { unit, version: store.unit(unit)?.version };
    let noted = store.consider_unit(Some(unit), &act, now)?.noted;
    let receipt = store.change_unit(PROGRAM, now, CommandId::random(), seen, act)?;
    noted.iter().for_each(tell);
    println!("已登记，账本第 {0} 条 / recorded as entry {0}", receipt.first_seq);
    Ok(ExitCode::SUCCESS)
}

fn show(wish: &Show) -> Result<ExitCode, Trouble> {
    let store = store(&wish.site)?;
    let unit = match &wish.code {
        Some(code) => Some(store.unit(find(&store, code)?)?),
        None => store.units_below(None)?.into_iter().next(),
    };
    match unit {
        Some(unit) => describe(&store, &unit)?,
        None => println!(
            "组织树是空的，请先用 miaopu unit open 设立 / the tree is empty; begin with miaopu unit open"
        ),
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(store: &Store, unit: &Unit) -> Result<(), StoreError> {
    let kind = offices::unit_kind(unit.kind);
    println!("{} {}（{}）/ {} ({})", unit.code, unit.name.zh, kind.zh, unit.name.en, kind.en);
    for (stage, n) in &store.composition(unit.id)?.stages {
        let name = offices::stage(*stage);
        println!("  {n:>7}  {} / {}", name.zh, name.en);
    }
    for post in store.posts(unit.id, System.now().today)? {
        let name = offices::post_kind(post.kind);
        println!(
            "  {}：{} 号，自 {}（职务 {}）/ {}: person {}, since {} (post {})",
            name.zh, post.person, post.from_on, post.id, name.en, post.person, post.from_on, post.id
        );
    }
    for below in store.units_below(Some(unit.id))?.iter().filter(|below| below.is_open) {
        println!("  └ {} {} / {}", below.code, below.name.zh, below.name.en);
    }
    for finding in store.unit_sizes(unit.id)? {
        println!("  ! {} / {}", finding.text.zh, finding.text.en);
    }
    for recorded in store.unit_history(unit.id)? {
        let (day, event) = (recorded.fact.occurred_on, recorded.fact.event.kind());
        println!("  {day}（登记 / entered {}）{event}", recorded.recorded_on);
    }
    Ok(())
}
