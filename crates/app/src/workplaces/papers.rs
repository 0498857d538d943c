//! The register on paper: the matrix as seen, and the list in the columns of the import. No person is
//! named in either, so that neither is an export of personal data.

use documents::roster::workplaces::{self as sheet, Entry};
use documents::table::{Column, ColumnKind, Heads, Item, Layout, Table, Totals};
use domain::ids::UnitId;
use domain::text::{Language, Text};
use domain::workplace::{Class, Step};
use jiff::civil::Date;

use super::survey::Filter;
use crate::store::{Store, StoreError};

impl Store {
    /// The matrix of kinds and rungs below a unit as a file; the names of kinds and rungs come from the
    /// page that shows it.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn coverage_file(
        &self,
        (unit, today): (UnitId, Date),
        is_csv: bool,
        language: Language,
        (class_name, step_name): (&dyn Fn(Class) -> String, &dyn Fn(Step) -> String),
    ) -> Result<Vec<u8>, StoreError> {
        let tally = self.survey(unit, today)?.tally();
        let one = |zh: &str, en: &str, kind| Column::new(Text::new(zh, en), kind);
        let mut columns = vec![one("类型", "Kind", ColumnKind::Text)];
        columns.extend(Step::ALL.iter().map(|step| {
            let name = step_name(*step);
            one(&name, &name, ColumnKind::Whole)
        }));
        columns.push(one("合计", "All", ColumnKind::Whole));
        let classes = Class::ALL.iter().filter(|class| tally.n_of(**class) > 0);
        let rows = classes.map(|class| {
            let cells = Step::ALL.iter().map(|step| Item::Whole(tally.n_on(*class, *step)));
            let name = Item::Text(class_name(*class));
            [name].into_iter().chain(cells).chain([Item::Whole(tally.n_of(*class))]).collect()
        });
        let layout = Layout {
            caption: Text::new(format!("组织覆盖 {today}"), format!("Coverage {today}")),
            columns,
            heads: Heads::In(language),
            totals: Totals::None,
        };
        written(&Table { rows: rows.collect(), layout }, is_csv)
    }

    /// A list of workplaces below a unit as a file, in the columns of the import.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn workplaces_file(
        &self,
        (unit, today): (UnitId, Date),
        filter: &Filter,
        is_csv: bool,
        language: Language,
    ) -> Result<Vec<u8>, StoreError> {
        let listed = self.workplaces_below((unit, today), filter, (0, usize::MAX))?;
        let units = self.subtree(unit)?;
        let mut entries = Vec::with_capacity(listed.n);
        for (it, _) in listed.rows {
            let answers = units.iter().find(|known| known.id == it.unit).ok_or(StoreError::Missing)?;
            let parent = it.parent.map(|parent| self.workplace(parent)).transpose()?;
            entries.push(Entry {
                row: 0,
                parent: parent.map_or_else(String::new, |parent| {
                    let known = parent.particulars;
                    if known.code.is_empty() { known.name.zh } else { known.code }
                }),
                unit: answers.code.clone(),
                particulars: it.particulars,
            });
        }
        let heads = Heads::In(language);
        written(&Table { layout: sheet::layout(heads), rows: sheet::rows(&entries, language) }, is_csv)
    }
}

fn written(table: &Table, is_csv: bool) -> Result<Vec<u8>, StoreError> {
    let bytes = if is_csv { table.to_csv() } else { table.to_xlsx() };
    bytes.map_err(|error| StoreError::Unfit(error.to_string()))
}
