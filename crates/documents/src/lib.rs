//! Spreadsheets, bytes in and bytes out: pure, without clock, network or database.
//!
//! Read in this order. [`problem`]: what can be wrong with a file, a head or a cell, in both
//! languages. [`guard`]: a file is measured before it is parsed. [`sheet`]: a file as a stream of
//! rows of typed cells. [`roster`]: columns turn rows into fields and problems. [`cases`]: a
//! workbook of admission files, one to a row. [`table`]: one table to a workbook or to CSV.
//! [`findings`]: what an audit found, as a table. [`template`]: the workbook an office fills in.

pub mod cases;
pub mod findings;
pub mod guard;
pub mod problem;
pub mod roster;
pub mod sheet;
pub mod table;
pub mod template;
