//! The words used, in both languages, as the manual has them.

use askama::Template;
use axum::extract::State;
use axum::response::{Html, Response};

use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::visitor::{Guest, Visitor};

const MANUAL: &str = include_str!("../../../../docs/glossary.md");

#[derive(Template)]
#[template(path = "glossary.html")]
struct Page {
    f: Frame,
    words: Vec<Word>,
}

/// A line of the manual's table.
struct Word {
    zh: &'static str,
    en: &'static str,
    meaning_zh: &'static str,
    meaning_en: &'static str,
}

pub(crate) async fn show(State(site): State<Site>, guest: Guest) -> Response {
    site.work(move |site| {
        let title = guest.t.say("glossary-title");
        let f = match Visitor::of(guest.clone(), site) {
            Ok(visitor) => Frame::of(site, &visitor, Place::Rules, title)?,
            Err(_) => Frame::open(site, &guest, title),
        };
        Ok(Html(Page { f, words: words() }.render()?))
    })
    .await
}

fn words() -> Vec<Word> {
    let rows = MANUAL.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| 中文"));
    rows.filter_map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        Some(Word {
            zh: cells.next()?,
            en: cells.next()?,
            meaning_zh: cells.next()?,
            meaning_en: cells.next()?,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_manual_is_whole() {
        let n_lines = MANUAL.lines().filter(|line| line.starts_with("| ")).count();
        let words = words();
        assert_eq!(words.len() + 1, n_lines);
        assert!(words.len() >= 40);
        assert!(words.iter().all(|word| !word.zh.is_empty() && !word.en.is_empty()));
        assert!(words.iter().all(|word| !word.meaning_zh.is_empty() && !word.meaning_en.is_empty()));
    }
}
