//! What was typed, and how close a name comes to it. A character is met by itself or by the beginning of
//! any of its readings, so that 单雪娟 is found by 雪娟, shanxuejuan, sxj, danxj and 单xj alike.

use domain::id_number::IdNumber;
use pinyin::ToPinyinMulti as _;

/// What was typed.
pub(super) enum Wanted {
    /// Letters of a name.
    Name(Vec<char>),
    /// The last four characters of an identity number.
    Ending([u8; 4]),
    /// A whole identity number.
    Number(IdNumber),
}

/// A character of names with its readings.
pub(super) struct Glyph {
    letter: char,
    readings: Vec<Vec<char>>,
}

/// How close a name comes, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Closeness {
    /// It is the name.
    Name,
    /// It is written at the beginning of the name.
    Beginning,
    /// It is written in the name.
    Inside,
    /// It spells the name in full.
    Spelling,
    /// It spells the beginning of the name.
    SpelledBeginning,
    /// It abbreviates the beginning of the name.
    Abbreviation,
    /// It spells or abbreviates what stands inside the name.
    SpelledInside,
}

/// What was typed, understood; nothing if there is nothing to look for.
pub(super) fn wanted(query: &str) -> Option<Wanted> {
    let query: Vec<char> = letters(query).collect();
    let text: String = query.iter().collect::<String>().to_ascii_uppercase();
    if let Ok(number) = IdNumber::parse(&text) {
        return Some(Wanted::Number(number));
    }
    let is_ending = |bytes: &[u8; 4]| {
        bytes[..3].iter().all(u8::is_ascii_digit) && (bytes[3].is_ascii_digit() || bytes[3] == b'X')
    };
    if let Some(ending) = <[u8; 4]>::try_from(text.as_bytes()).ok().filter(is_ending) {
        return Some(Wanted::Ending(ending));
    }
    (!query.is_empty()).then_some(Wanted::Name(query))
}

/// The letters that count: small, narrow, without spaces and the dots inside names.
pub(super) fn letters(text: &str) -> impl Iterator<Item = char> {
    let narrow = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        other => other,
    };
    let counts = |letter: &char| {
        !letter.is_whitespace() && !matches!(letter, '·' | '•' | '‧' | '・' | '.' | '\'' | '’')
    };
    text.chars().map(narrow).flat_map(char::to_lowercase).filter(counts)
}

impl Glyph {
    pub(super) fn of(letter: char) -> Glyph {
        let mut readings: Vec<Vec<char>> = Vec::new();
        let known = letter.to_pinyin_multi().into_iter().flatten().map(pinyin::Pinyin::plain);
        let of_surname = SURNAMES.iter().filter(|(name, _)| *name == letter).map(|(_, reading)| *reading);
        for reading in known.chain(of_surname) {
            // Keyboards have no ü: it is typed as v, as passports write it, or without its dots.
            let forms = if reading.contains('ü') { &["ü", "v", "yu", "u"][..] } else { &["ü"][..] };
            for form in forms {
                let reading: Vec<char> = reading.replace('ü', form).chars().collect();
                if !readings.contains(&reading) {
                    readings.push(reading);
                }
            }
        }
        Glyph { letter, readings }
    }

    /// Whether something that begins with this letter can be the glyph, or its reading, or their beginning.
    pub(super) fn may_begin(&self, letter: char) -> bool {
        self.letter == letter || self.readings.iter().any(|reading| reading.first() == Some(&letter))
    }
}

impl Glyph {
    /// How it is read first of all; itself when it has no reading.
    pub(super) fn sound(&self) -> &[char] {
        self.readings.first().map_or(std::slice::from_ref(&self.letter), Vec::as_slice)
    }
}

/// Readings of surnames that the crate's table may lack.
const SURNAMES: [(char, &str); 12] = [
    ('单', "shan"),
    ('仇', "qiu"),
    ('查', "zha"),
    ('解', "xie"),
    ('曾', "zeng"),
    ('区', "ou"),
    ('盖', "ge"),
    ('朴', "piao"),
    ('缪', "miao"),
    ('翟', "zhai"),
    ('尉', "yu"),
    ('万', "mo"),
];

/// How close a name comes to a query; nothing if it does not fit.
pub(super) fn closeness(query: &[char], name: &[u32], glyphs: &[Glyph]) -> Option<Closeness> {
    let glyph = |number: &u32| glyphs.get(*number as usize);
    let is_written = |part: &[u32]| {
        query.len() <= part.len()
            && query
                .iter()
                .zip(part)
                .all(|(letter, number)| glyph(number).is_some_and(|g| g.letter == *letter))
    };
    if is_written(name) {
        let is_all = query.len() == name.len();
        return Some(if is_all { Closeness::Name } else { Closeness::Beginning });
    }
    if (1..name.len()).any(|at| is_written(&name[at..])) {
        return Some(Closeness::Inside);
    }
    match fit(query, name, glyphs, Syllables::Whole) {
        Some(0) => return Some(Closeness::Spelling),
        Some(_) => return Some(Closeness::SpelledBeginning),
        None => {}
    }
    if fit(query, name, glyphs, Syllables::Shortened).is_some() {
        return Some(Closeness::Abbreviation);
    }
    let is_inside = (1..name.len()).any(|at| fit(query, &name[at..], glyphs, Syllables::Shortened).is_some());
    is_inside.then_some(Closeness::SpelledInside)
}

