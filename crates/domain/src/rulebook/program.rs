//! The books laid over one another, once, so that judging a million files need not do it again:
//! for every rule the version of each edition, in the order in which findings are given.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::requirement::By;
use super::{Edition, Pack, Rule};
use crate::case_file::{LocalPack, Stage};

/// The rules that apply to files with the same packs.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) slots: Vec<Slot>,
}

/// One rule in all its versions.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) by: By,
    /// The version of each edition, in the order of the editions.
    pub(crate) versions: Versions,
}

/// One rule as each edition has it.
type Versions = Vec<Option<Arc<Rule>>>;

impl Slot {
    /// Whether every edition has the rule.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.versions.iter().all(Option::is_some)
    }
}

/// Makes the program of no pack and of each pack.
///
/// There is one kind of pack; a second kind would need the combinations too.
pub(super) fn compile(editions: &[Edition], packs: &[Pack]) -> BTreeMap<Option<LocalPack>, Program> {
    let mut programs = BTreeMap::from([(None, layer(editions, None))]);
    programs.extend(packs.iter().map(|pack| (Some(pack.id), layer(editions, Some(pack)))));
    programs
}

fn layer(editions: &[Edition], pack: Option<&Pack>) -> Program {
    let mut slots: BTreeMap<(String, Option<Stage>), Versions> = BTreeMap::new();
    let mut put = |position: usize, rule: &Arc<Rule>| {
        let (id, stage) = rule.key();
        let versions = slots.entry((id.to_owned(), stage)).or_insert_with(|| vec![None; editions.len()]);
        versions[position] = Some(Arc::clone(rule));
    };
    for (position, edition) in editions.iter().enumerate() {
        edition.rules.iter().for_each(|rule| put(position, rule));
        pack.iter().flat_map(|pack| &pack.rules).for_each(|rule| put(position, rule));
    }
    let slots = slots.into_values().map(|versions| {
        let by = versions.iter().flatten().next().map_or(By::Each, |rule| rule.by);
        Slot { by, versions }
    });
    Program { slots: slots.collect() }
}
