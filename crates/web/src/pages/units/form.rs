//! The forms of changes of the tree: which fields each has, and how what was typed becomes a change.

use domain::event::{PostEnded, UnitChanged, UnitClosed, UnitMerged, UnitMoved, UnitOpened, UnitSplit};
use domain::finding::Finding;
use domain::ids::{PersonId, PostId, UnitId};
use domain::person::Stage;
use domain::text::Text;
use domain::tree::{AssignPost, Change, ChangeKind, FormGroup, offices_of};
use domain::unit::{PostKind, Sector, Unit, UnitKind};

use super::pick::{self, Picked};
use crate::forms::{self, Answers, Control, Drawn, Listed};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;
use crate::words::Words;

/// A field: its name, whether it must be filled in, and how it is drawn.
type Field = (&'static str, bool, Control);

/// People of a branch that its forms list.
const MOST_LISTED: i64 = 500;

/// A form about a unit, with what was typed into it so far.
pub(super) struct Form<'a> {
    pub(super) unit: &'a Unit,
    pub(super) kind: ChangeKind,
    pub(super) answers: &'a Answers,
    fields: Vec<Field>,
    other: Picked<UnitId>,
    person: Picked<PersonId>,
}

/// What one field was answered with, trimmed.
pub(super) fn said<'a>(answers: &'a Answers, name: &str) -> &'a str {
    answers.get(name).and_then(|values| values.first()).map_or("", |value| value.trim())
}

impl<'a> Form<'a> {
    pub(super) fn of(
        site: &Site,
        visitor: &Visitor,
        (unit, kind): (&'a Unit, ChangeKind),
        answers: &'a Answers,
    ) -> Result<Self, Trouble> {
        let has_other = matches!(kind, ChangeKind::Move | ChangeKind::Merge | ChangeKind::Split);
        let other = if has_other {
            pick::unit(site, visitor, said(answers, "other"), said(answers, "other_id"))?
        } else {
            Picked::Blank
        };
        let person = if kind == ChangeKind::Assign {
            pick::person(site, visitor, said(answers, "person"), said(answers, "person_id"))?
        } else {
            Picked::Blank
        };
        let mut form = Form { unit, kind, answers, fields: Vec::new(), other, person };
        form.fields = form.fields_of(site, visitor)?;
        Ok(form)
    }

    fn fields_of(&self, site: &Site, visitor: &Visitor) -> Result<Vec<Field>, Trouble> {
        let (t, unit) = (visitor.t, self.unit);
        let line = |name| (name, true, Control::Text { width: "w20", mode: "text" });
        let approval = line("approval");
        let named = || [line("name_zh"), line("name_en")];
        let mut fields = match self.kind {
            ChangeKind::Open => {
                let mut fields = described(t, unit.kind.allowed_children());
                fields.extend(named());
                fields
            }
            ChangeKind::Rename => {
                let parent = unit.parent.map(|parent| site.store().unit(parent)).transpose()?;
                let kinds = parent.map_or(UnitKind::ALL, |parent| parent.kind.allowed_children());
                let mut fields = described(t, kinds);
                fields.extend(named());
                fields
            }
            ChangeKind::Move | ChangeKind::Merge => self.other_fields(),
            ChangeKind::Split => {
                let mut fields = self.parts(site, visitor)?;
                fields.splice(0..0, self.other_fields());
                fields
            }
            ChangeKind::Close => Vec::new(),
            ChangeKind::Assign => return self.holder_fields(site, visitor),
            ChangeKind::End => {
                return Ok(vec![("post", true, Control::Choice(held(site, visitor, unit)?)), line("reason")]);
            }
            ChangeKind::Group => return Ok(named().into()),
        };
        fields.push(approval);
        Ok(fields)
    }

    /// The other unit, and the choice when several fit.
    fn other_fields(&self) -> Vec<Field> {
        let mut fields = vec![("other", true, Control::Text { width: "w20", mode: "text" })];
        if !self.other.choices().is_empty() {
            fields.push(("other_id", true, Control::Radios(self.other.choices().to_vec())));
        }
        fields
    }

    /// Who and what can go: everyone on the unit's own roster, and what stands directly below.
    fn parts(&self, site: &Site, visitor: &Visitor) -> Result<Vec<Field>, Trouble> {
        let store = site.store();
        let tick = |name: &str, listed: Vec<Listed>| {
            let ticked = self.answers.get(name).cloned().unwrap_or_default();
            let ticks = listed.into_iter().map(|one| (one.clone(), ticked.contains(&one.value)));
            Control::Ticks(ticks.collect())
        };
        let mut fields = Vec::new();
        if self.unit.kind.is_branch() {
            let ids = store.people_below(self.unit.id, None, 0, MOST_LISTED)?;
            let names = store.names(&ids)?;
            fields.push(("people", false, tick("people", forms::listed(&names, &ids))));
        }
        let below = store.units_below(Some(self.unit.id))?;
        let listed = |unit: &Unit| Listed {
            value: unit.id.to_string(),
            label: format!("{} ({})", visitor.t.of(&unit.name), unit.code),
        };
        let below: Vec<Listed> = below.iter().filter(|unit| unit.is_open).map(listed).collect();
        if !below.is_empty() {
            fields.push(("units", false, tick("units", below)));
        }
        Ok(fields)
    }

    /// The office, and who is to hold it: one of the branch's full members, or anybody by search.
    fn holder_fields(&self, site: &Site, visitor: &Visitor) -> Result<Vec<Field>, Trouble> {
        let t = visitor.t;
        let offices = offices_of(self.unit.kind);
        let offices = offices.iter().map(|office| Listed {
            value: office.as_str().to_owned(),
            label: t.word("post", office.as_str()),
        });
        let mut fields = vec![("kind", true, Control::Choice(offices.collect()))];
        if self.unit.kind.is_branch() {
            let ids = site.store().people_below(self.unit.id, Some(Stage::Full), 0, MOST_LISTED)?;
            let names = site.store().names(&ids)?;
            fields.push(("member", false, Control::Choice(forms::listed(&names, &ids))));
        }
        let is_alone = !self.unit.kind.is_branch();
        fields.push(("person", is_alone, Control::Text { width: "w20", mode: "text" }));
        if !self.person.choices().is_empty() {
            fields.push(("person_id", true, Control::Radios(self.person.choices().to_vec())));
        }
        Ok(fields)
    }

    /// The fields as the page draws them, with what was typed and what was found.
    pub(super) fn drawn(&self, t: Words, found: &[Finding]) -> Vec<Drawn> {
        let drawn = |(name, is_required, control): &Field| Drawn {
            id: forms::element_id(name),
            name: (*name).to_owned(),
            label: t.word("change-field", &self.label(name)),
            is_required: *is_required,
            control: control.clone(),
            value: said(self.answers, name).to_owned(),
            found: found.iter().filter(|finding| self.field_of(finding) == *name).cloned().collect(),
        };
        self.fields.iter().map(drawn).collect()
    }

    /// What the field is called: the other unit is above, or receives.
    fn label(&self, name: &str) -> String {
        match (name, self.kind) {
            ("other", ChangeKind::Move) => "parent".to_owned(),
            ("other", _) => "into".to_owned(),
            (name, _) => name.to_owned(),
        }
    }

    /// The field of this form that a finding speaks of; the day when it speaks of the unit itself.
    pub(super) fn field_of(&self, finding: &Finding) -> &'static str {
        let first = finding.fields.first().map_or("", String::as_str);
        let wanted = match first {
            "parent" | "into" => "other",
            "name" => "name_zh",
            other => other,
        };
        self.fields.iter().map(|(name, ..)| *name).find(|name| *name == wanted).unwrap_or("on")
    }

