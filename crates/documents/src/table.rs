//! One table to a workbook or to text with separators.

/// Starts of a text that a spreadsheet program would take for a formula (ASVS 1.2.10).
pub(crate) const FORMULA_STARTS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\0'];
