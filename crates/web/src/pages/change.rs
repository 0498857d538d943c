//! Changing a person's entry: put right, sent, received, given back, sanctioned, let go, put into a Party
//! group. The rules are in `domain::members`; here the forms are drawn and read. What a change comes to is
//! shown before it is confirmed; a refusal tells every reason at once and loses nothing.

use app::StoreError;
use app::act::ActError;
use app::members::Seen;
use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::event::{Event, PersonDeparted, PersonGrouped, PersonSanctioned, TransferSent};
use domain::finding::Finding;
use domain::ids::{GroupId, PersonId};
use domain::members::{Act, Change, Enrolment, Letter};
use domain::offices;
use domain::person::{Departure, Person, Stage};
use domain::tree::Group;
use domain::unit::Unit;
use jiff::civil::Date;

use super::entry::{self, Typed, field_of};
use super::people::{command, new_command};
use super::person::history::changed;
use crate::forms::{self, Control, Drawn, Listed};
use crate::frame::{Frame, Place, unit_path};
use crate::sight;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Words;

#[derive(Template)]
#[template(path = "change.html")]
struct Page {
    f: Frame,
    id: PersonId,
    kind: &'static str,
    title: String,
    lead: String,
    name: String,
    fields: Vec<Drawn>,
    errors: Vec<(String, Finding)>,
    is_changed: bool,
    /// What the change comes to, to be confirmed.
    confirm: Option<Confirm>,
    csrf: String,
    command: String,
    version: i64,
    back: String,
    go: String,
}

/// What the change comes to.
struct Confirm {
    /// Field, as it is, as it will be.
    changes: Vec<[String; 3]>,
    noted: Vec<Finding>,
    /// Everything typed, to be sent again.
    typed: Vec<(String, String)>,
}

/// Ways to change an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Correct,
    Transfer,
    Receive,
    Return,
    Depart,
    Sanction,
    Group,
}

impl Kind {
    const ALL: [Kind; 7] = [
        Kind::Correct,
        Kind::Transfer,
        Kind::Receive,
        Kind::Return,
        Kind::Depart,
        Kind::Sanction,
        Kind::Group,
    ];

    fn word(self) -> &'static str {
        match self {
            Kind::Correct => "correct",
            Kind::Transfer => "transfer",
            Kind::Receive => "receive",
            Kind::Return => "return",
            Kind::Depart => "depart",
            Kind::Sanction => "sanction",
            Kind::Group => "group",
        }
    }
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((person, kind)): Path<(i64, String)>,
) -> Response {
    site.work(move |site| {
        let desk = Desk::of(site, &visitor, PersonId(person), &kind)?;
        if desk.letter.is_none() && matches!(desk.kind, Kind::Receive | Kind::Return) {
            return Err(Trouble::Changed);
        }
        visitor.logs(site, sight::Seen::person(desk.person.unit, desk.person.id))?;
        let typed = desk.as_it_stands();
        Ok(Html(desk.page(&typed, &[], new_command())?.render()?))
    })
    .await
}

