//! Showing an identity number in full (显示完整号码): only for a purpose, which the ledger keeps.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::blanks::At;
use crate::event::{Fact, FieldsUnmasked};
use crate::house::Reasons;
use crate::offices::OfficeRule;
use crate::person::{Particulars, Person, coded};
use crate::refusal::Refusal;

coded! {
    /// What a full number may be needed for.
    Need {
        /// 核对证件.
        Identity = 1, "identity";
        /// 填写入党志愿书等材料.
        Papers = 2, "papers";
        /// 开具、核对组织关系介绍信.
        Letter = 3, "letter";
        /// 政治审查函调.
        Enquiry = 4, "enquiry";
        /// 上级要求报送.
        Report = 5, "report";
        /// 其他.
        Other = 6, "other";
    }
}

/// Characters that an explanation has at least.
const LEAST: usize = 4;

/// What somebody says a full number is needed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// The kind of purpose; none when it was not chosen.
    pub need: Option<Need>,
    /// The matter in words.
    pub text: String,
}

/// What stands between kind and words in the record.
const BETWEEN: &str = ": ";

impl Purpose {
    /// Reads a purpose back from the record.
    #[must_use]
    pub fn parse(written: &str) -> Purpose {
        let known = written.split_once(BETWEEN).and_then(|(word, text)| Some((Need::parse(word)?, text)));
        match known {
            Some((need, text)) => Purpose { need: Some(need), text: text.to_owned() },
            None => Purpose { need: None, text: written.to_owned() },
        }
    }
}

/// The names of the masked fields of which there is something to show.
#[must_use]
pub fn fields(known: &Particulars) -> Vec<&'static str> {
    let all = [("id_number", &known.id_number), ("phone", &known.phone)];
    all.into_iter().filter(|(_, value)| !value.trim().is_empty()).map(|(name, _)| name).collect()
}

/// The fact that numbers were shown, or why they are not.
///
/// # Errors
/// Every reason at once.
pub fn decide(person: &Person, purpose: &Purpose, today: Date) -> Result<Fact, Refusal> {
    let mut reasons = Reasons::default();
    let text = purpose.text.trim();
    if purpose.need.is_none() {
        reasons.find(OfficeRule::NeedUnknown, "need", &[]);
    }
    if text.chars().count() < LEAST {
        let least = i64::try_from(LEAST).unwrap_or(i64::MAX);
        reasons.find(OfficeRule::NeedUnexplained, "text", &[("least", At::Number(least))]);
    }
    let fields: Vec<String> = fields(&person.particulars).into_iter().map(str::to_owned).collect();
    if fields.is_empty() {
        reasons.find(OfficeRule::NothingMasked, "need", &[]);
    }
    let word = purpose.need.map_or("", Need::as_str);
    let shown = FieldsUnmasked { fields, purpose: format!("{word}{BETWEEN}{text}") };
    let facts = reasons.answer(|| vec![Fact::of_person(person.id, person.unit, today, shown)]).answer()?;
    facts.into_iter().next().ok_or(Refusal { findings: Vec::new() })
}

/// The refusal of a request that was answered before: each showing is recorded by itself.
#[must_use]
pub fn shown_already() -> Refusal {
    let mut reasons = Reasons::default();
    reasons.find(OfficeRule::ShownAlready, "need", &[]);
    Refusal { findings: reasons.all() }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::event::Event;
    use crate::ids::{PersonId, UnitId};
    use crate::person::{Education, Ethnicity, Occupation, Sex, Stage};

    fn person(id_number: &str) -> Person {
        let particulars = Particulars {
            name: "周晓雯".into(),
            id_number: id_number.into(),
            phone: String::new(),
            work_post: String::new(),
            sex: Sex::Female,
            born_on: date(1970, 5, 20),
            ethnicity: Ethnicity::HAN,
            education: Education::College,
            occupation: Occupation::Worker,
            is_front_line: false,
        };
        Person {
            id: PersonId(1),
            unit: UnitId(40),
            group: None,
            particulars,
            stage: Stage::Full,
            stage_on: None,
            admitted_on: None,
            full_since: None,
            is_under_sanction: false,
            version: 1,
        }
    }

    #[test]
    fn a_number_is_shown_for_a_purpose_in_words_and_every_fault_is_told() {
        let today = date(2003, 3, 3);
        let nothing = Purpose { need: None, text: " 查 ".into() };
        let refusal = decide(&person(""), &nothing, today).unwrap_err();
        let rules: Vec<_> = refusal.findings.iter().map(|found| found.rule.as_str()).collect();
        assert_eq!(rules, ["N01.need", "N01.text", "N01.nothing"]);
        let purpose = Purpose { need: Some(Need::Papers), text: "填写入党志愿书".into() };
        let fact = decide(&person("110105491231002"), &purpose, today).unwrap();
        let Event::FieldsUnmasked(shown) = fact.event else { panic!("{fact:?}") };
        assert_eq!(shown.fields, ["id_number"]);
        assert_eq!(Purpose::parse(&shown.purpose), purpose);
        assert_eq!(Purpose::parse("as before").need, None);
    }
}
