//! Changing a unit from a page: a form, a last look at what it will touch, and the record. A refusal comes
//! back on the form with every reason; whoever comes second is shown what the first one changed. Nothing
//! typed is lost.

use app::act::ActError;
use app::tree::{Seen, Touched};
use app::{CommandId, StoreError};
use askama::Template;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::finding::Finding;
use domain::ids::UnitId;
use domain::tree::{Act, Change, ChangeKind};
use domain::unit::Unit;
use jiff::civil::Date;

use super::form::{Form, said};
use super::history::{self, Line};
use super::menu;
use crate::forms::{self, Answers, Control, Drawn};
use crate::frame::{Frame, Place, unit_path};
use crate::pages::people::{command, new_command};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "unit_change.html")]
struct FormPage {
    f: Frame,
    unit: Unit,
    word: &'static str,
    on: Drawn,
    fields: Vec<Drawn>,
    /// Where each can be mended, what the field is called, and what is wrong.
    errors: Vec<(String, String, Finding)>,
    /// What somebody else recorded since the form was drawn.
    changed: Vec<Line>,
    csrf: String,
    command: String,
    version: i64,
}

#[derive(Template)]
#[template(path = "unit_confirm.html")]
struct ConfirmPage {
    f: Frame,
    unit: Unit,
    word: &'static str,
    on: Date,
    summary: Vec<(String, String)>,
    touched: Touched,
    noted: Vec<Finding>,
    answers: Vec<(String, String)>,
    csrf: String,
    command: String,
    version: i64,
}

/// What stands around a form.
struct Desk<'a> {
    site: &'a Site,
    visitor: &'a Visitor,
    unit: Unit,
    kind: ChangeKind,
}

/// What was made of a form that was sent.
enum Read {
    Act(Act),
    Refused(Vec<Finding>),
    Stale,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((unit, word)): Path<(i64, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    site.work(move |site| {
        let desk = Desk::of(site, &visitor, unit, &word)?;
        menu::permit(site, &visitor, &desk.unit, desk.kind)?;
        let mut answers = read_answers(query.unwrap_or_default().as_bytes());
        desk.fill_in(&mut answers);
        let version = desk.unit.version;
        Ok(Html(desk.form(&answers, &[], (new_command(), version), Vec::new())?.render()?))
    })
    .await
}

pub(crate) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    Path((unit, word)): Path<(i64, String)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let answers = read_answers(&form);
        visitor.check(said(&answers, "csrf"))?;
        let desk = Desk::of(site, &visitor, unit, &word)?;
        let id = command(said(&answers, "command"))?;
        match said(&answers, "step") {
            "record" => desk.record(&answers, id),
            "edit" => desk.edit(answers),
            _ => desk.look(&answers),
        }
    })
    .await
}

