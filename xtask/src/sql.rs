//! What SQL may be written: one text that SQLite, PostgreSQL and a PostgreSQL spread over machines all
//! take, with every row's `root_id` in its key. Statements are found in migrations and in the texts of
//! the sources; each check is a function from a statement to complaints.

/// Sources that speak to one engine by its name: the engine itself, and the file of wrapped keys, which is
/// always SQLite.
const ENGINES: [&str; 2] = ["crates/app/src/store/engine.rs", "crates/app/src/store/keys.rs"];

/// Statements that write without naming a `root_id`, and joins that are not made by it: each looks through
/// the whole site on purpose. Anything else belongs to one root.
const OF_THE_WHOLE_SITE: [&str; 12] = [
    // Emptying a view before it is made again.
    "DELETE FROM {VIEW}",
    // The row of a file, a letter or a notice goes wherever it is kept; its id is unique in the site.
    "DELETE FROM ADMISSION WHERE ID = $1",
    "DELETE FROM LETTER WHERE ID = $1",
    "DELETE FROM NOTICE WHERE CASE_ID = $1",
    // Whoever works nowhere any more, wherever that was.
    "DELETE FROM PLACEMENT WHERE ID = $1",
    // The log of access is cut by age, everywhere at once.
    "DELETE FROM LOOK WHERE SEEN_AT < $1",
    // A person may have gone to another county since; the id is unique in the site.
    "SELECT A.ID, A.UNIT_ID, P.SEX, P.EDUCATION, P.BORN_ON FROM ADMISSION A JOIN UNIT U ON U.ID = A.UNIT_ID AND \
     U.ROOT_ID = A.ROOT_ID JOIN PERSON P ON P.ID = A.PERSON_ID WHERE U.PRE BETWEEN $1 AND $2 AND A.IS_CLOSED = 0",
    "SELECT X.ID, X.UNIT_ID, P.SEX, P.EDUCATION, P.BORN_ON FROM PLACE X JOIN UNIT U ON U.ROOT_ID = X.ROOT_ID AND \
     U.ID = X.UNIT_ID JOIN PERSON P ON P.ID = X.PERSON_ID WHERE U.PRE BETWEEN $1 AND $2 AND X.USED_ON BETWEEN $3 \
     AND $4 AND X.RELEASED_ON IS NULL ORDER BY X.ID",
    "SELECT W.ID, MAX(P.ADMITTED_ON) FROM UNIT U JOIN WORKPLACE W ON W.ROOT_ID = U.ROOT_ID AND W.UNIT_ID = U.ID JOIN \
     PLACEMENT A ON A.ROOT_ID = W.ROOT_ID AND A.WORKPLACE_ID = W.ID JOIN PERSON P ON P.ID = A.ID WHERE U.PRE BETWEEN \
     $1 AND $2 AND P.ADMITTED_ON IS NOT NULL GROUP BY W.ID",
    // The organisation of a workplace may stand under another county; the tree is known everywhere.
    "SELECT W.ID, MAX(P.ADMITTED_ON) FROM UNIT U JOIN WORKPLACE W ON W.ROOT_ID = U.ROOT_ID AND W.UNIT_ID = U.ID JOIN \
     UNIT O ON O.ID = W.ORGANISATION_ID JOIN UNIT B ON B.PRE BETWEEN O.PRE AND O.POST JOIN PERSON P ON P.ROOT_ID = \
     B.ROOT_ID AND P.UNIT_ID = B.ID WHERE U.PRE BETWEEN $1 AND $2 AND W.IS_JOINT = 0 AND P.ADMITTED_ON IS NOT NULL \
     GROUP BY W.ID",
    // Rows copied as they are, between databases; the columns come from the source.
    "INSERT INTO {} ({}) VALUES {}",
    // The log is one for the site, and its places are unique in it.
    "SELECT E.ENVELOPE FROM EVENT E JOIN (SELECT MIN(SEQ) AS SEQ FROM EVENT WHERE SEQ >= $1 AND PERSON_ID IS \
     NOT NULL GROUP BY PERSON_ID) F ON F.SEQ = E.SEQ",
];

