//! A responsibility letter: its text, both signatures, and the appraisal under it from self-rating to
//! use, with every point explained.

use std::collections::BTreeMap;

use app::act::ActError;
use app::charges::View;
use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::charge::{
    Act, Award, Cause, Deduction, Item, Letter, Outcome, Owner, Side, Signing, Usage, Verdict,
};
use domain::finding::Finding;
use domain::ids::PostId;
use domain::unit::Unit;
use jiff::civil::Date;

use super::{DAY, FIGURE, LINE, acts_for, choices, field, owner_name, placed, said, scope, seen, trail};
use crate::forms::{self, Control, Drawn, Listed};
use crate::frame::{Frame, Place};
use crate::pages::people::{command, new_command};
use crate::pages::plan::{Typed, number, typed};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::{Markup, Words};

#[derive(Template)]
#[template(path = "charge_letter.html")]
struct Page {
    f: Frame,
    charge: i64,
    number: i64,
    version: i64,
    paragraphs: Vec<String>,
    sha256: String,
    sign_by: Markup,
    sides: Vec<SideShown>,
    replaces: Option<i64>,
    replaced_by: Option<i64>,
    rated: Option<Vec<(String, i64, i64)>>,
    inspected: Option<(Markup, String, String)>,
    outcomes: Vec<Shown>,
    appealed: Option<(Markup, String)>,
    appeal_decided: Option<(Markup, bool, String)>,
    award: Option<(Markup, Award)>,
    uses: Vec<(Markup, &'static str, String)>,
    forms: Vec<Form>,
    errors: Vec<(String, Finding)>,
    csrf: String,
    command: String,
}

/// A side of the letter: who, and its signature.
struct SideShown {
    side: &'static str,
    name: String,
    signed: Option<(Markup, String)>,
}

/// A form that the visitor can fill in now.
struct Form {
    name: &'static str,
    fields: Vec<Drawn>,
}

/// A result as it is explained.
struct Shown {
    on: Markup,
    as_of: Markup,
    lines: Vec<LineShown>,
    outcome: Outcome,
    grade: &'static str,
    stands: bool,
}

struct LineShown {
    name: String,
    weight: i64,
    points: i64,
    /// Where the points went, in words.
    causes: Vec<String>,
}

pub(super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    Path((charge, letter)): Path<(i64, i64)>,
) -> Response {
    site.work(move |site| {
        Ok(Html(page(site, &visitor, (charge, letter), "", (&Typed::new(), &[]))?.render()?))
    })
    .await
}

fn page(
    site: &Site,
    visitor: &Visitor,
    (charge, number): (i64, i64),
    form: &str,
    (typed, problems): (&Typed, &[Finding]),
) -> Result<Page, Trouble> {
    let t = visitor.t;
    let (view, own) = scope(site, visitor, charge)?;
    let letter = view.charge.letters.get(&number).ok_or(Trouble::Missing)?;
    let taker = owner_name(t, &view, Some(&letter.taker));
    let title = t.about("charge-letter-title", &taker);
    let drawing = Drawing { t, view: &view, letter, today: site.now().today, form, typed, problems };
    let appraisal = &letter.appraisal;
    let item = |key: &str| view.charge.terms.scheme.item(key);
    let rated = appraisal.rated.as_ref().map(|(_, points, _)| {
        let line = |(key, points): (&String, &i64)| {
            item(key).map(|item| (t.of(&item.name).to_owned(), *points, item.weight))
        };
        points.iter().filter_map(line).collect()
    });
    let n_outcomes = appraisal.outcomes.len();
    let shown = |(place, (on, outcome)): (usize, &(Date, Outcome))| Shown {
        on: t.day(on),
        as_of: t.day(&outcome.as_of),
        lines: outcome.lines.iter().map(|line| explained(t, item(&line.item), line)).collect(),
        grade: outcome.grade.as_str(),
        stands: place + 1 == n_outcomes,
        outcome: outcome.clone(),
    };
    let unit = |unit| owner_name(t, &view, Some(&Owner { unit, post: None }));
    Ok(Page {
        f: Frame::of(site, visitor, Place::Charge, title.clone())?.path(trail(t, &view, Some(&title))),
        charge,
        number,
        version: letter.version,
        paragraphs: t.of(&letter.text).split("\n\n").skip(1).map(str::to_owned).collect(),
        sha256: letter.sha256.clone(),
        sign_by: t.day(&letter.sign_by),
        sides: Side::ALL.iter().map(|side| drawing.side(*side)).collect(),
        replaces: letter.replaces,
        replaced_by: letter.replaced_by,
        rated,
        inspected: appraisal
            .inspected
            .as_ref()
            .map(|(on, by, _, words)| (t.day(on), unit(*by), words.clone())),
        outcomes: appraisal.outcomes.iter().enumerate().map(shown).collect(),
        appealed: appraisal.appealed.as_ref().map(|(on, reason)| (t.day(on), reason.clone())),
        appeal_decided: appraisal
            .appeal_decided
            .as_ref()
            .map(|(on, is_upheld, reason)| (t.day(on), *is_upheld, reason.clone())),
        award: appraisal.award.map(|award| (t.day(&award.on), award)),
        uses: appraisal.uses.iter().map(|(on, it, words)| (t.day(on), it.as_str(), words.clone())).collect(),
        forms: drawing.forms(&can(site, visitor, (&view, letter), &own)),
        errors: placed(form, problems),
        csrf: visitor.identity.csrf.clone(),
        command: new_command(),
    })
}

fn explained(t: Words, item: Option<&Item>, line: &domain::charge::Line) -> LineShown {
    let why = |cause: &Cause| {
        let number = cause.number.map_or_else(String::new, |number| number.to_string());
        let values = [
            ("n", cause.n.to_string()),
            ("points", (cause.n * line.each).to_string()),
            ("number", number),
            ("words", cause.words.clone()),
        ];
        t.with(&format!("charge-cause-{}", cause.kind.as_str()), &values)
    };
    LineShown {
        name: item.map_or_else(|| line.item.clone(), |item| t.of(&item.name).to_owned()),
        weight: line.weight,
        points: line.points,
        causes: line.causes.iter().map(why).collect(),
    }
}

/// The forms that stand open to the visitor, in the order of the year.
fn can(site: &Site, visitor: &Visitor, (view, letter): (&View, &Letter), own: &Unit) -> Vec<&'static str> {
    let appraisal = &letter.appraisal;
    let (gives, takes) =
        (acts_for(site, visitor, view, letter.giver), acts_for(site, visitor, view, letter.taker.unit));
    let runs = view.standing.unit(view.charge.unit);
    let runs = runs.is_some_and(|unit| visitor.may(site, Action::RunCharge, unit).is_ok());
    let taker = view.standing.unit(letter.taker.unit);
    let inspects = taker.is_some_and(|unit| visitor.may(site, Action::InspectCharge, unit).is_ok())
        && !view.standing.is_within(own.id, letter.taker.unit);
    let (is_signed, is_decided) = (letter.signed_on().is_some(), appraisal.outcome().is_some());
    let (is_rated, is_inspected) = (appraisal.rated.is_some(), appraisal.inspected.is_some());
    let waits = appraisal.appealed.is_some() && appraisal.appeal_decided.is_none();
    let open = [
        ("sign-giver", gives && letter.giver_signed.is_none() && !is_decided),
        ("sign-taker", takes && letter.taker_signed.is_none() && !is_decided),
        ("renew", gives && is_signed && !is_decided),
        ("rate", takes && is_signed && !is_decided),
        ("inspect", inspects && is_rated && !is_decided),
        ("appraise", runs && is_rated && is_inspected && !is_decided),
        ("appeal", takes && is_decided && appraisal.appealed.is_none()),
        ("decide", runs && waits && appraisal.award.is_none()),
        ("award", runs && is_decided && !waits && appraisal.award.is_none()),
        ("use", runs && is_decided),
    ];
    let is_current = letter.replaced_by.is_none();
    open.into_iter().filter(|(_, is_open)| is_current && *is_open).map(|(name, _)| name).collect()
}

