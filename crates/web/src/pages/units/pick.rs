//! Picking a unit or a person by what was typed. What fits one is taken; what fits several comes back as a
//! choice, and what fits nothing as a finding.

use domain::finding::{Finding, Severity};
use domain::ids::{PersonId, UnitId};
use domain::text::Text;
use domain::unit::Unit;

use crate::forms::Listed;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// What was meant.
pub(crate) enum Picked<Id> {
    /// Nothing was typed.
    Blank,
    /// One, with its words.
    One(Id, String),
    /// Any of these.
    Several(Vec<Listed>),
    /// None that is there and may be named.
    Unfit(Finding),
}

impl<Id> Picked<Id> {
    /// What a choice among several shows.
    pub(crate) fn choices(&self) -> &[Listed] {
        if let Picked::Several(listed) = self { listed } else { &[] }
    }

    /// The words of the one that was meant.
    pub(crate) fn words(&self) -> Option<&str> {
        if let Picked::One(_, words) = self { Some(words) } else { None }
    }
}

/// Units or people offered when several fit.
const MOST: usize = 12;

/// The unit that was meant: by its code, else by a part of its name within the visitor's part of the
/// tree. `chosen` is the answer to an earlier choice and counts while it fits what is typed.
pub(crate) fn unit(
    site: &Site,
    visitor: &Visitor,
    typed: &str,
    chosen: &str,
) -> Result<Picked<UnitId>, Trouble> {
    if typed.is_empty() {
        return Ok(Picked::Blank);
    }
    let (t, store) = (visitor.t, site.store());
    let scope = (visitor.grant.pre, visitor.grant.post);
    let found: Vec<_> =
        store.units_named(typed, scope, MOST + 1)?.into_iter().filter(|unit| unit.is_open).collect();
    let words = |unit: &Unit| format!("{} ({})", t.of(&unit.name), unit.code);
    let by_choice = found.iter().find(|unit| unit.id.to_string() == chosen);
    if let Some(unit) = by_choice.or_else(|| found.iter().find(|unit| unit.code == typed)) {
        return Ok(Picked::One(unit.id, words(unit)));
    }
    Ok(match found.as_slice() {
        [] => Picked::Unfit(unfit(
            "other",
            "您的职责范围内没有这个名称或编码的在设组织。",
            "No open unit with this name or code lies within your duties.",
            "请核对编码，或填写名称的一部分。",
            "Compare the code, or type a part of the name.",
        )),
        [only] => Picked::One(only.id, words(only)),
        several => {
            let listed = |unit: &Unit| Listed { value: unit.id.to_string(), label: words(unit) };
            Picked::Several(several.iter().take(MOST).map(listed).collect())
        }
    })
}

/// The person who was meant: by number, else by name, its spelling, or an identity number's end, within
/// the visitor's part of the tree.
pub(crate) fn person(
    site: &Site,
    visitor: &Visitor,
    typed: &str,
    chosen: &str,
) -> Result<Picked<PersonId>, Trouble> {
    if typed.is_empty() {
        return Ok(Picked::Blank);
    }
    let (pre, post) = (visitor.grant.pre, visitor.grant.post);
    let found = site.store().find(typed, Some((pre, post)), MOST)?;
    let mut ids = found.people;
    if let Ok(number) = typed.parse().map(PersonId)
        && let Ok(row) = site.store().person_row(number)
        && row.merged_into.is_none()
        && (pre..=post).contains(&site.store().unit(row.unit)?.pre)
        && !ids.contains(&number)
    {
        ids.insert(0, number);
    }
    let mut listed = people(site, visitor, &ids)?;
    if let Some(one) = listed.iter().find(|one| one.value == chosen) {
        return picked(one);
    }
    Ok(match listed.len() {
        0 if !found.is_complete => Picked::Unfit(unfit(
            "person",
            "姓名索引尚在建立，现在可能查不全。",
            "The index of names is still being built; the answer may be incomplete.",
            "请稍后再试，或填写人员编号。",
            "Try again shortly, or type the person's number.",
        )),
        0 => Picked::Unfit(unfit(
            "person",
            "您的职责范围内没有找到此人。",
            "Nobody of this name or number is within your duties.",
            "请核对姓名、拼音或编号。",
            "Compare the name, its spelling or the number.",
        )),
        1 => return picked(&listed.remove(0)),
        _ => Picked::Several(listed),
    })
}

fn picked(listed: &Listed) -> Result<Picked<PersonId>, Trouble> {
    let id = listed.value.parse().map_err(|_| Trouble::Missing)?;
    Ok(Picked::One(PersonId(id), listed.label.clone()))
}

/// People with what tells namesakes apart: the unit and the number.
pub(crate) fn people(site: &Site, visitor: &Visitor, ids: &[PersonId]) -> Result<Vec<Listed>, Trouble> {
    let (t, store) = (visitor.t, site.store());
    let names = store.names(ids)?;
    let mut listed = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(name) = names.get(id) else { continue };
        let unit = store.unit(store.person_row(*id)?.unit)?;
        let label = t.with(
            "pick-person",
            &[("name", name.clone()), ("unit", t.of(&unit.name).to_owned()), ("number", id.to_string())],
        );
        listed.push(Listed { value: id.to_string(), label });
    }
    Ok(listed)
}

/// A choice that is still to be made.
pub(crate) fn to_choose(path: &str) -> Finding {
    unfit(
        path,
        "有多个符合，需要选定一个。",
        "Several fit; one has to be chosen.",
        "请在下面选择一个，或填写得更完整。",
        "Choose one below, or type more of it.",
    )
}

fn unfit(path: &str, zh: &str, en: &str, do_zh: &str, do_en: &str) -> Finding {
    Finding {
        rule: "F01.unread".to_owned(),
        severity: Severity::Error,
        edition: String::new(),
        occurrence: 0,
        fields: vec![path.to_owned()],
        article: "登记规则 · House rule".to_owned(),
        text: Text::new(zh, en),
        remedy: Text::new(do_zh, do_en),
    }
}
