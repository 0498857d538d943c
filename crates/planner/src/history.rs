//! Published figures: a table of year, table, category, value and unit, tab-separated, as the annual
//! bulletins give them. Only what was published is in it; years may lack any category.

use std::collections::BTreeMap;

use domain::text::Text;

/// Figures by table and category, then by year; counts in ten thousand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    figures: BTreeMap<(String, String), BTreeMap<i32, f64>>,
}

/// A line that cannot be read, with its place and a remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {} / {}", what.zh, what.en)]
pub struct Unreadable {
    /// Line number, from 1.
    pub line: u64,
    /// What is wrong.
    pub what: Text,
}

impl History {
    /// Reads a table with the heads `year`, `table`, `category`, `value` and `unit`, in any order,
    /// among others. Rows whose year is not a plain year (a sum over years, a day inside a year) are
    /// passed over, because they are no year-end figures.
    ///
    /// # Errors
    /// A head is missing, or a value is not a number.
    pub fn parse(text: &str) -> Result<History, Unreadable> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b'\t')
            .quoting(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let heads = reader.headers().map_err(|error| unreadable(1, &error.to_string()))?.clone();
        let column = |name: &str| {
            heads.iter().position(|head| head.trim() == name).ok_or_else(|| Unreadable {
                line: 1,
                what: Text::new(
                    format!("第一行缺少“{name}”一列，请补上"),
                    format!("the first line lacks the column “{name}”; add it"),
                ),
            })
        };
        let (year, table, category, value, unit) =
            (column("year")?, column("table")?, column("category")?, column("value")?, column("unit")?);
        let mut history = History::default();
        for record in reader.records() {
            let record = record.map_err(|error| {
                unreadable(error.position().map_or(0, csv::Position::line), &error.to_string())
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |column: usize| record.get(column).unwrap_or("").trim();
            let Ok(year) = cell(year).parse::<i32>() else { continue };
            let number: f64 = cell(value).parse().map_err(|_| Unreadable {
                line,
                what: Text::new(
                    format!("“{}”不是数字，请改正", cell(value)),
                    format!("“{}” is not a number; correct it", cell(value)),
                ),
            })?;
            let number = match cell(unit) {
                "count" | "persons" => number / 10_000.0,
                _ => number,
            };
            history
                .figures
                .entry((cell(table).to_owned(), cell(category).to_owned()))
                .or_default()
                .insert(year, number);
        }
        Ok(history)
    }

    /// A figure of one year.
    pub fn get(&self, table: &str, category: &str, year: i32) -> Option<f64> {
        self.figures.get(&(table.to_owned(), category.to_owned()))?.get(&year).copied()
    }

    /// The last figures of a category up to a year, latest first.
    pub fn latest(&self, table: &str, category: &str, until: i32, n: usize) -> Vec<(i32, f64)> {
        let figures = self.figures.get(&(table.to_owned(), category.to_owned()));
        figures
            .into_iter()
            .flat_map(|years| years.range(..=until).rev())
            .take(n)
            .map(|(&year, &value)| (year, value))
            .collect()
    }
}

fn unreadable(line: u64, message: &str) -> Unreadable {
    Unreadable {
        line,
        what: Text::new(format!("无法读取：{message}"), format!("it cannot be read: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn year_ends_are_read_and_other_rows_passed_over() {
        let text = "year\ttable\tcategory\tvalue\tunit\tnote\n\
                    2017\tstock\ttotal\t8956.4\t10k\t\n\
                    2002-2006\tintake\ttotal\t1185.0\t10k\tsum\n\
                    2018\tstock\tvillages\t545189\tcount\t\n";
        let history = History::parse(text).expect("readable");
        assert_eq!(history.get("stock", "total", 2017), Some(8956.4));
        assert_eq!(history.get("intake", "total", 2002), None);
        assert_eq!(history.get("stock", "villages", 2018), Some(54.5189));
        assert_eq!(history.latest("stock", "total", 2016, 2), []);
    }

    #[test]
    fn a_wrong_number_names_its_line() {
        let text = "year\ttable\tcategory\tvalue\tunit\n2017\tstock\ttotal\tmany\t10k\n";
        assert_eq!(History::parse(text).expect_err("refused").line, 2);
        assert!(History::parse("year\tvalue\n").is_err());
    }
}
