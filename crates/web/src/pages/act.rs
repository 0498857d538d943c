//! The form of an act: drawn, read, decided, recorded. A refusal comes back on the same page with all
//! its reasons at once, beside the fields they concern, and nothing typed is lost.

use app::act::ActError;
use app::admission::Seen;
use askama::Template;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::{Action, Resource, decide};
use domain::case::{Case, CaseEvent, Entry, EntryMode};
use domain::dates::Lateness;
use domain::decide::{Act, Grace, lateness, required_paper};
use domain::evidence::{Evidence, EvidenceKind};
use domain::finding::{Finding, Severity};
use domain::ids::{AccountId, CaseId, UnitId};
use domain::person::Stage;
use domain::text::Text;
use domain::unit::{Unit, may_approve};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::file::{kind_name, takes};
use super::people::{command, new_command};
use crate::forms::{self, Answers, Control, Drawn, Listed, Sheet};
use crate::frame::{Frame, Place, unit_path};
use crate::sight;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "act.html")]
struct Page {
    f: Frame,
    case: CaseId,
    kind: String,
    name: String,
    person: String,
    fields: Vec<Drawn>,
    errors: Vec<(String, Finding)>,
    on: Drawn,
    is_late: bool,
    reason: Drawn,
    attested: Drawn,
    mode: String,
    paper: Option<String>,
    paper_title: String,
    shelf: Drawn,
    csrf: String,
    command: String,
    version: i64,
    due_line: String,
}

/// What stands around a form.
struct Desk<'a> {
    site: &'a Site,
    visitor: &'a Visitor,
    case: Case,
    unit: Unit,
    kind: String,
    sheet: Sheet,
    person: String,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((case, kind)): Path<(i64, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    site.work(move |site| {
        let answers = read_answers(query.unwrap_or_default().as_bytes());
        let desk = Desk::of(site, &visitor, CaseId(case), kind, &answers)?;
        Ok(Html(desk.page(&answers, &[], &new_command())?.render()?))
    })
    .await
}