/// Words that only one engine knows, or that stop working once rows are spread over machines.
const FORBIDDEN: [(&str, &str); 34] = [
    (" TRIGGER ", "a trigger"),
    (" SEQUENCE ", "a sequence"),
    ("NEXTVAL(", "a sequence"),
    (" SERIAL", "a sequence"),
    ("BIGSERIAL", "a sequence"),
    (" IDENTITY", "an identity column"),
    ("AUTOINCREMENT", "an identity column"),
    (" GENERATED ", "a generated column"),
    ("MERGE INTO ", "MERGE"),
    ("GROUPING SETS", "grouping sets"),
    (" BY ROLLUP", "GROUP BY ROLLUP"),
    (", ROLLUP (", "GROUP BY ROLLUP"),
    (" BY CUBE", "GROUP BY CUBE"),
    (" FOR UPDATE", "row locks"),
    ("ADVISORY", "advisory locks"),
    ("CREATE POLICY", "row-level security"),
    ("CREATE EXTENSION", "an extension"),
    ("MATERIALIZED VIEW", "a materialised view"),
    ("TEMP TABLE", "a temporary table"),
    ("CURRENT_TIMESTAMP", "the engine's clock"),
    ("NOW()", "the engine's clock"),
    ("DATETIME(", "the engine's clock"),
    ("RANDOM()", "the engine's generator"),
    ("UNNEST(", "an array"),
    ("ARRAY[", "an array"),
    ("->>", "JSON inside the database"),
    ("::", "a cast of one engine"),
    (" ILIKE ", "ILIKE"),
    (" GLOB ", "GLOB"),
    (" REGEXP ", "REGEXP"),
    ("INSERT OR ", "INSERT OR …"),
    ("REPLACE INTO ", "REPLACE"),
    (" ROWID", "a row number of one engine"),
    ("PRAGMA ", "PRAGMA"),
];

/// Everything wrong with the SQL of a file.
pub(crate) fn complaints_of(path: &str, text: &str) -> Vec<String> {
    if path.starts_with("crates/app/migrations/") {
        return split(text).iter().flat_map(|statement| of_statement(statement)).collect();
    }
    let is_source = path.ends_with(".rs") && path.starts_with("crates/") && path.contains("/src/");
    if !is_source || path.contains("/tests") || ENGINES.contains(&path) {
        return Vec::new();
    }
    let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let texts = literals(program);
    let statements: Vec<String> = texts.iter().map(|text| plain(text)).filter(|text| is_sql(text)).collect();
    let mut complaints: Vec<String> =
        statements.iter().flat_map(|statement| of_statement(statement)).collect();
    if !path.starts_with("crates/app/src/") {
        complaints.extend(statements.iter().map(|statement| format!("SQL outside the store: {statement}")));
    }
    if program.contains("Connection::Sqlite") || program.contains("Connection::Postgres") {
        complaints.push("a branch by engine outside `store/engine.rs`".to_owned());
    }
    complaints
}

/// Statements of a migration, without their comments.
fn split(text: &str) -> Vec<String> {
    let bare: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or("")).collect();
    bare.join("\n").split(';').map(plain).filter(|statement| !statement.is_empty()).collect()
}

/// In capitals, with single spaces.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_ascii_uppercase()
}

fn is_sql(statement: &str) -> bool {
    let begins = |start: &&str| statement.starts_with(*start);
    let ways = ["SELECT ", "INSERT ", "DELETE FROM ", "CREATE ", "ALTER TABLE ", "DROP ", "WITH ", "MERGE "];
    let is_longer = statement.split(' ').count() > 3;
    is_longer && (ways.iter().any(begins) && has_object(statement))
        || statement.starts_with("UPDATE ") && statement.contains(" SET ")
        || is_longer && statement.starts_with("PRAGMA ")
}

/// Whether what begins like a statement goes on like one; English sentences do not.
fn has_object(statement: &str) -> bool {
    [" FROM ", " INTO ", " TABLE ", " INDEX ", " TRIGGER ", " SEQUENCE ", " POLICY ", "DELETE FROM "]
        .iter()
        .any(|word| statement.contains(word))
}

