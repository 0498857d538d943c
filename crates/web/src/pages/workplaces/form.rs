//! The forms of the register: which fields each kind of act has, and how what was typed becomes an act.
//! A refusal comes back on the form with every reason, and nothing typed is lost.

use app::StoreError;
use app::act::ActError;
use app::workplaces::{Detail, SeenWorkplace};
use askama::Template;
use axum::extract::{Path, Query, RawForm, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::event::UnitOpened;
use domain::finding::Finding;
use domain::ids::{PersonId, UnitId, WorkplaceId};
use domain::text::Text;
use domain::unit::{Sector, Unit, UnitKind};
use domain::workplace::{
    Act, Change, Charge, Entrust, Ownership, Particulars, Scale, Workplace, WorkplaceKind,
};
use jiff::civil::Date;
use serde::Deserialize;

use super::{concerning, coverage, seen};
use crate::forms::{self, Answers, Control, Drawn, Listed};
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::pages::units::pick::{self, Picked};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::upload::read_answers;
use crate::visitor::Visitor;
use crate::words::Words;

/// Kinds of act, in the order of the menu.
const KINDS: [&str; 13] = [
    "contact",
    "instructor",
    "area",
    "visit",
    "relieve",
    "place",
    "found",
    "organise",
    "part",
    "alter",
    "count",
    "move",
    "close",
];

/// Whether a word names a kind of act.
pub(super) fn is_kind(word: &str) -> bool {
    KINDS.contains(&word) || word == "list"
}

/// The acts that make sense at a workplace as it is.
pub(super) fn offered(detail: &Detail) -> impl Iterator<Item = &'static str> {
    let it = &detail.workplace;
    let (is_part, is_open) = (it.particulars.kind.is_part(), it.closed_on.is_none());
    let is_held = detail.charged.iter().any(domain::workplace::Charged::is_held);
    let has_parts = WorkplaceKind::ALL.iter().any(|kind| kind.parents().contains(&it.particulars.kind));
    let (is_organised, is_blank, is_key) =
        (it.organisation.is_some(), it.n_members == 0, it.particulars.is_key);
    KINDS.into_iter().filter(move |kind| {
        is_open
            && match *kind {
                "instructor" | "found" => !is_part && !is_organised,
                "organise" => !is_part,
                "move" => !is_part,
                "area" => is_part && is_blank,
                "visit" | "relieve" => is_held,
                "part" => has_parts,
                "count" => is_key,
                _ => true,
            }
    })
}

#[derive(Template)]
#[template(path = "workplace_act.html")]
struct Page {
    f: Frame,
    action: String,
    back: String,
    lead: String,
    on: Drawn,
    fields: Vec<Drawn>,
    errors: Vec<(String, Finding)>,
    is_stale: bool,
    csrf: String,
    command: String,
    version: i64,
}

/// What stands around a form: the workplace, or the unit for which a new one is entered.
struct Desk<'a> {
    site: &'a Site,
    visitor: &'a Visitor,
    kind: &'static str,
    unit: Unit,
    here: Option<Workplace>,
}

type Field = (&'static str, bool, Control);

fn said<'a>(answers: &'a Answers, name: &str) -> &'a str {
    answers.get(name).and_then(|values| values.first()).map_or("", |value| value.trim())
}

fn line(width: &'static str) -> Control {
    Control::Text { width, mode: "text" }
}

fn figure() -> Control {
    Control::Text { width: "w8", mode: "numeric" }
}

#[derive(Deserialize)]
pub(super) struct Wish {
    unit: Option<i64>,
}

pub(super) async fn show_new(
    State(site): State<Site>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Response {
    site.work(move |site| {
        let desk = Desk::of_unit(site, &visitor, wish.unit)?;
        Ok(Html(desk.fresh(Answers::new())?.render()?))
    })
    .await
}

pub(super) async fn enter(
    State(site): State<Site>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let answers = read_answers(&form);
        visitor.check(said(&answers, "csrf"))?;
        Desk::of_unit(site, &visitor, wish.unit)?.record(&answers)
    })
    .await
}

