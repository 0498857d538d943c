//! The drawings of a forecast: gauges, fans and the two pyramids, each with its numbers.

use app::forecasts::{Outlook, Point, TargetRow, Verdict};
use domain::person::Sex;

use super::figure;
use crate::chart::{
    Caption, Counted, Fan, Forecast, Foreseen, Gauge, Level, Promise, Reading, fan as draw_fan,
    gauge as draw_gauge, plain,
};
use crate::pages::drawn::{BANDS, band_label, pyramid_of};
use crate::words::{Markup, Words};

pub(super) struct Gauges<'a> {
    pub(super) t: Words,
    pub(super) outlook: &'a Outlook,
}

/// A fan with its numbers.
pub(super) struct FanFigure {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) drawing: Markup,
    pub(super) is_missed: bool,
    pub(super) verdict: String,
    /// The end of a year, the share, where it lies nineteen times in twenty.
    pub(super) rows: Vec<[String; 3]>,
}

/// A band of ages: men and women at the beginning, men and women at the end.
pub(super) struct BandLine {
    pub(super) ages: String,
    pub(super) counts: [String; 4],
}

impl Gauges<'_> {
    /// What a target stands at today, in words.
    pub(super) fn today(&self, target: &TargetRow) -> String {
        let t = self.t;
        let Some(today) = target.today else { return t.say("forecast-today-unknown") };
        match (target.today_value(), today.of) {
            (None, _) => t.say("forecast-today-nobody"),
            (Some(value), Some(of)) if target.is_share => t.with(
                "forecast-today-share",
                &[("share", figure(t, target, value)), ("n", t.number(today.n)), ("all", t.number(of))],
            ),
            (Some(value), Some(of)) => t.with(
                "forecast-today-ratio",
                &[("ratio", plain(value)), ("n", t.number(today.n)), ("per", t.number(of))],
            ),
            (Some(_), None) => t.with("forecast-today-people", &[("n", t.number(today.n))]),
        }
    }

    /// A target: today, the forecast of the adopted plan, and the promise as adopted.
    pub(super) fn gauge(&self, at: usize) -> Markup {
        let (t, outlook) = (self.t, self.outlook);
        let target = &outlook.targets[at];
        let value = target.today_value().unwrap_or(f64::NAN);
        let now = if target.is_share || target.today.is_some_and(|it| it.of.is_none()) {
            figure(t, target, value)
        } else {
            plain(value)
        };
        let row = outlook.scenarios[1].results[at].as_ref();
        let last = row.and_then(|row| row.points.iter().rev().find(|point| point.is_due));
        let (label, promised) = (
            t.about("forecast-end-of", last.map_or(outlook.until, |point| point.year)),
            t.about("forecast-promised", t.of(&target.adopted.0)),
        );
        let shown = last.map(|point| figure(t, target, point.value)).unwrap_or_default();
        let forecast = last.map(|point| {
            let (low, high) = point.ranges()[0];
            let middle = Reading { value: point.value, label: &label, figure: &shown };
            Forecast { middle, low, high }
        });
        let desc = t.with(
            "forecast-gauge-desc",
            &[
                ("now", self.today(target)),
                ("then", if shown.is_empty() { String::new() } else { format!("{label} {shown}") }),
                ("promised", promised.clone()),
            ],
        );
        let id = format!("gauge-{}", target.id);
        Markup(draw_gauge(&Gauge {
            caption: Caption { id: &id, title: t.of(&target.name), desc: &desc },
            now: Reading { value, label: &t.say("forecast-now"), figure: &now },
            forecast,
            promise: Some(Promise { value: target.adopted.1, label: &promised }),
            figures: &plain,
        }))
    }

    /// A share of the members from the years counted to the deadline, with the adopted plan.
    pub(super) fn fan(&self, at: usize) -> Option<FanFigure> {
        let (t, outlook) = (self.t, self.outlook);
        let target = &outlook.targets[at];
        let row = outlook.scenarios[1].results[at].as_ref()?;
        let name = t.of(&target.name).to_owned();
        let known: Vec<(String, f64, String)> = target
            .before
            .iter()
            .filter_map(|(year, it)| Some((*year, it.share()?)))
            .map(|(year, value)| (year.to_string(), value, figure(t, target, value)))
            .collect();
        let later: Vec<(String, Point, String)> = row
            .points
            .iter()
            .map(|point| (point.year.to_string(), *point, figure(t, target, point.value)))
            .collect();
        let counted: Vec<Counted<'_>> =
            known.iter().map(|(label, value, figure)| Counted { label, value: *value, figure }).collect();
        let foreseen: Vec<Foreseen<'_>> = later
            .iter()
            .map(|(label, it, figure)| Foreseen { label, middle: it.value, figure, ranges: it.ranges() })
            .collect();
        let promised = figure(t, target, target.adopted.1);
        let last = |figures: Option<&String>| figures.cloned().unwrap_or_default();
        let desc = t.with(
            "forecast-fan-desc",
            &[
                ("from", outlook.from.to_string()),
                ("now", last(known.last().map(|(.., figure)| figure))),
                ("until", outlook.until.to_string()),
                ("then", last(later.last().map(|(.., figure)| figure))),
                ("promised", promised.clone()),
            ],
        );
        let id = format!("fan-{}", target.id);
        let drawing = draw_fan(&Fan {
            caption: Caption { id: &id, title: &name, desc: &desc },
            counted: &counted,
            foreseen: &foreseen,
            promise: Some(Level { value: target.adopted.1, figure: &promised }),
            figures: &plain,
        });
        let counted = known.iter().map(|(year, _, figure)| [year.clone(), figure.clone(), "–".to_owned()]);
        let foreseen = later.iter().map(|(year, point, shown)| {
            let (low, high) = point.ranges()[0];
            let range = format!("{} – {}", figure(t, target, low), figure(t, target, high));
            [year.clone(), shown.clone(), range]
        });
        Some(FanFigure {
            rows: counted.chain(foreseen).collect(),
            drawing: Markup(drawing),
            is_missed: row.verdict == Verdict::Missed,
            verdict: super::verdict(t, row.verdict),
            id,
            name,
        })
    }

    fn counts(&self, place: usize, sex: Sex, (from, to): (i64, i64)) -> u64 {
        let by_age = if place == 0 { &self.outlook.pyramid } else { &self.outlook.scenarios[1].pyramid };
        let side = usize::from(sex == Sex::Female);
        let ages = (18_i64..).zip(by_age).filter(|(age, _)| (from..=to).contains(age));
        ages.map(|(_, sides)| sides[side].unsigned_abs()).sum()
    }

    /// The members at the beginning and at the end of the adopted plan.
    pub(super) fn pyramids(&self) -> [(String, Markup); 2] {
        let (t, outlook) = (self.t, self.outlook);
        let titles =
            [t.about("forecast-pyramid-start", outlook.from), t.about("forecast-pyramid-end", outlook.until)];
        [0, 1].map(|place| {
            let id = format!("ages-{place}");
            let drawing = pyramid_of(t, (&id, &titles[place]), |sex, ages| self.counts(place, sex, ages));
            (titles[place].clone(), drawing)
        })
    }

    pub(super) fn bands(&self) -> Vec<BandLine> {
        let line = |ages: &(i64, i64)| {
            let count = |place: usize, sex: Sex| self.t.number(self.counts(place, sex, *ages));
            BandLine {
                ages: band_label(*ages),
                counts: [
                    count(0, Sex::Male),
                    count(0, Sex::Female),
                    count(1, Sex::Male),
                    count(1, Sex::Female),
                ],
            }
        };
        BANDS.iter().map(line).collect()
    }
}
