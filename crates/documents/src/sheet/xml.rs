//! The few XML gestures the parts of a workbook need: an event loop without document types, an
//! attribute by its local name, the text of an element.

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesEnd, BytesRef, BytesStart, Event};

use crate::guard::damaged;
use crate::problem::{ArchiveCause, Problem};

/// A reader of one part.
pub(super) struct Xml<B> {
    reader: Reader<B>,
    buffer: Vec<u8>,
    part: String,
}

/// What the next piece of a part is.
pub(super) enum Item<'b> {
    Start(BytesStart<'b>),
    End(BytesEnd<'b>),
    Text(Cow<'b, str>),
    /// A comment, a declaration, an instruction.
    Aside,
    /// The end of the part.
    Over,
}

/// The attributes of a cell: its reference, its style and its kind.
#[derive(Default)]
pub(super) struct CellAttributes<'e> {
    pub(super) reference: Option<Cow<'e, str>>,
    pub(super) style: Option<Cow<'e, str>>,
    pub(super) kind: Option<Cow<'e, str>>,
}

impl<B: BufRead> Xml<B> {
    pub(super) fn new(source: B, part: &str) -> Self {
        let mut reader = Reader::from_reader(source);
        reader.config_mut().expand_empty_elements = true;
        Xml { reader, buffer: Vec::with_capacity(1024), part: part.to_owned() }
    }

    /// The next piece; never a document type, since those are refused.
    pub(super) fn next(&mut self) -> Result<Item<'_>, Problem> {
        self.buffer.clear();
        match self.reader.read_event_into(&mut self.buffer) {
            Ok(Event::Start(element) | Event::Empty(element)) => Ok(Item::Start(element)),
            Ok(Event::End(element)) => Ok(Item::End(element)),
            Ok(Event::Text(text)) => Ok(Item::Text(text.xml10_content())),
            Ok(Event::CData(text)) => Ok(Item::Text(text.xml10_content())),
            Ok(Event::GeneralRef(reference)) => Ok(Item::Text(resolve(&reference))),
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => Ok(Item::Aside),
            Ok(Event::Eof) => Ok(Item::Over),
            Ok(Event::DocType(_)) => {
                Err(Problem::file(ArchiveCause::DocumentType { part: self.part.clone() }))
            }
            Err(error) => Err(damaged(&self.part, &error)),
        }
    }

    /// This part ends before it should.
    pub(super) fn cut_short(&self) -> Problem {
        damaged(&self.part, &"cut short")
    }

    /// Appends the text up to the end of the element just begun, its children's included.
    pub(super) fn text_into(&mut self, text: &mut String) -> Result<(), Problem> {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.next()? {
                Item::Start(_) => depth += 1,
                Item::End(_) => depth -= 1,
                Item::Text(piece) => text.push_str(&piece),
                Item::Over => return Err(self.cut_short()),
                Item::Aside => {}
            }
        }
        Ok(())
    }

    /// Passes over the element just begun.
    pub(super) fn skip(&mut self) -> Result<(), Problem> {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.next()? {
                Item::Start(_) => depth += 1,
                Item::End(_) => depth -= 1,
                Item::Over => return Err(self.cut_short()),
                Item::Text(_) | Item::Aside => {}
            }
        }
        Ok(())
    }
}

/// An attribute by its name without prefix, references resolved.
pub(super) fn attribute<'e>(element: &'e BytesStart<'_>, name: &str) -> Option<Cow<'e, str>> {
    let found = element
        .attributes()
        .with_checks(false)
        .take(N_ATTRIBUTES)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    match unescape(&found.value).map(Cow::into_owned) {
        Ok(value) => Some(Cow::Owned(value)),
        Err(_) => Some(found.value),
    }
}

/// The attributes of a cell in one pass, as they stand: none of them has references.
pub(super) fn cell_attributes<'e>(element: &'e BytesStart<'_>) -> CellAttributes<'e> {
    let mut found = CellAttributes::default();
    for attribute in element.attributes().with_checks(false).take(N_ATTRIBUTES).flatten() {
        match attribute.key.as_ref() {
            "r" => found.reference = Some(attribute.value),
            "s" => found.style = Some(attribute.value),
            "t" => found.kind = Some(attribute.value),
            _ => {}
        }
    }
    found
}

fn resolve<'b>(reference: &BytesRef<'_>) -> Cow<'b, str> {
    match (resolve_xml_entity(reference.as_ref()), reference.resolve_char_ref()) {
        (Some(resolved), _) => resolved.into(),
        (None, Ok(Some(character))) => character.to_string().into(),
        // Without a document type there is nothing else a name could stand for.
        (None, Ok(None) | Err(_)) => "\u{fffd}".into(),
    }
}

/// No element of a workbook has more.
const N_ATTRIBUTES: usize = 64;