pub(super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((id, kind)): Path<(i64, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    site.work(move |site| {
        let desk = Desk::of(site, &visitor, id, &kind)?;
        Ok(Html(desk.fresh(read_answers(query.unwrap_or_default().as_bytes()))?.render()?))
    })
    .await
}

pub(super) async fn record(
    State(site): State<Site>,
    visitor: Visitor,
    Path((id, kind)): Path<(i64, String)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let answers = read_answers(&form);
        visitor.check(said(&answers, "csrf"))?;
        Desk::of(site, &visitor, id, &kind)?.record(&answers)
    })
    .await
}

impl<'a> Desk<'a> {
    fn of(site: &'a Site, visitor: &'a Visitor, id: i64, kind: &str) -> Result<Self, Trouble> {
        let kind = KINDS.into_iter().find(|known| *known == kind).ok_or(Trouble::Missing)?;
        let here = seen(site, visitor, id)?;
        let unit = site.store().unit(here.unit)?;
        visitor.may(site, Action::KeepRegister, &unit)?;
        Ok(Desk { site, visitor, kind, unit, here: Some(here) })
    }

    fn of_unit(site: &'a Site, visitor: &'a Visitor, unit: Option<i64>) -> Result<Self, Trouble> {
        let unit = coverage::wished(site, visitor, unit)?;
        visitor.may(site, Action::KeepRegister, &unit)?;
        Ok(Desk { site, visitor, kind: "list", unit, here: None })
    }

    /// A new form: today, and what the register says now.
    fn fresh(&self, mut answers: Answers) -> Result<Page, Trouble> {
        let mut known = vec![("on", self.visitor.t.plain_day(&self.site.now().today))];
        if let Some(here) = self.here.as_ref().filter(|_| self.kind == "alter") {
            let it = &here.particulars;
            known.extend([
                ("name_zh", it.name.zh.clone()),
                ("name_en", it.name.en.clone()),
                ("code", it.code.clone()),
                ("ownership", it.ownership.map_or_else(String::new, |it| it.as_str().to_owned())),
                ("scale", it.scale.map_or_else(String::new, |it| it.as_str().to_owned())),
                ("n_staff", it.n_staff.to_string()),
                ("is_stable", yes_or_no(it.is_stable)),
                ("is_key", yes_or_no(it.is_key)),
                ("is_correction", "no".to_owned()),
            ]);
        } else if matches!(self.kind, "list" | "part") {
            known.extend([("is_stable", "yes".to_owned()), ("is_key", "no".to_owned())]);
        }
        for (name, value) in known {
            answers.entry(name.to_owned()).or_insert_with(|| vec![value]);
        }
        let version = self.here.as_ref().map_or(0, |here| here.version);
        self.page(&answers, &[], (new_command(), version), false)
    }