/// The texts between quotes, with lines that go on put together; comments are passed over.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (mark, before, after) = (rest.as_bytes()[at], &rest[..at], &rest[at + 1..]);
        rest = match mark {
            b'"' if before.ends_with("r#") => {
                let (literal, next) = after.split_once("\"#").unwrap_or((after, ""));
                found.push(literal.to_owned());
                next
            }
            b'/' if after.starts_with('/') => after.split_once('\n').map_or("", |(_, next)| next),
            // A quoted quotation mark; anything else after the apostrophe is a lifetime or a letter.
            b'\'' if after.starts_with("\"'") => &after[2..],
            b'\'' if after.starts_with("\\\"'") => &after[3..],
            b'"' => {
                let (literal, next) = literal(after);
                found.push(literal);
                next
            }
            _ => after,
        };
    }
    found
}

/// A text up to its closing quote, and what comes behind it.
fn literal(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (out, &text[at + 1..]),
            // What is escaped does not matter to SQL; a line end goes with the indent behind it.
            '\\' => {
                letters.next();
                out.push(' ');
            }
            letter => out.push(letter),
        }
    }
    (out, "")
}

fn of_statement(statement: &str) -> Vec<String> {
    let mut complaints: Vec<String> = Vec::new();
    let mut complain = |what: &str| complaints.push(format!("{what}: {statement}"));
    let padded = format!(" {statement} ");
    for (word, what) in FORBIDDEN {
        if padded.contains(word) {
            complain(what);
        }
    }
    if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
        of_table(rest).iter().for_each(|what| complain(what));
    }
    if statement.starts_with("ALTER TABLE ") && !is_plain_column(statement) {
        complain("a change of a table other than a column of bigint, text or bytea");
    }
    for word in [" UNIQUE ", " EXCLUDE ", "FOREIGN KEY ", " REFERENCES "] {
        let mut places = padded.split(word);
        places.next();
        if places.any(|rest| !names_root(rest.split_once('(').map_or("", |(_, list)| list))) {
            complain("a key between rows that does not begin with root_id");
        }
    }
    if statement.starts_with("UPDATE ") && set_of(statement).contains("ROOT_ID =") {
        complain("a row that changes its root_id");
    }
    if is_conditional_on_more(statement) {
        complain("a sub-select where values are bound");
    }
    if padded.contains(" WITH RECURSIVE ") && !is_about_units_only(statement) {
        complain("a recursion over more than the tree of units");
    }
    of_returning(statement).iter().for_each(|what| complain(what));
    if !OF_THE_WHOLE_SITE.contains(&statement) {
        let writes = ["INSERT ", "UPDATE ", "DELETE "].iter().any(|start| statement.starts_with(start));
        if writes && !statement.contains("ROOT_ID") {
            complain("a row written without its root_id");
        }
        // The tree of units is a reference table: every machine has all of it.
        if !is_about_units_only(statement) && joins(statement).any(|condition| !condition.contains("ROOT_ID"))
        {
            complain("a join that is not made by root_id");
        }
    }
    complaints
}

/// What is wrong with a table, from its name on.
fn of_table(rest: &str) -> Vec<&'static str> {
    let mut complaints = Vec::new();
    let inside = rest.split_once('(').map_or("", |(_, inside)| inside);
    match inside.split_once("PRIMARY KEY (") {
        Some((_, key)) if names_root(key) => {}
        Some(_) | None => complaints.push("a table whose key does not begin with root_id"),
    }
    let columns = inside.split("PRIMARY KEY").next().unwrap_or("");
    let types = columns.split(',').filter_map(|column| column.split_whitespace().nth(1));
    if types.into_iter().any(|kind| !TYPES.contains(&kind)) {
        complaints.push("a type other than bigint, text and bytea");
    }
    complaints
}

const TYPES: [&str; 3] = ["BIGINT", "TEXT", "BYTEA"];

fn is_plain_column(statement: &str) -> bool {
    let words: Vec<&str> = statement.split(' ').collect();
    matches!(words.as_slice(), ["ALTER", "TABLE", _, "ADD", "COLUMN", _, kind, ..] if TYPES.contains(kind))
}

