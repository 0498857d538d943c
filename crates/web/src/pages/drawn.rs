//! Drawings of pages: figures and words go to `chart`, which knows neither people nor files.

use std::collections::BTreeMap;

use app::units::Composition;
use domain::person::Sex;
use jiff::civil::Date;
use qrcode::QrCode;
use qrcode::render::svg;

use crate::chart::{
    Band, Caption, Group, Mark, MarkKind, Pyramid, Reach, ScaleWords, Seat, Seats, Shade, Span, Strip,
    Window, Young, pyramid as draw_pyramid, seats as draw_seats, strip as draw_strip, strip_scale,
    window as draw_window,
};
use crate::forms::Answers;
use crate::trouble::Trouble;
use crate::words::{Markup, Words, number_text};

/// A text as a code that a telephone reads.
pub(super) fn picture_code(text: &str) -> Result<Markup, Trouble> {
    let code = QrCode::new(text.as_bytes()).map_err(|error| {
        tracing::error!(%error, "a text does not fit into a picture code");
        Trouble::Broken
    })?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(false).build();
    Ok(Markup(image.split_once("?>").map_or(image.clone(), |(_, svg)| svg.to_owned())))
}

/// First and last age of each band; the last one is open.
pub(crate) const BANDS: [(i64, i64); 11] = [
    (18, 25),
    (26, 30),
    (31, 35),
    (36, 40),
    (41, 45),
    (46, 50),
    (51, 55),
    (56, 60),
    (61, 65),
    (66, 70),
    (71, 130),
];
/// How many of them are of the young.
const N_YOUNG: usize = 3;

/// A band of ages as it is written beside its bars.
pub(crate) fn band_label((from, to): (i64, i64)) -> String {
    if to > 100 { format!("{from}+") } else { format!("{from}–{to}") }
}

/// Members by age and sex. The counters know years of birth, so ages are those reached in the year.
pub(crate) fn pyramid(t: Words, composition: &Composition, today: Date) -> Markup {
    let count = |sex: Sex, (from, to): (i64, i64)| -> u64 {
        let is_in = |born: i64| (from..=to).contains(&(i64::from(today.year()) - born));
        let born = composition.births.iter().filter(|((born, known), _)| *known == sex && is_in(*born));
        born.map(|(_, n)| n.unsigned_abs()).sum()
    };
    pyramid_of(t, ("ages-drawn", &t.say("chart-ages")), count)
}

/// Members by age and sex, counted by band.
pub(crate) fn pyramid_of(
    t: Words,
    (id, title): (&str, &str),
    count: impl Fn(Sex, (i64, i64)) -> u64,
) -> Markup {
    let labels: Vec<String> = BANDS.iter().map(|ages| band_label(*ages)).collect();
    let bands: Vec<Band<'_>> = BANDS
        .iter()
        .zip(&labels)
        .map(|(ages, label)| Band {
            label,
            n_men: count(Sex::Male, *ages),
            n_women: count(Sex::Female, *ages),
        })
        .collect();
    let (n_men, n_women) =
        bands.iter().fold((0, 0), |(men, women), band| (men + band.n_men, women + band.n_women));
    let n_young: u64 = bands[..N_YOUNG].iter().map(|band| band.n_men + band.n_women).sum();
    let n = n_men + n_women;
    let share = format!("{:.1}", 100.0 * n_young as f64 / n.max(1) as f64);
    let desc = t.with(
        "chart-ages-desc",
        &[
            ("n", t.number(n)),
            ("men", t.number(n_men)),
            ("women", t.number(n_women)),
            ("young", t.number(n_young)),
        ],
    );
    let figure = t.with("chart-young-figure", &[("n", t.number(n_young)), ("share", share)]);
    Markup(draw_pyramid(&Pyramid {
        caption: Caption { id, title, desc: &desc },
        men: &t.count("chart-men", n_men),
        women: &t.count("chart-women", n_women),
        bands: &bands,
        young: Some(Young { n_bands: N_YOUNG, label: &t.say("chart-young"), figure: &figure }),
        figures: &|number| number_text(number as i64),
    }))
}

