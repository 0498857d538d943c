//! The two engines behind one door. This is the only file that knows which one is connected; the SQL
//! it is given is one text with `$1`, `$2` … for both.

use std::path::PathBuf;

use rusqlite::config::DbConfig;

use super::StoreError;

/// Where a store is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL server, as a connection text; several hosts may be named.
    Server(String),
}

/// A value in a statement or a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Null,
}

/// A row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(Vec<Value>);

/// One connection.
pub(crate) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Client>),
}

/// The oldest SQLite that is safe in WAL mode: earlier ones may damage the file when two connections
/// restart the log at the same moment.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Rows of one statement that inserts many.
const ROWS: usize = 32;

impl Connection {
    /// Connects; a missing SQLite file is made.
    pub(crate) fn open(location: &Location) -> Result<Self, StoreError> {
        match location {
            Location::File(path) => {
                if rusqlite::version_number() < OLDEST_SQLITE {
                    return Err(StoreError::Unfit(format!("SQLite {} is too old", rusqlite::version())));
                }
                let connection = rusqlite::Connection::open(path)?;
                connection.busy_timeout(std::time::Duration::from_secs(10))?;
                connection.set_prepared_statement_cache_capacity(256);
                // Otherwise a statement with a range is planned anew whenever its values change.
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
                connection.execute_batch(
                    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
                     PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;
                     PRAGMA cache_size = -32768;",
                )?;
                Ok(Connection::Sqlite(connection))
            }
            Location::Server(text) => {
                Ok(Connection::Postgres(Box::new(postgres::Client::connect(text, postgres::NoTls)?)))
            }
        }
    }

    /// Runs statements without parameters, one at a time.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Connection::Sqlite(connection) => connection.execute_batch(sql)?,
            Connection::Postgres(client) => client.batch_execute(sql)?,
        }
        Ok(())
    }

    /// Begins a transaction that will write.
    pub(crate) fn begin(&mut self) -> Result<(), StoreError> {
        let sql = match self {
            Connection::Sqlite(_) => "BEGIN IMMEDIATE",
            Connection::Postgres(_) => "BEGIN",
        };
        self.batch(sql)
    }

    /// Begins a transaction that will append to the record, alone among all processes. Readers go on.
    pub(crate) fn begin_appending(&mut self) -> Result<(), StoreError> {
        self.begin()?;
        match self {
            Connection::Sqlite(_) => Ok(()),
            // BEGIN alone keeps nobody out here.
            Connection::Postgres(_) => self.batch("LOCK TABLE site IN EXCLUSIVE MODE"),
        }
    }

    /// Begins a transaction that sees one state of all tables, whatever others commit meanwhile, and keeps
    /// nobody from writing. It is for reading; only tables of its own may be written, see
    /// [`Connection::shadow`].
    pub(crate) fn begin_reading(&mut self) -> Result<(), StoreError> {
        let sql = match self {
            Connection::Sqlite(_) => "BEGIN",
            Connection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
        };
        self.batch(sql)
    }

    /// Puts an empty table of this connection's own in front of a stored one, with the same columns, key
    /// and indices: until the transaction is taken back, its name means the empty one.
    pub(crate) fn shadow(&mut self, table: &str) -> Result<(), StoreError> {
        match self {
            Connection::Sqlite(_) => {
                let sql = "SELECT sql FROM main.sqlite_master WHERE tbl_name = $1 AND sql IS NOT NULL ORDER BY type DESC";
                for row in self.query(sql, &[table.into()])? {
                    let own = row.text(0)?.replacen("CREATE TABLE ", "CREATE TEMP TABLE ", 1);
                    self.batch(&own.replacen("CREATE INDEX ", "CREATE INDEX temp.", 1))?;
                }
                Ok(())
            }
            Connection::Postgres(_) => {
                self.batch(&format!("CREATE TEMP TABLE {table} (LIKE {table} INCLUDING ALL)"))
            }
        }
    }

    /// Waits as long as another process may need that verifies everything or makes the views again.
    pub(crate) fn wait_long(&mut self) -> Result<(), StoreError> {
        match self {
            Connection::Sqlite(connection) => {
                Ok(connection.busy_timeout(std::time::Duration::from_secs(3600))?)
            }
            // A server makes others wait by itself.
            Connection::Postgres(_) => Ok(()),
        }
    }

    /// What the engine itself finds wrong with its file: pages, and indices that do not fit their tables.
    pub(crate) fn integrity(&mut self) -> Result<Vec<String>, StoreError> {
        match self {
            Connection::Sqlite(_) => {
                let rows = self.query("PRAGMA integrity_check(20)", &[])?;
                let lines = rows.iter().map(|row| row.text(0).map(str::to_owned));
                let lines = lines.collect::<Result<Vec<_>, _>>()?;
                Ok(lines.into_iter().filter(|line| line != "ok").collect())
            }
            // A server keeps its own files; its checksums are its own business.
            Connection::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// The engine and its version.
    pub(crate) fn name(&mut self) -> Result<String, StoreError> {
        match self {
            Connection::Sqlite(_) => Ok(format!("SQLite {}", rusqlite::version())),
            Connection::Postgres(_) => {
                let rows = self.query("SHOW server_version", &[])?;
                let row = rows.first().ok_or(StoreError::Missing)?;
                Ok(format!("PostgreSQL {}", row.text(0)?))
            }
        }
    }

    /// Names of the tables that are there.
    pub(crate) fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        let sql = match self {
            Connection::Sqlite(_) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            }
            Connection::Postgres(_) => {
                "SELECT CAST(table_name AS text) FROM information_schema.tables
                 WHERE table_schema = current_schema() ORDER BY table_name"
            }
        };
        self.query(sql, &[])?.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// Writes a copy of the file while others go on reading and writing; the copy is one state of it.
    pub(crate) fn copy_file(&mut self, to: &std::path::Path) -> Result<(), StoreError> {
        match self {
            Connection::Sqlite(connection) => copy_sqlite(connection, to),
            Connection::Postgres(_) => Err(StoreError::Unfit(
                "PostgreSQL 请用 pg_dump 备份 / back up PostgreSQL with pg_dump".to_owned(),
            )),
        }
    }

    /// Runs one statement; the number of rows it changed.
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        match self {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(&numbered(sql))?;
                let n = statement.execute(rusqlite::params_from_iter(values.iter()))?;
                Ok(n as u64)
            }
            Connection::Postgres(client) => {
                let values: Vec<_> = values.iter().map(Value::for_server).collect();
                Ok(client.execute(sql, &values)?)
            }
        }
    }

    /// Inserts rows, many of them in one statement; `values` has the columns of one row after another.
    pub(crate) fn insert_all(
        &mut self,
        table: &str,
        columns: &[&str],
        values: &[Value],
    ) -> Result<(), StoreError> {
        let sql = |n_rows: usize| {
            let row = |row: usize| {
                let places: Vec<_> =
                    (1..=columns.len()).map(|at| format!("${}", row * columns.len() + at)).collect();
                format!("({})", places.join(", "))
            };
            let rows: Vec<_> = (0..n_rows).map(row).collect();
            format!("INSERT INTO {table} ({}) VALUES {}", columns.join(", "), rows.join(", "))
        };
        // Two texts for any number of rows, so that both stay prepared.
        let (many, one) = (sql(ROWS), sql(1));
        for part in values.chunks(ROWS * columns.len()) {
            if part.len() == ROWS * columns.len() {
                self.execute(&many, part)?;
            } else {
                for row in part.chunks(columns.len()) {
                    self.execute(&one, row)?;
                }
            }
        }
        Ok(())
    }

    /// Runs one statement; its rows.
    pub(crate) fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        match self {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(&numbered(sql))?;
                let n_columns = statement.column_count();
                let mut rows = statement.query(rusqlite::params_from_iter(values.iter()))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    let cells = (0..n_columns).map(|column| Ok(Value::from_file(row.get_ref(column)?)));
                    found.push(Row(cells.collect::<Result<_, StoreError>>()?));
                }
                Ok(found)
            }
            Connection::Postgres(client) => {
                let values: Vec<_> = values.iter().map(Value::for_server).collect();
                client.query(sql, &values)?.iter().map(Row::from_server).collect()
            }
        }
    }
}

