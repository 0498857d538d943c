//! `miaopu plan`: from an instance file to a plan file, and back to plain words. Exit status of
//! `allocate`: 0 solved, 2 infeasible and explained, 1 malformed; of `check`: 0 right, 1 not; of
//! `forecast`: 0 every promise is kept as planned, 2 some are missed, 1 malformed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::planning::{self, Answer, Stage, Watch};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;

/// See the commands.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Allocate places by an instance (miaopu-allocation/1) and write a plan (miaopu-plan/1).
    Allocate {
        /// The instance file.
        instance: PathBuf,
        /// Where the plan is written.
        #[arg(long)]
        out: PathBuf,
        /// Threads to use; the plan is the same for any number.
        #[arg(long, default_value_t = 0)]
        threads: usize,
        /// Seed of the lottery between equals.
        #[arg(long, default_value_t = 0)]
        tie_seed: u64,
        /// An earlier plan to begin from.
        #[arg(long)]
        from: Option<PathBuf>,
    },
    /// Compute everything again that a plan claims.
    Check {
        /// The instance file.
        instance: PathBuf,
        /// The plan file.
        plan: PathBuf,
    },
    /// Say in plain words, in Chinese and English, what a plan says.
    Explain {
        /// The instance file.
        instance: PathBuf,
        /// The plan file.
        plan: PathBuf,
        /// Also tell what a place more or fewer at this unit costs; may be given several times.
        #[arg(long = "unit")]
        units: Vec<String>,
    },
    /// Check a file of targets (rulebooks/targets) and say what it holds.
    Targets {
        /// The file.
        targets: PathBuf,
    },
    /// Project the members of a question (miaopu-forecast/1) to the end of its plan: which promises are
    /// kept, how sure that is, and what it would take to keep all of them.
    Forecast {
        /// The question file.
        question: PathBuf,
        /// Where the answer file is written.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Predict as if from an earlier year, beside what was published later.
    Backtest {
        /// Published figures: year, table, category, value and unit, tab-separated.
        #[arg(long)]
        history: PathBuf,
        /// The year whose end the forecast begins from.
        #[arg(long)]
        origin: i32,
        /// The last year to predict.
        #[arg(long)]
        until: i32,
        /// Admissions after the origin: as published, or frozen at the usual number.
        #[arg(long, value_enum, default_value_t = IntakeChoice::Given)]
        intake: IntakeChoice,
        /// Write the table to standard output, tab-separated.
        #[arg(long)]
        tsv: bool,
    },
    /// Show which units and rows differ between two plans of one instance.
    Diff {
        /// The instance file.
        instance: PathBuf,
        /// The earlier plan.
        before: PathBuf,
        /// The later plan.
        after: PathBuf,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum IntakeChoice {
    Given,
    Frozen,
}

pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let outcome = match arguments.command {
        Command::Allocate { instance, out, threads, tie_seed, from } => {
            allocate(&instance, &out, threads, tie_seed, from.as_deref())
        }
        Command::Check { instance, plan } => check(&instance, &plan),
        Command::Explain { instance, plan, units } => explain(&instance, &plan, &units),
        Command::Targets { targets: file } => targets(&file),
        Command::Forecast { question, out } => forecast(&question, out.as_deref()),
        Command::Backtest { history, origin, until, intake, tsv } => {
            backtest(&history, (origin, until), intake, tsv)
        }
        Command::Diff { instance, before, after } => diff(&instance, &before, &after),
    };
    outcome.unwrap_or_else(|problem| {
        eprintln!("{problem}");
        ExitCode::from(1)
    })
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| {
        format!(
            "{}: 无法读取，请检查路径和权限 / cannot be read, check the path and its rights: {error}",
            path.display()
        )
    })
}

fn named(path: &Path) -> impl Fn(planning::Unreadable) -> String + '_ {
    move |problem| format!("{}: {}: {} / {}", path.display(), problem.place, problem.what.zh, problem.what.en)
}

