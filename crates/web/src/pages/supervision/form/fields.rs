//! Drawing the forms, with what was typed and what was found at each field.

use app::supervision::Register;
use domain::finding::Finding;
use domain::supervision::{
    MatterKind, MeetingKind, Member, TalkKind, Trigger, Vote, What, is_subject, settings,
};

use super::reading::{positions, said};
use crate::forms::{self, Answers, Control, Drawn, Listed};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::words::Words;

const DAY: Control = Control::Text { width: "w8", mode: "text" };
const LINE: Control = Control::Text { width: "w20", mode: "text" };
const FIGURE: Control = Control::Text { width: "w3", mode: "numeric" };
const MONEY: Control = Control::Text { width: "w8", mode: "numeric" };

/// What a form is drawn from.
pub(super) struct Desk<'a> {
    pub(super) site: &'a Site,
    pub(super) t: Words,
    pub(super) register: &'a Register,
    pub(super) answers: &'a Answers,
    pub(super) problems: &'a [Finding],
}

/// The form of a meeting.
pub(super) struct MeetingForm {
    pub(super) call: Vec<Drawn>,
    pub(super) attendance: Vec<Drawn>,
    pub(super) items: Vec<ItemForm>,
    pub(super) minutes: Vec<Drawn>,
    pub(super) rectifications: Vec<Vec<Drawn>>,
    pub(super) has_members: bool,
}

/// An item of the agenda: what it is, a line for each member, the resolution.
pub(super) struct ItemForm {
    pub(super) legend: String,
    pub(super) head: Vec<Drawn>,
    pub(super) votes: Vec<(Drawn, Drawn)>,
    pub(super) resolution: Drawn,
}

