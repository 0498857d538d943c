//! What becomes of the promises: the members of a unit as recorded, carried on to the deadline of the
//! plan's targets under several plans of admissions, and what it would take to keep every promise. One
//! use case for the page, the API and the command line, which answers the same question file.

mod following;
mod ground;
mod mix;
mod question;
mod reading;
mod taking;
#[cfg(test)]
mod tests;

use domain::ids::UnitId;
use domain::plan::settings;
use domain::text::Text;
use domain::unit::Unit;
use jiff::civil::Date;
use planner::forecast::{self, Assumptions, Question};
pub use planner::target::Verdict;
use planner::target::{Kind, Targets};

use self::ground::Ground;
pub use self::mix::Shares;
use self::question::{Asked, Course};
pub use self::reading::{Account, Measured, Point, ResultRow, ScenarioRow, TargetRow, YearRow};
pub use self::taking::{BestRow, PriceRow, Status, Takes, TakesYear};
use crate::planning::answered;
use crate::store::{Store, StoreError};

/// What is tried: admissions a year, and of a thousand of them so many young, educated, women.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Admissions a year.
    pub intake: i64,
    /// Thousandths of them.
    pub shares: Shares,
    /// Whether a year may differ from the one before by a part of it only.
    pub keeps_pace: bool,
}

/// Parts of a wish, as far as somebody said them; the rest is as adopted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Said {
    /// Admissions a year.
    pub intake: Option<i64>,
    /// Thousandths of them.
    pub shares: [Option<i64>; 3],
    /// Whether a year may differ from the one before by a part of it only.
    pub keeps_pace: Option<bool>,
}

/// Why there is no forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// The unit had no member at the end of the last year.
    Members,
    /// The targets' last day lies before this year's end.
    Targets {
        /// The last year of the targets.
        until: i32,
    },
}

/// A forecast with everything that its page shows.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The unit, with everything below it.
    pub unit: Unit,
    /// Title of the plan that the targets belong to.
    pub title: Text,
    /// The policy that it cites.
    pub policy: Text,
    /// The year at whose end the members were counted.
    pub from: i32,
    /// The last year of the targets.
    pub until: i32,
    /// Members at the end of `from`.
    pub n_members: i64,
    /// Members today.
    pub n_today: i64,
    /// Admissions of the year `from`.
    pub n_previous: i64,
    /// Thousandths by which a year may differ from the one before, at an even pace.
    pub change_permille: i64,
    /// Every target of the file, in its order.
    pub targets: Vec<TargetRow>,
    /// As written, as adopted, and as tried.
    pub scenarios: [ScenarioRow; 3],
    /// What it would take: for the source's plan as written, and under what is tried.
    pub takes: [Takes; 2],
    /// What is tried, and what it is when nothing was said.
    pub wish: (Wish, Wish),
    /// The most admissions a year that can be tried.
    pub most_intake: i64,
    /// Men and women by single year of age from 18 on, at the end of `from`.
    pub pyramid: Vec<[i64; 2]>,
    /// Where the figures come from.
    pub sources: Vec<Text>,
    /// Question files: of the plans as written and adopted, and of what is tried.
    pub questions: [Vec<u8>; 2],
    /// Their answer files.
    pub answers: [Vec<u8>; 2],
    /// Their answers in words.
    pub words: [Vec<Text>; 2],
}

/// Names of the three scenarios, in both languages.
const NAMES: [[&str; 2]; 3] = [["按原文", "As written"], ["按采用值", "As adopted"], ["自拟", "Tried here"]];

impl Store {
    /// The forecast of a unit and everything below it, beginning from the record.
    ///
    /// # Errors
    /// There is no such unit, the database fails, or what was counted cannot be asked. Inside, why there
    /// is nothing to forecast.
    pub fn outlook(
        &self,
        unit: UnitId,
        today: Date,
        said: Said,
    ) -> Result<Result<Outlook, Without>, StoreError> {
        let (targets, assumed) = (Targets::shipped(), Assumptions::shipped());
        let until = targets.to.date.map_or(0, |day| i32::from(day.year));
        if i32::from(today.year()) > until {
            return Ok(Err(Without::Targets { until }));
        }
        let ground = ground::count(self, unit, today, &targets)?;
        if ground.n_members() == 0 {
            return Ok(Err(Without::Members));
        }
        let desk = Desk { ground: &ground, targets: &targets, assumed: &assumed, until };
        let (usual, wish) = desk.wish(said);
        let asked = [desk.planned(), desk.tried(wish)];
        let questions = [asked[0].file()?, asked[1].file()?];
        let unfit = |problem: crate::planning::Unreadable| {
            StoreError::Unfit(format!("{}: {}", problem.place, problem.what.en))
        };
        let first = answered(&questions[0]).map_err(unfit)?;
        let second = answered(&questions[1]).map_err(unfit)?;
        let seen = following::of(self, &ground.unit, today)?;
        let scenario = |answered: &(Question, forecast::Answer), place: usize| {
            reading::scenario(&targets, &answered.0, &answered.1.outcomes[place])
        };
        Ok(Ok(Outlook {
            title: targets.title.clone(),
            policy: targets.policy.clone(),
            from: i32::from(ground.from),
            until,
            n_members: ground.n_members(),
            n_today: ground.today.values().sum(),
            n_previous: ground.n_previous,
            change_permille: assumed.change_permille,
            targets: reading::targets(&targets, &ground, asked[0].intake, seen),
            scenarios: [scenario(&first, 0), scenario(&first, 1), scenario(&second, 0)],
            takes: [taking::of(&first), taking::of(&second)],
            most_intake: desk.most_intake(wish),
            wish: (wish, usual),
            pyramid: reading::pyramid(&first.0.state),
            sources: first.0.sources.clone(),
            answers: [first.1.to_bytes(&first.0), second.1.to_bytes(&second.0)],
            words: [&first, &second].map(|it| crate::planning::words_of_answer(&it.0, &it.1)),
            questions,
            unit: ground.unit.clone(),
        }))
    }
}