/// Writes a copy of an open SQLite file, and makes it durable, which SQLite leaves to the caller.
pub(crate) fn copy_sqlite(from: &rusqlite::Connection, to: &std::path::Path) -> Result<(), StoreError> {
    let unfit = |error: &dyn std::fmt::Display| StoreError::Unfit(format!("{}: {error}", to.display()));
    let name = to.to_str().ok_or_else(|| unfit(&"the name is not UTF-8"))?;
    from.execute("VACUUM INTO ?1", [name])?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(|error| unfit(&error))
}

/// SQLite numbers its parameters `?1`; PostgreSQL `$1`.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Null => ValueRef::Null,
        }))
    }
}

impl Value {
    fn from_file(value: rusqlite::types::ValueRef<'_>) -> Value {
        use rusqlite::types::ValueRef;
        match value {
            ValueRef::Integer(number) => Value::Int(number),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
            // No column holds a fraction; one that is found was not written here.
            ValueRef::Real(_) | ValueRef::Null => Value::Null,
        }
    }

    fn for_server(&self) -> &(dyn postgres::types::ToSql + Sync) {
        match self {
            Value::Int(number) => number,
            Value::Text(text) => text,
            Value::Bytes(bytes) => bytes,
            Value::Null => &Absent,
        }
    }
}

/// NULL of any type.
#[derive(Debug)]
struct Absent;

impl postgres::types::ToSql for Absent {
    fn to_sql(
        &self,
        _: &postgres::types::Type,
        _: &mut postgres::types::private::BytesMut,
    ) -> Result<postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(postgres::types::IsNull::Yes)
    }

    fn accepts(_: &postgres::types::Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}

impl Row {
    fn from_server(row: &postgres::Row) -> Result<Row, StoreError> {
        use postgres::types::Type;
        let cell = |(position, column): (usize, &postgres::Column)| {
            Ok(match *column.type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(position)?.map_or(Value::Null, Value::Int),
                Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(position)?.map_or(Value::Null, Value::Bytes),
                _ => row.try_get::<_, Option<String>>(position)?.map_or(Value::Null, Value::Text),
            })
        };
        row.columns().iter().enumerate().map(cell).collect::<Result<_, StoreError>>().map(Row)
    }

    /// The cells, in the order of the columns asked for.
    pub(crate) fn cells(self) -> Vec<Value> {
        self.0
    }

    /// A number; a column that holds none is damage.
    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self.0.get(column) {
            Some(Value::Int(number)) => Ok(*number),
            other => Err(StoreError::damaged(column, other)),
        }
    }

    /// A number or nothing.
    pub(crate) fn optional_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.int(column).map(Some),
        }
    }

    /// A text.
    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(StoreError::damaged(column, other)),
        }
    }

    /// A text or nothing.
    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// Bytes.
    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.0.get(column) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            other => Err(StoreError::damaged(column, other)),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Value::Bytes(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
