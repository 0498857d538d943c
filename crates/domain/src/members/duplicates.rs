//! Entries that may be one person (疑似重复): what makes them alike, and which belong together. Alike is
//! not the same; people compare papers and decide. Work grows with the number of entries and the time to
//! sort them, never with the number of pairs.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::person::{Sex, coded};
use crate::text::Text;

coded! {
    /// Why two entries are alike, the strongest reason first.
    Likeness {
        /// The same identity number, a number of fifteen digits taken for its eighteen.
        Number = 1, "number";
        /// The same name and day of birth, and no two numbers that tell them apart.
        Name = 2, "name";
        /// Names of the same sound, the same sex and day of birth, and no two numbers that tell them apart.
        Sound = 3, "sound";
    }
}

impl Likeness {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> Text {
        let (zh, en) = match self {
            Likeness::Number => ("身份证号相同", "the same identity number"),
            Likeness::Name => ("姓名、出生日期相同", "the same name and birthday"),
            Likeness::Sound => ("姓名同音、出生日期相同", "names that sound alike, the same birthday"),
        };
        Text::new(zh, en)
    }
}

/// What is compared of one entry. Name, sound and number are marks that are equal exactly when what they
/// stand for is; what it is stays with the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// Whose entry.
    pub person: PersonId,
    /// Mark of the identity number in its form of eighteen; none when it is missing or not valid.
    pub number: Option<u64>,
    /// Mark of the written name.
    pub name: u64,
    /// Mark of how the name sounds.
    pub sound: u64,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub born_on: Date,
}

/// Entries that belong together, at least two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// Why, the strongest reason first.
    pub why: Vec<Likeness>,
    /// Who, in the order of their numbers.
    pub people: Vec<PersonId>,
}