impl Desk<'_> {
    /// A field; its label is that of its name without the positions of lists.
    fn field(&self, name: &str, is_required: bool, control: Control) -> Drawn {
        let parts: Vec<&str> = name.split('.').filter(|part| part.parse::<i64>().is_err()).collect();
        self.labelled(name, self.t.word("supervision-field", &parts.join("-")), (is_required, control))
    }

    fn labelled(&self, name: &str, label: String, (is_required, control): (bool, Control)) -> Drawn {
        let concerns = |finding: &&Finding| finding.fields.first().is_some_and(|field| field == name);
        Drawn {
            id: format!("s-{}", name.replace('.', "-")),
            name: name.to_owned(),
            label,
            is_required,
            control,
            value: said(self.answers, name).to_owned(),
            found: self.problems.iter().filter(concerns).cloned().collect(),
        }
    }

    fn words<'w>(&self, list: &str, words: impl Iterator<Item = &'w str>) -> Vec<Listed> {
        words.map(|word| Listed { value: word.to_owned(), label: self.t.word(list, word) }).collect()
    }

    fn matters(&self) -> Control {
        let words = MatterKind::ALL.iter().map(|kind| kind.as_str());
        Control::Choice(self.words("supervision-matter", words))
    }

    /// The day, today unless something else was typed.
    fn on(&self) -> Drawn {
        let mut drawn = self.field("on", true, DAY);
        if drawn.value.is_empty() {
            drawn.value = forms::written(&self.site.now().today);
        }
        drawn
    }

    pub(super) fn fields(&self, form: &str) -> Result<Vec<Drawn>, Trouble> {
        let text = |name: &str| self.field(name, true, Control::Lines);
        Ok(match form {
            "matter" => vec![
                self.on(),
                self.field("matter", true, self.matters()),
                self.field("title", true, LINE),
                self.field("amount", false, MONEY),
                self.field("meeting", false, Control::Choice(self.cited())),
            ],
            "talk" => self.talk()?,
            "inquiry" => vec![self.on(), self.person("person")?, text("question")],
            "report" => vec![
                self.on(),
                self.person("person")?,
                text("text"),
                self.field("n_present", true, FIGURE),
                self.field("satisfied", false, FIGURE),
                self.field("mostly", false, FIGURE),
                self.field("dissatisfied", false, FIGURE),
                self.field("void", false, FIGURE),
            ],
            "declaration" => vec![self.on(), self.person("person")?, text("text")],
            "record" => vec![
                self.on(),
                self.field("system", true, Control::Choice(self.systems(true))),
                text("title"),
            ],
            "exempt" => self.exempt(),
            "settle" => {
                vec![
                    self.field("number", true, Control::Hidden),
                    self.on(),
                    self.field("text", true, Control::Lines),
                ]
            }
            _ => return Err(Trouble::Missing),
        })
    }

    fn talk(&self) -> Result<Vec<Drawn>, Trouble> {
        let kinds = self.words("supervision-kind-talk", TalkKind::ALL.iter().map(|kind| kind.as_str()));
        let triggers = self.words("supervision-trigger", Trigger::ALL.iter().map(|kind| kind.as_str()));
        Ok(vec![
            self.on(),
            self.field("talk", true, Control::Choice(kinds)),
            self.person("person")?,
            self.person("talker")?,
            self.field("trigger", false, Control::Choice(triggers)),
            self.field("cause", true, Control::Lines),
            self.field("explanation", false, Control::Lines),
            self.field("measures", false, Control::Lines),
            self.field("follow_up_on", false, DAY),
        ])
    }

    fn exempt(&self) -> Vec<Drawn> {
        let quarters = self.words("supervision-quarter", ["1", "2", "3", "4"].into_iter());
        let mut year = self.field("year", true, FIGURE);
        if year.value.is_empty() {
            year.value = self.site.now().today.year().to_string();
        }
        vec![
            self.field("system", true, Control::Choice(self.systems(false))),
            year,
            self.field("quarter", true, Control::Choice(quarters)),
            self.field("reason", true, Control::Lines),
        ]
    }

    /// The systems, or those that have no other kind of entry.
    fn systems(&self, is_bare: bool) -> Vec<Listed> {
        let wanted = settings().systems.iter().filter(|system| !is_bare || system.counts.is_empty());
        let listed = |system: &domain::supervision::System| Listed {
            value: system.id.clone(),
            label: self.t.of(&system.name).to_owned(),
        };
        wanted.map(listed).collect()
    }

    /// Items that were carried at a meeting, the latest first.
    fn cited(&self) -> Vec<Listed> {
        let mut listed = Vec::new();
        for entry in self.register.entries.iter().rev() {
            let What::Meeting(held) = &entry.what else { continue };
            for (number, item) in (1..).zip(&held.items) {
                let day = self.t.plain_day(&entry.held_on);
                let value = format!("{}.{number}", entry.number);
                listed.push(Listed { value, label: format!("{day} · {}", item.title) });
            }
        }
        listed
    }

    /// Somebody of the body, or of a body directly below.
    fn person(&self, name: &str) -> Result<Drawn, Trouble> {
        let (store, today, unit) = (self.site.store(), self.site.now().today, &self.register.unit);
        let mut bodies = vec![unit.clone()];
        let children = store.units_below(Some(unit.id))?;
        bodies.extend(children.into_iter().filter(|child| child.is_open && is_subject(child.kind)));
        let mut listed: Vec<Listed> = Vec::new();
        for body in bodies {
            for member in store.supervision_members(body.id, today)? {
                let label = format!("{} · {}", member.name, self.t.of(&body.name));
                listed.push(Listed { value: member.person.to_string(), label });
            }
        }
        Ok(self.field(name, true, Control::Choice(listed)))
    }

    pub(super) fn meeting(&self) -> Result<MeetingForm, Trouble> {
        let on = forms::day(said(self.answers, "on")).unwrap_or(self.site.now().today);
        let members = self.site.store().supervision_members(self.register.unit.id, on)?;
        let kinds = self.words("supervision-kind-meeting", MeetingKind::ALL.iter().map(|kind| kind.as_str()));
        let listed =
            |member: &Member| Listed { value: member.person.to_string(), label: member.name.clone() };
        let people: Vec<Listed> = members.iter().map(listed).collect();
        let present = self.answers.get("present");
        let tick = |listed: Listed| {
            // At first everybody is taken to be present.
            let is_there =
                self.answers.is_empty() || present.is_some_and(|list| list.contains(&listed.value));
            (listed, is_there)
        };
        let ticks = people.clone().into_iter().map(tick).collect();
        Ok(MeetingForm {
            call: vec![
                self.field("meeting", true, Control::Choice(kinds)),
                self.on(),
                self.field("notified_on", true, DAY),
                self.field("theme", false, LINE),
            ],
            attendance: vec![
                self.field("present", true, Control::Ticks(ticks)),
                self.field("chair", true, Control::Choice(people.clone())),
            ],
            items: (0..self.n_of("items")).map(|place| self.item(place, &members)).collect(),
            minutes: vec![
                self.field("minutes", true, Control::Lines),
                self.field("opinions", false, Control::Lines),
            ],
            rectifications: (0..self.n_of("rectifications"))
                .map(|place| self.rectification(place, people.clone()))
                .collect(),
            has_members: !members.is_empty(),
        })
    }

    /// How many places of a list are shown: those filled in, and one more when it was asked for.
    fn n_of(&self, list: &str) -> usize {
        let n = positions(self.answers, list).last().map_or(1, |last| last + 1);
        n + usize::from(said(self.answers, "more") == list)
    }

    fn item(&self, place: usize, members: &[Member]) -> ItemForm {
        let name = |field: &str| format!("items.{place}.{field}");
        let votes = self.words("supervision-vote", Vote::ALL.iter().map(|vote| vote.as_str()));
        let line = |member: &Member| {
            let (vote, view) =
                (name(&format!("votes.{}", member.person)), name(&format!("views.{}", member.person)));
            let about = |key: &str| self.t.about(key, &member.name);
            (
                self.labelled(&vote, about("supervision-vote-of"), (false, Control::Choice(votes.clone()))),
                self.labelled(&view, about("supervision-view-of"), (false, LINE)),
            )
        };
        ItemForm {
            legend: self.t.with("supervision-item", &[("n", (place + 1).to_string())]),
            head: vec![
                self.field(&name("title"), false, LINE),
                self.field(&name("matter"), false, self.matters()),
                self.field(&name("amount"), false, MONEY),
            ],
            votes: members.iter().map(line).collect(),
            resolution: self.field(&name("resolution"), false, Control::Lines),
        }
    }

    fn rectification(&self, place: usize, people: Vec<Listed>) -> Vec<Drawn> {
        let name = |field: &str| format!("rectifications.{place}.{field}");
        vec![
            self.field(&name("what"), false, LINE),
            self.field(&name("owner"), false, Control::Choice(people)),
            self.field(&name("due_on"), false, DAY),
        ]
    }
}
