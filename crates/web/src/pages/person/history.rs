//! Everything that was recorded about a person, with both clocks, who wrote it down, and what it says in a
//! few words. Numbers stay masked. Entries that were merged into the person's tell their part.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domain::case::Recorded;
use domain::dates::Lateness;
use domain::event::{Event, FieldChange};
use domain::id_number;
use domain::ids::{AccountId, PersonId, UnitId};
use domain::offices;
use domain::unmasking::Purpose;
use jiff::civil::Date;
use serde_json::Value as Json;

use crate::pages::file::{account_name, kind_name};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::words::Words;

/// One event.
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) occurred_on: Date,
    pub(crate) recorded_on: Date,
    pub(crate) time: String,
    pub(crate) lateness: Option<String>,
    pub(crate) by: String,
    pub(crate) details: Vec<String>,
    /// The file that it is about.
    pub(crate) href: Option<String>,
    /// The entry that it was recorded about, if it is one that was merged into this one.
    pub(crate) merged: Option<PersonId>,
    pub(crate) id: String,
}

/// The events of a person whose kind is wanted, the latest first.
pub(crate) fn lines(
    site: &Site,
    t: Words,
    person: PersonId,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Line>, Trouble> {
    let store = site.store();
    let mut all: Vec<(Option<PersonId>, Recorded)> = Vec::new();
    let mut entries = vec![(None, person)];
    while let Some((merged, entry)) = entries.pop() {
        all.extend(store.person_history(entry)?.into_iter().map(|event| (merged, event)));
        entries.extend(store.merged_into(entry)?.into_iter().map(|gone| (Some(gone), gone)));
    }
    all.retain(|(_, recorded)| is_wanted(recorded.fact.event.kind()));
    all.sort_by_key(|(_, recorded)| Reverse(recorded.recorded_at));
    let mut names: BTreeMap<AccountId, String> = BTreeMap::new();
    let mut lines = Vec::with_capacity(all.len());
    for (merged, recorded) in all {
        let by = match names.entry(recorded.actor) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => free.insert(account_name(site, t, recorded.actor)?).clone(),
        };
        lines.push(line(site, t, merged, &recorded, by)?);
    }
    Ok(lines)
}

fn line(
    site: &Site,
    t: Words,
    merged: Option<PersonId>,
    recorded: &Recorded,
    by: String,
) -> Result<Line, Trouble> {
    let fact = &recorded.fact;
    let kind = fact.event.kind();
    let (what, href) = if let Event::Case(event) = &fact.event {
        let edition = app::rulebooks::books().on(site.now().today);
        (kind_name(t, edition, kind), Some(format!("/files/{}", event.case)))
    } else {
        (t.word("event", &kind.replace('.', "-")), None)
    };
    let lateness = match recorded.lateness {
        Lateness::OnTime => None,
        late @ (Lateness::Late | Lateness::VeryLate | Lateness::Legacy) => {
            Some(t.word("lateness", late.as_str()))
        }
    };
    let minutes = (recorded.recorded_at.0.div_euclid(60_000) + 8 * 60).rem_euclid(1440);
    Ok(Line {
        what,
        occurred_on: fact.occurred_on,
        recorded_on: recorded.recorded_on,
        time: format!("{:02}:{:02}", minutes / 60, minutes % 60),
        lateness,
        by,
        details: details(site, t, &fact.event)?,
        href,
        merged,
        id: recorded.event_id.to_string(),
    })
}

