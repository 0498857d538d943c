//! The migrations, in order, each applied once in a transaction of its own. Statements are sent one at
//! a time, because some servers refuse several in one text.

use super::{Connection, StoreError, Value};

const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_record", include_str!("../../migrations/0001_record.sql")),
    ("0002_units", include_str!("../../migrations/0002_units.sql")),
    ("0003_people", include_str!("../../migrations/0003_people.sql")),
    ("0004_cases", include_str!("../../migrations/0004_cases.sql")),
    ("0005_accounts", include_str!("../../migrations/0005_accounts.sql")),
    ("0006_letters", include_str!("../../migrations/0006_letters.sql")),
    ("0007_admissions", include_str!("../../migrations/0007_admissions.sql")),
    ("0008_looks", include_str!("../../migrations/0008_looks.sql")),
    ("0009_limits", include_str!("../../migrations/0009_limits.sql")),
    ("0010_scans", include_str!("../../migrations/0010_scans.sql")),
    ("0011_totals", include_str!("../../migrations/0011_totals.sql")),
    ("0012_plans", include_str!("../../migrations/0012_plans.sql")),
    ("0013_papers", include_str!("../../migrations/0013_papers.sql")),
    ("0014_schooling", include_str!("../../migrations/0014_schooling.sql")),
    ("0015_workplaces", include_str!("../../migrations/0015_workplaces.sql")),
    ("0016_supervision", include_str!("../../migrations/0016_supervision.sql")),
    ("0017_charges", include_str!("../../migrations/0017_charges.sql")),
];

/// Keeps the names of the migrations that were applied.
const LIST: &str = "migration";

/// A table as the migrations leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    /// Columns of the primary key.
    pub(crate) key: Vec<String>,
}

/// Brings the schema up to this program's version; names what was applied.
pub(crate) fn migrate(connection: &mut Connection) -> Result<Vec<&'static str>, StoreError> {
    connection.batch(&format!(
        "CREATE TABLE IF NOT EXISTS {LIST} (root_id bigint NOT NULL, name text NOT NULL, PRIMARY KEY (root_id, name))",
    ))?;
    let mut applied = Vec::new();
    for &(name, sql) in MIGRATIONS {
        if !is_applied(connection, name)? {
            connection.begin()?;
            let outcome = apply(connection, name, sql);
            connection.batch(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
            outcome?;
            applied.push(name);
        }
    }
    Ok(applied)
}

/// Migrations of this program that were not applied, and names of applied ones that it does not know,
/// which a later program left.
pub(crate) fn gaps(connection: &mut Connection) -> Result<(Vec<&'static str>, Vec<String>), StoreError> {
    let all = || MIGRATIONS.iter().map(|(name, _)| *name);
    if !connection.tables()?.iter().any(|table| table == LIST) {
        return Ok((all().collect(), Vec::new()));
    }
    let rows =
        connection.query("SELECT name FROM migration WHERE root_id = $1 ORDER BY name", &[0.into()])?;
    let names = rows.iter().map(|row| row.text(0).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
    let pending = all().filter(|name| !names.iter().any(|known| known == name)).collect();
    let foreign = names.iter().filter(|name| !all().any(|known| known == **name)).cloned().collect();
    Ok((pending, foreign))
}

/// Every table but the list of migrations, as the migrations say. A test holds it against an engine.
pub(crate) fn tables() -> Vec<Table> {
    let mut tables = Vec::new();
    for statement in MIGRATIONS.iter().flat_map(|(_, sql)| statements(sql)) {
        if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
            tables.push(table(rest));
        }
        let words: Vec<&str> = statement.split_whitespace().collect();
        if let ["ALTER", "TABLE", name, "ADD", "COLUMN", column, ..] = words.as_slice() {
            let altered = tables.iter_mut().filter(|table: &&mut Table| table.name == *name);
            altered.for_each(|table| table.columns.push((*column).to_owned()));
        }
        if let ["DROP", "TABLE", name] = words.as_slice() {
            tables.retain(|table| table.name != *name);
        }
    }
    tables
}

/// A table from the text after `CREATE TABLE`.
fn table(text: &str) -> Table {
    let (name, inside) = text.split_once('(').unwrap_or((text, ""));
    let mut table = Table { name: name.trim().to_owned(), columns: Vec::new(), key: Vec::new() };
    for line in inside.lines().map(str::trim).filter(|line| !line.is_empty() && *line != ")") {
        match line.strip_prefix("PRIMARY KEY (").and_then(|rest| rest.split_once(')')) {
            Some((key, _)) => table.key = key.split(',').map(|column| column.trim().to_owned()).collect(),
            None => table.columns.extend(line.split_whitespace().next().map(str::to_owned)),
        }
    }
    table
}

fn is_applied(connection: &mut Connection, name: &str) -> Result<bool, StoreError> {
    let sql = "SELECT name FROM migration WHERE root_id = $1 AND name = $2";
    Ok(!connection.query(sql, &[0.into(), name.into()])?.is_empty())
}

fn apply(connection: &mut Connection, name: &str, sql: &str) -> Result<(), StoreError> {
    for statement in statements(sql) {
        connection.batch(&statement)?;
    }
    let row: [Value; 2] = [0.into(), name.into()];
    connection.execute("INSERT INTO migration (root_id, name) VALUES ($1, $2)", &row)?;
    Ok(())
}

/// Statements without their comments; no text of ours holds a semicolon or two dashes.
fn statements(sql: &str) -> Vec<String> {
    let bare: String =
        sql.lines().map(|line| line.split("--").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    bare.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}
