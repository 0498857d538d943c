//! What is due in a file, who owes it and by when; and for every later step the first day on which
//! it can lawfully be taken. Pure and computed anew each time: a day that depends on facts is never
//! stored as truth.

mod course;
mod limits;

use jiff::civil::Date;

use crate::case::{Case, NoticeOutcome, NoticeRun, NoticeStage, Step};
use crate::dates::days_between;
use crate::decide::{Setting, open_steps};
use crate::ids::{EventId, UnitId};
use crate::rulebook::{Actor, DayUnit};
use crate::text::Text;

use course::Course;

/// What is due in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agenda {
    /// What can or must be done now, the most pressing first.
    pub due: Vec<Due>,
    /// For every step not yet taken, when it can be: the earliest lawful calendar.
    pub ahead: Vec<Ahead>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What.
    pub duty: Duty,
    /// What it is called.
    pub name: Text,
    /// Who owes it, by office.
    pub owed_by: Vec<Actor>,
    /// The branch that keeps the file.
    pub unit: UnitId,
    /// The first lawful day.
    pub earliest_on: Option<Date>,
    /// The last lawful day, where there is one.
    pub latest_on: Option<Date>,
    /// Days from today to the last day; negative when overdue.
    pub days_left: Option<i64>,
    /// Whether it waits, can be done, presses or is overdue.
    pub pressure: Pressure,
    /// The papers to hand in.
    pub hand_in: Vec<Text>,
    /// The authority.
    pub article: String,
}

/// A kind of thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// Take a step.
    Take(Step),
    /// Open the public notice before a decision.
    OpenNotice(NoticeStage),
    /// Close a notice that was opened.
    CloseNotice(EventId),
    /// Finish the check of objections to a notice.
    SettleObjections(EventId),
    /// Repair a step that was returned.
    Repair(Step),
    /// Confirm the receipt of a file on its way.
    Receive,
    /// Say how a halted procedure goes on.
    Resume,
}

impl Duty {
    /// The step it belongs to, if to one.
    #[must_use]
    pub fn step(self) -> Option<Step> {
        match self {
            Duty::Take(step) | Duty::Repair(step) => Some(step),
            Duty::OpenNotice(stage) => Some(decision_of(stage)),
            Duty::CloseNotice(_) | Duty::SettleObjections(_) | Duty::Receive | Duty::Resume => None,
        }
    }
}

/// How pressing something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pressure {
    /// The last day is past.
    Overdue,
    /// Seven days or less are left.
    Pressing,
    /// It can be done.
    Open,
    /// Its first day has not come.
    Waiting,
}

impl Pressure {
    /// The word used in URLs and as a key of translations.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Pressure::Overdue => "overdue",
            Pressure::Pressing => "pressing",
            Pressure::Open => "open",
            Pressure::Waiting => "waiting",
        }
    }
}

/// A step ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// Which.
    pub step: Step,
    /// What it is called.
    pub name: Text,
    /// The first lawful day, if everything before it is done on its first day.
    pub earliest_on: Date,
    /// The last lawful day, where what it is counted from has happened.
    pub latest_on: Option<Date>,
}

/// Days before the last one from which a thing presses.
const PRESSING_DAYS: i64 = 7;

/// Whether the last day of a notice may still move: the rules count it in working days, and the calendar of
/// a year in which it runs is not published.
#[must_use]
pub fn is_provisional(setting: &Setting<'_>, run: &NoticeRun) -> bool {
    let is_counted_in_working_days = limits::notice_length(setting, run.from, run.stage)
        .is_some_and(|length| length.unit == DayUnit::Working);
    let calendar = setting.books.calendar();
    is_counted_in_working_days
        && (run.from.year()..=run.last_on.year()).any(|year| calendar.is_provisional(year))
}

/// What is due in a file on a day.
#[must_use]
pub fn agenda(case: &Case, setting: &Setting<'_>, today: Date) -> Agenda {
    if case.opened_on().is_none() || case.is_closed() {
        return Agenda { due: Vec::new(), ahead: Vec::new() };
    }
    let course = Course::run(case, setting, today);
    let desk = Desk { case, setting, today, course: &course };
    let mut due = desk.halts();
    if due.is_empty() {
        due.extend(desk.notices());
        due.extend(desk.steps());
    }
    due.sort_by_key(|item| (item.pressure, item.latest_on.unwrap_or(Date::MAX), item.duty));
    Agenda { due, ahead: course.ahead(setting, today) }
}