    fn fields(&self, answers: &Answers) -> Result<Vec<Field>, Trouble> {
        let t = self.visitor.t;
        let person = || -> Result<Vec<Field>, Trouble> {
            let mut fields = vec![("person", true, line("w20"))];
            let picked = self.person(answers)?;
            if !picked.choices().is_empty() {
                fields.push(("person_id", true, Control::Radios(picked.choices().to_vec())));
            }
            Ok(fields)
        };
        Ok(match self.kind {
            "list" => described(t, &|kind| !kind.is_part(), true),
            "part" => {
                let above = self.here.as_ref().map(|here| here.particulars.kind);
                described(t, &|kind| above.is_some_and(|above| kind.parents().contains(&above)), false)
            }
            "alter" => {
                let own = self.here.as_ref().map(|here| here.particulars.kind);
                let mut fields =
                    described(t, &|kind| Some(kind) == own, own == Some(WorkplaceKind::Enterprise));
                fields.retain(|(name, ..)| *name != "kind");
                fields.push(("is_correction", true, yes_no(t)));
                fields.push(("reason", true, line("wfull")));
                fields
            }
            "contact" | "area" => person()?,
            "instructor" => {
                let mut fields = person()?;
                fields.extend([("letter", true, line("w20")), ("until_on", true, line("w8"))]);
                fields
            }
            "visit" => vec![("number", true, self.held()?), ("note", true, Control::Lines)],
            "relieve" => vec![("number", true, self.held()?), ("reason", true, line("wfull"))],
            "place" => person()?,
            "found" => vec![
                ("unit_kind", true, organisations(t)),
                ("code", true, line("w8")),
                ("name_zh", true, line("w20")),
                ("name_en", true, line("w20")),
                ("approval", true, line("w20")),
            ],
            "organise" => {
                let mut fields = vec![("organisation", false, line("w20"))];
                let picked = self.unit(answers, "organisation")?;
                if !picked.choices().is_empty() {
                    fields.push(("organisation_id", true, Control::Radios(picked.choices().to_vec())));
                }
                fields.push(("approval", true, line("w20")));
                fields
            }
            "count" => {
                vec![("year", true, figure()), ("n_posts", true, figure()), ("n_members", true, figure())]
            }
            "move" => {
                let mut fields = vec![("to", true, line("w20"))];
                let picked = self.unit(answers, "to")?;
                if !picked.choices().is_empty() {
                    fields.push(("to_id", true, Control::Radios(picked.choices().to_vec())));
                }
                fields.push(("reason", true, line("wfull")));
                fields
            }
            _ => vec![("reason", true, line("wfull"))],
        })
    }

    fn person(&self, answers: &Answers) -> Result<Picked<PersonId>, Trouble> {
        pick::person(self.site, self.visitor, said(answers, "person"), said(answers, "person_id"))
    }

    fn unit(&self, answers: &Answers, name: &str) -> Result<Picked<UnitId>, Trouble> {
        pick::unit(self.site, self.visitor, said(answers, name), said(answers, &format!("{name}_id")))
    }

    /// The charges that are held.
    fn held(&self) -> Result<Control, Trouble> {
        let Some(here) = &self.here else { return Err(Trouble::Missing) };
        let t = self.visitor.t;
        let detail = self.site.store().workplace_detail(here.id, self.site.now().today)?;
        let held: Vec<_> = detail.charged.iter().filter(|it| it.is_held()).collect();
        let ids: Vec<PersonId> = held.iter().map(|it| it.person).collect();
        let names = self.site.store().names(&ids)?;
        let listed = |it: &&domain::workplace::Charged| Listed {
            value: it.number.to_string(),
            label: format!(
                "{} · {}",
                t.word("charge", it.charge.as_str()),
                names.get(&it.person).map_or("", String::as_str)
            ),
        };
        Ok(Control::Radios(held.iter().map(listed).collect()))
    }

