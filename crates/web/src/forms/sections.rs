//! The fields of a form in the groups in which they stand on the paper: a row of figures, the names that
//! sign, what is rarely filled in.

use super::sheet::{Control, Drawn};
use crate::words::Words;

/// Fields that are seen together.
pub(crate) struct Section {
    pub(crate) part: Part,
    pub(crate) heading: String,
    pub(crate) fields: Vec<Drawn>,
}

/// What the fields of a section have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Fields of the form as such.
    Plain,
    /// Figures of a decision of a body.
    Minutes,
    /// Who was due and who came.
    Attendance,
    /// The votes.
    Votes,
    /// How the vote was taken.
    Manner,
    /// Who counted and signed.
    Signed,
    /// Members left out of the count.
    LeftOut,
}

impl Part {
    fn of(path: &str) -> Part {
        match path {
            "minutes.n_members" | "minutes.n_present" | "minutes.n_for" => Part::Minutes,
            "ballot.due" | "ballot.present" => Part::Attendance,
            "ballot.for" | "ballot.against" | "ballot.abstain" | "ballot.written_for" => Part::Votes,
            "ballot.is_secret" | "ballot.is_individual" => Part::Manner,
            path if path.starts_with("ballot.tellers") || path.starts_with("ballot.signed_by") => {
                Part::Signed
            }
            path if path.starts_with("ballot.excluded") => Part::LeftOut,
            _ => Part::Plain,
        }
    }

    /// The key of its heading; none where the fields speak for themselves.
    fn heading(self) -> Option<&'static str> {
        match self {
            Part::Plain | Part::Minutes | Part::Votes => None,
            Part::Attendance => Some("act-part-attendance"),
            Part::Manner => Some("act-part-manner"),
            Part::Signed => Some("act-part-signed"),
            Part::LeftOut => Some("act-part-left-out"),
        }
    }

    /// Whether its fields stand side by side, with what was found beneath.
    pub(crate) fn is_row(self) -> bool {
        match self {
            Part::Minutes | Part::Attendance | Part::Votes => true,
            Part::Plain | Part::Manner | Part::Signed | Part::LeftOut => false,
        }
    }
}

/// Neighbouring fields of the same part together.
pub(crate) fn sections(t: Words, fields: Vec<Drawn>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for field in fields {
        let part = Part::of(&field.name);
        match sections.last_mut() {
            Some(last) if last.part == part => last.fields.push(field),
            Some(_) | None => {
                let heading = part.heading().map_or(String::new(), |key| t.say(key));
                sections.push(Section { part, heading, fields: vec![field] });
            }
        }
    }
    sections
}

impl Section {
    /// Whether anything is typed or found, so that it is not folded.
    pub(crate) fn is_used(&self) -> bool {
        self.fields.iter().any(|field| !field.value.is_empty() || !field.found.is_empty())
    }

    /// Whether anything here stops the act.
    pub(crate) fn is_bad(&self) -> bool {
        self.fields.iter().any(Drawn::is_bad)
    }

    /// The width of a field in a row; figures are short.
    pub(crate) fn width(&self, field: &Drawn) -> &'static str {
        match field.control {
            Control::Text { width, .. } => width,
            Control::Lines
            | Control::Choice(_)
            | Control::Radios(_)
            | Control::Ticks(_)
            | Control::Hidden => "w20",
        }
    }
}
