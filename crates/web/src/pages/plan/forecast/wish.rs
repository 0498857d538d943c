//! What can be tried: admissions a year and three shares, each by a slider or by a number. Without a
//! script neither can follow the other, so the form also says what both showed: whichever differs from
//! that was moved by hand.

use app::forecasts::{Outlook, Said};
use domain::finding::Finding;

use crate::forms;
use crate::pages::plan::{Typed, number, said};
use crate::words::Words;

/// The dials in the order of the form; the first counts people, the others are shares.
const DIALS: [&str; 4] = ["intake", "young", "educated", "women"];

/// What was said, and what of it cannot be read.
pub(super) struct Tried {
    pub(super) said: Said,
    pub(super) problems: Vec<(&'static str, Finding)>,
}

/// A dial: a slider and a number.
pub(super) struct Dial {
    pub(super) name: &'static str,
    pub(super) label: String,
    /// As written in the number's field, which may be what could not be read.
    pub(super) value: String,
    /// Where the slider stands.
    pub(super) slide: String,
    pub(super) most: String,
    pub(super) step: &'static str,
    /// The ends and the middle as written under the slider.
    pub(super) marks: [String; 3],
    /// Where it stands when nothing is tried.
    pub(super) usual: String,
    pub(super) found: Option<Finding>,
}

/// Thousandths in per cent, with a decimal only where there is one.
pub(super) fn per_cent(permille: i64) -> String {
    forms::per_cent(permille)
}

pub(super) fn read(typed: &Typed) -> Tried {
    let mut problems = Vec::new();
    let mut dial = |name: &'static str, read: fn(&str) -> Option<i64>| {
        let slide = said(typed, &format!("{name}-slide"));
        let shown = said(typed, &format!("{name}-was"));
        let text = if slide.is_empty() || slide == shown { said(typed, name) } else { slide };
        if text.is_empty() {
            return None;
        }
        let found = read(text).filter(|n| *n >= 0);
        if found.is_none() {
            problems.push((name, forms::unreadable(name)));
        }
        found
    };
    let share = |text: &str| forms::permille(text).filter(|permille| *permille <= 1000);
    let said = Said {
        intake: dial(DIALS[0], number),
        shares: [dial(DIALS[1], share), dial(DIALS[2], share), dial(DIALS[3], share)],
        keeps_pace: typed.contains_key("sent").then(|| typed.contains_key("pace")),
    };
    Tried { said, problems }
}

pub(super) fn dials(t: Words, outlook: &Outlook, tried: &Tried, typed: &Typed) -> Vec<Dial> {
    let (wish, usual) = outlook.wish;
    let dial = |(place, name): (usize, &'static str)| {
        let found = tried.problems.iter().find(|(it, _)| *it == name).map(|(_, finding)| finding.clone());
        let written = |wish: app::forecasts::Wish| match place {
            0 => wish.intake.to_string(),
            place => per_cent(wish.shares[place - 1]),
        };
        let most = if place == 0 { outlook.most_intake } else { 100 };
        let mark = |n: i64| if place == 0 { t.number(n) } else { t.about("forecast-per-cent", n) };
        let value = written(wish);
        Dial {
            label: t.say(&format!("forecast-dial-{name}")),
            value: if found.is_some() { said(typed, name).to_owned() } else { value.clone() },
            slide: value,
            most: most.to_string(),
            step: if place == 0 { "1" } else { "0.1" },
            marks: [mark(0), mark(most / 2), mark(most)],
            usual: t.about(
                "forecast-dial-usual",
                match place {
                    0 => t.number(usual.intake),
                    _ => t.about("forecast-per-cent", written(usual)),
                },
            ),
            found,
            name,
        }
    };
    DIALS.into_iter().enumerate().map(dial).collect()
}

/// What is tried as the query of an address.
pub(super) fn address(outlook: &Outlook) -> String {
    let wish = outlook.wish.0;
    let [young, educated, women] = wish.shares.map(per_cent);
    let pace = if wish.keeps_pace { "&pace=yes" } else { "" };
    format!(
        "unit={}&intake={}&young={young}&educated={educated}&women={women}&sent=yes{pace}",
        outlook.unit.id, wish.intake
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn whichever_was_moved_by_hand_counts() {
        let dragged = read(&typed(&[("young", "70"), ("young-slide", "82.5"), ("young-was", "70")]));
        assert_eq!(dragged.said.shares[0], Some(825));
        let written = read(&typed(&[("young", "66"), ("young-slide", "70"), ("young-was", "70")]));
        assert_eq!(written.said.shares[0], Some(660));
        assert_eq!(read(&typed(&[])).said, Said::default());
    }

    #[test]
    fn a_tick_that_is_missing_from_a_form_that_was_sent_is_no() {
        assert_eq!(read(&typed(&[("sent", "yes")])).said.keeps_pace, Some(false));
        assert_eq!(read(&typed(&[("sent", "yes"), ("pace", "yes")])).said.keeps_pace, Some(true));
    }

    #[test]
    fn everything_that_cannot_be_read_is_named_at_once() {
        let bad =
            read(&typed(&[("intake", "many"), ("young", "101"), ("women", "26.55"), ("educated", "85%")]));
        let names: Vec<&str> = bad.problems.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["intake", "young", "women"]);
        assert_eq!(bad.said.shares[1], Some(850));
    }
}
