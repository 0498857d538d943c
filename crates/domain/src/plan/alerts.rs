//! Anomalies in the course of a year: too many at once, nobody for too long, big swings, admissions
//! outside the plan, nobody in the pipeline. Each is told in numbers with the figure it rests on; the
//! unit answers with a reason, and the level above closes it or takes it up.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Desk, PlanAlertAnswered, PlanAlertSettled, PlanRule, Settings};
use crate::decide::Consideration;
use crate::ids::UnitId;
use crate::months::add_months;
use crate::person::coded;
use crate::text::Text;

coded! {
    /// Kinds of anomalies.
    AlertKind {
        /// 计划外发展.
        OutsidePlan = 1, "outside_plan";
        /// 全年突击发展.
        RushYear = 2, "rush_year";
        /// 一月之内突击发展.
        RushMonth = 3, "rush_month";
        /// 一次会议成批发展.
        RushMeeting = 4, "rush_meeting";
        /// 多年不发展.
        Drought = 5, "drought";
        /// 将要多年不发展.
        DroughtAhead = 6, "drought_ahead";
        /// 多年没有新的入党积极分子.
        NoActivist = 7, "no_activist";
        /// 大起大落.
        Swing = 8, "swing";
        /// 没有培养对象.
        NoCandidates = 9, "no_candidates";
        /// 积极分子与发展对象比例失调.
        Ratio = 10, "ratio";
    }
}

/// A unit in a year, as far as anomalies look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitYear {
    /// The unit.
    pub unit: UnitId,
    /// Whether it is a branch that may admit; for others only the ratio is looked at.
    pub is_branch: bool,
    /// Its places; none without an adopted plan.
    pub quota: Option<i64>,
    /// Admissions by month, January first.
    pub months: [i64; 12],
    /// Most admissions decided on one day.
    pub n_largest_day: i64,
    /// Admissions of the three years before, the latest first.
    pub before: [i64; 3],
    /// The last day from which a drought is counted: of an admission, or of the unit's opening.
    pub last_admission_on: Date,
    /// The last day on which somebody was listed as an activist, or of the unit's opening.
    pub last_activist_on: Date,
    /// Running files.
    pub n_files: i64,
    /// Activists.
    pub n_activists: i64,
    /// Development targets.
    pub n_targets: i64,
}

/// An anomaly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Name within the unit and the plan, by which it is answered.
    pub key: String,
    /// What kind.
    pub kind: AlertKind,
    /// Where.
    pub unit: UnitId,
    /// In numbers.
    pub text: Text,
    /// What the figures rest on.
    pub source: Text,
}

/// Everything that is out of the ordinary in a unit's year.
#[must_use]
pub fn alerts(settings: &Settings, year: &UnitYear, today: Date) -> Vec<Alert> {
    let mut found = Vec::new();
    if year.is_branch {
        found.extend(outside(settings, year));
        found.extend(rushes(settings, year));
        found.extend(droughts(settings, year, today));
        found.extend(swing(settings, year));
    }
    found.extend(ratio(settings, year));
    found
}

fn alert(year: &UnitYear, kind: AlertKind, text: Text, source: &Text) -> Alert {
    Alert { key: kind.as_str().to_owned(), kind, unit: year.unit, text, source: source.clone() }
}

fn outside(settings: &Settings, year: &UnitYear) -> Option<Alert> {
    let (quota, n): (i64, i64) = (year.quota?, year.months.iter().sum());
    (n > quota).then(|| {
        let text = Text::new(
            format!("已发展 {n} 名，计划名额 {quota} 名，超出 {} 名。", n - quota),
            format!("{n} were admitted where the plan has {quota} places: {} too many.", n - quota),
        );
        alert(year, AlertKind::OutsidePlan, text, &settings.anomaly.rush.source)
    })
}

fn rushes(settings: &Settings, year: &UnitYear) -> Vec<Alert> {
    let rush = &settings.anomaly.rush;
    let mut found = Vec::new();
    let (n, before): (i64, i64) = (year.months.iter().sum(), year.before.iter().sum());
    // The mean of three years is never divided out: both sides are three times as large.
    if n >= rush.least && n * 3 * 1000 > rush.times_mean_permille * before {
        let text = Text::new(
            format!("全年发展 {n} 名，前三年共 {before} 名。"),
            format!("{n} admissions this year; {before} in the three years before together."),
        );
        found.push(alert(year, AlertKind::RushYear, text, &rush.source));
    }
    for (month, &n) in (1..).zip(&year.months) {
        let quota = year.quota.unwrap_or(0);
        if n >= rush.month_least && n * 1000 > rush.month_permille * quota {
            let text = Text::new(
                format!("{month}月一个月发展 {n} 名，全年名额 {quota} 名。"),
                format!("{n} admissions in month {month} alone; the year has {quota} places."),
            );
            let found_now = alert(year, AlertKind::RushMonth, text, &rush.source);
            found.push(Alert { key: format!("{}:{month}", found_now.key), ..found_now });
        }
    }
    let n = year.n_largest_day;
    if n > rush.meeting_most {
        let text = Text::new(
            format!("同一天审批 {n} 名，一般不超过 {} 名。", rush.meeting_most),
            format!("{n} admissions were approved on one day; usually at most {}.", rush.meeting_most),
        );
        found.push(alert(year, AlertKind::RushMeeting, text, &rush.source));
    }
    found
}