    fn record(&self, answers: &Answers) -> Result<Response, Trouble> {
        let id = command(said(answers, "command"))?;
        let version: i64 = said(answers, "version").parse().unwrap_or(-1);
        let mut problems = Vec::new();
        let on = forms::day(said(answers, "on"));
        if on.is_none() {
            problems.push(forms::unreadable("on"));
        }
        let meant = self.read(answers, &mut problems)?;
        let (Some(on), Some(meant), true) = (on, meant, problems.is_empty()) else {
            return self.refuse(answers, &problems);
        };
        match self.carry_out(id, (on, version), meant) {
            Ok(workplace) => {
                Ok(Redirect::to(&format!("/workplaces/{workplace}?done={}", self.kind)).into_response())
            }
            Err(ActError::Refused(refusal)) => self.refuse(answers, &refusal.findings),
            Err(ActError::Store(StoreError::Changed)) => {
                let now = self.here.as_ref().map_or(0, |here| here.version);
                let page = self.page(answers, &[], (new_command(), now), true)?;
                Ok((StatusCode::CONFLICT, Html(page.render()?)).into_response())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn carry_out(
        &self,
        id: app::CommandId,
        (on, version): (Date, i64),
        meant: Meant,
    ) -> Result<WorkplaceId, ActError> {
        let (store, actor, now) = (self.site.store(), self.visitor.actor(), self.site.now());
        let here = self.here.as_ref().map(|here| here.id);
        match (meant, here) {
            (Meant::Change(change @ Change::List { .. }), _) => {
                store.list_workplace(actor, now, id, self.unit.id, Act { on, change })
            }
            (Meant::Change(change), Some(workplace)) => {
                let seen = SeenWorkplace { workplace, version };
                store.change_workplace(actor, now, id, seen, Act { on, change }).map(|_| workplace)
            }
            (Meant::Found(opened), Some(workplace)) => {
                let seen = SeenWorkplace { workplace, version };
                store.found_organisation(actor, now, id, (seen, on), opened).map(|_| workplace)
            }
            (Meant::Place(person), Some(workplace)) => {
                store.place_person(actor, now, id, (person, Some(workplace)), on).map(|_| workplace)
            }
            (_, None) => Err(StoreError::Missing.into()),
        }
    }

    /// What was meant, as far as it can be read; what cannot be read is noted.
    fn read(&self, answers: &Answers, problems: &mut Vec<Finding>) -> Result<Option<Meant>, Trouble> {
        let text = |name: &str| said(answers, name).to_owned();
        let number = |name: &str| said(answers, name).replace([',', '，'], "").parse::<i64>().ok();
        let change = match self.kind {
            "list" | "part" | "alter" => return Ok(self.particulars(answers, problems).map(Meant::Change)),
            "contact" | "area" | "instructor" => {
                let person = self.picked_person(answers, problems)?;
                let until = said(answers, "until_on");
                let until_on = forms::day(until);
                if self.kind == "instructor" && until_on.is_none() {
                    problems.push(forms::unreadable("until_on"));
                }
                let charge = match self.kind {
                    "contact" => Charge::Contact,
                    "area" => Charge::Area,
                    _ => Charge::Instructor,
                };
                person.map(|person| {
                    Change::Entrust(Entrust { charge, person, letter: text("letter"), until_on })
                })
            }
            "place" => return Ok(self.picked_person(answers, problems)?.map(Meant::Place)),
            "visit" | "relieve" => {
                let Some(number) = number("number") else {
                    problems.push(forms::unreadable("number"));
                    return Ok(None);
                };
                Some(if self.kind == "visit" {
                    Change::Visit { number, note: text("note") }
                } else {
                    Change::Relieve { number, reason: text("reason") }
                })
            }
            "found" => return Ok(self.opened(answers, problems).map(Meant::Found)),
            "organise" => {
                let organisation = self.picked_unit(answers, "organisation", problems)?;
                Some(Change::Organise { organisation, approval: text("approval") })
            }
            "count" => {
                let [year, n_posts, n_members] = ["year", "n_posts", "n_members"].map(|name| {
                    let read = number(name);
                    if read.is_none() {
                        problems.push(forms::unreadable(name));
                    }
                    read.unwrap_or(0)
                });
                Some(Change::Count { year: i16::try_from(year).unwrap_or(0), n_posts, n_members })
            }
            "move" => {
                let to = self.picked_unit(answers, "to", problems)?;
                if to.is_none() && problems.is_empty() {
                    problems.push(forms::unreadable("to"));
                }
                to.map(|to| Change::Move { to, reason: text("reason") })
            }
            _ => Some(Change::Close { reason: text("reason") }),
        };
        Ok(change.map(Meant::Change))
    }

    fn picked_person(
        &self,
        answers: &Answers,
        problems: &mut Vec<Finding>,
    ) -> Result<Option<PersonId>, Trouble> {
        match self.person(answers)? {
            Picked::One(id, _) => return Ok(Some(id)),
            Picked::Blank => problems.push(forms::unreadable("person")),
            Picked::Several(_) => problems.push(pick::to_choose("person_id")),
            Picked::Unfit(finding) => problems.push(finding),
        }
        Ok(None)
    }

    fn picked_unit(
        &self,
        answers: &Answers,
        name: &'static str,
        problems: &mut Vec<Finding>,
    ) -> Result<Option<UnitId>, Trouble> {
        match self.unit(answers, name)? {
            Picked::One(id, _) => return Ok(Some(id)),
            Picked::Blank => {}
            Picked::Several(_) => problems.push(pick::to_choose(&format!("{name}_id"))),
            Picked::Unfit(finding) => problems.push(Finding { fields: vec![name.to_owned()], ..finding }),
        }
        Ok(None)
    }

    fn opened(&self, answers: &Answers, problems: &mut Vec<Finding>) -> Option<UnitOpened> {
        let text = |name: &str| said(answers, name).to_owned();
        let kind = UnitKind::parse(said(answers, "unit_kind"));
        if kind.is_none() {
            problems.push(forms::unreadable("unit_kind"));
        }
        let kind_of_place = self.here.as_ref()?.particulars.class();
        Some(UnitOpened {
            parent: Some(self.unit.id),
            unit_kind: kind?,
            sector: sector(kind_of_place),
            code: text("code"),
            name: Text::new(text("name_zh"), text("name_en")),
            approval: text("approval"),
        })
    }

    fn particulars(&self, answers: &Answers, problems: &mut Vec<Finding>) -> Option<Change> {
        let text = |name: &str| said(answers, name).to_owned();
        let own = self.here.as_ref().map(|here| here.particulars.kind);
        let kind = if self.kind == "alter" { own } else { WorkplaceKind::parse(said(answers, "kind")) };
        if kind.is_none() {
            problems.push(forms::unreadable("kind"));
        }
        let n_staff = said(answers, "n_staff").replace([',', '，'], "").parse::<i64>().ok();
        if n_staff.is_none() {
            problems.push(forms::unreadable("n_staff"));
        }
        let code: String = text("code").chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let particulars = Particulars {
            kind: kind?,
            name: Text::new(text("name_zh"), text("name_en")),
            code: code.to_ascii_uppercase(),
            ownership: Ownership::parse(said(answers, "ownership")),
            scale: Scale::parse(said(answers, "scale")),
            n_staff: n_staff?,
            is_stable: said(answers, "is_stable") != "no",
            is_key: said(answers, "is_key") == "yes",
        };
        Some(match (self.kind, self.here.as_ref()) {
            ("alter", _) => Change::Alter {
                particulars,
                is_correction: said(answers, "is_correction") == "yes",
                reason: text("reason"),
            },
            (_, here) => Change::List { parent: here.map(|here| here.id), particulars },
        })
    }

    fn refuse(&self, answers: &Answers, problems: &[Finding]) -> Result<Response, Trouble> {
        let drawn = (said(answers, "command").to_owned(), said(answers, "version").parse().unwrap_or(-1));
        let page = self.page(answers, problems, drawn, false)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    }

    fn page(
        &self,
        answers: &Answers,
        problems: &[Finding],
        (command, version): (String, i64),
        is_stale: bool,
    ) -> Result<Page, Trouble> {
        let t = self.visitor.t;
        let drawn = |(name, is_required, control): Field| Drawn {
            id: forms::element_id(name),
            name: name.to_owned(),
            label: t.say(&format!("wp-field-{name}")),
            is_required,
            control,
            value: said(answers, name).to_owned(),
            found: found_at(problems, name),
        };
        let fields: Vec<Drawn> = self.fields(answers)?.into_iter().map(drawn).collect();
        let anchor = |finding: &Finding| {
            let known = fields.iter().find(|field| field.found.iter().any(|found| found == finding));
            known.map_or_else(|| forms::element_id("on"), |field| field.id.clone())
        };
        let errors = problems.iter().filter(|finding| finding.is_error());
        let title = t.word("wp-act", self.kind);
        let mut path = coverage::path_to(self.site, self.visitor, &self.unit)?;
        let back = match &self.here {
            Some(here) => {
                let href = format!("/workplaces/{}", here.id);
                path.push((t.of(&here.particulars.name).to_owned(), Some(href.clone())));
                href
            }
            None => format!("/coverage?unit={}", self.unit.id),
        };
        path.push((title.clone(), None));
        Ok(Page {
            errors: errors.map(|finding| (anchor(finding), finding.clone())).collect(),
            f: Frame::of(self.site, self.visitor, Place::Coverage, title)?.path(path),
            action: match &self.here {
                Some(here) => format!("/workplaces/{}/acts/{}", here.id, self.kind),
                None => format!("/coverage/new?unit={}", self.unit.id),
            },
            back,
            lead: t.word("wp-lead", self.kind),
            on: drawn(("on", true, line("w8"))),
            fields,
            is_stale,
            csrf: self.visitor.identity.csrf.clone(),
            command,
            version,
        })
    }
}

/// What a form comes to.
enum Meant {
    Change(Change),
    Found(UnitOpened),
    Place(PersonId),
}

/// Findings of the domain name the facts; a form has some of them in two fields.
fn found_at(problems: &[Finding], name: &str) -> Vec<Finding> {
    let mut found = concerning(problems, name);
    let also = match name {
        "name_zh" => "name",
        "on" => "workplace",
        _ => return found,
    };
    found.extend(concerning(problems, also));
    found
}

fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

fn yes_no(t: Words) -> Control {
    Control::Radios(["yes", "no"].map(|word| Listed { value: word.to_owned(), label: t.say(word) }).into())
}

fn described(t: Words, fits: &dyn Fn(WorkplaceKind) -> bool, is_whole: bool) -> Vec<Field> {
    let list = |words: &str, values: Vec<&'static str>| {
        let listed =
            values.into_iter().map(|value| Listed { value: value.to_owned(), label: t.word(words, value) });
        Control::Choice(listed.collect())
    };
    let kinds = WorkplaceKind::ALL.iter().filter(|kind| fits(**kind)).map(|kind| kind.as_str()).collect();
    let mut fields = vec![
        ("kind", true, list("workplace-kind", kinds)),
        ("name_zh", true, line("w20")),
        ("name_en", true, line("w20")),
    ];
    if is_whole {
        fields.push(("code", false, line("w20")));
        fields.push((
            "ownership",
            false,
            list("ownership", Ownership::ALL.iter().map(|it| it.as_str()).collect()),
        ));
        fields.push(("scale", false, list("scale", Scale::ALL.iter().map(|it| it.as_str()).collect())));
    }
    fields.push(("n_staff", true, figure()));
    if is_whole {
        fields.push(("is_stable", true, yes_no(t)));
    }
    fields.push(("is_key", true, yes_no(t)));
    fields
}

fn organisations(t: Words) -> Control {
    let kinds = [UnitKind::Branch, UnitKind::JointBranch, UnitKind::GeneralBranch, UnitKind::Committee];
    let listed = |kind: UnitKind| Listed {
        value: kind.as_str().to_owned(),
        label: t.word("unit-kind", kind.as_str()),
    };
    Control::Choice(kinds.map(listed).into())
}

/// The kind of place that the tree enters for an organisation founded there.
fn sector(class: domain::workplace::Class) -> Sector {
    use domain::workplace::Class;
    match class {
        Class::NonPublic => Sector::NonPublic,
        Class::PublicEnterprise | Class::Workshop | Class::Team => Sector::StateEnterprise,
        Class::Village | Class::VillagerGroup => Sector::Village,
        Class::Community => Sector::Community,
        Class::Organ => Sector::Organ,
        Class::Institution | Class::Department => Sector::Institution,
        Class::Association | Class::Intermediary => Sector::SocialOrganisation,
    }
}