/// Whether a list of columns begins with `root_id`.
fn names_root(list: &str) -> bool {
    list.trim_start().starts_with("ROOT_ID")
}

/// What an UPDATE sets.
fn set_of(statement: &str) -> &str {
    let set = statement.split_once(" SET ").map_or("", |(_, set)| set);
    set.split(" WHERE ").next().unwrap_or(set)
}

/// Whether VALUES or ON CONFLICT of an INSERT holds a sub-select.
fn is_conditional_on_more(statement: &str) -> bool {
    let bound = [" VALUES ", " ON CONFLICT "].iter().filter_map(|word| statement.split_once(word));
    statement.starts_with("INSERT ") && bound.into_iter().any(|(_, rest)| rest.contains("SELECT "))
}

fn is_about_units_only(statement: &str) -> bool {
    let own = statement.split_once("RECURSIVE ").map_or("", |(_, rest)| rest);
    let own = own.split([' ', '(']).next().unwrap_or("");
    let tables = statement.split(" FROM ").skip(1).chain(statement.split(" JOIN ").skip(1));
    let named = tables.filter_map(|rest| rest.split([' ', ')', ',']).next());
    named.into_iter().all(|table| table == "UNIT" || table == own)
}

/// RETURNING as only some engines know it: inside a WITH, with a qualified star, or a sum.
fn of_returning(statement: &str) -> Vec<&'static str> {
    let Some((before, after)) = statement.split_once(" RETURNING ") else { return Vec::new() };
    let is_inside = before.starts_with("WITH ") || before.matches('(').count() != before.matches(')').count();
    let is_more = [".*", "COUNT(", "SUM(", "MAX(", "MIN(", " OVER "].iter().any(|word| after.contains(word));
    if is_inside || is_more { vec!["a RETURNING that SQLite lacks"] } else { Vec::new() }
}

