//! The desk on which an act is checked: what it is checked against, and what was found so far.

pub(super) use crate::blanks::At;

use super::rules::{ActRule, Refuses};
use super::{Act, Setting, UnitFacts, entry};
use crate::case::{Case, Step};
use crate::dates::{Lateness, Moment};
use crate::finding::Finding;
use crate::ids::UnitId;
use crate::rulebook::{self, Edition};
use crate::text::Text;

pub(super) struct Checking<'a> {
    pub(super) case: &'a Case,
    pub(super) setting: &'a Setting<'a>,
    pub(super) act: &'a Act,
    pub(super) now: Moment,
    pub(super) edition: &'a Edition,
    pub(super) lateness: Lateness,
    found: Vec<(Finding, Refuses)>,
}

impl<'a> Checking<'a> {
    pub(super) fn new(case: &'a Case, setting: &'a Setting<'a>, act: &'a Act, now: Moment) -> Self {
        let edition = setting.books.on(act.on);
        let lateness = Lateness::OnTime;
        let mut checking = Checking { case, setting, act, now, edition, lateness, found: Vec::new() };
        checking.lateness = entry::class(&checking);
        checking
    }

    /// Notes a finding at a place of the form.
    pub(super) fn find(&mut self, rule: ActRule, field: impl Into<String>, values: &[(&str, At)]) {
        let step = self.act.change.step();
        let article = step.and_then(|step| self.described(step)).map(|step| step.article.clone());
        let mut values = values.to_vec();
        if !values.iter().any(|(name, _)| *name == "article") {
            let house = "登记规则 · House rule".to_owned();
            values.push(("article", At::Plain(article.unwrap_or(house))));
        }
        let finding = rule.finding(&self.edition.id, field.into(), &values);
        self.found.push((finding, rule.refuses()));
    }

    /// Notes what a rule of the paper has to say.
    pub(super) fn report(&mut self, finding: Finding) {
        self.found.push((finding, Refuses::Live));
    }

    /// The step as the edition of the day describes it; a step that this edition lacks is described
    /// as the nearest edition with it does.
    pub(super) fn described(&self, step: Step) -> Option<&'a rulebook::Step> {
        super::order::described(self.setting.books, self.edition, step)
    }

    /// What the step is called.
    pub(super) fn called(&self, step: Step) -> At {
        let name = self.described(step).map(|step| step.name.clone());
        At::Words(name.unwrap_or_else(|| Text::new(step.as_str(), step.as_str())))
    }

    /// Facts of a unit, or a finding that it is not on the tree.
    pub(super) fn unit(&mut self, unit: UnitId, field: &str) -> Option<UnitFacts> {
        let facts = self.setting.units.get(&unit).copied();
        if facts.is_none() {
            self.find(ActRule::UnitUnknown, field, &[]);
        }
        facts
    }

    /// Whether something was found that forbids writing the act down at all.
    pub(super) fn has_firm(&self) -> bool {
        self.found.iter().any(|(finding, refuses)| finding.is_error() && *refuses == Refuses::Always)
    }

    /// What refuses, and what is only noted; each rule once for each place.
    pub(super) fn answer(self) -> (Vec<Finding>, Vec<Finding>) {
        let is_live = self.act.is_live();
        let mut found = self.found;
        found.sort_by(|(a, _), (b, _)| key(a).cmp(&key(b)));
        found.dedup();
        let (refusing, noted): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|(finding, refuses)| finding.is_error() && (is_live || *refuses == Refuses::Always));
        let only = |findings: Vec<(Finding, Refuses)>| findings.into_iter().map(|(f, _)| f).collect();
        (only(refusing), only(noted))
    }
}

fn key(finding: &Finding) -> (&str, u32, &[String]) {
    (&finding.rule, finding.occurrence, &finding.fields)
}
