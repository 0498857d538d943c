//! A paper as it goes to the press: what it says, block by block, without how it looks. The template in
//! `templates/paper.typ` has one shape for each block and reads no text as markup.

use domain::text::{Language, Text};
use jiff::civil::Date;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Serialize;
use serde_json::json;

use crate::pdf::{Press, PrintError, Printed};

/// One paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// What it is called.
    pub title: String,
    /// The body that issues it, in red above the red line; none for forms.
    pub issuer: Option<String>,
    /// Its number, beneath the issuer.
    pub number: Option<String>,
    /// The day it is about, for the catalogue; empty where there is none.
    pub dated: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A part of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A heading within the paper.
    Heading {
        /// Its words.
        text: String,
    },
    /// To whom it is addressed.
    Addressee {
        /// The name.
        text: String,
    },
    /// A paragraph.
    Paragraph {
        /// Its words.
        text: String,
    },
    /// A remark in small type.
    Note {
        /// Its words.
        text: String,
    },
    /// A ruled form of labels and what belongs to them.
    Form {
        /// Widths of the columns, as shares.
        widths: Vec<u8>,
        /// Cells of each row; their spans make up the number of columns.
        rows: Vec<Vec<Cell>>,
    },
    /// A ruled table whose heads are repeated on each page.
    Table {
        /// Widths of the columns, as shares.
        widths: Vec<u8>,
        /// The heads.
        heads: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
    /// Who signs or seals.
    Closing {
        /// Who and when.
        closing: Closing,
    },
    /// Where the sheet is cut.
    Cut {
        /// What stands on the line.
        text: String,
    },
}

/// A cell of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// What stands in it.
    pub text: String,
    /// Whether it names what stands beside it.
    pub label: bool,
    /// How many columns it takes.
    pub span: u8,
    /// Empty lines to be written on by hand.
    pub lines: u8,
    /// Who signs in it.
    pub closing: Option<Closing>,
}

/// A signature or a seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closing {
    /// Whose.
    pub body: Option<String>,
    /// Whether a seal belongs there.
    pub seal: bool,
    /// The day in words; none when it is to be written by hand.
    pub day: Option<String>,
}

/// What ties a printed paper to the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Identity of the entry that records the issue.
    pub entry: String,
    /// Origin of the log.
    pub origin: String,
    /// Size of the log before that entry.
    pub size: u64,
    /// Root of the tree at that size.
    pub root: String,
}

/// Papers that are printed as one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Title of the file.
    pub title: String,
    /// Language of all of them.
    pub language: Language,
    /// Rows of the cover, which is followed by a catalogue; none for papers without either.
    pub cover: Option<Vec<(String, String)>>,
    /// The papers.
    pub papers: Vec<Paper>,
    /// What ties the file to the record; none for a draft.
    pub proof: Option<Proof>,
}

const TEMPLATE: &str = include_str!("../templates/paper.typ");

/// Characters of the entry and of the root that are printed; the code has the whole.
const SHOWN: usize = 16;

impl Bundle {
    /// One paper alone.
    #[must_use]
    pub fn of(paper: Paper, language: Language, proof: Option<Proof>) -> Self {
        Bundle { title: paper.title.clone(), language, cover: None, papers: vec![paper], proof }
    }

    /// Prints the file, dated a day. The same file, day and faces give the same bytes.
    ///
    /// # Errors
    /// There is no face for Chinese, a character has no glyph, or the template is at fault.
    pub fn print(&self, press: &Press, on: Date) -> Result<Printed, PrintError> {
        let proof = self.proof.as_ref().map(|proof| {
            json!({
                "code": proof.picture(),
                "entry": shown(&proof.entry),
                "size": proof.size.to_string(),
                "root": shown(&proof.root),
            })
        });
        let data = json!({
            "language": self.language,
            "title": self.title,
            "cover": self.cover,
            "papers": self.papers,
            "proof": proof,
            "words": words(self.language),
        });
        press.set(TEMPLATE, data, on)
    }
}

impl Proof {
    /// What the code says to a telephone: plain lines, because a paper outlives addresses.
    #[must_use]
    pub fn lines(&self) -> String {
        format!("miaopu paper\n{}\n{}\n{}\n{}\n", self.origin, self.entry, self.size, self.root)
    }

    fn picture(&self) -> String {
        let code = QrCode::new(self.lines().as_bytes()).expect("a few short lines fit into a code");
        code.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build()
    }
}

fn shown(text: &str) -> &str {
    text.get(..SHOWN).unwrap_or(text)
}

fn words(language: Language) -> serde_json::Value {
    let say = |zh: &'static str, en: &'static str| match language {
        Language::Zh => zh,
        Language::En => en,
    };
    json!({
        "colon": say("：", ":"),
        "seal": say("（盖章）", "(seal)"),
        "day_blank": say("年　　月　　日", "Date: ____________"),
        "translation": say("中文本为准", "Translation. The Chinese text is the one that counts."),
        "catalogue": say("目　录", "Catalogue"),
        "catalogue_heads": [
            say("序号", "No."), say("材料", "Paper"), say("日期", "Day"), say("页", "Page"),
        ],
        "code": say("账本凭证二维码", "code of the entry in the record"),
        "entry": say("账本凭证", "Entry"),
        "checkpoint": say("检查点", "Checkpoint"),
        "check": say(
            "核对：在系统“核对文书”页或用 miaopu paper check 对照账本",
            "To check this paper: page “Check a paper”, or miaopu paper check",
        ),
    })
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day in official style: 2004年3月18日.
#[must_use]
pub fn official_day(day: Date, language: Language) -> String {
    match language {
        Language::Zh => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Language::En => {
            let month = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
            format!("{} {month} {}", day.day(), day.year())
        }
    }
}

impl Block {
    /// A paragraph.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Block::Paragraph { text: text.into() }
    }
}

impl Cell {
    /// A label.
    pub fn label(text: impl Into<String>) -> Self {
        Cell { text: text.into(), label: true, span: 1, lines: 0, closing: None }
    }

    /// What belongs to a label.
    pub fn value(text: impl Into<String>) -> Self {
        Cell { label: false, ..Cell::label(text) }
    }

    /// The same over several columns.
    #[must_use]
    pub fn over(self, span: u8) -> Self {
        Cell { span, ..self }
    }

    /// The same with lines to write on and a place to sign.
    #[must_use]
    pub fn to_sign(self, lines: u8, closing: Closing) -> Self {
        Cell { lines, closing: Some(closing), ..self }
    }
}

impl Closing {
    /// To be sealed by a body, on a day or on one to be written in.
    pub fn sealed(body: impl Into<String>, day: Option<String>) -> Self {
        Closing { body: Some(body.into()), seal: true, day }
    }

    /// To be signed by hand.
    pub fn signed(who: impl Into<String>, day: Option<String>) -> Self {
        Closing { body: Some(who.into()), seal: false, day }
    }
}

/// The text of one language, owned.
pub(crate) fn told(text: &Text, language: Language) -> String {
    text.in_language(language).to_owned()
}