/// The groups of entries that are alike, those with the strongest reason first.
#[must_use]
pub fn groups(entries: &[Compared]) -> Vec<Alike> {
    let mut links = Links { parents: (0..entries.len()).collect(), made: Vec::new() };
    let mut order: Vec<usize> = (0..entries.len()).filter(|&at| entries[at].number.is_some()).collect();
    order.sort_unstable_by_key(|&at| (entries[at].number, at));
    for run in order.chunk_by(|&a, &b| entries[a].number == entries[b].number) {
        run.windows(2).for_each(|pair| links.join(pair[0], pair[1], Likeness::Number));
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let name = |at: usize| (entries[at].name, entries[at].born_on);
    order.sort_unstable_by_key(|&at| (name(at), at));
    for run in order.chunk_by(|&a, &b| name(a) == name(b)) {
        join_run(entries, run, Likeness::Name, &mut links);
    }
    let sound = |at: usize| (entries[at].sound, entries[at].sex, entries[at].born_on);
    order.sort_unstable_by_key(|&at| (sound(at), at));
    for run in order.chunk_by(|&a, &b| sound(a) == sound(b)) {
        // Names written alike were met above; here only what is written otherwise adds something.
        if run.iter().any(|&at| entries[at].name != entries[run[0]].name) {
            join_run(entries, run, Likeness::Sound, &mut links);
        }
    }
    links.gather(entries)
}

/// Joins entries that agree in everything but perhaps the number: an entry without a number may be any of
/// the others, two with different numbers are two people.
fn join_run(entries: &[Compared], run: &[usize], why: Likeness, links: &mut Links) {
    let Some(&open) = run.iter().find(|&&at| entries[at].number.is_none()) else { return };
    run.iter().filter(|&&at| at != open).for_each(|&at| links.join(open, at, why));
}

/// Entries joined so far, as a forest.
struct Links {
    parents: Vec<usize>,
    made: Vec<(usize, Likeness)>,
}

impl Links {
    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize, why: Likeness) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
        self.made.push((a, why));
    }

    fn gather(mut self, entries: &[Compared]) -> Vec<Alike> {
        let mut members: Vec<(usize, PersonId)> =
            (0..entries.len()).map(|at| (self.root(at), entries[at].person)).collect();
        members.sort_unstable();
        let made = std::mem::take(&mut self.made);
        let why: BTreeSet<(usize, Likeness)> =
            made.into_iter().map(|(at, likeness)| (self.root(at), likeness)).collect();
        let together = members.chunk_by(|a, b| a.0 == b.0).filter(|chunk| chunk.len() > 1);
        let mut found: Vec<Alike> = together
            .map(|chunk| Alike {
                why: why
                    .range((chunk[0].0, Likeness::Number)..=(chunk[0].0, Likeness::Sound))
                    .map(|(_, likeness)| *likeness)
                    .collect(),
                people: chunk.iter().map(|(_, person)| *person).collect(),
            })
            .collect();
        found.sort_unstable_by(|a, b| (&a.why, &a.people).cmp(&(&b.why, &b.people)));
        found
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry(person: i64, number: Option<u64>, name: u64) -> Compared {
        let born_on = date(1970, 5, 20);
        Compared { person: PersonId(person), number, name, sound: name % 100, sex: Sex::Female, born_on }
    }

    fn found(entries: &[Compared]) -> Vec<(Vec<Likeness>, Vec<i64>)> {
        let plain = |group: Alike| (group.why, group.people.iter().map(|person| person.0).collect());
        groups(entries).into_iter().map(plain).collect()
    }

    #[test]
    fn one_number_is_one_person_whatever_the_name() {
        let entries = [entry(1, Some(7), 1), entry(2, Some(8), 2), entry(3, Some(7), 3)];
        assert_eq!(found(&entries), [(vec![Likeness::Number], vec![1, 3])]);
    }

    #[test]
    fn a_name_and_a_birthday_are_alike_unless_two_numbers_tell_them_apart() {
        let two_people = [entry(1, Some(7), 1), entry(2, Some(8), 1)];
        assert_eq!(found(&two_people), []);
        let one_open = [entry(1, Some(7), 1), entry(2, None, 1)];
        assert_eq!(found(&one_open), [(vec![Likeness::Name], vec![1, 2])]);
        let other_day = Compared { born_on: date(1970, 5, 21), ..entry(2, None, 1) };
        assert_eq!(found(&[entry(1, None, 1), other_day]), []);
    }

    #[test]
    fn names_of_one_sound_are_told_as_such() {
        // 101 and 201 sound alike; sound alone does not join a man and a woman.
        let entries = [entry(1, None, 101), entry(2, None, 201)];
        assert_eq!(found(&entries), [(vec![Likeness::Sound], vec![1, 2])]);
        let man = Compared { sex: Sex::Male, ..entry(2, None, 201) };
        assert_eq!(found(&[entry(1, None, 101), man]), []);
    }

    #[test]
    fn the_strongest_reason_comes_first_and_groups_run_together() {
        let entries = [
            entry(1, None, 5),
            entry(2, None, 5),
            entry(3, Some(9), 6),
            entry(4, Some(9), 7),
            entry(5, None, 7),
        ];
        let expected =
            [(vec![Likeness::Number, Likeness::Name], vec![3, 4, 5]), (vec![Likeness::Name], vec![1, 2])];
        assert_eq!(found(&entries), expected);
    }

    /// A province's roster with a hundred entries made twice, and one name that 20,000 people share on one
    /// day: comparing pairs would take hours.
    #[test]
    fn a_large_roster_is_gone_through_once() {
        let mut entries: Vec<Compared> = (0..400_000)
            .map(|n| {
                let born_on = date(1940 + i16::try_from(n % 50).unwrap(), 1 + (n % 12) as i8, 1);
                let mark = n as u64;
                Compared { born_on, sound: mark, ..entry(n, Some(mark), mark) }
            })
            .collect();
        let twice = entries[..100].to_vec();
        entries.extend(
            twice.iter().map(|entry| Compared { person: PersonId(500_000 + entry.person.0), ..*entry }),
        );
        entries.extend((0..20_000).map(|n| entry(600_000 + n, None, 77)));
        let begun = std::time::Instant::now();
        let groups = groups(&entries);
        assert_eq!(groups.len(), 101);
        assert_eq!(groups[100].people.len(), 20_000);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