/// What an event says, in a few words.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "other kinds are not about a person, or told by their file"
)]
fn details(site: &Site, t: Words, event: &Event) -> Result<Vec<String>, Trouble> {
    let unit = |id: UnitId| site.store().unit(id).map(|unit| t.of(&unit.name).to_owned());
    let said = match event {
        Event::PersonRegistered(registered) => {
            vec![t.word("standing", registered.stage.as_str())]
        }
        Event::PersonCorrected(corrected) => {
            let mut lines: Vec<String> =
                corrected.changes.iter().map(|change| change_line(t, change)).collect();
            lines.push(corrected.reason.clone());
            lines
        }
        Event::PersonDeparted(departed) => {
            vec![t.of(&offices::departure(departed.departure)).to_owned(), departed.reason.clone()]
        }
        Event::PersonSanctioned(sanctioned) => {
            let key = if sanctioned.is_under_sanction { "person-suspended" } else { "person-restored" };
            vec![t.say(key), sanctioned.reason.clone()]
        }
        Event::PersonGrouped(grouped) => {
            vec![
                grouped
                    .group
                    .map_or_else(|| t.say("alter-no-group"), |group| t.about("person-group-no", group)),
            ]
        }
        Event::PersonPlaced(placed) => vec![match placed.workplace {
            Some(workplace) => {
                let known = site.store().workplace(workplace)?;
                t.about("person-works-at", t.of(&known.particulars.name))
            }
            None => t.say("person-works-nowhere"),
        }],
        Event::PersonMerged(merged) => {
            vec![t.about("person-merged-into", merged.into), merged.reason.clone()]
        }
        Event::TransferSent(sent) => {
            let file = if sent.is_file_included { "letter-with-file" } else { "letter-without-file" };
            vec![t.about("letter-to", unit(sent.to)?), t.say(file), sent.reason.clone()]
        }
        Event::TransferReceived(received) => {
            let file = if received.is_file_received { "letter-with-file" } else { "letter-without-file" };
            vec![t.about("letter-from", unit(received.from)?), t.say(file)]
        }
        Event::TransferReturned(returned) => {
            vec![t.about("letter-from", unit(returned.from)?), returned.reason.clone()]
        }
        Event::FieldsUnmasked(shown) => {
            let purpose = Purpose::parse(&shown.purpose);
            let need = purpose.need.map(|need| t.word("need", need.as_str()));
            let fields = shown.fields.iter().map(|field| t.word("entry", field)).collect::<Vec<_>>();
            let mut lines = vec![fields.join(&t.say("list-comma"))];
            lines.extend(need);
            lines.push(purpose.text);
            lines
        }
        Event::ListExported(exported) => vec![exported.list.clone(), exported.purpose.clone()],
        _ => Vec::new(),
    };
    Ok(said.into_iter().filter(|line| !line.trim().is_empty()).collect())
}

/// A changed field: its name, what it was and what it is.
pub(crate) fn change_line(t: Words, change: &FieldChange) -> String {
    let [field, was, becomes] = changed(t, change);
    t.with("person-changed", &[("field", field), ("was", was), ("becomes", becomes)])
}

/// Name of a changed field, as it was and as it becomes, for people to read; numbers masked.
pub(crate) fn changed(t: Words, change: &FieldChange) -> [String; 3] {
    let field = change.field.as_str();
    [t.word("entry", field), shown(t, field, &change.was), shown(t, field, &change.becomes)]
}

fn shown(t: Words, field: &str, value: &Json) -> String {
    if let Some(flag) = value.as_bool() {
        return t.say(if flag { "yes" } else { "no" });
    }
    if let Some(number) = value.as_i64() {
        return number.to_string();
    }
    let text = value.as_str().unwrap_or_default();
    if text.is_empty() {
        return "—".to_owned();
    }
    match field {
        "id_number" | "phone" => id_number::mask(text),
        "sex" | "education" | "occupation" => t.word(field, text),
        "stage" => t.word("standing", text),
        "born_on" | "stage_on" | "admitted_on" | "full_since" => {
            text.parse::<Date>().map_or_else(|_| text.to_owned(), |day| t.plain_day(&day))
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Locale;

    #[test]
    fn a_changed_number_is_told_without_telling_it() {
        let change =
            |field: &str, was: Json, becomes: Json| FieldChange { field: field.into(), was, becomes };
        let t = Words(Locale::En);
        let number = change("id_number", "110101198003070017".into(), "110101198003070033".into());
        let line = change_line(t, &number);
        assert!(line.contains("1101**********0033") && !line.contains("19800307"), "{line}");
        let education = change("education", "college".into(), "bachelor".into());
        assert_eq!(change_line(t, &education), "Education: college → bachelor");
        let day = change("full_since", "2002-07-01".into(), Json::Null);
        assert_eq!(change_line(Words(Locale::Zh), &day), "转正日期：2002.07.01 → —");
    }
}