pub(crate) async fn record(
    State(site): State<Site>,
    visitor: Visitor,
    Path((person, kind)): Path<(i64, String)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let typed: Typed = form_urlencoded::parse(&form).into_owned().collect();
        let said = |name: &str| typed.get(name).map_or("", |value| value.trim());
        visitor.check(said("csrf"))?;
        let id = command(said("command"))?;
        let desk = Desk::of(site, &visitor, PersonId(person), &kind)?;
        visitor.logs(site, sight::Seen::person(desk.person.unit, desk.person.id))?;
        let refused = |problems: &[Finding]| {
            let page = desk.page(&typed, problems, said("command").to_owned())?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
        };
        let act = match desk.act(&typed)? {
            Ok(act) => act,
            Err(problems) => return refused(&problems),
        };
        if !said("edit").is_empty() {
            return Ok(Html(desk.page(&typed, &[], said("command").to_owned())?.render()?).into_response());
        }
        let considered = site.store().consider_person(desk.person.id, &act, site.now())?;
        let is_weighty = desk.kind == Kind::Correct || !considered.noted.is_empty();
        if considered.refusing.is_empty() && is_weighty && said("confirm").is_empty() {
            let mut page = desk.page(&typed, &[], said("command").to_owned())?;
            page.confirm = Some(confirm(visitor.t, considered, &typed));
            return Ok(Html(page.render()?).into_response());
        }
        let seen = Seen { person: desk.person.id, version: said("version").parse().unwrap_or(-1) };
        match site.store().change_person(visitor.actor(), site.now(), id, seen, act) {
            Ok(_) => Ok(Redirect::to(&desk.way_on()).into_response()),
            Err(ActError::Refused(refusal)) => refused(&refusal.findings),
            Err(ActError::Store(StoreError::Changed)) => {
                let mut page = desk.page(&typed, &[], new_command())?;
                page.is_changed = true;
                page.version = desk.person.version;
                Ok((StatusCode::CONFLICT, Html(page.render()?)).into_response())
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// What a change comes to: field by field for a correction, and what is worth a second look.
fn confirm(t: Words, considered: domain::decide::Consideration, typed: &Typed) -> Confirm {
    let noted = considered.noted.clone();
    let facts = considered.answer().unwrap_or_default();
    let mut changes = Vec::new();
    for fact in &facts {
        if let Event::PersonCorrected(corrected) = &fact.event {
            changes.extend(corrected.changes.iter().map(|change| changed(t, change)));
        }
    }
    let own = ["csrf", "command", "version", "confirm", "edit"];
    let again = typed.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    Confirm { changes, noted, typed: again.map(|(name, value)| (name.clone(), value.clone())).collect() }
}

/// What stands around a form.
struct Desk<'a> {
    site: &'a Site,
    visitor: &'a Visitor,
    kind: Kind,
    person: Person,
    /// The unit that acts: that of the person, or the one that a letter is addressed to.
    unit: Unit,
    letter: Option<Letter>,
    groups: Vec<Group>,
}

impl<'a> Desk<'a> {
    fn of(site: &'a Site, visitor: &'a Visitor, id: PersonId, word: &str) -> Result<Self, Trouble> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or(Trouble::Missing)?;
        let store = site.store();
        let row = store.person_row(id)?;
        let letter = store.letter_of(id)?;
        let unit = match (kind, letter) {
            (Kind::Receive | Kind::Return, Some(letter)) => letter.to,
            // Without a letter the decision says so; a form sent twice gets its first answer again.
            (Kind::Receive | Kind::Return, None)
            | (Kind::Correct | Kind::Transfer | Kind::Depart | Kind::Sanction | Kind::Group, _) => row.unit,
        };
        let unit = store.unit(unit)?;
        visitor.may_change(site, &unit, id)?;
        let groups = if kind == Kind::Group { store.groups(row.unit)? } else { Vec::new() };
        Ok(Desk { site, visitor, kind, person: store.person(id)?, unit, letter, groups })
    }

    /// Where the visitor goes after it was recorded.
    fn way_on(&self) -> String {
        match self.kind {
            Kind::Return => format!("/units/{}/letters?done=return", self.unit.id),
            kind @ (Kind::Correct
            | Kind::Transfer
            | Kind::Receive
            | Kind::Depart
            | Kind::Sanction
            | Kind::Group) => format!("/people/{}?tab=history&done={}", self.person.id, kind.word()),
        }
    }

    /// The form as it is first shown.
    fn as_it_stands(&self) -> Typed {
        let mut typed = Typed::from([("on".to_owned(), forms::written(&self.site.now().today))]);
        let mut put = |name: &str, value: &str| typed.insert(name.to_owned(), value.to_owned());
        if self.kind == Kind::Group {
            put("group", &self.person.group.map_or_else(|| "0".to_owned(), |group| group.to_string()));
        }
        if let (Kind::Receive, Some(letter)) = (self.kind, self.letter) {
            put("is_file_received", &letter.is_file_included.to_string());
        }
        if self.kind == Kind::Correct {
            let known = &self.person.particulars;
            put("name", &known.name);
            put("sex", known.sex.as_str());
            put("born_on", &forms::written(&known.born_on));
            put("ethnicity", &known.ethnicity.0.to_string());
            put("education", known.education.as_str());
            put("occupation", known.occupation.as_str());
            put("work_post", &known.work_post);
            put("is_front_line", &known.is_front_line.to_string());
            put("stage", self.person.stage.as_str());
            for (name, day) in [
                ("stage_on", self.person.stage_on),
                ("admitted_on", self.person.admitted_on),
                ("full_since", self.person.full_since),
            ] {
                put(name, &day.map_or_else(String::new, |day| forms::written(&day)));
            }
        }
        typed
    }

    /// The act as typed, or what cannot be read.
    fn act(&self, typed: &Typed) -> Result<Result<Act, Vec<Finding>>, Trouble> {
        let said = |name: &str| typed.get(name).map_or("", |value| value.trim());
        let mut problems = Vec::new();
        let on = forms::day(said("on"));
        if on.is_none() {
            problems.push(forms::unreadable("on"));
        }
        let reason = said("reason").to_owned();
        let flag = |name: &'static str| match said(name) {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(vec![forms::unreadable(name)]),
        };
        let change = match self.kind {
            Kind::Correct => {
                self.corrected(typed).map(|becomes| Change::Correct { becomes: Box::new(becomes), reason })
            }
            Kind::Transfer => {
                let to = self.site.store().unit_with_code(said("to"))?;
                let to = to.ok_or_else(|| vec![unknown_code()]);
                let file = flag("is_file_included");
                both(to, file).map(|(to, is_file_included)| {
                    Change::SendTransfer(TransferSent { to, reason, is_file_included })
                })
            }
            Kind::Receive => flag("is_file_received")
                .map(|is_file_received| Change::ReceiveTransfer { by: self.unit.id, is_file_received }),
            Kind::Return => Ok(Change::ReturnTransfer { by: self.unit.id, reason }),
            Kind::Depart => Departure::parse(said("departure"))
                .map(|departure| Change::Depart(PersonDeparted { departure, reason }))
                .ok_or_else(|| vec![forms::unreadable("departure")]),
            Kind::Sanction => {
                let is_under_sanction = !self.person.is_under_sanction;
                Ok(Change::Sanction(PersonSanctioned { is_under_sanction, reason }))
            }
            Kind::Group => match said("group").parse::<i64>() {
                Ok(0) => Ok(Change::JoinGroup(PersonGrouped { group: None })),
                Ok(group) => Ok(Change::JoinGroup(PersonGrouped { group: Some(GroupId(group)) })),
                Err(_) => Err(vec![forms::unreadable("group")]),
            },
        };
        Ok(match (change, on) {
            (Ok(change), Some(on)) => Ok(Act { on, change }),
            (Ok(_), None) => Err(problems),
            (Err(others), _) => {
                problems.extend(others);
                Err(problems)
            }
        })
    }

    /// The entry as typed. A number left empty stays as it is, and a dash takes it out.
    fn corrected(&self, typed: &Typed) -> Result<Enrolment, Vec<Finding>> {
        let known = &self.person.particulars;
        let mut whole = typed.clone();
        for (name, was) in [("id_number", &known.id_number), ("phone", &known.phone)] {
            let said = typed.get(name).map_or("", |value| value.trim());
            let becomes = match said {
                "" => was.clone(),
                "-" | "—" | "－" => String::new(),
                other => other.to_owned(),
            };
            whole.insert(name.to_owned(), becomes);
        }
        let mut problems = Vec::new();
        let mut day = |name: &str| -> Option<Date> {
            let said = typed.get(name).map_or("", |value| value.trim());
            let day = forms::day(said);
            if day.is_none() && !said.is_empty() {
                problems.push(forms::unreadable(name));
            }
            day
        };
        let days = (day("stage_on"), day("admitted_on"), day("full_since"));
        let stage = Stage::parse(typed.get("stage").map_or("", |value| value.trim()));
        if stage.is_none() {
            problems.push(forms::unreadable("stage"));
        }
        match (entry::enrolment(&whole), stage) {
            (Ok(read), Some(stage)) if problems.is_empty() => {
                let (stage_on, admitted_on, full_since) = days;
                Ok(Enrolment { particulars: read.particulars, stage, stage_on, admitted_on, full_since })
            }
            (Err(others), _) => {
                problems.extend(others);
                Err(problems)
            }
            (Ok(_), _) => Err(problems),
        }
    }

    fn controls(&self) -> Vec<(&'static str, bool, Control)> {
        let t = self.visitor.t;
        let day = || Control::Text { width: "w8", mode: "text" };
        let yes_no = || {
            let listed = |value: &str, key: &str| Listed { value: value.to_owned(), label: t.say(key) };
            Control::Radios(vec![listed("true", "yes"), listed("false", "no")])
        };
        let mut fields = match self.kind {
            Kind::Correct => {
                let stage = |stage: &Stage| Listed {
                    value: stage.as_str().to_owned(),
                    label: t.word("standing", stage.as_str()),
                };
                let mut fields = entry::controls(t);
                fields.push(("stage", true, Control::Choice(Stage::ALL.iter().map(stage).collect())));
                for name in ["stage_on", "admitted_on", "full_since"] {
                    fields.push((name, false, day()));
                }
                fields
            }
            Kind::Transfer => vec![
                ("to", true, Control::Text { width: "w20", mode: "text" }),
                ("is_file_included", true, yes_no()),
            ],
            Kind::Receive => vec![("is_file_received", true, yes_no())],
            Kind::Depart => {
                let way = |way: &Departure| Listed {
                    value: way.as_str().to_owned(),
                    label: t.of(&offices::departure(*way)).to_owned(),
                };
                vec![("departure", true, Control::Choice(Departure::ALL.iter().map(way).collect()))]
            }
            Kind::Group => {
                let none = Listed { value: "0".to_owned(), label: t.say("alter-no-group") };
                let listed = self
                    .groups
                    .iter()
                    .map(|group| Listed { value: group.id.to_string(), label: t.of(&group.name).to_owned() });
                vec![("group", true, Control::Choice(listed.chain([none]).collect()))]
            }
            Kind::Return | Kind::Sanction => Vec::new(),
        };
        if !matches!(self.kind, Kind::Receive | Kind::Group) {
            fields.push(("reason", true, Control::Lines));
        }
        fields.push(("on", true, day()));
        fields
    }

    fn page(&self, typed: &Typed, problems: &[Finding], command: String) -> Result<Page, Trouble> {
        let t = self.visitor.t;
        let controls = self.controls();
        let names: Vec<&str> = controls.iter().map(|(name, ..)| *name).collect();
        let place = |finding: &Finding| {
            let at = field_of(finding).to_owned();
            if names.contains(&at.as_str()) { at } else { "on".to_owned() }
        };
        let drawn = |(name, is_required, control): (&'static str, bool, Control)| Drawn {
            id: forms::element_id(name),
            name: name.to_owned(),
            label: self.label(name),
            is_required,
            control,
            value: typed.get(name).cloned().unwrap_or_default(),
            found: problems.iter().filter(|finding| place(finding) == name).cloned().collect(),
        };
        let errors = problems.iter().filter(|finding| finding.is_error());
        let errors = errors.map(|f| (forms::element_id(&place(f)), f.clone())).collect();
        let title = match (self.kind, self.person.is_under_sanction) {
            (Kind::Sanction, true) => t.say("alter-restore"),
            (kind, _) => t.word("alter", kind.word()),
        };
        let name = self.person.particulars.name.clone();
        let back = match self.kind {
            Kind::Receive | Kind::Return => format!("/units/{}/letters", self.unit.id),
            Kind::Correct | Kind::Transfer | Kind::Depart | Kind::Sanction | Kind::Group => {
                format!("/people/{}?tab=basics", self.person.id)
            }
        };
        let mut path = unit_path(self.site, self.visitor, &self.unit)?;
        path.push((name.clone(), Some(back.clone())));
        path.push((title.clone(), None));
        Ok(Page {
            f: Frame::of(self.site, self.visitor, Place::People, title.clone())?.path(path),
            id: self.person.id,
            kind: self.kind.word(),
            title,
            lead: self.lead()?,
            name,
            fields: controls.into_iter().map(drawn).collect(),
            errors,
            is_changed: false,
            confirm: None,
            csrf: self.visitor.identity.csrf.clone(),
            command,
            version: typed.get("version").and_then(|seen| seen.parse().ok()).unwrap_or(self.person.version),
            back,
            go: t.say(if self.kind == Kind::Correct { "alter-check" } else { "alter-record" }),
        })
    }

    fn label(&self, name: &str) -> String {
        let t = self.visitor.t;
        match (self.kind, name) {
            (Kind::Correct, "id_number" | "phone") => {
                let known = &self.person.particulars;
                let was = if name == "phone" { &known.phone } else { &known.id_number };
                let label = t.word("entry", name);
                if was.is_empty() {
                    return label;
                }
                let masked = domain::id_number::mask(was);
                t.with("alter-keeps", &[("field", label), ("masked", masked)])
            }
            (Kind::Correct, name) if !["reason", "on"].contains(&name) => t.word("entry", name),
            (_, name) => t.word("alter-field", name),
        }
    }

    fn lead(&self) -> Result<String, Trouble> {
        let t = self.visitor.t;
        let Some(letter) = self.letter.filter(|_| matches!(self.kind, Kind::Receive | Kind::Return)) else {
            return Ok(t.word("alter-lead", self.kind.word()));
        };
        let from = t.of(&self.site.store().unit(letter.from)?.name).to_owned();
        let to = t.of(&self.unit.name).to_owned();
        let values = [("from", from), ("to", to), ("day", t.plain_day(&letter.sent_on))];
        Ok(t.with("alter-letter", &values))
    }
}

fn unknown_code() -> Finding {
    let mut finding = forms::unreadable("to");
    finding.text = domain::text::Text::new("没有这个编码的组织。", "No unit has this code.");
    finding
}

/// Two answers, or everything that is wrong with either.
fn both<A, B>(a: Result<A, Vec<Finding>>, b: Result<B, Vec<Finding>>) -> Result<(A, B), Vec<Finding>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(mut found), Err(more)) => {
            found.extend(more);
            Err(found)
        }
        (Err(found), Ok(_)) | (Ok(_), Err(found)) => Err(found),
    }
}