fn droughts(settings: &Settings, year: &UnitYear, today: Date) -> Vec<Alert> {
    let drought = &settings.anomaly.drought;
    let mut found = Vec::new();
    let months = |years: i16| 12 * years.unsigned_abs();
    let last = year.last_admission_on;
    let dry_on = add_months(last, months(drought.years));
    let told_on = add_months(last, months(drought.years).saturating_sub(drought.ahead_months));
    if today >= dry_on {
        let text = Text::new(
            format!("自{last}以来没有发展党员，已满{}年。", drought.years),
            format!("Nobody was admitted since {last}: {} years and more.", drought.years),
        );
        found.push(alert(year, AlertKind::Drought, text, &drought.source));
    } else if today >= told_on {
        let text = Text::new(
            format!("自{last}以来没有发展党员；到{dry_on}将满{}年。", drought.years),
            format!("Nobody was admitted since {last}; on {dry_on} it will be {} years.", drought.years),
        );
        found.push(alert(year, AlertKind::DroughtAhead, text, &drought.source));
    }
    let no_activist = &settings.anomaly.no_activist;
    let last = year.last_activist_on;
    if today >= add_months(last, months(no_activist.years)) {
        let text = Text::new(
            format!("自{last}以来没有新的入党积极分子，已满{}年。", no_activist.years),
            format!("Nobody was listed as an activist since {last}: {} years and more.", no_activist.years),
        );
        found.push(alert(year, AlertKind::NoActivist, text, &no_activist.source));
    }
    if year.n_files == 0 {
        let text = Text::new("没有任何在办的培养对象。", "There is no running file of anybody.");
        found.push(alert(year, AlertKind::NoCandidates, text, &no_activist.source));
    }
    found
}

fn swing(settings: &Settings, year: &UnitYear) -> Option<Alert> {
    let swing = &settings.anomaly.swing;
    let (quota, before) = (year.quota?, year.before[0]);
    let differs = (quota - before).abs();
    (differs >= swing.least && differs * 1000 > swing.permille * before).then(|| {
        let text = Text::new(
            format!("今年名额 {quota} 名，上年发展 {before} 名。"),
            format!("{quota} places this year; {before} were admitted the year before."),
        );
        alert(year, AlertKind::Swing, text, &swing.source)
    })
}

fn ratio(settings: &Settings, year: &UnitYear) -> Option<Alert> {
    let ratio = &settings.anomaly.ratio;
    let (activists, targets) = (year.n_activists, year.n_targets);
    let has = activists * 100;
    let is_within = (ratio.low_hundredths * targets..=ratio.high_hundredths * targets).contains(&has);
    (targets >= ratio.least && !is_within).then(|| {
        let text = Text::new(
            format!("入党积极分子 {activists} 名，发展对象 {targets} 名；应在 5:1 左右。"),
            format!("{activists} activists to {targets} development targets, where about 5 to 1 is meant."),
        );
        alert(year, AlertKind::Ratio, text, &ratio.source)
    })
}

pub(super) fn answer(mut desk: Desk<'_>, alert: &str, answer: &str) -> Consideration {
    desk.check_unit();
    desk.check_reason(answer);
    if desk.ground.alert.is_some_and(|(_, is_settled)| is_settled) {
        desk.find(PlanRule::AlertSettled, "alert", &[]);
    }
    let fact = desk.fact(PlanAlertAnswered {
        plan: desk.plan.id,
        alert: alert.to_owned(),
        answer: answer.trim().to_owned(),
    });
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn settle(mut desk: Desk<'_>, alert: &str, is_escalated: bool, reason: &str) -> Consideration {
    desk.check_unit();
    desk.check_reason(reason);
    match desk.ground.alert {
        Some((_, true)) => desk.find(PlanRule::AlertSettled, "alert", &[]),
        // Taking it up needs no answer; closing it does.
        Some((false, false)) | None if !is_escalated => desk.find(PlanRule::AlertUnanswered, "alert", &[]),
        Some(_) | None => {}
    }
    let fact = desk.fact(PlanAlertSettled {
        plan: desk.plan.id,
        alert: alert.to_owned(),
        is_escalated,
        reason: reason.trim().to_owned(),
    });
    desk.reasons.answer(|| vec![fact])
}
