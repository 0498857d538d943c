//! A year's plan on paper: its brief in words, and every unit's numbers.

use domain::text::{Language, Text};
use jiff::civil::Date;

use crate::paper::{Block, Bundle, Closing, Paper, Proof, official_day, told};

/// A plan as its paper shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPaper {
    /// Which year.
    pub year: i16,
    /// The unit that made it.
    pub maker: Text,
    /// The brief, sentence by sentence.
    pub brief: Vec<Text>,
    /// Numbers of the units.
    pub lines: Vec<PlanLine>,
    /// The day on which it was adopted; none for a draft.
    pub adopted_on: Option<Date>,
    /// The day on which the paper is made.
    pub on: Date,
}

/// Numbers of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// The office's code.
    pub code: String,
    /// The unit.
    pub name: Text,
    /// People who could lawfully be admitted.
    pub n_ready: i64,
    /// Places asked for.
    pub n_asked: i64,
    /// Places now, where the plan was adopted.
    pub n_places: Option<i64>,
    /// Places used.
    pub n_used: i64,
}

impl PlanPaper {
    /// The plan as a file for the press.
    #[must_use]
    pub fn bundle(&self, language: Language, proof: Option<Proof>) -> Bundle {
        let say = |zh: &str, en: &str| match language {
            Language::Zh => zh.to_owned(),
            Language::En => en.to_owned(),
        };
        let title =
            say(&format!("{}年发展党员计划", self.year), &format!("Plan of admissions for {}", self.year));
        let mut blocks: Vec<_> =
            self.brief.iter().map(|sentence| Block::paragraph(told(sentence, language))).collect();
        let heads = [
            say("代码", "Code"),
            say("单位", "Unit"),
            say("可发展", "Ready"),
            say("申报", "Asked"),
            say("名额", "Places"),
            say("已用", "Used"),
        ];
        let rows = self.lines.iter().map(|line| {
            vec![
                line.code.clone(),
                told(&line.name, language),
                line.n_ready.to_string(),
                line.n_asked.to_string(),
                line.n_places.map(|n| n.to_string()).unwrap_or_default(),
                line.n_used.to_string(),
            ]
        });
        blocks.push(Block::Table {
            widths: vec![3, 6, 2, 2, 2, 2],
            heads: heads.to_vec(),
            rows: rows.collect(),
        });
        let maker = told(&self.maker, language);
        let day = self.adopted_on.map(|day| official_day(day, language));
        blocks.push(Block::Closing { closing: Closing::sealed(maker.clone(), day) });
        let paper = Paper {
            title,
            issuer: Some(maker),
            number: None,
            dated: official_day(self.adopted_on.unwrap_or(self.on), language),
            blocks,
        };
        Bundle::of(paper, language, proof)
    }
}