struct Desk<'a> {
    case: &'a Case,
    setting: &'a Setting<'a>,
    today: Date,
    course: &'a Course,
}

impl Desk<'_> {
    /// What stands in the way of everything else.
    fn halts(&self) -> Vec<Due> {
        let mut halts = Vec::new();
        if let Some((to, since)) = self.case.on_the_way_to() {
            let name = Text::new("签收转来的档案", "Confirm the receipt of the file");
            let receipt = self.plain(Duty::Receive, name, since, None);
            halts.push(Due { unit: to, ..receipt });
        }
        if let Some(hold) = self.case.hold() {
            let name = Text::new("登记恢复办理或终止", "Say how the halted procedure goes on");
            halts.push(self.plain(Duty::Resume, name, hold.since, None));
        }
        for (step, _) in self.case.returned() {
            let name = self.course.described(self.setting, self.today, step).name.clone();
            let name = Text::new(format!("补正：{}", name.zh), format!("Repair: {}", name.en));
            halts.push(self.plain(Duty::Repair(step), name, self.today, None));
        }
        for run in self.case.notices() {
            let is_checked =
                run.closed.as_ref().is_some_and(|closing| closing.outcome == NoticeOutcome::Check);
            if is_checked {
                let name = Text::new("核查公示反映并登记结论", "Finish the check of objections");
                halts.push(self.plain(Duty::SettleObjections(run.event), name, run.last_on, None));
            }
        }
        halts
    }

    /// Notices to be closed, and to be opened before the next decision.
    fn notices(&self) -> Vec<Due> {
        let mut due = Vec::new();
        for run in self.case.notices().iter().filter(|run| run.closed.is_none()) {
            let name = Text::new("登记公示结果", "Enter the result of the notice");
            let from = limits::notice_ends(self.case, self.setting, run);
            due.push(self.plain(Duty::CloseNotice(run.event), name, from, None));
        }
        for &stage in NoticeStage::ALL {
            let is_there = self.case.notices().iter().any(|run| {
                run.stage == stage
                    && run.closed.as_ref().is_none_or(|closing| closing.outcome != NoticeOutcome::Stop)
            });
            let decision = decision_of(stage);
            let is_next = self.is_prepared(decision) && !self.case.is_done(decision);
            let is_asked = limits::notice_length(self.setting, self.today, stage).is_some();
            if is_asked && is_next && !is_there {
                let name = Text::new("开始公示", "Open the public notice");
                let from = self.course.notice_opens(stage).unwrap_or(self.today);
                due.push(self.plain(Duty::OpenNotice(stage), name, from, None));
            }
        }
        due
    }

    fn is_prepared(&self, step: Step) -> bool {
        open_steps(self.case, self.setting.books, self.today).contains(&step)
    }

    fn steps(&self) -> Vec<Due> {
        let open = open_steps(self.case, self.setting.books, self.today);
        open.into_iter().filter_map(|step| self.take(step)).collect()
    }

    fn take(&self, step: Step) -> Option<Due> {
        let described = self.course.described(self.setting, self.today, step);
        let earliest_on = self.course.earliest(step)?;
        let latest_on = limits::latest(self.case, self.setting, step, self.today);
        Some(Due {
            owed_by: described.actors.clone(),
            hand_in: described.evidence.clone(),
            article: described.article.clone(),
            ..self.plain(Duty::Take(step), described.name.clone(), earliest_on, latest_on)
        })
    }

    fn plain(&self, duty: Duty, name: Text, earliest_on: Date, latest_on: Option<Date>) -> Due {
        let days_left = latest_on.map(|latest| days_between(self.today, latest));
        let pressure = match days_left {
            Some(days) if days < 0 => Pressure::Overdue,
            _ if earliest_on > self.today => Pressure::Waiting,
            Some(days) if days <= PRESSING_DAYS => Pressure::Pressing,
            Some(_) | None => Pressure::Open,
        };
        Due {
            duty,
            name,
            owed_by: vec![Actor::BranchSecretary, Actor::BranchOrganiser],
            unit: self.case.unit,
            earliest_on: Some(earliest_on),
            latest_on,
            days_left,
            pressure,
            hand_in: Vec::new(),
            article: String::new(),
        }
    }
}

/// The step that a notice comes before.
fn decision_of(stage: NoticeStage) -> Step {
    match stage {
        NoticeStage::Target => Step::TargetFiling,
        NoticeStage::Admission => Step::BranchMeeting,
        NoticeStage::Confirmation => Step::ConfirmationMeeting,
    }
}
