//! The index itself: each name once, as a row of glyphs with everybody who bears it, and the readings of
//! each glyph once for the site. Whatever was typed begins with some glyph or reading, so only the names
//! that have such a glyph are looked at.

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
    people: HashMap<PersonId, Entry>,
    names: Vec<Name>,
    name_numbers: HashMap<Box<[u32]>, usize>,
    endings: HashMap<[u8; 4], Vec<PersonId>>,
    glyphs: Vec<Glyph>,
    glyph_numbers: HashMap<char, u32>,
    /// Numbers of the names that have a glyph, by the number of the glyph.
    with_glyph: Vec<Vec<usize>>,
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

#[derive(Default)]
struct Entry {
    /// Number of the name; none while none is known.
    name: Option<usize>,
    /// The last four characters of the identity number.
    ending: Option<[u8; 4]>,
    /// Mark of the whole number in its form of eighteen.
    number: Option<u64>,
}

struct Name {
    /// As numbers of glyphs.
    glyphs: Box<[u32]>,
    people: Vec<PersonId>,
}

/// What an event says of a person; nothing where it says nothing.
pub(super) struct Change {
    pub(super) person: PersonId,
    pub(super) name: Option<String>,
    pub(super) number: Option<String>,
}

impl Index {
    pub(super) fn apply(&mut self, changes: Vec<Change>, next_seq: i64) {
        for Change { person, name, number } in changes {
            let mut entry = self.people.remove(&person).unwrap_or_default();
            if let Some(name) = name {
                self.rename(person, &mut entry, &name);
            }
            if let Some(number) = number {
                self.renumber(person, &mut entry, &number);
            }
            self.people.insert(person, entry);
        }
        self.next_seq = next_seq;
    }

    /// The marks of an entry; none for somebody without a name.
    pub(super) fn marks(&self, person: PersonId) -> Option<Marks> {
        let entry = self.people.get(&person)?;
        let glyphs = &self.names.get(entry.name?)?.glyphs;
        let mut sound = self.marks.build_hasher();
        for glyph in glyphs.iter().filter_map(|&number| self.glyphs.get(number as usize)) {
            glyph.sound().iter().for_each(|&letter| sound.write_u32(letter.into()));
            sound.write_u32(u32::MAX);
        }
        let name = self.marks.hash_one(glyphs);
        (!glyphs.is_empty()).then(|| Marks { number: entry.number, name, sound: sound.finish() })
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
            Wanted::Name(query) => self.named(query),
        };
        found.sort_unstable();
        found.into_iter().map(|(_, person)| person).collect()
    }

    fn named(&self, query: &[char]) -> Vec<(Closeness, PersonId)> {
        let Some(&first) = query.first() else { return Vec::new() };
        let met = self.glyphs.iter().zip(&self.with_glyph).filter(|(glyph, _)| glyph.may_begin(first));
        let mut numbers: Vec<usize> = met.flat_map(|(_, names)| names).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut found = Vec::new();
        for name in numbers.into_iter().filter_map(|number| self.names.get(number)) {
            if let Some(closeness) = closeness(query, &name.glyphs, &self.glyphs) {
                found.extend(name.people.iter().map(|person| (closeness, *person)));
            }
        }
        found
    }

    fn with_ending(&self, ending: [u8; 4]) -> Vec<(Closeness, PersonId)> {
        let people = self.endings.get(&ending).into_iter().flatten();
        people.map(|person| (Closeness::Name, *person)).collect()
    }

    fn rename(&mut self, person: PersonId, entry: &mut Entry, name: &str) {
        if let Some(before) = entry.name.and_then(|number| self.names.get_mut(number)) {
            before.people.retain(|bearer| *bearer != person);
        }
        let number = self.number_of_name(name);
        self.names[number].people.push(person);
        entry.name = Some(number);
    }

    fn renumber(&mut self, person: PersonId, entry: &mut Entry, number: &str) {
        if let Some(before) = entry.ending.and_then(|ending| self.endings.get_mut(&ending)) {
            before.retain(|holder| *holder != person);
        }
        let number = IdNumber::parse(number.trim()).ok();
        entry.ending = number.as_ref().and_then(ending);
        entry.number = number.map(|number| self.marks.hash_one(number));
        if let Some(ending) = entry.ending {
            self.endings.entry(ending).or_default().push(person);
        }
    }

    fn number_of_name(&mut self, name: &str) -> usize {
        let glyphs: Box<[u32]> = letters(name).map(|letter| self.number_of_glyph(letter)).collect();
        if let Some(&number) = self.name_numbers.get(&glyphs) {
            return number;
        }
        let number = self.names.len();
        for glyph in &glyphs {
            let names = &mut self.with_glyph[*glyph as usize];
            // A name may have a glyph twice.
            if names.last() != Some(&number) {
                names.push(number);
            }
        }
        self.name_numbers.insert(glyphs.clone(), number);
        self.names.push(Name { glyphs, people: Vec::new() });
        number
    }

    fn number_of_glyph(&mut self, letter: char) -> u32 {
        let (glyphs, with_glyph) = (&mut self.glyphs, &mut self.with_glyph);
        *self.glyph_numbers.entry(letter).or_insert_with(|| {
            glyphs.push(Glyph::of(letter));
            with_glyph.push(Vec::new());
            u32::try_from(glyphs.len() - 1).expect("there are fewer characters than 32 bits count")
        })
    }
}

/// The last four characters of a number in its form of eighteen.
fn ending(number: &IdNumber) -> Option<[u8; 4]> {
    number.reveal().as_bytes().last_chunk().copied()
}
