//! Scanned papers: attaching one to an entry that was recorded without it, and handing one out to whoever
//! may see the file. A file that is handed out has a name of our own and is never shown in the page.

use app::act::ActError;
use app::admission::Seen;
use app::scans::{Attachment, Kept};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::case::{Case, PaperAttached};
use domain::decide::required_paper;
use domain::evidence::{Evidence, EvidenceKind, Media};
use domain::finding::Finding;
use domain::ids::{CaseId, EventId};
use domain::unit::Unit;

use super::act::{WaitingScan, plain, sent_scan};
use super::file::kind_name;
use super::people::{command, new_command};
use crate::files::attached;
use crate::forms::{Control, Drawn, Listed, element_id};
use crate::frame::{Frame, Place, unit_path};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::upload::Posted;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "paper.html")]
struct Page {
    f: Frame,
    case: CaseId,
    event: EventId,
    entry: String,
    person: String,
    kind: Drawn,
    title: String,
    shelf: String,
    scan: Drawn,
    waiting: Option<WaitingScan>,
    errors: Vec<Finding>,
    csrf: String,
    command: String,
    version: i64,
}

/// An entry of a file, and where it is kept.
struct Desk<'a> {
    site: &'a Site,
    visitor: &'a Visitor,
    case: Case,
    unit: Unit,
    event: EventId,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((case, event)): Path<(i64, String)>,
) -> Response {
    site.work(move |site| {
        let desk = Desk::of(site, &visitor, CaseId(case), &event)?;
        Ok(Html(desk.page(&Posted::default(), &[], None, &new_command())?.render()?))
    })
    .await
}

pub(crate) async fn attach(
    State(site): State<Site>,
    visitor: Visitor,
    Path((case, event)): Path<(i64, String)>,
    mut posted: Posted,
) -> Response {
    site.work(move |site| {
        visitor.check(posted.said("csrf"))?;
        let id = command(posted.said("command"))?;
        let desk = Desk::of(site, &visitor, CaseId(case), &event)?;
        let sent = sent_scan(site, &visitor, desk.case.id, &mut posted)?;
        let (waiting, problems) = match sent {
            Ok(Some((number, upload))) => {
                let seen = Seen { case: desk.case.id, version: posted.said("version").parse().unwrap_or(-1) };
                let paper = desk.paper(&posted);
                let attachment = Attachment { entry: desk.event, paper, scanned: upload.scanned.clone() };
                match site.store().attach_scan(visitor.actor(), site.now(), id, seen, attachment) {
                    Ok(_) => {
                        let path = format!("/files/{}?recorded=case.paper_attached", desk.case.id);
                        return Ok(Redirect::to(&path).into_response());
                    }
                    Err(ActError::Refused(refusal)) => (Some((number, upload)), refusal.findings),
                    Err(error @ (ActError::Store(_) | ActError::Denied(_))) => return Err(error.into()),
                }
            }
            Ok(None) => (None, vec![crate::forms::unreadable("scan")]),
            Err(refusal) => (None, refusal.findings),
        };
        let page = desk.page(&posted, &problems, waiting.map(WaitingScan::of), posted.said("command"))?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

pub(crate) async fn hand_out(
    State(site): State<Site>,
    visitor: Visitor,
    Path((case, event, position)): Path<(i64, String, usize)>,
) -> Response {
    site.work(move |site| {
        let case = CaseId(case);
        let file = site.store().case(case)?;
        let unit = site.store().unit(file.unit)?;
        visitor.may(site, Action::SeeFile, &unit)?;
        visitor.logs(site, crate::sight::Seen::file(unit.id, file.person, case))?;
        let event = event.parse().map_err(|_| Trouble::Missing)?;
        let kept = site.store().scan(case, event, position)?;
        Ok(scan_answer(case, event, position, kept))
    })
    .await
}

/// A scan to be saved, under a name that says where it belongs and nothing of whom it is about.
pub(crate) fn scan_answer(case: CaseId, event: EventId, position: usize, kept: Kept) -> Response {
    let ending = match kept.media {
        Media::Pdf => "pdf",
        Media::Jpeg => "jpg",
        Media::Png => "png",
    };
    let event = event.to_string();
    attached(kept.bytes, &format!("file-{case}-{}-{}.{ending}", &event[..8], position + 1))
}

impl<'a> Desk<'a> {
    fn of(site: &'a Site, visitor: &'a Visitor, id: CaseId, event: &str) -> Result<Self, Trouble> {
        let event = event.parse().map_err(|_| Trouble::Missing)?;
        let case = site.store().case(id)?;
        let unit = site.store().unit(case.unit)?;
        visitor.may(site, Action::SeeFile, &unit)?;
        case.logged(event).ok_or(Trouble::Missing)?;
        visitor.may_act(site, &case, &PaperAttached { event }.into())?;
        Ok(Desk { site, visitor, case, unit, event })
    }

    /// What the entry wants to be proved by, which is offered first.
    fn usual(&self) -> EvidenceKind {
        let entry = self.case.logged(self.event).and_then(|logged| logged.event());
        entry.and_then(|entry| required_paper(&entry.change)).map_or(EvidenceKind::Other, |(kind, _)| kind)
    }

    fn paper(&self, posted: &Posted) -> Evidence {
        let kind = EvidenceKind::parse(posted.said("kind")).unwrap_or_else(|| self.usual());
        let title = match posted.said("title") {
            "" => self.visitor.t.word("evidence", kind.as_str()),
            title => title.to_owned(),
        };
        let paper = Evidence::on_shelf(kind, title, posted.said("shelf"));
        Evidence { shelf: paper.shelf.filter(|shelf| !shelf.is_empty()), ..paper }
    }

    fn page(
        &self,
        posted: &Posted,
        problems: &[Finding],
        waiting: Option<WaitingScan>,
        command: &str,
    ) -> Result<Page, Trouble> {
        let (t, store) = (self.visitor.t, self.site.store());
        let person = store.particulars(self.case.person)?.name;
        let edition = app::rulebooks::books().on(self.site.now().today);
        let logged = self.case.logged(self.event).ok_or(Trouble::Missing)?;
        let title = t.say("paper-title");
        let mut path = unit_path(self.site, self.visitor, &self.unit)?;
        path.push((person.clone(), Some(format!("/files/{}", self.case.id))));
        path.push((title.clone(), None));
        let chosen = match posted.said("kind") {
            "" => self.usual().as_str(),
            kind => kind,
        };
        let kinds = EvidenceKind::ALL.iter().map(|kind| kind.as_str());
        let listed = kinds.map(|kind| Listed { value: kind.to_owned(), label: t.word("evidence", kind) });
        let placed: Vec<_> = problems.iter().map(|finding| ("scan".to_owned(), finding.clone())).collect();
        Ok(Page {
            case: self.case.id,
            event: self.event,
            entry: kind_name(t, edition, logged.recorded.fact.event.kind()),
            person,
            kind: Drawn {
                id: element_id("kind"),
                name: "kind".to_owned(),
                label: t.say("paper-kind"),
                is_required: true,
                control: Control::Choice(listed.collect()),
                value: chosen.to_owned(),
                found: Vec::new(),
            },
            title: posted.said("title").to_owned(),
            shelf: posted.said("shelf").to_owned(),
            scan: plain("scan", t.say("act-scan"), String::new(), &placed),
            waiting,
            errors: problems.to_vec(),
            csrf: self.visitor.identity.csrf.clone(),
            command: command.to_owned(),
            version: self.case.version(),
            f: Frame::of(self.site, self.visitor, Place::People, title)?.path(path),
        })
    }
}
