//! From where on something is due at a workplace, read from `rulebooks/coverage.toml`; each figure names
//! the source it rests on.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Scale;
use crate::text::Text;

/// A figure with its source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The figure.
    pub value: i64,
    /// What it says, on pages.
    pub name: Text,
    /// What it rests on.
    pub source: Text,
}

/// Everything of the file but the wordings of rules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Full members from whom on an organisation is to be founded.
    pub full_members: Trigger,
    /// Staff from which on there should be a member.
    pub staff_for_member: Trigger,
    /// Staff from which on there should be an organisation.
    pub staff_for_organisation: Trigger,
    /// Staff that count as many when an instructor is to be sent.
    pub many_staff: Trigger,
    /// Scales that count as large.
    pub large_scales: Vec<Scale>,
    /// Years without an admission after which a village branch is looked at.
    pub years_without_admission: Trigger,
    /// Per cent of departments and teams that must be exceeded by those with a member.
    pub parts_with_members: Trigger,
    /// Days between two visits of an instructor, at most.
    pub days_between_visits: Trigger,
    /// Years of an organiser's term.
    pub organiser_term_years: Trigger,
    /// Running files for each organiser, at most.
    pub files_for_organiser: Trigger,
}

impl Settings {
    /// Every figure, in the order in which pages show them.
    #[must_use]
    pub fn triggers(&self) -> [&Trigger; 9] {
        [
            &self.full_members,
            &self.staff_for_member,
            &self.staff_for_organisation,
            &self.many_staff,
            &self.days_between_visits,
            &self.years_without_admission,
            &self.parts_with_members,
            &self.organiser_term_years,
            &self.files_for_organiser,
        ]
    }
}

/// The settings in force.
#[must_use]
pub fn settings() -> &'static Settings {
    static SETTINGS: LazyLock<Settings> = LazyLock::new(|| super::rules::book().settings.clone());
    &SETTINGS
}