fn allocate(
    instance: &Path,
    out: &Path,
    threads: usize,
    tie_seed: u64,
    from: Option<&Path>,
) -> Result<ExitCode, String> {
    let bytes = read(instance)?;
    let from = from.map(|path| Ok::<_, String>((path, read(path)?))).transpose()?;
    let earlier = match &from {
        Some((path, bytes)) => Some(planning::read_plan(bytes).map_err(named(path))?),
        None => None,
    };
    let progress = Progress::new();
    let watch = Watch { stop: &progress.stop, tell: &|stage, n_done| progress.tell(stage, n_done) };
    let answer = planning::allocate_watched(&bytes, tie_seed, earlier.as_ref(), threads, &watch)
        .map_err(named(instance))?;
    progress.bar.finish_and_clear();
    let Some(answer) = answer else {
        eprintln!("已停止，没有写下任何文件 / stopped; no file was written");
        return Ok(ExitCode::from(130));
    };
    write_whole(out, &answer.plan.to_bytes())
        .map_err(|error| format!("{}: 无法写入 / cannot be written: {error}", out.display()))?;
    say(&answer);
    Ok(if answer.is_solved { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// A line on the terminal that says what the search does, and Ctrl+C as the wish to stop.
struct Progress {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Progress {
    fn new() -> Progress {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        // Without a runtime Ctrl+C ends the process at once, which leaves no file either.
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            std::thread::spawn(move || {
                if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                    told.store(true, Ordering::Relaxed);
                }
            });
        }
        Progress { bar: ProgressBar::new_spinner(), stop }
    }

    fn tell(&self, stage: Stage, n_done: usize) {
        let words = planning::words_of_stage(stage);
        self.bar.set_message(format!("{} / {} ({n_done})", words.zh, words.en));
        self.bar.tick();
    }
}

/// Writes a file whole or not at all: beside its place first, then into it.
fn write_whole(out: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // What is no plain file, a terminal or a pipe, cannot be replaced and is written to.
    if out.exists() && !out.is_file() {
        return std::fs::write(out, bytes);
    }
    let mut name = out.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(name);
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, out));
    if written.is_err() {
        // The first failure is the one to tell.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn check(instance: &Path, plan: &Path) -> Result<ExitCode, String> {
    let read_plan = planning::read_plan(&read(plan)?).map_err(named(plan))?;
    let faults = planning::check(&read(instance)?, &read_plan).map_err(named(instance))?;
    for fault in &faults {
        eprintln!("{}: {}: {} / {}", plan.display(), fault.place, fault.what.zh, fault.what.en);
    }
    if faults.is_empty() {
        println!("计划无误：目标值、下界、约束均已独立重算。");
        println!("The plan is right: objective, bound and limits were computed again independently.");
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn explain(instance: &Path, plan: &Path, units: &[String]) -> Result<ExitCode, String> {
    let read_plan = planning::read_plan(&read(plan)?).map_err(named(plan))?;
    let answer = planning::explain(&read(instance)?, read_plan, units).map_err(named(instance))?;
    say(&answer);
    Ok(ExitCode::SUCCESS)
}

fn diff(instance: &Path, before: &Path, after: &Path) -> Result<ExitCode, String> {
    let earlier = planning::read_plan(&read(before)?).map_err(named(before))?;
    let later = planning::read_plan(&read(after)?).map_err(named(after))?;
    let lines = planning::differences(&read(instance)?, &earlier, &later).map_err(named(instance))?;
    for line in &lines {
        println!("{}\t{}\t{}\t{:+}", line.unit, line.before, line.after, line.after - line.before);
    }
    for words in planning::moved_shares(&read(instance)?, &earlier, &later).map_err(named(instance))? {
        println!("{} / {}", words.zh, words.en);
    }
    Ok(ExitCode::SUCCESS)
}

fn targets(file: &Path) -> Result<ExitCode, String> {
    let text = utf8(file)?;
    let words = planning::targets(&text).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|fault| format!("{}: {fault}", file.display())).collect();
        lines.join("\n")
    })?;
    for line in &words {
        println!("{}", line.zh);
        println!("{}", line.en);
    }
    Ok(ExitCode::SUCCESS)
}

fn utf8(path: &Path) -> Result<String, String> {
    String::from_utf8(read(path)?)
        .map_err(|_| format!("{}: 须为 UTF-8 文本 / must be text in UTF-8", path.display()))
}

fn forecast(question: &Path, out: Option<&Path>) -> Result<ExitCode, String> {
    let forecast = planning::forecast(&read(question)?).map_err(named(question))?;
    if let Some(out) = out {
        std::fs::write(out, &forecast.file)
            .map_err(|error| format!("{}: 无法写入 / cannot be written: {error}", out.display()))?;
    }
    for line in &forecast.words {
        println!("{}", line.zh);
        println!("{}", line.en);
    }
    Ok(if forecast.is_kept { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn backtest(history: &Path, years: (i32, i32), intake: IntakeChoice, tsv: bool) -> Result<ExitCode, String> {
    let text = utf8(history)?;
    let intake = match intake {
        IntakeChoice::Given => planning::Intake::Given,
        IntakeChoice::Frozen => planning::Intake::Frozen,
    };
    let rows = planning::backtest(&text, years, intake)
        .map_err(|problem| format!("{}: {problem}", history.display()))?;
    let cell = |number: Option<f64>| number.map_or_else(String::new, |number| format!("{number:.1}"));
    if tsv {
        println!("year\tcategory\tpredicted\tlow\thigh\tactual\terror");
    } else {
        println!(
            "{:4}  {:14} {:>9} {:>9} {:>9} {:>9} {:>8}",
            "年", "类别/category", "预测", "低", "高", "实际", "误差"
        );
    }
    for row in &rows {
        let cells = [
            Some(row.predicted),
            Some(row.low),
            Some(row.high),
            row.actual,
            row.actual.map(|a| row.predicted - a),
        ]
        .map(cell);
        if tsv {
            println!("{}\t{}\t{}", row.year, row.category, cells.join("\t"));
        } else {
            let [predicted, low, high, actual, error] = cells;
            println!(
                "{:4}  {:14} {predicted:>9} {low:>9} {high:>9} {actual:>9} {error:>8}",
                row.year, row.category
            );
        }
    }
    for year in years.0 + 1..=years.1 {
        if let Some(error) = planning::band_error(&rows, year)
            && !tsv
        {
            println!("{year}: 年龄段误差合计 / band errors together {:.2} %", error * 100.0);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say(answer: &Answer) {
    for line in &answer.words {
        println!("{}", line.zh);
        println!("{}", line.en);
    }
}
