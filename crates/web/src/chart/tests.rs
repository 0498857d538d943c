//! What holds for every drawing: well-formed, named and described, escaped, inside its column, and
//! free of inline styles, whatever the numbers and words.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::*;

/// Words that would break a page if they were not escaped.
const NASTY: &str = r#"<b a="1">&'汉"#;

const CAPTION: Caption<'_> = Caption { id: "g1", title: NASTY, desc: NASTY };

/// One drawing of each kind from the same few numbers.
fn all_drawings(counts: &[u64], values: &[f64], days: &[i64], dates: &[Date]) -> Vec<String> {
    let mut drawings = drawings_of_counts(counts);
    drawings.extend(drawings_of_values(values));
    drawings.extend(drawings_of_days(days, dates));
    drawings
}

fn drawings_of_counts(counts: &[u64]) -> Vec<String> {
    let bands: Vec<Band<'_>> =
        counts.iter().map(|count| Band { label: NASTY, n_men: *count, n_women: count / 2 }).collect();
    let young = Some(Young { n_bands: 3, label: NASTY, figure: NASTY });
    let years: Vec<Column<'_>> = counts
        .iter()
        .map(|count| Column {
            label: NASTY,
            count: *count,
            figure: NASTY,
            stress: Stress::Marked,
            planned: Some(Planned { from: count / 2, to: count.saturating_add(1) }),
        })
        .collect();
    let bound = Some(Bound { value: 7.5, label: NASTY, first: 0, last: 1 });
    let kinds = [Seat::InFavour, Seat::Written, Seat::Present, Seat::Against, Seat::Abstained, Seat::Absent];
    let groups: Vec<Group<'_>> = counts
        .iter()
        .zip(kinds)
        .map(|(count, seat)| Group {
            seat,
            n_members: u32::try_from(*count).unwrap_or(u32::MAX),
            label: NASTY,
        })
        .collect();
    let rows: Vec<FunnelRow<'_>> =
        counts.iter().map(|count| FunnelRow { label: NASTY, count: *count, figure: NASTY }).collect();
    let count = |index: usize| counts.get(index).copied().unwrap_or_default();
    vec![
        funnel(&Funnel { caption: CAPTION, rows: &rows }),
        pyramid(&Pyramid {
            caption: CAPTION,
            men: NASTY,
            women: NASTY,
            bands: &bands,
            young,
            figures: &plain,
        }),
        columns(&Columns { caption: CAPTION, columns: &years, bound, figures: &plain }),
        seats(&Seats { caption: CAPTION, groups: &groups, half: NASTY, note: NASTY }),
        share_bar(CAPTION, count(0), count(1), Some(count(2))),
    ]
}

fn drawings_of_values(values: &[f64]) -> Vec<String> {
    let value = |index: usize| values.get(index).copied().unwrap_or_default();
    let reading = |index: usize| Reading { value: value(index), label: NASTY, figure: NASTY };
    let counted: Vec<Counted<'_>> =
        values.iter().map(|value| Counted { label: NASTY, value: *value, figure: NASTY }).collect();
    let foreseen: Vec<Foreseen<'_>> = values
        .iter()
        .map(|value| Foreseen {
            label: NASTY,
            middle: *value,
            figure: NASTY,
            ranges: [(value - 1.0, value + 1.0); 3],
        })
        .collect();
    let bound = Some(Bound { value: value(0), label: NASTY, first: 0, last: 1 });
    let column = Column { label: NASTY, count: 3, figure: NASTY, stress: Stress::Plain, planned: None };
    vec![
        gauge(&Gauge {
            caption: CAPTION,
            now: reading(0),
            forecast: Some(Forecast { middle: reading(1), low: value(2), high: value(3) }),
            promise: Some(Promise { value: value(4), label: NASTY }),
            figures: &plain,
        }),
        fan(&Fan {
            caption: CAPTION,
            counted: &counted,
            foreseen: &foreseen,
            promise: Some(Level { value: value(0), figure: NASTY }),
            figures: &plain,
        }),
        columns(&Columns { caption: CAPTION, columns: &[column; 3], bound, figures: &plain }),
    ]
}

fn drawings_of_days(days: &[i64], dates: &[Date]) -> Vec<String> {
    let kinds = [MarkKind::Earlier, MarkKind::First, MarkKind::Today, MarkKind::Last];
    let marks: Vec<Mark<'_>> =
        dates.iter().zip(kinds).map(|(on, kind)| Mark { on: *on, name: NASTY, date: NASTY, kind }).collect();
    let spans: Vec<Span<'_>> = dates
        .windows(2)
        .map(|pair| Span { from: pair[0], until: pair[1], name: NASTY, shade: Shade::Strong })
        .collect();
    let days_left = days.iter().map(|day| (*day, 1)).collect();
    vec![
        window(&Window { caption: CAPTION, marks: &marks, spans: &spans }),
        strip(&Strip { caption: CAPTION, days_left: &days_left, reach: Reach::default() }),
    ]
}

