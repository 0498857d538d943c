//! A person, from every side: what the roster says, files, posts, transfers, everything that was recorded,
//! and who looked. An auditor sees the last of these only, by number.

pub(super) mod history;

use app::unmasking::Unmasked;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::dates::age_on;
use domain::finding::Finding;
use domain::id_number;
use domain::ids::{CaseId, PersonId, WorkplaceId};
use domain::offices;
use domain::person::{Person, Stage};
use domain::unit::Unit;
use domain::unmasking::{Need, Purpose};
use jiff::civil::Date;
use serde::Deserialize;

use super::looks::{self, Listed as Looks};
use super::people::{command, new_command};
use crate::forms::{self, Control, Drawn, Listed};
use crate::frame::{Frame, Place, unit_path};
use crate::sight::Seen;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    f: Frame,
    id: PersonId,
    /// What is shown of the person; nothing to an auditor.
    entry: Option<Entry>,
    tabs: Vec<TabLine>,
    shown: Shown,
    csrf: String,
    command: String,
}

struct TabLine {
    href: String,
    label: String,
    is_current: bool,
}

/// The entry, ready to be drawn.
struct Entry {
    person: Person,
    age: i16,
    id_number: String,
    phone: String,
    unit: String,
    group: Option<String>,
    /// Where the person works, as far as entered.
    workplace: Option<(WorkplaceId, String)>,
    left: Option<String>,
    merged_into: Option<PersonId>,
    merged: Vec<PersonId>,
    letter: Option<LetterLine>,
    /// The file that is running, with the way to it.
    file: Option<CaseId>,
    actions: Vec<(String, String)>,
    may_open: bool,
}

struct LetterLine {
    text: String,
    actions: Vec<(String, String)>,
}

/// What the tab shows.
enum Shown {
    Basics { numbers: Option<Unmasked>, ask: Option<Asking> },
    Files(Vec<FileLine>),
    Posts(Vec<PostLine>),
    History(Vec<history::Line>),
    Looks(Looks),
}

/// The form that asks for the full number.
struct Asking {
    fields: Vec<Drawn>,
    is_refused: bool,
}

struct FileLine {
    id: CaseId,
    is_closed: bool,
    unit: String,
}

struct PostLine {
    office: String,
    unit: String,
    from_on: Date,
    to_on: Option<Date>,
}

/// The tabs of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Basics,
    Files,
    Posts,
    Transfers,
    History,
    Looks,
}

impl Tab {
    const ALL: [Tab; 6] = [Tab::Basics, Tab::Files, Tab::Posts, Tab::Transfers, Tab::History, Tab::Looks];

    fn word(self) -> &'static str {
        match self {
            Tab::Basics => "basics",
            Tab::Files => "files",
            Tab::Posts => "posts",
            Tab::Transfers => "transfers",
            Tab::History => "history",
            Tab::Looks => "looks",
        }
    }

    fn parse(word: &str) -> Option<Tab> {
        Tab::ALL.into_iter().find(|tab| tab.word() == word)
    }
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    tab: String,
    #[serde(default)]
    done: String,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path(person): Path<i64>,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let desk = Desk::of(site, &visitor, PersonId(person))?;
        let rows = site.store().files_of(desk.person.id)?;
        // A candidate with one file is shown by that file, which leads back to the entry.
        if let ([only], "") = (rows.as_slice(), wish.tab.as_str())
            && desk.sees
            && !only.is_closed
            && !desk.person.stage.is_member()
        {
            return Ok(Redirect::to(&format!("/files/{}", only.id)).into_response());
        }
        let tab = Tab::parse(&wish.tab).unwrap_or(Tab::Basics);
        let tab = if desk.sees { tab } else { Tab::Looks };
        let shown = desk.shown(tab)?;
        let mut page = desk.page(tab, shown)?;
        let t = visitor.t;
        let is_known = ["correct", "transfer", "receive", "return", "depart", "sanction", "group", "merge"]
            .contains(&wish.done.as_str());
        page.f = page.f.said(is_known.then(|| t.about("alter-done", t.word("alter", &wish.done))));
        Ok(Html(page.render()?).into_response())
    })
    .await
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    csrf: String,
    command: String,
    #[serde(default)]
    need: String,
    #[serde(default)]
    text: String,
}