    /// What was typed, in words, for a last look before it is recorded.
    pub(super) fn summary(&self, t: Words) -> Vec<(String, String)> {
        let shown = |field: &Drawn| -> String {
            let label = |list: &[Listed]| {
                list.iter()
                    .find(|one| one.value == field.value)
                    .map_or(String::new(), |one| one.label.clone())
            };
            match &field.control {
                Control::Choice(list) | Control::Radios(list) => label(list),
                Control::Ticks(list) => {
                    let ticked = list.iter().filter(|(_, is_ticked)| *is_ticked);
                    ticked.map(|(one, _)| one.label.clone()).collect::<Vec<_>>().join(&t.say("list-comma"))
                }
                Control::Text { .. } | Control::Lines | Control::Hidden => match field.name.as_str() {
                    "other" => self.other.words().unwrap_or_default().to_owned(),
                    "person" => self.person.words().unwrap_or_default().to_owned(),
                    _ => field.value.clone(),
                },
            }
        };
        let fields = self.drawn(t, &[]);
        let lines = fields.iter().map(|field| (field.label.clone(), shown(field)));
        lines.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The change as typed, with what cannot be read. Where a change can be made out at all, blanks are
    /// left to the rules, which say better what is missing.
    pub(super) fn read(&self) -> (Option<Change>, Vec<Finding>) {
        let mut problems = Vec::new();
        let change = self.change(&mut problems);
        if change.is_none() {
            for (name, _, control) in self.fields.iter().filter(|(_, is_required, _)| *is_required) {
                let is_text = matches!(control, Control::Text { .. });
                let is_told = problems.iter().any(|problem: &Finding| problem.fields[0] == *name);
                if is_text && !is_told && said(self.answers, name).is_empty() {
                    problems.push(forms::unreadable(name));
                }
            }
        }
        (change, problems)
    }

    fn change(&self, problems: &mut Vec<Finding>) -> Option<Change> {
        let text = |name: &str| said(self.answers, name).to_owned();
        let approval = text("approval");
        let name = || Text::new(text("name_zh"), text("name_en"));
        let mut word = |name: &str, is_known: bool| {
            if !is_known {
                problems.push(forms::unreadable(name));
            }
        };
        Some(match self.kind {
            ChangeKind::Open | ChangeKind::Rename => {
                let unit_kind = UnitKind::parse(said(self.answers, "unit_kind"));
                let sector = Sector::parse(said(self.answers, "sector"));
                word("unit_kind", unit_kind.is_some());
                word("sector", sector.is_some());
                let (unit_kind, sector, code, name) = (unit_kind?, sector?, text("code"), name());
                if self.kind == ChangeKind::Open {
                    let parent = Some(self.unit.id);
                    Change::Open(UnitOpened { parent, unit_kind, sector, code, name, approval })
                } else {
                    Change::Rename(UnitChanged { unit_kind, sector, code, name, approval })
                }
            }
            ChangeKind::Move => {
                Change::MoveUnder(UnitMoved { parent: taken(&self.other, "other", problems)?, approval })
            }
            ChangeKind::Merge => {
                Change::Merge(UnitMerged { into: taken(&self.other, "other", problems)?, approval })
            }
            ChangeKind::Split => Change::Split(UnitSplit {
                into: taken(&self.other, "other", problems)?,
                people: self.numbers("people").map(PersonId).collect(),
                units: self.numbers("units").map(UnitId).collect(),
                approval,
            }),
            ChangeKind::Close => Change::Close(UnitClosed { approval }),
            ChangeKind::Assign => {
                let kind = PostKind::parse(said(self.answers, "kind"));
                word("kind", kind.is_some());
                let person = self.holder(problems);
                Change::AssignPost(AssignPost { kind: kind?, person: person? })
            }
            ChangeKind::End => {
                let post = said(self.answers, "post").parse().ok().map(PostId);
                word("post", post.is_some());
                Change::EndPost(PostEnded { post: post?, reason: text("reason") })
            }
            ChangeKind::Group => Change::FormGroup(FormGroup { name: name() }),
        })
    }

    /// Whoever was searched for goes before the list of the branch.
    fn holder(&self, problems: &mut Vec<Finding>) -> Option<PersonId> {
        let listed = said(self.answers, "member").parse().ok().map(PersonId);
        match (&self.person, listed) {
            (Picked::Blank, Some(person)) => Some(person),
            (picked, _) => taken(picked, "person", problems),
        }
    }

    fn numbers(&self, name: &str) -> impl Iterator<Item = i64> {
        self.answers.get(name).into_iter().flatten().filter_map(|value| value.parse().ok())
    }
}

/// The one that was picked; otherwise why there is none.
fn taken<Id: Copy>(picked: &Picked<Id>, path: &str, problems: &mut Vec<Finding>) -> Option<Id> {
    match picked {
        Picked::One(id, _) => return Some(*id),
        Picked::Blank => problems.push(forms::unreadable(path)),
        Picked::Several(_) => problems.push(pick::to_choose(path)),
        Picked::Unfit(finding) => problems.push(finding.clone()),
    }
    None
}

/// Kind, place and code of a unit.
fn described(t: Words, kinds: &[UnitKind]) -> Vec<Field> {
    let kinds = kinds
        .iter()
        .map(|kind| Listed { value: kind.as_str().to_owned(), label: t.word("unit-kind", kind.as_str()) });
    let sectors = Sector::ALL
        .iter()
        .map(|sector| Listed { value: sector.as_str().to_owned(), label: t.word("sector", sector.as_str()) });
    vec![
        ("unit_kind", true, Control::Choice(kinds.collect())),
        ("sector", true, Control::Choice(sectors.collect())),
        ("code", true, Control::Text { width: "w8", mode: "text" }),
    ]
}

/// The posts that are held, with who holds them.
fn held(site: &Site, visitor: &Visitor, unit: &Unit) -> Result<Vec<Listed>, Trouble> {
    let t = visitor.t;
    let terms: Vec<_> =
        site.store().terms(unit.id)?.into_iter().filter(|term| term.to_on.is_none()).collect();
    let ids: Vec<PersonId> = terms.iter().map(|term| term.person).collect();
    let names = site.store().names(&ids)?;
    let listed = |term: &domain::tree::Held| Listed {
        value: term.id.to_string(),
        label: t.with(
            "pick-post",
            &[
                ("post", t.word("post", term.kind.as_str())),
                ("name", names.get(&term.person).cloned().unwrap_or_default()),
                ("day", t.plain_day(&term.from_on)),
            ],
        ),
    };
    Ok(terms.iter().map(listed).collect())
}