/// The page's forms; what was typed stands in the one that was sent.
struct Drawing<'a> {
    t: Words,
    view: &'a View,
    letter: &'a Letter,
    today: Date,
    form: &'a str,
    typed: &'a Typed,
    problems: &'a [Finding],
}

impl Drawing<'_> {
    fn side(&self, side: Side) -> SideShown {
        let owner = match side {
            Side::Giver => Owner { unit: self.letter.giver, post: None },
            Side::Taker => self.letter.taker.clone(),
        };
        let signed = self.letter.signature(side).map(|it| {
            let office = Owner { unit: owner.unit, post: Some(it.post) };
            (self.t.day(&it.on), owner_name(self.t, self.view, Some(&office)))
        });
        SideShown { side: side.as_str(), name: owner_name(self.t, self.view, Some(&owner)), signed }
    }

    fn draw(&self, form: &str, (name, is_required, control): (&str, bool, Control), known: &str) -> Drawn {
        let is_sent = self.form == form;
        let value = if is_sent { said(self.typed, name) } else { known };
        field(self.t, form, (name, is_required, control), value, if is_sent { self.problems } else { &[] })
    }

    /// A field for each item of the scheme.
    fn items(&self, form: &str, only: impl Fn(&Item) -> bool, known: impl Fn(&Item) -> String) -> Vec<Drawn> {
        let items = self.view.charge.terms.scheme.items.iter().filter(|item| only(item));
        let draw = |item: &Item| {
            let drawn = self.draw(form, ("points", false, FIGURE), "");
            let is_sent = self.form == form;
            let concerns = |it: &&Finding| it.fields.first() == Some(&item.key);
            let found =
                if is_sent { self.problems.iter().filter(concerns).cloned().collect() } else { Vec::new() };
            let value = if is_sent { said(self.typed, &item.key).to_owned() } else { known(item) };
            let most = item.weight.to_string();
            let label =
                self.t.with("charge-of", &[("item", self.t.of(&item.name).to_owned()), ("most", most)]);
            Drawn { id: format!("{form}-{}", item.key), name: item.key.clone(), label, found, value, ..drawn }
        };
        items.map(draw).collect()
    }

    fn posts(&self, side: Side) -> Vec<Listed> {
        let (unit, must_be) = match side {
            Side::Giver => (self.letter.giver, None),
            Side::Taker => (self.letter.taker.unit, self.letter.taker.post),
        };
        let posts = self
            .view
            .standing
            .posts
            .values()
            .filter(|(at, held)| *at == unit && must_be.is_none_or(|post| post == held.id));
        let label = |post| owner_name(self.t, self.view, Some(&Owner { unit, post: Some(post) }));
        let since = |day: &Date| self.t.about("charge-since", self.t.plain_day(day));
        posts
            .map(|(_, held)| Listed {
                value: held.id.to_string(),
                label: format!("{} {}", label(held.id), since(&held.from_on)),
            })
            .collect()
    }

    fn forms(&self, can: &[&'static str]) -> Vec<Form> {
        can.iter().map(|name| Form { name, fields: self.fields(name) }).collect()
    }

    fn fields(&self, form: &str) -> Vec<Drawn> {
        let today = forms::written(&self.today);
        let verdict = || {
            vec![
                self.draw(form, ("bonus", false, FIGURE), ""),
                self.draw(form, ("bonus_reason", false, LINE), ""),
                self.draw(form, ("veto", false, LINE), ""),
            ]
        };
        match form {
            "sign-giver" | "sign-taker" => {
                let side = if form == "sign-giver" { Side::Giver } else { Side::Taker };
                vec![
                    self.draw(form, ("post", true, Control::Choice(self.posts(side))), ""),
                    self.draw(form, ("on", true, DAY), &today),
                ]
            }
            "rate" => {
                let mut fields = self.items(form, |_| true, |item| item.weight.to_string());
                fields.push(self.draw(form, ("words", false, Control::Lines), ""));
                fields
            }
            "inspect" => {
                let mut fields = self.items(form, |_| true, |_| String::new());
                fields.push(self.draw(form, ("words", true, Control::Lines), ""));
                fields
            }
            "appraise" => {
                let mut fields = vec![self.draw(form, ("as_of", true, DAY), &today)];
                fields.extend(verdict());
                fields
            }
            "appeal" => vec![self.draw(form, ("reason", true, Control::Lines), "")],
            "decide" => {
                let both = choices(self.t, "charge-appeal", ["upheld", "dismissed"]);
                let mut fields = vec![self.draw(form, ("decision", true, Control::Radios(both)), "")];
                fields.extend(verdict());
                fields.push(self.draw(form, ("reason", true, Control::Lines), ""));
                fields
            }
            "award" => vec![self.draw(form, ("base", true, FIGURE), "")],
            "use" => {
                let all = choices(self.t, "charge-usage", Usage::ALL.iter().map(|it| it.as_str()));
                vec![
                    self.draw(form, ("usage", true, Control::Radios(all)), ""),
                    self.draw(form, ("reason", true, Control::Lines), ""),
                ]
            }
            _ => Vec::new(),
        }
    }
}

pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    Path((charge, letter, form)): Path<(i64, i64, String)>,
    RawForm(sent): RawForm,
) -> Response {
    site.work(move |site| {
        let typed = typed(&sent);
        visitor.check(said(&typed, "csrf"))?;
        let (view, own) = scope(site, &visitor, charge)?;
        let id = command(said(&typed, "command"))?;
        let problems =
            match (Reading { typed: &typed, problems: Vec::new() }).act(&view, &own, (letter, &form)) {
                Some(Ok(act)) => {
                    let seen = seen(charge, &typed)?;
                    match site.store().act_on_charge(visitor.actor(), site.now(), id, seen, act) {
                        Ok(_) => {
                            let to = format!("/charges/{charge}/letters/{letter}");
                            return Ok(Redirect::to(&to).into_response());
                        }
                        Err(ActError::Refused(refusal)) => refusal.findings,
                        Err(error) => return Err(error.into()),
                    }
                }
                Some(Err(problems)) => problems,
                None => return Err(Trouble::Missing),
            };
        let page = page(site, &visitor, (charge, letter), &form, (&typed, &problems))?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    })
    .await
}

/// Reading a form: what cannot be read is gathered.
struct Reading<'a> {
    typed: &'a Typed,
    problems: Vec<Finding>,
}