pub(crate) async fn unmask(
    State(site): State<Site>,
    visitor: Visitor,
    Path(person): Path<i64>,
    Form(asked): Form<Asked>,
) -> Response {
    site.work(move |site| {
        visitor.check(&asked.csrf)?;
        let desk = Desk::of(site, &visitor, PersonId(person))?;
        visitor.may(site, Action::SeeFile, &desk.unit)?;
        visitor.may(site, Action::Unmask, &desk.unit)?;
        let id = command(&asked.command)?;
        let purpose = Purpose { need: Need::parse(&asked.need), text: asked.text.clone() };
        let (status, shown) =
            match site.store().unmask(visitor.actor(), site.now(), id, desk.person.id, purpose) {
                Ok(numbers) => (StatusCode::OK, Shown::Basics { numbers: Some(numbers), ask: None }),
                Err(app::act::ActError::Refused(refusal)) => {
                    let ask = desk.asking(&asked.need, &asked.text, &refusal.findings);
                    (StatusCode::UNPROCESSABLE_ENTITY, Shown::Basics { numbers: None, ask: Some(ask) })
                }
                Err(error) => return Err(error.into()),
            };
        Ok((status, Html(desk.page(Tab::Basics, shown)?.render()?)).into_response())
    })
    .await
}

/// Loading the answer again shows nothing again.
pub(crate) async fn ask_again(Path(person): Path<i64>) -> Response {
    Redirect::to(&format!("/people/{person}?tab=basics")).into_response()
}

/// What stands around the page.
struct Desk<'a> {
    site: &'a Site,
    visitor: &'a Visitor,
    person: Person,
    unit: Unit,
    /// Whether the entry itself is shown.
    sees: bool,
}

impl<'a> Desk<'a> {
    fn of(site: &'a Site, visitor: &'a Visitor, id: PersonId) -> Result<Self, Trouble> {
        let row = site.store().person_row(id)?;
        let unit = site.store().unit(row.unit)?;
        let allowed = visitor.may(site, Action::SeeFile, &unit);
        let sees = allowed.is_ok();
        if visitor.may(site, Action::SeeAccessLog, &unit).is_err() {
            allowed?;
        }
        let person = site.store().person(id)?;
        if sees {
            visitor.logs(site, Seen::person(unit.id, id))?;
        }
        Ok(Desk { site, visitor, person, unit, sees })
    }

    fn shown(&self, tab: Tab) -> Result<Shown, Trouble> {
        let (t, store, id) = (self.visitor.t, self.site.store(), self.person.id);
        Ok(match tab {
            Tab::Basics => {
                let may = self.visitor.may(self.site, Action::Unmask, &self.unit).is_ok();
                let is_some = !domain::unmasking::fields(&self.person.particulars).is_empty();
                let ask = (may && is_some).then(|| self.asking("", "", &[]));
                Shown::Basics { numbers: None, ask }
            }
            Tab::Files => {
                let mut lines = Vec::new();
                let merged = store.merged_into(id)?;
                for of in std::iter::once(id).chain(merged) {
                    for row in store.files_of(of)? {
                        let unit = t.of(&store.unit(row.unit)?.name).to_owned();
                        lines.push(FileLine { id: row.id, is_closed: row.is_closed, unit });
                    }
                }
                Shown::Files(lines)
            }
            Tab::Posts => {
                let mut lines = Vec::new();
                for (unit, post) in store.posts_ever_of(id)? {
                    lines.push(PostLine {
                        office: t.word("post", post.kind.as_str()),
                        unit: t.of(&store.unit(unit)?.name).to_owned(),
                        from_on: post.from_on,
                        to_on: post.to_on,
                    });
                }
                Shown::Posts(lines)
            }
            Tab::Transfers => {
                Shown::History(history::lines(self.site, t, id, |kind| kind.contains("transfer"))?)
            }
            Tab::History => Shown::History(history::lines(self.site, t, id, |_| true)?),
            Tab::Looks => {
                self.visitor.may(self.site, Action::SeeAccessLog, &self.unit)?;
                Shown::Looks(looks::of_person(self.site, self.visitor, id)?)
            }
        })
    }

    fn asking(&self, need: &str, text: &str, found: &[Finding]) -> Asking {
        let t = self.visitor.t;
        let listed =
            |need: &Need| Listed { value: need.as_str().to_owned(), label: t.word("need", need.as_str()) };
        let drawn = |name: &str, control, value: &str| Drawn {
            id: forms::element_id(name),
            name: name.to_owned(),
            label: t.word("unmask", name),
            is_required: true,
            control,
            value: value.to_owned(),
            found: found
                .iter()
                .filter(|finding| finding.fields.first().is_some_and(|at| at == name))
                .cloned()
                .collect(),
        };
        let fields = vec![
            drawn("need", Control::Choice(Need::ALL.iter().map(listed).collect()), need),
            drawn("text", Control::Text { width: "w20", mode: "text" }, text),
        ];
        Asking { fields, is_refused: !found.is_empty() }
    }

