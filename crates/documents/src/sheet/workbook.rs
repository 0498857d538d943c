//! The parts of a workbook: which sheets there are, where they lie, the texts and styles they
//! share. Links out of the workbook are never followed.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use quick_xml::events::BytesStart;

use super::Merges;
use super::rows::{SheetRows, merged_areas};
use super::styles::{Epoch, Styles};
use super::texts::Texts;
use super::xml::{Item, Xml, attribute};
use crate::guard::{Archive, Limits};
use crate::problem::{FileCause, Problem, SizeCause};

/// An open workbook.
#[derive(Debug)]
pub(super) struct Workbook<R> {
    archive: Archive<R>,
    sheets: Vec<Sheet>,
    shared: Shared,
}

/// What the cells of all sheets refer to.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) texts: Texts,
    pub(super) styles: Styles,
    pub(super) epoch: Epoch,
    pub(super) limits: Limits,
}

#[derive(Debug)]
struct Sheet {
    name: String,
    part: String,
}

/// A link from one part to another.
#[derive(Debug)]
struct Link {
    kind: String,
    part: String,
}

type Links = BTreeMap<String, Link>;

impl<R: Read + Seek> Workbook<R> {
    pub(super) fn open(source: R, limits: &Limits) -> Result<Self, Problem> {
        let mut archive = Archive::open(source, limits)?;
        let package = read_links(&mut archive, "", "_rels/.rels")?;
        let main = part_of(&package, "officeDocument").unwrap_or("xl/workbook.xml").to_owned();
        let (folder, name) = main.rsplit_once('/').unwrap_or(("", &main));
        let links = read_links(&mut archive, folder, &join(folder, &format!("_rels/{name}.rels")))?;
        let (sheets, epoch) = read_sheets(&mut archive, &main, &links)?;
        let mut shared =
            Shared { texts: Texts::default(), styles: Styles::default(), epoch, limits: *limits };
        if let Some(part) = part_of(&links, "sharedStrings")
            && let Some(source) = archive.part(part)?
        {
            shared.texts = Texts::read(source, part, limits)?;
        }
        if let Some(part) = part_of(&links, "styles")
            && let Some(source) = archive.part(part)?
        {
            shared.styles = Styles::read(source, part)?;
        }
        Ok(Workbook { archive, sheets, shared })
    }

    pub(super) fn sheet_names(&self) -> Vec<&str> {
        self.sheets.iter().map(|sheet| sheet.name.as_str()).collect()
    }

    pub(super) fn rows(&mut self, index: usize, merges: Merges) -> Result<SheetRows<'_, R>, Problem> {
        let sheet = self.sheets.get(index).ok_or_else(|| Problem::file(FileCause::NoSheet))?;
        // Merged areas stand behind the cells, so they need a first pass of their own.
        let areas = if merges == Merges::Downwards && self.archive.may_have_merges(&sheet.part) {
            merged_areas(Xml::new(self.archive.required_part(&sheet.part)?, &sheet.part))?
        } else {
            Vec::new()
        };
        let source = self.archive.required_part(&sheet.part)?;
        Ok(SheetRows::new(Xml::new(source, &sheet.part), &self.shared, areas))
    }
}

fn part_of<'l>(links: &'l Links, kind: &str) -> Option<&'l str> {
    links.values().find(|link| link.kind == kind).map(|link| link.part.as_str())
}

/// The links of a part by their ids. The kind is the last step of the type's address, which is
/// the same in both editions of the standard.
fn read_links<R: Read + Seek>(archive: &mut Archive<R>, folder: &str, part: &str) -> Result<Links, Problem> {
    let mut xml = Xml::new(archive.required_part(part)?, part);
    let mut links = Links::new();
    loop {
        match xml.next()? {
            Item::Start(element) if element.local_name().as_ref() == "Relationship" => {
                if let Some((id, link)) = read_link(&element, folder) {
                    links.insert(id, link);
                }
                check_count(links.len())?;
            }
            Item::Over => return Ok(links),
            Item::Start(_) | Item::End(_) | Item::Text(_) | Item::Aside => {}
        }
    }
}

fn read_link(element: &BytesStart<'_>, folder: &str) -> Option<(String, Link)> {
    if attribute(element, "TargetMode").is_some_and(|mode| mode == "External") {
        return None;
    }
    let kind = attribute(element, "Type")?.rsplit('/').next()?.to_owned();
    let part = join(folder, &attribute(element, "Target")?);
    Some((attribute(element, "Id")?.into_owned(), Link { kind, part }))
}

fn read_sheets<R: Read + Seek>(
    archive: &mut Archive<R>,
    part: &str,
    links: &Links,
) -> Result<(Vec<Sheet>, Epoch), Problem> {
    let mut xml = Xml::new(archive.required_part(part)?, part);
    let (mut sheets, mut epoch) = (Vec::new(), Epoch::Y1900);
    loop {
        match xml.next()? {
            Item::Start(element) => match element.local_name().as_ref() {
                "sheet" => {
                    let link = attribute(&element, "id").and_then(|id| links.get(id.as_ref()));
                    // Sheets of charts and dialogues have no cells.
                    if let Some(link) = link.filter(|link| link.kind == "worksheet") {
                        let name = attribute(&element, "name").unwrap_or_default().into_owned();
                        sheets.push(Sheet { name, part: link.part.clone() });
                    }
                    check_count(sheets.len())?;
                }
                "workbookPr" => epoch = epoch_of(&element).unwrap_or(epoch),
                _ => {}
            },
            Item::End(element) if element.local_name().as_ref() == "workbook" => break,
            Item::Over => return Err(xml.cut_short()),
            Item::End(_) | Item::Text(_) | Item::Aside => {}
        }
    }
    if sheets.is_empty() { Err(Problem::file(FileCause::NoSheet)) } else { Ok((sheets, epoch)) }
}

/// Absent in an element of the same name that later editions add.
fn epoch_of(element: &BytesStart<'_>) -> Option<Epoch> {
    let is_1904 = matches!(attribute(element, "date1904")?.as_ref(), "1" | "true");
    Some(if is_1904 { Epoch::Y1904 } else { Epoch::Y1900 })
}

fn check_count(n_parts: usize) -> Result<(), Problem> {
    if n_parts > N_LINKS { Err(Problem::file(SizeCause::Parts { max: N_LINKS })) } else { Ok(()) }
}

/// A target as seen from a folder of the container; it cannot climb above the root.
fn join(folder: &str, target: &str) -> String {
    let from = if target.starts_with('/') { "" } else { folder };
    let mut steps: Vec<&str> = from.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            _ => steps.push(step),
        }
    }
    steps.join("/")
}

/// Every sheet is an entry of the container, and those are counted too.
const N_LINKS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn targets_are_joined_within_the_container() {
        for (folder, target, part) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/styles.xml", "xl/styles.xml"),
            ("xl/worksheets", "../sharedStrings.xml", "xl/sharedStrings.xml"),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("xl", "../../../etc/passwd", "etc/passwd"),
        ] {
            assert_eq!(join(folder, target), part);
        }
    }
}