/// Reads a drawing as XML and says what is wrong with it.
fn check(drawing: &str) -> Result<(), String> {
    let mut reader = Reader::from_str(drawing);
    let mut depth = 0_usize;
    let mut ids = BTreeSet::new();
    let mut names = Vec::new();
    loop {
        match reader.read_event().map_err(|error| format!("{error} in {drawing}"))? {
            Event::Start(element) => {
                depth += 1;
                names.push(element.name().as_ref().to_owned());
                check_attributes(&element, &mut ids)?;
            }
            Event::Empty(element) => {
                names.push(element.name().as_ref().to_owned());
                check_attributes(&element, &mut ids)?;
            }
            Event::End(_) => depth = depth.checked_sub(1).ok_or("an end too many")?,
            Event::Text(text) => {
                let text: &str = &text;
                if text.contains(['<', '&']) {
                    return Err(format!("not escaped: {text}"));
                }
            }
            Event::GeneralRef(name) => {
                let name: &str = &name;
                if !["amp", "lt", "gt", "quot", "#39"].contains(&name) {
                    return Err(format!("unknown reference {name}"));
                }
            }
            Event::Eof => break,
            other @ (Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)) => return Err(format!("unexpected {other:?}")),
        }
    }
    let known = ["svg", "title", "desc", "line", "rect", "circle", "text", "tspan", "polygon", "polyline"];
    match (depth, names.iter().find(|name| !known.contains(&name.as_str()))) {
        (0, None) if names.iter().filter(|name| *name == "title").count() == 1 => Ok(()),
        (0, None) => Err("not one title".to_owned()),
        (0, Some(name)) => Err(format!("an element from outside: {name}")),
        (_, _) => Err("not closed".to_owned()),
    }
}

fn check_attributes(element: &BytesStart<'_>, ids: &mut BTreeSet<String>) -> Result<(), String> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        // A diamond is a square in rem around its place.
        let is_diamond = element.attributes().flatten().any(|attribute| attribute.value.ends_with(" dia"));
        let key = attribute.key.as_ref().to_owned();
        let text = attribute.value.to_string();
        match key.as_str() {
            "style" => {
                return Err("an inline style, which a strict content security policy forbids".to_owned());
            }
            "id" if !text.starts_with("g1-") => return Err(format!("id without prefix: {text}")),
            "id" if !ids.insert(text.clone()) => return Err(format!("id twice: {text}")),
            "width" if is_diamond => check_number(&text, "rem", 0.0..=1.0)?,
            "x" | "x1" | "x2" | "cx" | "width" if text != "0" => check_number(&text, "%", 0.0..=100.0)?,
            "y" | "y1" | "y2" | "cy" | "dx" if text != "0" => check_number(&text, "rem", -5.0..=2000.0)?,
            "height" | "r" => check_number(&text, "rem", 0.0..=2000.0)?,
            "points" => {
                for number in text.split([' ', ',']) {
                    check_number(number, "", 0.0..=1000.0)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_number(text: &str, unit: &str, within: std::ops::RangeInclusive<f64>) -> Result<(), String> {
    let number = text.strip_suffix(unit).ok_or(format!("{text} is not in {unit}"))?;
    let number: f64 = number.parse().map_err(|_| format!("{text} is no number"))?;
    if within.contains(&number) { Ok(()) } else { Err(format!("{text} is outside")) }
}

#[test]
fn nothing_at_all_is_drawn_well() {
    for drawing in all_drawings(&[], &[], &[], &[]) {
        assert_eq!(check(&drawing), Ok(()), "{drawing}");
    }
}

#[test]
fn extremes_are_drawn_well() {
    let values = [f64::MAX, f64::MIN, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, -0.0];
    let dates = [Date::MAX, Date::MIN, date(2003, 3, 3), date(2004, 2, 29)];
    let counts = [u64::MAX, 0, 1, u64::MAX, 7, u64::from(u32::MAX)];
    for drawing in all_drawings(&counts, &values, &[i64::MIN, i64::MAX, 0], &dates) {
        assert_eq!(check(&drawing), Ok(()), "{drawing}");
        assert!(!drawing.contains("NaN") && !drawing.contains("inf"), "{drawing}");
    }
}

#[test]
fn words_are_escaped_and_ids_carry_the_prefix() {
    let drawing = share_bar(CAPTION, 1, 2, None);
    assert!(
        drawing.contains(r#"<title id="g1-t">&lt;b a=&quot;1&quot;&gt;&amp;&#39;汉</title>"#),
        "{drawing}"
    );
    assert!(drawing.contains(r#"aria-labelledby="g1-t g1-d""#), "{drawing}");
}

#[test]
fn the_check_finds_what_it_looks_for() {
    assert!(check("<svg><title>a</title>").is_err());
    assert!(check("<svg><title>a</title><rect x=\"120%\"/></svg>").is_err());
    assert!(check("<svg><title>a</title><rect y=\"NaNrem\"/></svg>").is_err());
    assert!(check("<svg style=\"a\"><title>a</title></svg>").is_err());
    assert!(check("<svg><title id=\"g1-t\">a</title><desc id=\"g1-t\"/></svg>").is_err());
    assert!(check("<svg><title>a</title><script/></svg>").is_err());
}

proptest! {
    #[test]
    fn any_numbers_are_drawn_well(
        counts in prop::collection::vec(prop_oneof![0..60_u64, any::<u64>()], 0..8),
        values in prop::collection::vec(any::<f64>(), 0..8),
        days in prop::collection::vec(-60..90_i64, 0..40),
        offsets in prop::collection::vec(-3000..3000_i64, 0..5),
    ) {
        let dates: Vec<Date> = offsets
            .iter()
            .map(|offset| date(2003, 3, 3).checked_add(jiff::Span::new().days(*offset)).expect("within the calendar"))
            .collect();
        for drawing in all_drawings(&counts, &values, &days, &dates) {
            prop_assert_eq!(check(&drawing), Ok(()));
        }
    }
}