pub(crate) async fn record(
    State(site): State<Site>,
    visitor: Visitor,
    Path((case, kind)): Path<(i64, String)>,
    RawForm(form): RawForm,
) -> Response {
    site.work(move |site| {
        let answers = read_answers(&form);
        let said =
            |name: &str| answers.get(name).and_then(|values| values.first()).map_or("", String::as_str);
        visitor.check(said("csrf"))?;
        let id = command(said("command"))?;
        let desk = Desk::of(site, &visitor, CaseId(case), kind, &answers)?;
        let version = said("version").parse().unwrap_or(-1);
        let problems = match desk.act(&answers) {
            Ok(act) => {
                visitor.may_act(site, &desk.case, &act.change)?;
                let seen = Seen { case: desk.case.id, version };
                match site.store().record_act(visitor.actor(), site.now(), id, seen, act) {
                    Ok(_) => {
                        let path = format!("/files/{}?recorded={}", desk.case.id, desk.kind);
                        return Ok(Redirect::to(&path).into_response());
                    }
                    Err(ActError::Refused(refusal)) => refusal.findings,
                    Err(error @ (ActError::Store(_) | ActError::Denied(_))) => return Err(error.into()),
                }
            }
            Err(problems) => problems,
        };
        let page = desk.page(&answers, &problems, said("command"))?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
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
    fn of(
        site: &'a Site,
        visitor: &'a Visitor,
        id: CaseId,
        kind: String,
        answers: &Answers,
    ) -> Result<Self, Trouble> {
        let (t, store) = (visitor.t, site.store());
        let case = store.case(id)?;
        let unit = store.unit(case.unit)?;
        // A file on its way is received by the unit that it was sent to.
        let acting = match case.on_the_way_to() {
            Some((to, _)) if kind == "case.transfer_received" => store.unit(to)?,
            Some(_) | None => unit.clone(),
        };
        visitor.may(site, forms::action(&kind), &acting)?;
        let branch = Listed { value: unit.id.to_string(), label: t.of(&unit.name).to_owned() };
        let mut sheet = Sheet::of(&kind, branch).ok_or(Trouble::Missing)?;
        if !takes(visitor, &kind) {
            return Err(Trouble::Denied(Text::new(
                "这一步不由您的职责办理。",
                "This step is not taken by your office.",
            )));
        }
        let ids = store.people_below(unit.id, Some(Stage::Full), 0, 500)?;
        let names = store.names(&ids)?;
        sheet.members = forms::listed(&names, &ids);
        let mentors: Vec<_> = case.mentors().iter().map(|mentor| &mentor.voucher).collect();
        sheet.mentors = mentors
            .iter()
            .filter_map(|voucher| {
                Some(Listed { value: voucher.person?.to_string(), label: voucher.name.clone() })
            })
            .collect();
        sheet.committees = committees(site, visitor, &unit)?;
        for field in sheet.code_fields().map(|field| field.path).collect::<Vec<_>>() {
            for code in answers.get(field).into_iter().flatten() {
                if let Some(unit) = store.unit_with_code(code.trim())? {
                    sheet.codes.insert(code.trim().to_owned(), unit);
                }
            }
        }
        let person = store.particulars(case.person)?.name;
        visitor.logs(site, sight::Seen::file(unit.id, case.person, case.id))?;
        Ok(Desk { site, visitor, case, unit, kind, sheet, person })
    }

    /// The act as typed, or what cannot be read.
    fn act(&self, answers: &Answers) -> Result<Act, Vec<Finding>> {
        let said = |name: &str| answers.get(name).and_then(|v| v.first()).map_or("", |v| v.trim());
        let mut body = self.sheet.read(answers)?;
        let on = forms::day(said("on"))
            .ok_or_else(|| vec![problem("on", "办理日期无法识别。", "The day cannot be read.")])?;
        body["case"] = json!(self.case.id);
        if self.kind == "case.corrected" {
            self.put_right(&mut body);
        }
        let event = CaseEvent::read(&self.kind, body).map_err(|error| {
            vec![problem(
                "on",
                &format!("表单不完整：{error}"),
                &format!("The form is not complete: {error}"),
            )]
        })?;
        let paper = required_paper(&event.change);
        let evidence =
            paper.map(|(kind, name)| self.evidence(kind, &name, said("paper_title"), said("shelf")));
        let entry = Entry {
            mode: EntryMode::parse(said("entry.mode")).unwrap_or(EntryMode::Live),
            reason: Some(said("entry.reason").to_owned()).filter(|reason| !reason.is_empty()),
            attested_by: self.attester(said("attest.login"), said("attest.password"))?,
            noted: Vec::new(),
        };
        Ok(Act::new(on, event.change).proved_by(evidence).entered(entry))
    }

    /// A correction of the day, as the event has it: what it was beside what it becomes.
    fn put_right(&self, body: &mut Json) {
        let event = body["event"].as_str().and_then(|id| id.parse().ok());
        let was = event.and_then(|id| self.case.logged(id)).map(|logged| logged.effective.occurred_on);
        let becomes = body["becomes"].take();
        if let Json::Object(fields) = body {
            fields.remove("becomes");
            let change = json!({"field": "occurred_on", "was": was, "becomes": becomes});
            fields.insert("changes".to_owned(), json!([change]));
        }
    }

    /// The second person of a very late entry, who signs with name and password on the same form.
    fn attester(&self, login: &str, password: &str) -> Result<Option<AccountId>, Vec<Finding>> {
        if login.is_empty() {
            return Ok(None);
        }
        let store = self.site.store();
        let wrong = || {
            vec![problem(
                "entry.attested_by",
                "见证人的登录名或密码不正确，或不是上一级的工作人员。",
                "The second person's name or password is wrong, or is not an officer of the level above.",
            )]
        };
        let session = store.sign_in(login, password, self.site.wall()).map_err(|_| wrong())?;
        let identity = store.identity(session.account).map_err(|_| wrong());
        store.sign_out(&session.token).map_err(|_| wrong())?;
        let (identity, today) = (identity?, self.site.now().today);
        let unit = Resource::of_unit(self.unit.pre, self.unit.id);
        match decide(&identity.grants, Action::DecideStep, &unit, today) {
            Ok(()) if identity.account != self.visitor.identity.account => Ok(Some(identity.account)),
            Ok(()) | Err(_) => Err(wrong()),
        }
    }

    fn evidence(&self, kind: EvidenceKind, name: &Text, title: &str, shelf: &str) -> Evidence {
        let title = if title.is_empty() { name.zh.as_str() } else { title };
        Evidence::on_shelf(kind, title, shelf)
    }

    fn page(&self, answers: &Answers, problems: &[Finding], command: &str) -> Result<Page, Trouble> {
        let (t, today) = (self.visitor.t, self.site.now().today);
        let edition = app::rulebooks::books().on(today);
        let name = kind_name(t, edition, &self.kind);
        let mut path = unit_path(self.site, self.visitor, &self.unit)?;
        path.push((self.person.clone(), Some(format!("/files/{}", self.case.id))));
        path.push((name.clone(), None));
        let said = |name: &str| answers.get(name).and_then(|v| v.first()).cloned().unwrap_or_default();
        let on = if answers.contains_key("on") { said("on") } else { forms::written(&today) };
        let fields = self.sheet.draw(t, answers, problems);
        let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let place = |finding: &Finding| anchor(finding, &known);
        let errors = problems.iter().filter(|f| f.is_error()).map(|f| (place(f), f.clone())).collect();
        let paper = self.paper(answers);
        Ok(Page {
            case: self.case.id,
            kind: self.kind.clone(),
            person: self.person.clone(),
            is_late: self.is_late(&on, today),
            on: plain("on", t.say("act-on"), on, problems),
            reason: plain("entry.reason", t.say("act-reason"), said("entry.reason"), problems),
            attested: plain("entry.attested_by", t.say("act-attest-login"), said("attest.login"), problems),
            mode: said("entry.mode"),
            paper: paper.map(|name| t.of(&name).to_owned()),
            paper_title: said("paper_title"),
            shelf: plain("shelf", t.say("act-shelf"), said("shelf"), problems),
            csrf: self.visitor.identity.csrf.clone(),
            command: command.to_owned(),
            version: self.case.version(),
            due_line: self.due_line()?,
            f: Frame::of(self.site, self.visitor, Place::People, name.clone())?.path(path),
            name,
            fields,
            errors,
        })
    }

    /// The paper that proves the act, as far as the answers already tell what it is.
    fn paper(&self, answers: &Answers) -> Option<Text> {
        let mut body = self.sheet.read(answers).unwrap_or_else(|_| self.sheet.blank());
        body["case"] = json!(self.case.id);
        let change = CaseEvent::read(&self.kind, body).map(|event| event.change);
        match change {
            Ok(change) => required_paper(&change).map(|(_, name)| name),
            Err(_) => Some(Text::new("证明材料", "the paper that proves it")),
        }
    }

    fn is_late(&self, on: &str, today: Date) -> bool {
        let Some(day) = forms::day(on) else { return false };
        let grace = if self.kind.starts_with("case.notice") { Grace::NOTICE } else { Grace::USUAL };
        lateness(day, today, grace, app::rulebooks::books().calendar()) != Lateness::OnTime
    }

    /// For a vote: how many members are due by the roster.
    fn due_line(&self) -> Result<String, Trouble> {
        if !self.kind.ends_with("_voted") {
            return Ok(String::new());
        }
        let n = self.sheet.members.len();
        Ok(self.visitor.t.with("act-due", &[("n", n.to_string()), ("half", (n / 2 + 1).to_string())]))
    }
}

/// Units above the branch with the power to approve, the nearest first.
fn committees(site: &Site, visitor: &Visitor, unit: &Unit) -> Result<Vec<Listed>, Trouble> {
    let mut above: Vec<Unit> = Vec::new();
    let mut parent = unit.parent;
    while let Some(id) = parent {
        let unit = site.store().unit(UnitId(id.0))?;
        parent = unit.parent;
        above.push(unit);
    }
    let kinds: Vec<_> = above.iter().skip(1).map(|unit| Some(unit.kind)).chain([None]).collect();
    let listed = |(unit, parent): (&Unit, _)| {
        may_approve(unit.kind, parent)
            .then(|| Listed { value: unit.id.to_string(), label: visitor.t.of(&unit.name).to_owned() })
    };
    Ok(above.iter().zip(kinds).filter_map(listed).collect())
}

fn problem(field: &str, zh: &str, en: &str) -> Finding {
    Finding {
        rule: "F01.unread".to_owned(),
        severity: Severity::Error,
        edition: String::new(),
        occurrence: 0,
        fields: vec![field.to_owned()],
        article: "登记规则 · House rule".to_owned(),
        text: Text::new(zh, en),
        remedy: Text::new("请更正后再提交。", "Put it right and send again."),
    }
}

/// Where in the page a finding can be mended: its own field, else one of the same group, else the day.
fn anchor(finding: &Finding, known: &[&str]) -> String {
    let Some(path) = finding.fields.first().map(String::as_str) else { return "a-on".to_owned() };
    let path = if path.starts_with("evidence") { "shelf" } else { path };
    if known.contains(&path) || ["on", "shelf", "entry.reason", "entry.attested_by"].contains(&path) {
        return format!("a-{}", path.replace('.', "-"));
    }
    let in_group = |field: &&&str| field.starts_with(&format!("{path}."));
    known.iter().find(in_group).map_or("a-on".to_owned(), |field| format!("a-{}", field.replace('.', "-")))
}

fn plain(name: &str, label: String, value: String, findings: &[Finding]) -> Drawn {
    let is_own = |finding: &&Finding| {
        let first = finding.fields.first().map_or("", String::as_str);
        first == name || (name == "shelf" && first.starts_with("evidence"))
    };
    Drawn {
        id: format!("a-{}", name.replace('.', "-")),
        name: name.to_owned(),
        label,
        is_required: true,
        control: Control::Text { width: "w8", mode: "text" },
        value,
        found: findings.iter().filter(is_own).cloned().collect(),
    }
}
