//! What it would take, as a page shows it: the fewest admissions that keep every promise with their
//! prices, or the proof that none do and how far each promise can be brought.

use domain::text::Text;
use planner::forecast::{Answer, Best, Least, Question, Reached, RowName, Unreachable};
use planner::target::{Kind, Population};

use super::reading::admissions;
use crate::planning::name_of_row;

/// What is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// With fewer it cannot be done; proved.
    Least,
    /// It can be done, and fewer than the bound cannot.
    NearLeast,
    /// It cannot be done; proved.
    Unreachable,
    /// No plan in whole people was found, nor a proof that there is none.
    NotFound,
}

impl Status {
    /// The word used as a key of translations.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Least => "least",
            Status::NearLeast => "near",
            Status::Unreachable => "unreachable",
            Status::NotFound => "not-found",
        }
    }

    /// Whether every promise can be kept.
    #[must_use]
    pub fn is_reached(self) -> bool {
        match self {
            Status::Least | Status::NearLeast => true,
            Status::Unreachable | Status::NotFound => false,
        }
    }
}

/// A year of admissions: all, young, educated, women.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakesYear {
    /// The year.
    pub year: i32,
    /// Everybody.
    pub n: i64,
    /// Young, educated, women.
    pub parts: [i64; 3],
}

/// What it would take.
#[derive(Debug, Clone)]
pub struct Takes {
    /// What is known.
    pub status: Status,
    /// Admissions by year: the fewest, or those that come nearest.
    pub years: Vec<TakesYear>,
    /// All years together.
    pub total: i64,
    /// Fewer than so many cannot do.
    pub bound: i64,
    /// What leaves no room; of what cannot be reached, what contradicts one another.
    pub rows: Vec<Text>,
    /// What moving a promise costs.
    pub prices: Vec<PriceRow>,
    /// How far each promise can be brought.
    pub best: Vec<BestRow>,
    /// What it would take if the years were not limited.
    pub without_limits: Option<Box<Takes>>,
}

/// What moving a promise about members by a tenth of a point, or by one person, costs in admissions.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceRow {
    /// The promise.
    pub name: Text,
    /// Whether it is a share.
    pub is_share: bool,
    /// More admissions when it is higher; none when it cannot be.
    pub higher: Option<f64>,
    /// Fewer admissions when it is lower.
    pub lower: Option<f64>,
}

/// How far a promise can be brought.
#[derive(Debug, Clone, PartialEq)]
pub struct BestRow {
    /// The promise.
    pub name: Text,
    /// The year.
    pub year: i32,
    /// What was promised, in per cent or people.
    pub promised: f64,
    /// With nothing else to keep but the limits.
    pub alone: f64,
    /// With everything else kept as well; none when the others cannot be kept together.
    pub beside: Option<f64>,
    /// Whether it is a share.
    pub is_share: bool,
}

pub(super) fn of((question, answer): &(Question, Answer)) -> Takes {
    match &answer.least {
        Least::Reached(reached) => of_reached(question, reached),
        Least::Unreachable(unreachable) => of_unreachable(question, answer, unreachable),
    }
}

fn years(question: &Question, plan: &[Vec<i64>]) -> Vec<TakesYear> {
    let lines = admissions(question, plan).into_iter();
    lines.map(|(year, n, parts)| TakesYear { year, n, parts }).collect()
}

fn rows(question: &Question, names: &[RowName]) -> Vec<Text> {
    names.iter().map(|&name| name_of_row(question, name)).collect()
}

fn of_reached(question: &Question, reached: &Reached) -> Takes {
    let price = |price: &planner::forecast::Price| {
        let promise = &question.promises[price.promise];
        PriceRow {
            name: promise.name.clone(),
            is_share: promise.kind == Kind::Share,
            higher: price.higher,
            lower: price.lower,
        }
    };
    Takes {
        status: if reached.is_least() { Status::Least } else { Status::NearLeast },
        years: years(question, &reached.admissions),
        total: reached.total,
        bound: reached.bound,
        rows: rows(question, &reached.binding),
        prices: reached.prices.iter().map(price).collect(),
        best: Vec::new(),
        without_limits: None,
    }
}

fn of_unreachable(question: &Question, answer: &Answer, unreachable: &Unreachable) -> Takes {
    let best = |best: &Best| {
        let promise = &question.promises[best.promise];
        let is_share = promise.kind == Kind::Share;
        let shown = |value: i64| if is_share { value as f64 / 10_000.0 } else { value as f64 };
        let promised = promise.bound(answer.reading).value as f64;
        BestRow {
            name: promise.name.clone(),
            year: best.year,
            promised: if is_share { promised / 10.0 } else { promised },
            alone: shown(best.alone),
            beside: best.beside_the_others.map(shown),
            is_share,
        }
    };
    let of_members = |best: &&Best| question.promises[best.promise].of == Population::Stock;
    let nearest = years(question, &unreachable.nearest);
    Takes {
        status: if unreachable.is_proved { Status::Unreachable } else { Status::NotFound },
        total: nearest.iter().map(|year| year.n).sum(),
        years: nearest,
        bound: 0,
        rows: rows(question, &unreachable.conflict),
        prices: Vec::new(),
        best: unreachable.best.iter().filter(of_members).map(best).collect(),
        without_limits: unreachable
            .without_limits
            .as_ref()
            .map(|reached| Box::new(of_reached(question, reached))),
    }
}
