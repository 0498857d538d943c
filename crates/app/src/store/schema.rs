//! The migrations, in order, each applied once in a transaction of its own. Statements are sent one at
//! a time, because some servers refuse several in one text.

use super::{Connection, StoreError, Value};

const MIGRATIONS: [(&str, &str); 6] = [
    ("0001_record", include_str!("../../migrations/0001_record.sql")),
    ("0002_units", include_str!("../../migrations/0002_units.sql")),
    ("0003_people", include_str!("../../migrations/0003_people.sql")),
    ("0004_cases", include_str!("../../migrations/0004_cases.sql")),
    ("0005_accounts", include_str!("../../migrations/0005_accounts.sql")),
    ("0006_letters", include_str!("../../migrations/0006_letters.sql")),
];

/// Brings the schema up to this program's version.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    connection.batch(
        "CREATE TABLE IF NOT EXISTS migration (root_id bigint NOT NULL, name text NOT NULL, PRIMARY KEY (root_id, name))",
    )?;
    for (name, sql) in MIGRATIONS {
        let done = connection
            .query("SELECT name FROM migration WHERE root_id = $1 AND name = $2", &[0.into(), name.into()])?;
        if done.is_empty() {
            connection.begin()?;
            let outcome = apply(connection, name, sql);
            connection.batch(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
            outcome?;
        }
    }
    Ok(())
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
