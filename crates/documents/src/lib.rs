//! Spreadsheets and papers, bytes in and bytes out: pure, without clock, network or database. Only
//! `fonts` looks at the machine, for a face that has Chinese characters.
//!
//! Read in this order. [`problem`]: what can be wrong with a file, a head or a cell, in both
//! languages. [`guard`]: a file is measured before it is parsed. [`sheet`]: a file as a stream of
//! rows of typed cells. [`roster`]: columns turn rows into fields and problems. [`cases`]: a
//! workbook of admission files, one to a row. [`requests`]: the sheet on which branches ask for
//! places. [`table`]: one table to a workbook or to CSV.
//! [`findings`]: what an audit found, as a table. [`template`]: the workbook an office fills in.
//! [`scan`]: what a scanned paper is. [`paper`]: what a printed paper says, block by block.
//! [`papers`]: the papers of an admission file and of a plan. [`pdf`]: setting them.
//!
//! ```
//! use std::io::Cursor;
//! use std::sync::atomic::AtomicBool;
//!
//! use documents::guard::Limits;
//! use documents::roster::{Watch, people};
//!
//! let file = "姓名,性别,出生日期,民族,学历,职业,所在党组织,发展阶段\n\
//!             李明,男,2001-02-30,汉,本科,工人,一支部,积极分子\n\
//!             王芳,女,1981年3月8日,01,大专,农民,一支部,申请人\n";
//! let cancel = AtomicBool::new(false);
//! let mut watch = Watch { progress: &mut |_| {}, cancel: &cancel };
//! let people = people::read("名册.csv", Cursor::new(file), &Limits::UPLOAD, &mut watch);
//!
//! assert_eq!(people.entries[0].particulars.name, "王芳");
//! assert_eq!(
//!     people.reading.problems[0].text().en,
//!     "C2: “2001-02-30” is not a day of the calendar; correct it",
//! );
//! ```

pub mod cases;
pub mod findings;
mod fonts;
pub mod guard;
pub mod paper;
pub mod papers;
pub mod pdf;
pub mod problem;
pub mod requests;
pub mod roster;
pub mod scan;
pub mod sheet;
pub mod table;
pub mod template;
