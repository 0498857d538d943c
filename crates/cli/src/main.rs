//! The one binary. Each command is a module; each module parses its arguments, calls one use case
//! and prints the answer. No rule and no use case lives here.

#![expect(clippy::print_stdout, reason = "a command line answers on standard output")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod access;
mod account;
mod audit;
mod certificate;
mod database;
mod demo;
mod dossier;
mod init;
mod ledger;
mod paper;
mod person;
mod plan;
mod roster;
mod rulebook;
mod serve;
mod site;
mod unit;

/// 苗圃 miaopu: membership development from application to archive, with a record nobody can
/// quietly alter.
#[derive(Parser)]
#[command(name = "miaopu", version, about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 演示: an invented city of real size, served on this machine.
    Demo(demo::Arguments),
    /// 运行: serve a site.
    Serve(serve::Arguments),
    /// 账号: who can sign in and what they may do.
    Account(account::Arguments),
    /// 访问记录: how long the access log is kept.
    Access(access::Arguments),
    /// 证书: check a certificate of training without a network.
    Certificate(certificate::Arguments),
    /// 审查: check admission files from outside against the rules.
    Audit(audit::Arguments),
    /// 规则库: check, show and compare the rulebooks.
    Rulebook(rulebook::Arguments),
    /// 建站: a new site, empty or with an invented city.
    Init(init::Arguments),
    /// 导入名册: preview a roster and take it over, whole or not at all.
    Import(roster::Import),
    /// 导出名册: the roster of a unit as a file.
    Export(roster::Export),
    /// 名册模板: an empty workbook with heads and drop-downs.
    Template(roster::Template),
    /// 人员: entries that may be one person, and merging them.
    Person(person::Arguments),
    /// 组织: show the tree and change it.
    Unit(unit::Arguments),
    /// 账本: verify the record, prove and export what is in it, make its views again.
    Ledger(ledger::Arguments),
    /// 数据库: make and check tables, move a site between engines, back it up.
    Db(database::Arguments),
    /// 卷宗: hand out one person's events with proofs, and check what others handed out.
    Dossier(dossier::Arguments),
    /// 文书: issue papers from the record as PDF, one or many, and check a printed file.
    Paper(paper::Arguments),
    /// 规划: allocate places, check and explain plans.
    Plan(plan::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Account(arguments) => account::run(&arguments),
        Command::Access(arguments) => access::run(&arguments),
        Command::Certificate(arguments) => certificate::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Rulebook(arguments) => rulebook::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Import(arguments) => roster::import(&arguments),
        Command::Export(arguments) => roster::export(&arguments),
        Command::Template(arguments) => roster::write_template(&arguments),
        Command::Person(arguments) => person::run(&arguments),
        Command::Unit(arguments) => unit::run(&arguments),
        Command::Ledger(arguments) => ledger::run(&arguments),
        Command::Db(arguments) => database::run(&arguments),
        Command::Dossier(arguments) => dossier::run(&arguments),
        Command::Paper(arguments) => paper::run(&arguments),
        Command::Plan(arguments) => plan::run(arguments),
    }
}
