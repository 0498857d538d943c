//! What stands around the form of an act: the file, its branch, the lists to choose from; and reading
//! what was typed into the act.

use std::collections::HashMap;

use domain::access::{Action, Resource, decide};
use domain::case::{Case, CaseEvent, Entry, EntryMode};
use domain::decide::{Act, required_paper};
use domain::evidence::{Evidence, EvidenceKind};
use domain::finding::{Finding, Severity};
use domain::ids::{AccountId, CaseId, UnitId};
use domain::person::Stage;
use domain::text::Text;
use domain::unit::{Unit, may_approve};
use serde_json::{Value as Json, json};

use crate::forms::{self, Answers, Listed, Sheet};
use crate::pages::file::takes;
use crate::site::{Site, Upload};
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// What stands around a form.
pub(in crate::pages) struct Desk<'a> {
    pub(in crate::pages) site: &'a Site,
    pub(in crate::pages) visitor: &'a Visitor,
    pub(in crate::pages) case: Case,
    pub(in crate::pages) unit: Unit,
    pub(in crate::pages) kind: String,
    pub(in crate::pages) sheet: Sheet,
    pub(in crate::pages) person: String,
}

impl<'a> Desk<'a> {
    pub(in crate::pages) fn of(
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
        let mentors = case.mentors().iter().map(|mentor| &mentor.voucher);
        sheet.mentors = mentors
            .filter_map(|voucher| {
                Some(Listed { value: voucher.person?.to_string(), label: voucher.name.clone() })
            })
            .collect();
        sheet.committees = committees(site, visitor, &unit)?;
        sheet.codes = codes(site, &sheet, answers)?;
        let person = store.particulars(case.person)?.name;
        Ok(Desk { site, visitor, case, unit, kind, sheet, person })
    }

    /// The act as typed, or everything that cannot be read.
    pub(in crate::pages) fn act(
        &self,
        answers: &Answers,
        scan: Option<&Upload>,
    ) -> Result<Act, Vec<Finding>> {
        let said = |name: &str| answers.get(name).and_then(|v| v.first()).map_or("", |v| v.trim());
        let mut problems = Vec::new();
        let body = self.sheet.read(answers).map_err(|found| problems.extend(found)).ok();
        let on = forms::day(said("on"));
        if on.is_none() {
            problems.push(problem("on", "办理日期无法识别。", "The day cannot be read."));
        }
        let attester = self.attester(said("attest.login"), said("attest.password"));
        let attested_by = attester.map_err(|found| problems.extend(found)).ok().flatten();
        let (Some(mut body), Some(on), true) = (body, on, problems.is_empty()) else { return Err(problems) };
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
        let paper = paper.or_else(|| scan.map(|_| (EvidenceKind::Other, Text::new("扫描件", "scan"))));
        let evidence =
            paper.map(|(kind, name)| evidence(kind, &name, said("paper_title"), said("shelf"), scan));
        let entry = Entry {
            mode: EntryMode::parse(said("entry.mode")).unwrap_or(EntryMode::Live),
            reason: Some(said("entry.reason").to_owned()).filter(|reason| !reason.is_empty()),
            attested_by,
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

    /// The paper that proves the act, as far as the answers already tell what it is.
    pub(in crate::pages) fn paper(&self, answers: &Answers) -> Option<Text> {
        let mut body = self.sheet.read(answers).unwrap_or_else(|_| self.sheet.blank());
        body["case"] = json!(self.case.id);
        let change = CaseEvent::read(&self.kind, body).map(|event| event.change);
        match change {
            Ok(change) => required_paper(&change).map(|(_, name)| name),
            Err(_) => Some(Text::new("证明材料", "the paper that proves it")),
        }
    }
}

/// The paper with its place and its scan, as far as they are there.
fn evidence(kind: EvidenceKind, name: &Text, title: &str, shelf: &str, scan: Option<&Upload>) -> Evidence {
    let title = if title.is_empty() { name.zh.as_str() } else { title };
    let paper = Evidence::on_shelf(kind, title, shelf);
    let paper = Evidence { shelf: paper.shelf.filter(|shelf| !shelf.is_empty()), ..paper };
    match scan {
        Some(upload) => upload.scanned.of(paper),
        None => paper,
    }
}

/// The units whose codes were typed.
fn codes(site: &Site, sheet: &Sheet, answers: &Answers) -> Result<HashMap<String, UnitId>, Trouble> {
    let mut codes = HashMap::new();
    for field in sheet.code_fields() {
        for code in answers.get(field.path).into_iter().flatten() {
            if let Some(unit) = site.store().unit_with_code(code.trim())? {
                codes.insert(code.trim().to_owned(), unit);
            }
        }
    }
    Ok(codes)
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
