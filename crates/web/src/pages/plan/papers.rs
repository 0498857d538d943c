//! A plan on paper and as files: the brief in words, the workbook, and question and answer of a round
//! as they stand in the record, to be checked by anybody.

use app::plans;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, Response};
use domain::access::Action;
use domain::ids::PlanId;

use super::scope;
use crate::files::attached;
use crate::frame::{Frame, Place};
use crate::pages::people::new_command;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Markup;

#[derive(Template)]
#[template(path = "plan_brief.html")]
struct Page {
    f: Frame,
    plan: i64,
    unit: String,
    on: Markup,
    sentences: Vec<String>,
    may_issue: bool,
    csrf: String,
    command: String,
}

pub(super) async fn brief(State(site): State<Site>, visitor: Visitor, Path(plan): Path<i64>) -> Response {
    site.work(move |site| {
        let (t, today) = (visitor.t, site.now().today);
        let (row, own) = scope(site, &visitor, plan)?;
        let view = site.store().plan_view(row.id, own.id, &[], today)?;
        let title = t.with("plan-title", &[("year", row.year.to_string())]);
        let path = [
            (t.say("plan-menu"), Some("/plan".to_owned())),
            (title.clone(), Some(format!("/plan/{plan}"))),
            (t.say("plan-brief"), None),
        ];
        let page = Page {
            f: Frame::of(site, &visitor, Place::Plan, title)?.path(path),
            plan,
            may_issue: visitor.may(site, Action::IssuePaper, &own).is_ok(),
            csrf: visitor.identity.csrf.clone(),
            command: new_command(),
            unit: t.of(&view.maker.name).to_owned(),
            on: t.long_day(&today),
            sentences: plans::brief(&view).iter().map(|told| t.of(told).to_owned()).collect(),
        };
        Ok(Html(page.render()?))
    })
    .await
}

pub(super) async fn workbook(State(site): State<Site>, visitor: Visitor, Path(plan): Path<i64>) -> Response {
    site.work(move |site| {
        let (row, own) = scope(site, &visitor, plan)?;
        let language = visitor.t.language();
        let bytes = site.store().plan_workbook(row.id, own.id, site.now().today, language)?;
        Ok(attached(bytes, &format!("miaopu-plan-{}.xlsx", row.year)))
    })
    .await
}

/// The files of a round are counts of every branch; they are for whoever sees the whole plan.
pub(super) async fn file(
    State(site): State<Site>,
    visitor: Visitor,
    Path((plan, round, file)): Path<(i64, i64, String)>,
) -> Response {
    site.work(move |site| {
        let (row, own) = scope(site, &visitor, plan)?;
        if own.id != row.unit {
            return Err(Trouble::Missing);
        }
        let (instance, certificate) = site.store().round_files(PlanId(plan), round)?;
        let text = match file.as_str() {
            "instance.json" => instance,
            "plan.json" => certificate,
            _ => return Err(Trouble::Missing),
        };
        let name = format!("miaopu-{}-round-{round}-{file}", row.year);
        Ok(attached(text.into_bytes(), &name))
    })
    .await
}