    fn page(&self, tab: Tab, shown: Shown) -> Result<Page, Trouble> {
        let (t, visitor, id) = (self.visitor.t, self.visitor, self.person.id);
        let audits = visitor.may(self.site, Action::SeeAccessLog, &self.unit).is_ok();
        let is_open = |tab: &Tab| if *tab == Tab::Looks { audits } else { self.sees };
        let line = |at: Tab| TabLine {
            href: format!("/people/{id}?tab={}", at.word()),
            label: t.word("person-tab", at.word()),
            is_current: at == tab,
        };
        let number = t.about("person-number", id);
        let f = if self.sees {
            let name = self.person.particulars.name.clone();
            let mut path = unit_path(self.site, visitor, &self.unit)?;
            path.push((name.clone(), None));
            Frame::of(self.site, visitor, Place::People, name)?.path(path)
        } else {
            let path = [(t.say("looks-title"), Some("/looks".to_owned())), (number.clone(), None)];
            Frame::of(self.site, visitor, Place::Looks, number)?.path(path)
        };
        Ok(Page {
            f,
            id,
            entry: if self.sees { Some(self.entry()?) } else { None },
            tabs: Tab::ALL.into_iter().filter(is_open).map(line).collect(),
            shown,
            csrf: visitor.identity.csrf.clone(),
            command: new_command(),
        })
    }

    fn entry(&self) -> Result<Entry, Trouble> {
        let (t, store, person) = (self.visitor.t, self.site.store(), &self.person);
        let row = store.person_row(person.id)?;
        let files = store.files_of(person.id)?;
        let running = files.iter().find(|row| !row.is_closed).map(|row| row.id);
        let may_record = self.visitor.may(self.site, Action::RecordStep, &self.unit).is_ok();
        let groups = store.groups(person.unit)?;
        let group = groups.iter().find(|group| Some(group.id) == person.group);
        let left = row.left.map(|(on, how)| {
            let how = t.of(&offices::departure(how)).to_owned();
            t.with("person-left", &[("how", how), ("day", t.plain_day(&on))])
        });
        Ok(Entry {
            age: age_on(person.particulars.born_on, self.site.now().today),
            id_number: id_number::mask(&person.particulars.id_number),
            phone: id_number::mask(&person.particulars.phone),
            unit: t.of(&self.unit.name).to_owned(),
            group: group.map(|group| t.of(&group.name).to_owned()),
            workplace: self.workplace(person.id)?,
            left,
            merged_into: row.merged_into,
            merged: store.merged_into(person.id)?,
            letter: self.letter()?,
            file: running,
            actions: self.actions(!groups.is_empty(), running.is_some(), row.merged_into.is_some())?,
            may_open: may_record
                && running.is_none()
                && person.stage == Stage::None
                && row.merged_into.is_none(),
            person: person.clone(),
        })
    }

    /// Where the person works, as far as entered.
    fn workplace(&self, person: PersonId) -> Result<Option<(WorkplaceId, String)>, Trouble> {
        let Some(id) = self.site.store().workplace_of(person)? else { return Ok(None) };
        let known = self.site.store().workplace(id)?;
        Ok(Some((id, self.visitor.t.of(&known.particulars.name).to_owned())))
    }

    /// What can be entered about the person as things stand; the forms tell the rest.
    fn actions(
        &self,
        has_groups: bool,
        has_file: bool,
        is_merged: bool,
    ) -> Result<Vec<(String, String)>, Trouble> {
        let (person, visitor) = (&self.person, self.visitor);
        if is_merged || visitor.may_change(self.site, &self.unit, person.id).is_err() {
            return Ok(Vec::new());
        }
        let is_here = person.stage != Stage::Former && self.site.store().letter_of(person.id)?.is_none();
        let full = person.stage == Stage::Full;
        let kinds = [
            ("correct", true),
            ("transfer", is_here && !has_file),
            ("group", is_here && has_groups),
            ("sanction", full),
            ("depart", is_here && !has_file),
        ];
        let fits = kinds.into_iter().filter(|(_, fits)| *fits);
        let mut actions: Vec<(String, String)> = fits
            .map(|(kind, _)| {
                let label = match (kind, person.is_under_sanction) {
                    ("sanction", true) => visitor.t.say("alter-restore"),
                    _ => visitor.t.word("alter", kind),
                };
                (format!("/people/{}/changes/{kind}", person.id), label)
            })
            .collect();
        if person.stage != Stage::Former {
            let compare = format!("/duplicates/compare?a={}", person.id);
            actions.push((compare, visitor.t.say("alter-merge")));
        }
        Ok(actions)
    }

    fn letter(&self) -> Result<Option<LetterLine>, Trouble> {
        let (t, store, visitor) = (self.visitor.t, self.site.store(), self.visitor);
        let Some(letter) = store.letter_of(self.person.id)? else { return Ok(None) };
        let to = store.unit(letter.to)?;
        let may = visitor.may_change(self.site, &to, self.person.id).is_ok();
        let way = |kind: &str| (format!("/people/{}/changes/{kind}", self.person.id), t.word("alter", kind));
        Ok(Some(LetterLine {
            text: t.with(
                "person-on-way",
                &[("unit", t.of(&to.name).to_owned()), ("day", t.plain_day(&letter.sent_on))],
            ),
            actions: if may { vec![way("receive"), way("return")] } else { Vec::new() },
        }))
    }
}