/// How much of a reading must be typed.
#[derive(Clone, Copy)]
enum Syllables {
    /// All of it; the last one may be on its way.
    Whole,
    /// Its beginning.
    Shortened,
}

/// Whether a query spells the beginning of some glyphs: how many of them are left over, counting one that
/// is not typed to its end.
fn fit(query: &[char], name: &[u32], glyphs: &[Glyph], how: Syllables) -> Option<usize> {
    if query.is_empty() {
        return Some(name.len());
    }
    let (first, rest) = name.split_first()?;
    let glyph = glyphs.get(*first as usize)?;
    if query[0] == glyph.letter
        && let Some(left) = fit(&query[1..], rest, glyphs, how)
    {
        return Some(left);
    }
    let mut best: Option<usize> = None;
    for reading in &glyph.readings {
        let shared = reading.iter().zip(query).take_while(|(a, b)| a == b).count();
        let least = match how {
            Syllables::Whole if shared < reading.len() && shared < query.len() => continue,
            Syllables::Whole => shared,
            Syllables::Shortened => 1,
        };
        for taken in (least.max(1)..=shared).rev() {
            let unfinished = usize::from(taken < reading.len());
            if let Some(left) = fit(&query[taken..], rest, glyphs, how) {
                let left = left + unfinished;
                best = Some(best.map_or(left, |known| known.min(left)));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(query: &str, name: &str) -> Option<Closeness> {
        let glyphs: Vec<Glyph> = letters(name).map(Glyph::of).collect();
        let name: Vec<u32> = (0..).take(glyphs.len()).collect();
        let Some(Wanted::Name(query)) = wanted(query) else { panic!("`{query}` is no name") };
        closeness(&query, &name, &glyphs)
    }

    #[test]
    fn a_name_is_found_as_it_is_written_spelled_and_shortened() {
        use Closeness::{Abbreviation, Beginning, Inside, Name, SpelledBeginning, SpelledInside, Spelling};
        for (query, name, expected) in [
            ("单雪娟", "单雪娟", Some(Name)),
            ("单", "单雪娟", Some(Beginning)),
            ("雪娟", "单雪娟", Some(Inside)),
            ("shanxuejuan", "单雪娟", Some(Spelling)),
            ("ShanXue", "单雪娟", Some(SpelledBeginning)),
            ("shanxuejua", "单雪娟", Some(SpelledBeginning)),
            ("sxj", "单雪娟", Some(Abbreviation)),
            ("danxj", "单雪娟", Some(Abbreviation)),
            ("单xj", "单雪娟", Some(Abbreviation)),
            ("xuejuan", "单雪娟", Some(SpelledInside)),
            ("xianming", "西安明", Some(Spelling)),
            ("ｌｉ　ｍｉｎｇ", "李明", Some(Spelling)),
            ("ayiguli", "阿依古丽·买买提", Some(SpelledBeginning)),
            ("古丽买", "阿依古丽·买买提", Some(Inside)),
            ("zhangwei", "李明", None),
            ("liming1", "李明", None),
            ("李明明", "李明", None),
            ("lmm", "李明", None),
        ] {
            assert_eq!(close(query, name), expected, "{query} {name}");
        }
    }

    #[test]
    fn surnames_are_found_by_the_reading_they_have_as_surnames() {
        for (query, name) in [
            ("zengli", "曾丽"),
            ("qiuying", "仇英"),
            ("zhaliangyong", "查良镛"),
            ("xiejin", "解缙"),
            ("ou", "区峰"),
            ("gewen", "盖文"),
            ("piao", "朴英"),
            ("miaoli", "缪丽"),
            ("zhai", "翟明"),
            ("yuchigong", "尉迟恭"),
            ("moqi", "万俟林"),
            ("lvbu", "吕布"),
            ("lubu", "吕布"),
            ("lyubu", "吕布"),
        ] {
            assert!(close(query, name).is_some(), "{query} {name}");
        }
    }

    #[test]
    fn digits_are_an_end_or_a_whole_number() {
        assert!(matches!(wanted("002x"), Some(Wanted::Ending(ending)) if ending == *b"002X"));
        assert!(matches!(wanted("0017"), Some(Wanted::Ending(_))));
        assert!(matches!(wanted("1101 0119 8003 0700 17"), Some(Wanted::Number(_))));
        assert!(matches!(wanted("001"), Some(Wanted::Name(_))));
        assert!(wanted(" · ").is_none());
    }
}
