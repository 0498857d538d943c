//! Setting a paper as PDF. The setter sees two files, the template and the data, and nothing else: no
//! network, no clock, no folder. Texts of people are data and never markup.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use domain::text::Text;
use jiff::civil::Date;
use serde_json::Value;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::layout::{Frame, FrameItem};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::fonts::{Faces, LATIN, NoFace};

/// The press: faces and what is kept from one paper to the next.
pub struct Press {
    folder: Option<PathBuf>,
    /// Found at the first paper, and again while there are none.
    faces: Mutex<Option<Arc<Faces>>>,
    library: LazyHash<Library>,
}

/// A paper as it came from the press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// A PDF/A file: the faces it needs are in it.
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub n_pages: usize,
}

/// A paper that was not printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// There is no face for Chinese.
    #[error(transparent)]
    Face(#[from] NoFace),
    /// Characters that the faces lack. They are named and never printed as boxes.
    #[error("no glyph for {0:?}")]
    Glyphs(Vec<char>),
    /// The template is at fault.
    #[error("the template: {0}")]
    Template(String),
}

impl PrintError {
    /// What is wrong and what helps.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            PrintError::Face(missing) => missing.text(),
            PrintError::Glyphs(characters) => {
                let listed: Vec<_> =
                    characters.iter().map(|it| format!("{it} (U+{:04X})", u32::from(*it))).collect();
                let listed = listed.join(", ");
                Text::new(
                    format!(
                        "所用字体没有这些字：{listed}。请更正文字，或安装收字更全的字体并用 --fonts 指明。"
                    ),
                    format!(
                        "The face in use lacks these characters: {listed}. Correct the text, or install a face \
                         that has them and name it with --fonts."
                    ),
                )
            }
            PrintError::Template(why) => Text::new(
                format!("文书模板有误，请报告此问题：{why}"),
                format!("The template of the paper is at fault; please report this: {why}"),
            ),
        }
    }
}

/// Results of this many papers ago that were not used again are forgotten.
const KEPT: usize = 10;

impl Press {
    /// A press that looks for its Han face in a folder, or where systems keep fonts.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Press { folder, faces: Mutex::default(), library: LazyHash::new(Library::builder().build()) }
    }

    /// Sets a template with its data, dated a given day. The same three give the same bytes.
    ///
    /// # Errors
    /// There is no face for Chinese, a character has no glyph, or the template is at fault.
    pub(crate) fn set(&self, template: &str, mut data: Value, on: Date) -> Result<Printed, PrintError> {
        let faces = self.faces()?;
        data["latin"] = LATIN.into();
        data["han"] = faces.han.as_str().into();
        let day = u8::try_from(on.month()).ok().zip(u8::try_from(on.day()).ok());
        let day = day.and_then(|(month, day)| Datetime::from_ymd(on.year().into(), month, day));
        let desk = Desk {
            press: self,
            faces: &faces,
            template: Source::new(place("paper.typ"), template.to_owned()),
            data_place: place("data.json"),
            data: Bytes::from_string(data.to_string()),
            day,
        };
        let printed = desk.print();
        comemo::evict(KEPT);
        printed
    }

    fn faces(&self) -> Result<Arc<Faces>, NoFace> {
        let mut known = self.faces.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(faces) = &*known {
            return Ok(Arc::clone(faces));
        }
        let faces = Arc::new(Faces::find(self.folder.as_deref())?);
        *known = Some(Arc::clone(&faces));
        Ok(faces)
    }
}

impl std::fmt::Debug for Press {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Press").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// All that the setter sees.
struct Desk<'a> {
    press: &'a Press,
    faces: &'a Faces,
    template: Source,
    data_place: FileId,
    data: Bytes,
    day: Option<Datetime>,
}

fn place(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("names of our own files are paths");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

impl Desk<'_> {
    fn print(&self) -> Result<Printed, PrintError> {
        let set = typst::compile::<PagedDocument>(self);
        let document = set.output.map_err(|errors| at_fault(&errors))?;
        if !set.warnings.is_empty() {
            return Err(at_fault(&set.warnings));
        }
        let mut missing = Vec::new();
        document.pages().iter().for_each(|page| look_for_missing(&page.frame, &mut missing));
        if !missing.is_empty() {
            missing.sort_unstable();
            missing.dedup();
            return Err(PrintError::Glyphs(missing));
        }
        let standards = PdfStandards::new(&[PdfStandard::A_2u]);
        let options = PdfOptions {
            ident: Smart::Custom(ident(&self.data)),
            creator: Smart::Custom(Some("miaopu".to_owned())),
            timestamp: self.day.map(Timestamp::new_utc),
            standards: standards.map_err(|error| PrintError::Template(error.message().to_string()))?,
            ..PdfOptions::default()
        };
        let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| at_fault(&errors))?;
        Ok(Printed { bytes, n_pages: document.pages().len() })
    }
}

/// The identity of a document: that of what is in it.
fn ident(data: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn at_fault(found: &[SourceDiagnostic]) -> PrintError {
    let told: Vec<_> = found.iter().map(|one| one.message.to_string()).collect();
    PrintError::Template(told.join("; "))
}

/// Characters that were set without a glyph. Blanks need none.
fn look_for_missing(frame: &Frame, missing: &mut Vec<char>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => look_for_missing(&group.frame, missing),
            FrameItem::Text(text) => {
                for glyph in text.glyphs.iter().filter(|glyph| glyph.id == 0) {
                    let set = text.text.get(glyph.range()).unwrap_or_default();
                    missing.extend(set.chars().filter(|character| !character.is_whitespace()));
                }
            }
            FrameItem::Shape(..) | FrameItem::Image(..) | FrameItem::Link(..) | FrameItem::Tag(..) => {}
        }
    }
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.faces.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data_place { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.faces.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        self.day
    }
}