/// What a question is made of, before it is asked.
struct Desk<'a> {
    ground: &'a Ground,
    targets: &'a Targets,
    assumed: &'a Assumptions,
    until: i32,
}

impl<'a> Desk<'a> {
    /// Admissions a year as written and as adopted. The source speaks of the whole; a unit below has its
    /// part by members, at least one. Adopted are the places of this year's plan; where there are none,
    /// what a new plan would start from.
    fn intake(&self) -> [i64; 2] {
        let n = self.ground.n_members();
        let written = self.targets.get("intake").map_or(0, |target| target.as_written.value);
        let whole = self.ground.n_whole.max(n);
        let part = (written * n * 2 + whole).div_euclid(2 * whole).max(1);
        let start = (n * settings().start.intake_permille + 500).div_euclid(1000).max(1);
        [part, self.ground.n_planned.filter(|n| *n > 0).unwrap_or(start)]
    }

    /// The adopted structure, or what the last years had of each where that is more.
    fn adopted_shares(&self) -> Shares {
        let [_, adopted] = mix::promised(self.targets);
        let usual = self.ground.usual_permille;
        [0, 1, 2].map(|place| adopted[place].max(usual[place]))
    }

    /// What is tried when nothing is said, and what is tried.
    fn wish(&self, said: Said) -> (Wish, Wish) {
        let usual =
            Wish { intake: self.intake()[1], shares: mix::promised(self.targets)[1], keeps_pace: true };
        let share = |place: usize| said.shares[place].unwrap_or(usual.shares[place]).clamp(0, 1000);
        let wish = Wish {
            intake: said.intake.unwrap_or(usual.intake).clamp(0, self.ground.n_members()),
            shares: [share(0), share(1), share(2)],
            keeps_pace: said.keeps_pace.unwrap_or(usual.keeps_pace),
        };
        (usual, wish)
    }

    /// Three times the adopted intake, or what is tried if that is more; never more than the members.
    fn most_intake(&self, wish: Wish) -> i64 {
        let n = self.ground.n_members();
        (self.intake()[1] * 3).max(wish.intake).max(self.ground.n_previous).min(n)
    }

    fn asked(&self, tried: Option<Wish>, courses: Vec<Course>) -> Asked<'a> {
        let [written, adopted] = self.intake();
        Asked {
            ground: self.ground,
            targets: self.targets,
            assumed: self.assumed,
            until: self.until,
            intake: [written, tried.map_or(adopted, |wish| wish.intake)],
            tried: tried.map(|wish| wish.shares),
            keeps_pace: tried.is_none_or(|wish| wish.keeps_pace),
            courses,
        }
    }

    /// The plans as written and as adopted; what it would take is asked for the first.
    fn planned(&self) -> Asked<'a> {
        let [n_written, n_adopted] = self.intake();
        let [written, _] = mix::promised(self.targets);
        let as_written = Course {
            id: "as_written",
            name: NAMES[0],
            is_as_written: true,
            n_a_year: n_written,
            shares: written,
        };
        let as_adopted = Course {
            id: "adopted",
            name: NAMES[1],
            is_as_written: false,
            n_a_year: n_adopted,
            shares: self.adopted_shares(),
        };
        self.asked(None, vec![as_written, as_adopted])
    }

    fn tried(&self, wish: Wish) -> Asked<'a> {
        let course = Course {
            id: "tried",
            name: NAMES[2],
            is_as_written: false,
            n_a_year: wish.intake,
            shares: wish.shares,
        };
        self.asked(Some(wish), vec![course])
    }
}

/// Whether a kind of figure is a share of a whole.
fn is_share(kind: Kind) -> bool {
    matches!(kind, Kind::Share | Kind::Coverage)
}
