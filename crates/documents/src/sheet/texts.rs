//! The shared texts of a workbook, kept end to end in one piece: a text costs its bytes and eight
//! more, so that a sheet of a million different names still fits a small machine.

use std::borrow::Cow;
use std::io::BufRead;

use super::xml::{Item, Xml};
use crate::guard::Limits;
use crate::problem::{Problem, SizeCause};

/// The shared texts in their order.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Reads the part of shared texts. What it claims to count is not believed.
    pub(super) fn read(source: impl BufRead, part: &str, limits: &Limits) -> Result<Self, Problem> {
        let mut texts = Texts::default();
        let mut xml = Xml::new(source, part);
        let mut text = String::new();
        loop {
            match xml.next()? {
                Item::Start(element) if element.local_name().as_ref() == "si" => {
                    text.clear();
                    rich_text_into(&mut xml, &mut text)?;
                    if texts.ends.len() >= limits.n_texts as usize {
                        return Err(Problem::file(SizeCause::Texts { max: limits.n_texts }));
                    }
                    texts.all.push_str(&unescape_units(&text));
                    texts.ends.push(texts.all.len());
                }
                Item::End(element) if element.local_name().as_ref() == "sst" => return Ok(texts),
                Item::Over => return Err(xml.cut_short()),
                Item::Start(_) | Item::End(_) | Item::Text(_) | Item::Aside => {}
            }
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.all[start..end])
    }
}

/// The text of `si` or `is` just begun: its runs joined, readings for pronunciation left out.
pub(super) fn rich_text_into<B: BufRead>(xml: &mut Xml<B>, text: &mut String) -> Result<(), Problem> {
    let mut depth = 1_u64;
    while depth > 0 {
        match xml.next()? {
            Item::Start(element) => match element.local_name().as_ref() {
                "t" => xml.text_into(text)?,
                "rPh" | "phoneticPr" => xml.skip()?,
                _ => depth += 1,
            },
            Item::End(_) => depth -= 1,
            Item::Over => return Err(xml.cut_short()),
            Item::Text(_) | Item::Aside => {}
        }
    }
    Ok(())
}

/// Resolves `_x000D_`, by which workbooks write characters XML cannot hold.
pub(super) fn unescape_units(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(unit) = escaped_unit(rest) {
            let units = match escaped_unit(&rest[N_ESCAPE_BYTES..]) {
                Some(low) if (0xD800..0xDC00).contains(&unit) => vec![unit, low],
                Some(_) | None => vec![unit],
            };
            plain.push_str(&String::from_utf16_lossy(&units));
            rest = &rest[units.len() * N_ESCAPE_BYTES..];
        } else {
            plain.push_str("_x");
            rest = &rest[2..];
        }
    }
    plain.push_str(rest);
    plain.into()
}

fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("_x")?.get(..4)?;
    let is_closed = text.as_bytes().get(N_ESCAPE_BYTES - 1) == Some(&b'_');
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_closed && is_hex { u16::from_str_radix(digits, 16).ok() } else { None }
}

/// `_x000D_` has seven.
const N_ESCAPE_BYTES: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_joined_and_readings_left_out() {
        let part = "<sst count='4294967295' uniqueCount='18446744073709551615'>\
            <si><t>张三</t></si><si><r><rPr><b/></rPr><t>李</t></r><r><t>四</t></r></si>\
            <si><t>東京</t><rPh sb='0' eb='2'><t>とうきょう</t></rPh></si><si/>\
            <si><t>a&amp;b&#65;<![CDATA[<c>]]></t></si></sst>";
        let texts = Texts::read(part.as_bytes(), "sst", &Limits::UPLOAD).unwrap();
        let all: Vec<_> = (0..6).map(|index| texts.get(index)).collect();
        assert_eq!(all, [Some("张三"), Some("李四"), Some("東京"), Some(""), Some("a&bA<c>"), None]);
    }

    #[test]
    fn escaped_units_are_resolved() {
        assert_eq!(unescape_units("a_x000D_\nb"), "a\r\nb");
        assert_eq!(unescape_units("_x005F_x000D_"), "_x000D_");
        assert_eq!(unescape_units("_xD842__xDFB7_"), "𠮷");
        assert_eq!(unescape_units("_xD842_"), "\u{fffd}");
        for plain in ["_x", "_x12", "_x00zz_", "_x000D", "张_x三"] {
            assert_eq!(unescape_units(plain), plain);
        }
    }

    #[test]
    fn texts_are_counted() {
        let limits = Limits { n_texts: 1, ..Limits::UPLOAD };
        let part = "<sst><si><t>a</t></si><si><t>b</t></si></sst>";
        let problem = Texts::read(part.as_bytes(), "sst", &limits).unwrap_err();
        assert_eq!(problem, Problem::file(SizeCause::Texts { max: 1 }));
    }
}