impl Reading<'_> {
    fn lost<T>(&mut self, name: &str, read: Option<T>) -> Option<T> {
        if read.is_none() {
            self.problems.push(forms::unreadable(name));
        }
        read
    }

    fn figure(&mut self, name: &str) -> i64 {
        let read = number(said(self.typed, name));
        self.lost(name, read).unwrap_or(0)
    }

    fn optional(&mut self, name: &str) -> Option<i64> {
        if said(self.typed, name).is_empty() { None } else { Some(self.figure(name)) }
    }

    fn day(&mut self, name: &str) -> Date {
        let read = forms::day(said(self.typed, name));
        self.lost(name, read).unwrap_or(Date::MIN)
    }

    fn verdict(&mut self) -> Verdict {
        let veto = said(self.typed, "veto");
        Verdict {
            bonus: self.optional("bonus").unwrap_or(0),
            bonus_reason: said(self.typed, "bonus_reason").to_owned(),
            veto: (!veto.is_empty()).then(|| veto.to_owned()),
        }
    }

    fn signing(&mut self, number: i64, side: Side) -> Act {
        let post = said(self.typed, "post").parse().ok().map(PostId);
        let post = self.lost("post", post).unwrap_or(PostId(0));
        let on = self.day("on");
        Act::Sign(Signing { number, side, post, on, sha256: said(self.typed, "sha256").to_owned() })
    }

    /// The act that was typed, or every field that cannot be read; none for a form that is not there.
    fn act(
        mut self,
        view: &View,
        own: &Unit,
        (letter, form): (i64, &str),
    ) -> Option<Result<Act, Vec<Finding>>> {
        let keys: Vec<&str> = view.charge.terms.scheme.items.iter().map(|item| item.key.as_str()).collect();
        let words = said(self.typed, "words").to_owned();
        let reason = said(self.typed, "reason").to_owned();
        let act = match form {
            "sign-giver" => self.signing(letter, Side::Giver),
            "sign-taker" => self.signing(letter, Side::Taker),
            "renew" => Act::Renew(letter),
            "rate" => {
                let points: BTreeMap<String, i64> =
                    keys.into_iter().map(|key| (key.to_owned(), self.figure(key))).collect();
                Act::Rate(letter, points, words)
            }
            "inspect" => {
                let found = |key: &str| {
                    let n = self.optional(key).filter(|n| *n != 0)?;
                    Some(Deduction { item: key.to_owned(), n, words: words.clone() })
                };
                let found: Vec<Deduction> = keys.into_iter().filter_map(found).collect();
                Act::Inspect(letter, own.id, found, words)
            }
            "appraise" => Act::Appraise(letter, self.day("as_of"), self.verdict()),
            "appeal" => Act::Appeal(letter, reason),
            "decide" => {
                let decision =
                    Some(said(self.typed, "decision")).filter(|it| ["upheld", "dismissed"].contains(it));
                let decision = self.lost("decision", decision);
                let verdict = self.verdict();
                Act::DecideAppeal(letter, (decision == Some("upheld")).then_some(verdict), reason)
            }
            "award" => Act::Award(letter, self.figure("base")),
            "use" => {
                let usage = Usage::parse(said(self.typed, "usage"));
                Act::Use(letter, self.lost("usage", usage).unwrap_or(Usage::Rating), reason)
            }
            _ => return None,
        };
        Some(if self.problems.is_empty() { Ok(act) } else { Err(self.problems) })
    }
}