fn read_answers(form: &[u8]) -> Answers {
    let mut answers = Answers::new();
    for (name, value) in form_urlencoded::parse(form) {
        answers.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    answers
}

impl<'a> Desk<'a> {
    fn of(site: &'a Site, visitor: &'a Visitor, unit: i64, word: &str) -> Result<Self, Trouble> {
        let kind = ChangeKind::parse(word).ok_or(Trouble::Missing)?;
        let unit = site.store().unit(UnitId(unit))?;
        visitor.may(site, Action::ChangeTree, &unit)?;
        Ok(Desk { site, visitor, unit, kind })
    }

    /// What a new form begins with: today, and for another name the present one.
    fn fill_in(&self, answers: &mut Answers) {
        let mut known = vec![("on", self.visitor.t.plain_day(&self.site.now().today))];
        if self.kind == ChangeKind::Rename {
            let unit = &self.unit;
            known.extend([
                ("unit_kind", unit.kind.as_str().to_owned()),
                ("sector", unit.sector.as_str().to_owned()),
                ("code", unit.code.clone()),
                ("name_zh", unit.name.zh.clone()),
                ("name_en", unit.name.en.clone()),
            ]);
        }
        for (name, value) in known {
            answers.entry(name.to_owned()).or_insert_with(|| vec![value]);
        }
    }

    /// The version that the form was drawn with; an opening changes nothing that is there.
    fn seen(&self, answers: &Answers) -> Option<Seen> {
        let version = said(answers, "version").parse().unwrap_or(-1);
        (self.kind != ChangeKind::Open).then_some(Seen { unit: self.unit.id, version })
    }

    /// The first look: what refuses it, or what it would touch.
    fn look(&self, answers: &Answers) -> Result<Response, Trouble> {
        let form = Form::of(self.site, self.visitor, (&self.unit, self.kind), answers)?;
        let (change, mut problems) = form.read();
        let now = self.site.now();
        let on = forms::day(said(answers, "on"));
        if on.is_none() {
            problems.push(forms::unreadable("on"));
        }
        let Some(change) = change else { return self.refuse(answers, &problems) };
        // A day that cannot be read keeps nobody from hearing what else is wrong.
        let act = Act { on: on.unwrap_or(now.today), change };
        let weighed = self.site.store().weigh_change(self.visitor.actor(), now, self.seen(answers), &act);
        let weighed = match weighed {
            Ok(weighed) => weighed,
            Err(ActError::Store(StoreError::Changed)) => return self.tell_changed(answers),
            Err(error) => return Err(error.into()),
        };
        problems.extend(weighed.consideration.refusing);
        if !problems.is_empty() {
            return self.refuse(answers, &problems);
        }
        let page = ConfirmPage {
            f: self.frame()?,
            word: self.kind.as_str(),
            on: act.on,
            summary: form.summary(self.visitor.t),
            touched: weighed.touched,
            noted: weighed.consideration.noted,
            answers: kept(answers),
            csrf: self.visitor.identity.csrf.clone(),
            command: said(answers, "command").to_owned(),
            version: said(answers, "version").parse().unwrap_or(-1),
            unit: self.unit.clone(),
        };
        Ok(Html(page.render()?).into_response())
    }

    /// Back from the last look, with everything as it was typed.
    fn edit(&self, mut answers: Answers) -> Result<Response, Trouble> {
        // What was chosen among several is chosen again from what is typed now.
        answers.remove("other_id");
        answers.remove("person_id");
        let drawn = (said(&answers, "command").to_owned(), said(&answers, "version").parse().unwrap_or(-1));
        Ok(Html(self.form(&answers, &[], drawn, Vec::new())?.render()?).into_response())
    }

    fn record(&self, answers: &Answers, id: CommandId) -> Result<Response, Trouble> {
        let act = match self.read(answers)? {
            Read::Act(act) => act,
            Read::Refused(problems) => return self.refuse(answers, &problems),
            Read::Stale => return self.tell_changed(answers),
        };
        let (store, actor, now) = (self.site.store(), self.visitor.actor(), self.site.now());
        let recorded = match (act.change, self.seen(answers)) {
            (Change::Open(opened), _) => store.open_unit(actor, now, id, act.on, opened),
            (change, Some(seen)) => {
                store.change_unit(actor, now, id, seen, Act { on: act.on, change }).map(|_| self.unit.id)
            }
            (_, None) => return Err(Trouble::Missing),
        };
        match recorded {
            Ok(unit) => {
                let path = format!("/units/{unit}?done={}", self.kind.as_str());
                Ok(Redirect::to(&path).into_response())
            }
            Err(ActError::Refused(refusal)) => self.refuse(answers, &refusal.findings),
            Err(ActError::Store(StoreError::Changed)) => self.tell_changed(answers),
            Err(error) => Err(error.into()),
        }
    }

    fn read(&self, answers: &Answers) -> Result<Read, Trouble> {
        let form = Form::of(self.site, self.visitor, (&self.unit, self.kind), answers)?;
        let (change, mut problems) = form.read();
        let on = forms::day(said(answers, "on"));
        if on.is_none() {
            problems.push(forms::unreadable("on"));
        }
        Ok(match (change, on) {
            (Some(change), Some(on)) => Read::Act(Act { on, change }),
            // What was read at the last look cannot be read any more: somebody changed what it names.
            (None, _) if self.seen(answers).is_some_and(|seen| seen.version != self.unit.version) => {
                Read::Stale
            }
            (_, _) => Read::Refused(problems),
        })
    }

    fn refuse(&self, answers: &Answers, problems: &[Finding]) -> Result<Response, Trouble> {
        let drawn = (said(answers, "command").to_owned(), said(answers, "version").parse().unwrap_or(-1));
        let page = self.form(answers, problems, drawn, Vec::new())?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    }

    /// Somebody was first: what they recorded, above the form as it was typed. Sent again, it is about the
    /// unit as it is now, and a command of its own.
    fn tell_changed(&self, answers: &Answers) -> Result<Response, Trouble> {
        let changed = match self.seen(answers) {
            Some(seen) => self.site.store().unit_changes_since(seen)?,
            None => Vec::new(),
        };
        let lines = history::lines(self.site, self.visitor.t, &self.unit, &changed)?;
        let page = self.form(answers, &[], (new_command(), self.unit.version), lines)?;
        Ok((StatusCode::CONFLICT, Html(page.render()?)).into_response())
    }

    fn form(
        &self,
        answers: &Answers,
        problems: &[Finding],
        (command, version): (String, i64),
        changed: Vec<Line>,
    ) -> Result<FormPage, Trouble> {
        let t = self.visitor.t;
        let form = Form::of(self.site, self.visitor, (&self.unit, self.kind), answers)?;
        let fields = form.drawn(t, problems);
        let error = |finding: &Finding| {
            let name = form.field_of(finding);
            let field = fields.iter().find(|field| field.name == name);
            let label = field.map_or_else(|| t.say("act-on"), |field| field.label.clone());
            let is_of_unit = finding.fields.first().is_none_or(|path| path == "unit");
            let label = if is_of_unit { t.of(&self.unit.name).to_owned() } else { label };
            (forms::element_id(name), label, finding.clone())
        };
        let errors = problems.iter().filter(|finding| finding.is_error());
        let is_of_day = |finding: &&Finding| form.field_of(finding) == "on";
        Ok(FormPage {
            f: self.frame()?,
            word: self.kind.as_str(),
            on: Drawn {
                id: forms::element_id("on"),
                name: "on".to_owned(),
                label: t.say("act-on"),
                is_required: true,
                control: Control::Text { width: "w8", mode: "text" },
                value: said(answers, "on").to_owned(),
                found: problems.iter().filter(is_of_day).cloned().collect(),
            },
            errors: errors.map(error).collect(),
            fields,
            changed,
            csrf: self.visitor.identity.csrf.clone(),
            command,
            version,
            unit: self.unit.clone(),
        })
    }

    fn frame(&self) -> Result<Frame, Trouble> {
        let title = self.visitor.t.word("change", self.kind.as_str());
        let mut path = unit_path(self.site, self.visitor, &self.unit)?;
        path.push((title.clone(), None));
        Ok(Frame::of(self.site, self.visitor, Place::Units, title)?.path(path))
    }
}

/// The answers that a last look hands on to the record.
fn kept(answers: &Answers) -> Vec<(String, String)> {
    let own = ["csrf", "command", "version", "step"];
    let kept = answers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    kept.flat_map(|(name, values)| values.iter().map(move |value| (name.clone(), value.clone()))).collect()
}
