//! One entry of the register. What was said to or by one person is opened for the offices entitled to it
//! only, after a line in the access log; views at a meeting for those who keep the register.

use app::supervision::Opened;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::event::Event;
use domain::ids::{PersonId, UnitId};
use domain::supervision::{Entry, SupervisionMeetingHeld, What};
use domain::unit::Unit;

use super::{asks, kind, title};
use crate::frame::{Frame, Place};
use crate::site::Site;
use crate::supervising::{may_open, sight};
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "supervision_entry.html")]
struct Page {
    f: Frame,
    unit: Unit,
    kind: String,
    day: Markup,
    facts: Vec<(String, String)>,
    items: Vec<ItemShown>,
    is_closed_to_visitor: bool,
    due: Option<(String, Markup, Option<Markup>, bool)>,
    settle: Option<String>,
}

/// An item of a meeting with the views on it.
struct ItemShown {
    title: String,
    matter: String,
    result: Option<(bool, String)>,
    resolution: String,
    views: Vec<(String, String, String)>,
}

pub(super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((unit, number)): Path<(i64, i64)>,
) -> Response {
    site.work(move |site| {
        let t = visitor.t;
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::SeeSupervision, &unit)?;
        let entry = site.store().supervision_entry(unit.id, number)?;
        let may_open = may_open(site, &visitor, &unit, &entry);
        let opened = if may_open {
            visitor.logs(site, sight(&unit, &entry))?;
            Some(site.store().supervision_opened(unit.id, number)?)
        } else {
            None
        };
        let name = title(t, &entry);
        let register = t.with("supervision-title", &[("year", entry.held_on.year().to_string())]);
        let path = [
            (register, Some(format!("/supervision/{}?year={}", unit.id, entry.held_on.year()))),
            (t.with("supervision-number", &[("n", number.to_string())]), None),
        ];
        let heading = if entry.person.is_some() { kind(t, &entry) } else { name };
        let waits = entry.due_on.is_some() && entry.settled_on.is_none();
        let page = Page {
            f: Frame::of(site, &visitor, Place::Supervision, heading)?.path(path),
            kind: kind(t, &entry),
            day: t.day(&entry.held_on),
            facts: facts(site, t, &entry, opened.as_ref())?,
            items: items(site, t, &entry, opened.as_ref())?,
            is_closed_to_visitor: opened.is_none(),
            due: entry.due_on.map(|due| {
                let is_late = entry.settled_on.is_some_and(|day| due < day);
                let settled = entry.settled_on.map(|day| t.day(&day));
                (t.word("supervision-asks", asks(&entry)), t.day(&due), settled, is_late)
            }),
            settle: (waits && may_open)
                .then(|| format!("/supervision/{}/new/settle?number={number}", unit.id)),
            unit,
        };
        Ok(Html(page.render()?))
    })
    .await
}

/// What an entry holds, label by label; empty ones are left out.
fn facts(
    site: &Site,
    t: Words,
    entry: &Entry,
    opened: Option<&Opened>,
) -> Result<Vec<(String, String)>, Trouble> {
    let mut found: Vec<(&str, String)> = Vec::new();
    match &entry.what {
        What::Meeting(held) => meeting(site, t, (held, opened.is_some()), &mut found)?,
        What::Matter(matter) => {
            found.push(("matter", t.word("supervision-matter", matter.matter.as_str())));
            found.push(("amount", matter.amount.map_or_else(String::new, |n| t.number(n))));
            let at = matter.decided_at.as_ref();
            let cited = at.map(|at| {
                let values = [("meeting", at.meeting.to_string()), ("item", at.item.to_string())];
                t.with("supervision-cites", &values)
            });
            found.push(("meeting", cited.unwrap_or_else(|| t.say("supervision-cites-none"))));
        }
        What::Rectification(set) => {
            found.push(("meeting", t.with("supervision-number", &[("n", set.meeting.to_string())])));
            if opened.is_some() {
                found.push(("owner", name(site, set.owner)?));
            }
        }
        What::Exemption(it) => found.push(("reason", it.reason.clone())),
        What::Report { .. } => found.push(("ballots", title(t, entry))),
        What::Talk { .. } | What::Inquiry {} | What::Declaration {} | What::Record(_) => {}
    }
    if let Some(opened) = opened {
        sealed(site, t, (entry, opened), &mut found)?;
    }
    let labelled = |(label, text): (&str, String)| (t.word("supervision-field", label), text);
    Ok(found.into_iter().filter(|(_, text)| !text.is_empty()).map(labelled).collect())
}

