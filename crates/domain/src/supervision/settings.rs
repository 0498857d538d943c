//! The systems of supervision and their figures, read from `rulebooks/supervision_systems.toml`.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::text::Text;

/// Everything of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Days and sums.
    pub figures: Figures,
    /// What a leading body owes.
    #[serde(rename = "system")]
    pub systems: Vec<System>,
}

/// Days and sums, each with what it rests on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Days after a democratic life meeting within which it is reported.
    pub report_days: i64,
    /// Working days within which a letter of inquiry is answered.
    pub reply_working_days: u32,
    /// Money from which on its use is a major matter, in yuan.
    pub large_funds_yuan: i64,
    /// Days before its last day from which something owed is told.
    pub ahead_days: i64,
    /// What the sum rests on.
    pub large_funds_source: Text,
}

/// A system (制度) with what is owed by quarter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Name in events; for ever.
    pub id: String,
    /// Name on pages.
    pub name: Text,
    /// Whether it is one of the ten of the regulations.
    pub is_of_regulations: bool,
    /// Chinese and English with a dot between.
    pub article: String,
    /// Nothing is owed before this day.
    pub since: Date,
    /// Kinds of entries that count for it; entries of its own always do.
    pub counts: Vec<String>,
    /// How many are owed in each quarter.
    pub due: [u32; 4],
}

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../rulebooks/supervision_systems.toml"))
        .expect("a test reads the systems that came with the program")
});

/// The settings in force.
#[must_use]
pub fn settings() -> &'static Settings {
    &SETTINGS
}

impl Settings {
    /// A system by its id.
    #[must_use]
    pub fn system(&self, id: &str) -> Option<&System> {
        self.systems.iter().find(|system| system.id == id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_ten_systems_are_all_there_and_each_owes_something() {
        let systems = &settings().systems;
        assert_eq!(systems.iter().filter(|system| system.is_of_regulations).count(), 10);
        let ids: BTreeSet<&str> = systems.iter().map(|system| system.id.as_str()).collect();
        assert_eq!(ids.len(), systems.len());
        for system in systems {
            assert!(system.due.iter().sum::<u32>() > 0, "{}", system.id);
            assert!(system.article.contains(" · "), "{}", system.id);
        }
    }
}