/// The conditions of the joins.
fn joins(statement: &str) -> impl Iterator<Item = &str> {
    statement.split(" JOIN ").skip(1).map(|rest| {
        let condition = rest.split_once(" ON ").map_or("", |(_, condition)| condition);
        [" WHERE ", " GROUP BY ", " ORDER BY "]
            .iter()
            .fold(condition, |text, end| text.split(end).next().unwrap_or(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n_complaints(statement: &str) -> usize {
        of_statement(&plain(statement)).len()
    }

    #[test]
    fn what_only_one_engine_takes_is_found() {
        for wrong in [
            "CREATE TABLE a (root_id bigint NOT NULL, id bigint NOT NULL, PRIMARY KEY (id))",
            "CREATE TABLE a (root_id bigint NOT NULL, id bigint NOT NULL, PRIMARY KEY (id, root_id))",
            "CREATE TABLE a (root_id bigint NOT NULL, at timestamptz, PRIMARY KEY (root_id))",
            "CREATE TABLE a (root_id bigint NOT NULL, is_b boolean, PRIMARY KEY (root_id))",
            "CREATE TABLE a (root_id bigint, id bigint, UNIQUE (id), PRIMARY KEY (root_id, id))",
            "CREATE TABLE a (root_id bigint, b bigint REFERENCES b (id), PRIMARY KEY (root_id))",
            "CREATE TABLE a (root_id bigint, id bigserial, PRIMARY KEY (root_id, id))",
            "CREATE UNIQUE INDEX a_by_b ON a (b)",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1 FROM b; END",
            "CREATE SEQUENCE s",
            "ALTER TABLE a ADD COLUMN b jsonb",
            "ALTER TABLE a DROP COLUMN b",
            "UPDATE a SET root_id = $1 WHERE root_id = $2",
            "UPDATE a SET b = $1, root_id = $2 WHERE root_id = $3",
            "UPDATE a SET b = $1 WHERE id = $2",
            "DELETE FROM a WHERE id = $1",
            "INSERT INTO a (id) VALUES ($1)",
            "INSERT INTO a (root_id) VALUES ((SELECT MAX(root_id) FROM a))",
            "INSERT INTO a (root_id, n) VALUES ($1, $2) ON CONFLICT (root_id) DO UPDATE SET n = (SELECT 1)",
            "INSERT INTO a (root_id, n) VALUES ($1, $2) ON CONFLICT (root_id) DO UPDATE SET n = now()",
            "INSERT OR IGNORE INTO a (root_id) VALUES ($1)",
            "INSERT INTO a (root_id) VALUES ($1) RETURNING a.*",
            "WITH d AS (DELETE FROM a WHERE root_id = $1 RETURNING n) SELECT n FROM d",
            "WITH RECURSIVE up AS (SELECT id FROM person UNION SELECT id FROM up) SELECT id FROM up",
            "SELECT p.id FROM person p JOIN unit u ON u.id = p.unit_id",
            "SELECT id FROM a WHERE b ILIKE $1",
            "SELECT b::text FROM a",
            "SELECT b->>'c' FROM a",
            "SELECT id FROM a WHERE id IN (SELECT unnest($1)) AND x = unnest($2)",
            "SELECT id FROM a FOR UPDATE",
            "SELECT a, SUM(n) FROM b GROUP BY ROLLUP (a)",
        ] {
            assert!(n_complaints(wrong) > 0, "{wrong}");
        }
    }

    #[test]
    fn what_every_engine_takes_is_left_alone() {
        for right in [
            "CREATE TABLE a (root_id bigint NOT NULL, b text, c bytea NOT NULL, PRIMARY KEY (root_id, b))",
            "CREATE UNIQUE INDEX a_by_b ON a (root_id, b)",
            "CREATE INDEX event_of_unit ON event (unit_id, seq) WHERE person_id IS NULL",
            "ALTER TABLE a ADD COLUMN b bigint NOT NULL DEFAULT 0",
            "UPDATE a SET b = $1 WHERE root_id = $2 AND id = $3",
            "INSERT INTO a (root_id, n) VALUES ($1, $2) ON CONFLICT (root_id) DO UPDATE SET n = excluded.n",
            "INSERT INTO a (root_id, b) SELECT $1, b FROM a WHERE root_id = $2 AND id = $3",
            "DELETE FROM a WHERE root_id = $1 RETURNING id",
            "WITH RECURSIVE up AS (SELECT id FROM unit UNION SELECT u.id FROM unit u) SELECT id FROM up",
            "SELECT p.id FROM person p JOIN unit u ON u.root_id = p.root_id AND u.id = p.unit_id",
            "SELECT c.id FROM unit c JOIN unit u ON u.pre > c.pre",
            "DELETE FROM {view}",
            "SELECT CAST(SUM(n) AS bigint) FROM rollup WHERE root_id = $1",
        ] {
            assert_eq!(of_statement(&plain(right)), Vec::<String>::new());
        }
    }

    #[test]
    fn statements_are_found_in_sources_and_migrations() {
        let source = "fn f() {\n    // SELECT nothing FROM a comment\n    let c = '\"';\n    \
                      c.query(\n        \"UPDATE a SET root_id = $1\n             WHERE id = $2\",\n    );\n}\n";
        let found = complaints_of("crates/app/src/store/a.rs", source);
        assert_eq!(found, ["a row that changes its root_id: UPDATE A SET ROOT_ID = $1 WHERE ID = $2"]);
        let found = complaints_of("crates/web/src/a.rs", "\"SELECT id FROM unit WHERE id = $1\"");
        assert_eq!(found, ["SQL outside the store: SELECT ID FROM UNIT WHERE ID = $1"]);
        let found = complaints_of("crates/app/src/people.rs", "match c { Connection::Sqlite(c) => c }");
        assert_eq!(found.len(), 1);
        let sql =
            "-- No trigger here.\nCREATE TRIGGER t;\nCREATE TABLE a (root_id bigint, PRIMARY KEY (root_id));";
        assert_eq!(complaints_of("crates/app/migrations/9.sql", sql).len(), 1);
        let words = "\"Select a unit, and update the list\" \"Delete from the list what you like\"";
        assert!(complaints_of("crates/cli/src/a.rs", "\"Update the SET\"").is_empty(), "{words}");
    }
}