/// The meeting in seats: who is due, who came and how they voted, as far as the figures typed fit
/// together. Nothing is drawn of figures that contradict one another; the findings say so in words.
pub(crate) fn seats(t: Words, answers: &Answers, n_roster: usize) -> Option<Markup> {
    let typed = |field: &str| {
        let text = answers.get(&format!("ballot.{field}")).and_then(|values| values.first())?;
        text.trim().parse::<u32>().ok()
    };
    let n_due = typed("due").or(u32::try_from(n_roster).ok()).filter(|n| (1..=MOST_DUE).contains(n))?;
    let n_present = typed("present").unwrap_or(0).min(n_due);
    let of = |field: &str| typed(field).unwrap_or(0).min(MOST_DUE);
    let (n_for, n_against, n_abstain) = (of("for"), of("against"), of("abstain"));
    let n_written = of("written_for").min(n_due - n_present);
    let is_whole = n_for + n_against + n_abstain <= n_present;
    let votes = if is_whole { [n_for, n_against, n_abstain] } else { [0; 3] };
    let n_silent = n_present - votes.iter().sum::<u32>();
    let n_absent = n_due - n_present - n_written;
    let counts = [
        (Seat::InFavour, votes[0], "chart-seats-for"),
        (Seat::Written, n_written, "chart-seats-written"),
        (Seat::Against, votes[1], "chart-seats-against"),
        (Seat::Abstained, votes[2], "chart-seats-abstained"),
        (Seat::Present, n_silent, "chart-seats-present"),
        (Seat::Absent, n_absent, if n_present == 0 { "chart-seats-due" } else { "chart-seats-absent" }),
    ];
    let labels = counts.map(|(_, n, key)| t.count(key, n));
    let groups: Vec<Group<'_>> = counts
        .iter()
        .zip(&labels)
        .map(|((seat, n, _), label)| Group { seat: *seat, n_members: *n, label })
        .collect();
    let needed = n_due / 2 + 1;
    let note = t.with("chart-seats-note", &[("due", n_due.to_string()), ("needed", needed.to_string())]);
    let shown: Vec<&str> =
        groups.iter().filter(|group| group.n_members > 0).map(|group| group.label).collect();
    let desc = format!("{note} {}", shown.join(&t.say("list-comma")));
    let caption = Caption { id: "seats-drawn", title: &t.say("chart-seats"), desc: &desc };
    let half = t.say("chart-seats-half");
    Some(Markup(draw_seats(&Seats { caption, groups: &groups, half: &half, note: &note })))
}

/// No branch has more members than this; whoever types more mistyped.
const MOST_DUE: u32 = 5_000;

/// The days on which something may be done, with today among them.
pub(crate) fn window(t: Words, earliest: Date, latest: Date, today: Date) -> Markup {
    let words = [earliest, today, latest].map(|day| t.plain_day(&day));
    let (first, now, last) = (t.say("chart-first"), t.say("chart-today"), t.say("chart-last"));
    let marks = [
        Mark { on: earliest, name: &first, date: &words[0], kind: MarkKind::First },
        Mark { on: today, name: &now, date: &words[1], kind: MarkKind::Today },
        Mark { on: latest, name: &last, date: &words[2], kind: MarkKind::Last },
    ];
    let lawful = t.say("chart-lawful");
    let spans = [Span { from: earliest, until: latest, name: &lawful, shade: Shade::Strong }];
    let desc = t.with(
        "chart-window-desc",
        &[("first", words[0].clone()), ("last", words[2].clone()), ("today", words[1].clone())],
    );
    let caption = Caption { id: "window-drawn", title: &t.say("chart-window"), desc: &desc };
    Markup(draw_window(&Window { caption, marks: &marks, spans: &spans }))
}

/// When the things of a queue fall due, on a line of days.
pub(crate) fn strip(t: Words, position: usize, days_left: &BTreeMap<i64, usize>) -> Markup {
    let n: usize = days_left.values().sum();
    let n_over: usize = days_left.range(..0).map(|(_, n)| n).sum();
    let desc = t.with("chart-strip-desc", &[("n", n.to_string()), ("over", n_over.to_string())]);
    let id = format!("strip-{position}");
    let caption = Caption { id: &id, title: &t.say("chart-strip"), desc: &desc };
    Markup(draw_strip(&Strip { caption, days_left, reach: Reach::default() }))
}

/// The head above the strips.
pub(crate) fn scale(t: Words) -> Markup {
    let reach = Reach::default();
    let words = [
        t.count("chart-over", reach.back_days),
        t.say("chart-today"),
        t.number(reach.soon_days),
        t.count("chart-days", reach.ahead_days),
    ];
    Markup(strip_scale(
        reach,
        ScaleWords { back: &words[0], today: &words[1], soon: &words[2], ahead: &words[3] },
    ))
}