fn meeting(
    site: &Site,
    t: Words,
    (held, is_open): (&SupervisionMeetingHeld, bool),
    found: &mut Vec<(&'static str, String)>,
) -> Result<(), Trouble> {
    found.push(("notified_on", t.plain_day(&held.notified_on)));
    let counted = [("due", held.due.len().to_string()), ("present", held.present.len().to_string())];
    found.push(("attendance", t.with("supervision-attendance", &counted)));
    if is_open {
        found.push(("chair", name(site, held.chair)?));
        found.push(("present", names(site, t, &held.present)?));
        let absent: Vec<PersonId> =
            held.due.iter().copied().filter(|who| !held.present.contains(who)).collect();
        found.push(("absent", names(site, t, &absent)?));
        found.push(("opinions", held.opinions.clone()));
        found.push(("minutes", held.minutes.clone()));
    }
    Ok(())
}

/// What is sealed, and what came of it.
#[expect(clippy::wildcard_enum_match_arm, reason = "other events of the register seal nothing of their own")]
fn sealed(
    site: &Site,
    t: Words,
    (entry, opened): (&Entry, &Opened),
    found: &mut Vec<(&'static str, String)>,
) -> Result<(), Trouble> {
    if let Some(person) = entry.person {
        found.push(("person", name(site, person)?));
    }
    match &opened.event {
        Event::SupervisionTalkHeld(it) => {
            found.push(("talker", name(site, it.talker)?));
            let trigger = it.trigger.map(|trigger| t.word("supervision-trigger", trigger.as_str()));
            found.push(("trigger", trigger.unwrap_or_default()));
            found.push(("cause", it.cause.clone()));
            found.push(("explanation", it.explanation.clone()));
            found.push(("measures", it.measures.clone()));
        }
        Event::SupervisionInquirySent(it) => found.push(("question", it.question.clone())),
        Event::SupervisionReportGiven(it) => found.push(("text", it.text.clone())),
        Event::SupervisionDeclarationMade(it) => found.push(("text", it.text.clone())),
        _ => {}
    }
    if let Some(Event::SupervisionSettled(it)) = &opened.settled {
        found.push(("settled", it.text.clone()));
    }
    Ok(())
}

fn items(site: &Site, t: Words, entry: &Entry, opened: Option<&Opened>) -> Result<Vec<ItemShown>, Trouble> {
    let What::Meeting(held) = &entry.what else { return Ok(Vec::new()) };
    let given = opened.map_or(&[][..], |opened| &opened.views);
    let mut shown = Vec::new();
    for (number, item) in (1..).zip(&held.items) {
        let mut views = Vec::new();
        for (person, view) in given.iter().filter(|(_, view)| view.item == number) {
            let vote = t.word("supervision-vote", view.vote.as_str());
            views.push((name(site, *person)?, vote, view.view.clone()));
        }
        let matter = item.matter.map(|matter| t.word("supervision-matter", matter.as_str()));
        let amount = item.amount.map(|n| t.about("supervision-yuan", t.number(n)));
        let result = item.votes.as_ref().map(|votes| {
            let values = [
                ("for", votes.in_favour.to_string()),
                ("against", votes.against.to_string()),
                ("abstain", votes.abstain.to_string()),
            ];
            (votes.is_carried, t.with("supervision-votes", &values))
        });
        shown.push(ItemShown {
            title: item.title.clone(),
            matter: [matter, amount].into_iter().flatten().collect::<Vec<_>>().join(" · "),
            result,
            resolution: item.resolution.clone(),
            views,
        });
    }
    Ok(shown)
}

fn name(site: &Site, person: PersonId) -> Result<String, Trouble> {
    Ok(site.store().particulars(person)?.name)
}

fn names(site: &Site, t: Words, people: &[PersonId]) -> Result<String, Trouble> {
    let names = people.iter().map(|person| name(site, *person)).collect::<Result<Vec<_>, _>>()?;
    Ok(names.join(&t.say("list-comma")))
}
