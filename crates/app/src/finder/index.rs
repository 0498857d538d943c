//! The index itself: each name as a row of glyphs, and the readings of each glyph once for the site.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use domain::id_number::IdNumber;
use domain::ids::PersonId;

use super::spelling::{Closeness, Glyph, Wanted, closeness, letters};

/// Names in memory. Never printed and never stored.
#[derive(Default)]
pub(super) struct Index {
    /// The first event that was not taken up.
    pub(super) next_seq: i64,
    entries: Vec<Entry>,
    places: HashMap<PersonId, usize>,
    glyphs: Vec<Glyph>,
    glyph_numbers: HashMap<char, u32>,
    /// Drawn anew for each index, so that marks mean nothing elsewhere.
    marks: RandomState,
}

/// What tells entries apart or shows them alike, without saying what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) number: Option<u64>,
    pub(super) name: u64,
    pub(super) sound: u64,
}

struct Entry {
    person: PersonId,
    /// The name, as numbers of glyphs.
    name: Box<[u32]>,
    /// The last four characters of the identity number.
    ending: Option<[u8; 4]>,
    /// Mark of the whole number in its form of eighteen.
    number: Option<u64>,
}

/// What an event says of a person; nothing where it says nothing.
pub(super) struct Change {
    pub(super) person: PersonId,
    pub(super) name: Option<String>,
    pub(super) number: Option<String>,
}

impl Index {
    pub(super) fn apply(&mut self, changes: Vec<Change>, next_seq: i64) {
        for change in changes {
            let name = change.name.map(|name| self.spell(&name));
            let number = change.number.map(|number| IdNumber::parse(number.trim()).ok());
            let ending = number.map(|number| number.and_then(|number| ending(&number)));
            let number = number.map(|number| number.map(|number| self.marks.hash_one(number)));
            match self.places.get(&change.person).and_then(|&place| self.entries.get_mut(place)) {
                Some(entry) => {
                    entry.name = name.unwrap_or_else(|| std::mem::take(&mut entry.name));
                    entry.ending = ending.unwrap_or(entry.ending);
                    entry.number = number.unwrap_or(entry.number);
                }
                None => {
                    self.places.insert(change.person, self.entries.len());
                    let (name, ending) = (name.unwrap_or_default(), ending.flatten());
                    self.entries.push(Entry {
                        person: change.person,
                        name,
                        ending,
                        number: number.flatten(),
                    });
                }
            }
        }
        self.next_seq = next_seq;
    }

    /// The marks of an entry; none for somebody without a name.
    pub(super) fn marks(&self, person: PersonId) -> Option<Marks> {
        let entry = self.places.get(&person).and_then(|&place| self.entries.get(place))?;
        let mut sound = self.marks.build_hasher();
        for glyph in entry.name.iter().filter_map(|&number| self.glyphs.get(number as usize)) {
            glyph.sound().iter().for_each(|&letter| sound.write_u32(letter.into()));
            sound.write_u32(u32::MAX);
        }
        let name = self.marks.hash_one(&entry.name);
        (!entry.name.is_empty()).then(|| Marks { number: entry.number, name, sound: sound.finish() })
    }

    /// Everybody who fits, the closest first.
    pub(super) fn search(&self, wanted: &Wanted) -> Vec<PersonId> {
        let mut found: Vec<(Closeness, PersonId)> = match wanted {
            Wanted::Ending(ending) => self.with_ending(*ending),
            Wanted::Number(number) => number
                .reveal()
                .as_bytes()
                .last_chunk()
                .map_or_else(Vec::new, |ending| self.with_ending(*ending)),
            Wanted::Name(query) => self
                .entries
                .iter()
                .filter_map(|entry| Some((closeness(query, &entry.name, &self.glyphs)?, entry.person)))
                .collect(),
        };
        found.sort_unstable();
        found.into_iter().map(|(_, person)| person).collect()
    }

    fn with_ending(&self, ending: [u8; 4]) -> Vec<(Closeness, PersonId)> {
        let fits = |entry: &&Entry| entry.ending == Some(ending);
        self.entries.iter().filter(fits).map(|entry| (Closeness::Name, entry.person)).collect()
    }

    fn spell(&mut self, name: &str) -> Box<[u32]> {
        letters(name).map(|letter| self.number_of(letter)).collect()
    }

    fn number_of(&mut self, letter: char) -> u32 {
        let glyphs = &mut self.glyphs;
        *self.glyph_numbers.entry(letter).or_insert_with(|| {
            glyphs.push(Glyph::of(letter));
            u32::try_from(glyphs.len() - 1).expect("there are fewer characters than 32 bits count")
        })
    }
}

/// The last four characters of a number in its form of eighteen.
fn ending(number: &IdNumber) -> Option<[u8; 4]> {
    number.reveal().as_bytes().last_chunk().copied()
}
