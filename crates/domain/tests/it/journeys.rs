//! Runs the journeys in `rulebooks/admission/stories/journey`: acts in order with their days, and the
//! answer to each. A base is a whole lawful journey; a scene plays part of it and then departs.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test panics at what its stories never say")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::agenda::{Due, Duty, agenda};
use domain::audit::judge;
use domain::case::{Candidate, Case, CaseEvent, Change, Entry, EntryMode, Recorded};
use domain::case_file::LocalPack;
use domain::dates::{Instant, Lateness, Moment};
use domain::decide::{Act, Grace, PersonFacts, Setting, UnitFacts, consider, lateness};
use domain::event::{Event, Fact};
use domain::evidence::{Evidence, EvidenceKind, Media, Scan};
use domain::finding::Finding;
use domain::ids::{AccountId, CaseId, EventId, PersonId, UnitId};
use domain::person::Stage;
use domain::rulebook::Rulebooks;
use domain::unit::UnitKind;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};

const CASE: CaseId = CaseId(1);
const CANDIDATE: PersonId = PersonId(100);
const ACTOR: AccountId = AccountId(7);

/// A whole lawful journey and the world it takes place in.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Base {
    packs: Vec<String>,
    born_on: toml::value::Datetime,
    id_number: String,
    unit: i64,
    units: Vec<UnitRow>,
    people: Vec<PersonRow>,
    act: Vec<ActRow>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct UnitRow {
    id: i64,
    kind: String,
    parent: Option<String>,
    n_full: Option<u32>,
    n_voting: Option<u32>,
    has_committee: Option<bool>,
    #[serde(default)]
    is_authorised: bool,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct PersonRow {
    id: i64,
    name: String,
    stage: String,
    full_since: Option<toml::value::Datetime>,
    #[serde(default)]
    is_under_sanction: bool,
    unit: i64,
}

/// An act: of a base, or of a scene, where `like` takes over an act of the base.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct ActRow {
    id: Option<String>,
    like: Option<String>,
    kind: Option<String>,
    on: Option<toml::value::Datetime>,
    entered_on: Option<toml::value::Datetime>,
    #[serde(default)]
    body: toml::Table,
    #[serde(default)]
    set: toml::Table,
    entry: Option<toml::Table>,
    papers: Option<Vec<String>>,
    /// Where the papers lie.
    shelf: Option<String>,
    /// Whether scans of the papers are kept.
    #[serde(default)]
    is_scanned: bool,
    /// The rules that refuse, with the place in the form, or nothing for an accepted act.
    #[serde(default)]
    refused: Vec<String>,
    /// Rules noted with an accepted act; checked when present.
    noted: Option<Vec<String>>,
    /// Kinds of facts beyond the case event itself; checked when present.
    also: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    base: String,
    scene: Vec<Scene>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    name: String,
    /// The act of the base before which the scene departs; the whole base when absent.
    before: Option<String>,
    /// Acts of the base that are left out.
    #[serde(default)]
    skip: Vec<String>,
    /// Changes to acts of the base: `act.on`, `act.entered_on`, `act.entry`, or a field of its body.
    #[serde(default)]
    set: toml::Table,
    /// Changes to the world: packs, units and people by position.
    #[serde(default)]
    world: toml::Table,
    /// The time for taking over running files lasts to this day.
    legacy_until: Option<toml::value::Datetime>,
    /// Other files of the person.
    #[serde(default)]
    other_cases: BTreeMap<String, bool>,
    #[serde(default)]
    act: Vec<ActRow>,
    #[serde(default)]
    end: End,
}

/// What must be so at the end of a scene.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct End {
    stage: Option<String>,
    stage_on: Option<toml::value::Datetime>,
    probation_ends_on: Option<toml::value::Datetime>,
    full_since: Option<toml::value::Datetime>,
    unit: Option<i64>,
    /// What the audit says of the file on the day of the last act.
    findings: Option<Vec<String>>,
    /// `duty earliest latest pressure` on the day of the last act, or the day named.
    agenda_on: Option<toml::value::Datetime>,
    #[serde(default)]
    agenda: Vec<String>,
    #[serde(default)]
    ahead: BTreeMap<String, toml::value::Datetime>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rulebooks/admission/stories/journey")
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn day(value: &toml::value::Datetime) -> Date {
    value.to_string().parse().unwrap()
}

/// TOML as the JSON of bodies: days become text.
fn to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(n) => json!(n),
        toml::Value::Float(n) => json!(n),
        toml::Value::Boolean(truth) => json!(truth),
        toml::Value::Datetime(day) => json!(day.to_string()),
        toml::Value::Array(list) => list.iter().map(to_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(k, v)| (k.clone(), to_json(v))).collect())
        }
    }
}

/// Sets a dotted path; the word `"~"` takes the field away.
fn set(body: &mut Value, path: &str, value: Value) {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let place = match body {
        Value::Array(list) => &mut list[head.parse::<usize>().unwrap()],
        Value::Object(fields) if rest.is_none() && value == "~" => {
            fields.remove(head);
            return;
        }
        Value::Object(fields) => fields.entry(head).or_insert_with(|| Value::Object(Map::new())),
        other => panic!("{path}: {other} has no parts"),
    };
    match rest {
        Some(rest) => set(place, rest, value),
        None => *place = value,
    }
}

/// The world and the file as a scene goes along.
pub(crate) struct Play<'a> {
    pub(crate) case: Case,
    pub(crate) setting: Setting<'a>,
    pub(crate) today: Date,
    labels: BTreeMap<String, EventId>,
    n_events: u8,
    wrong: Vec<String>,
}

impl<'a> Play<'a> {
    fn new(base: &Base, books: &'a Rulebooks, scene: Option<&Scene>) -> Self {
        let packs = base.packs.iter().map(|word| match word.as_str() {
            "source-plan" => LocalPack::SourcePlan,
            other => panic!("no pack {other}"),
        });
        let candidate = Candidate {
            born_on: Some(day(&base.born_on)),
            id_number: Some(base.id_number.clone()),
            packs: packs.collect(),
        };
        let mut setting = Setting::new(books, candidate, ACTOR);
        setting.units = base.units.iter().map(unit).collect();
        setting.people = base.people.iter().map(person).collect();
        if let Some(scene) = scene {
            setting.legacy_until = scene.legacy_until.as_ref().map(day);
            let other = |(id, is_closed): (&String, &bool)| (CaseId(id.parse().unwrap()), *is_closed);
            setting.other_cases = scene.other_cases.iter().map(other).collect();
        }
        let case = Case::new(CASE, CANDIDATE, UnitId(base.unit));
        Play {
            case,
            setting,
            today: day(&base.act[0].on.unwrap()),
            labels: BTreeMap::new(),
            n_events: 0,
            wrong: Vec::new(),
        }
    }

    fn act(&self, row: &ActRow) -> (Act, Date) {
        let kind = row.kind.as_deref().expect("an act has a kind");
        let mut body = to_json(&toml::Value::Table(row.body.clone()));
        for (path, value) in &row.set {
            set(&mut body, path, to_json(value));
        }
        self.resolve(&mut body);
        body["case"] = json!(CASE);
        let event = CaseEvent::read(kind, body).unwrap_or_else(|e| panic!("{kind}: {e}"));
        let on = day(&row.on.expect("an act has a day"));
        let papers = match &row.papers {
            Some(kinds) => kinds.iter().map(|kind| EvidenceKind::parse(kind).unwrap()).collect(),
            None => EvidenceKind::ALL.to_vec(),
        };
        let shelf = row.shelf.as_deref().unwrap_or("甲-12");
        let papers = papers.into_iter().map(|kind| {
            let paper = Evidence::on_shelf(kind, kind.as_str(), shelf);
            let scan = Scan { media: Media::Pdf, n_bytes: 4_096 };
            if row.is_scanned { paper.with_scan("5c".repeat(32), scan) } else { paper }
        });
        let entry = row.entry.as_ref().map_or(Entry::live(), |table| {
            serde_json::from_value(to_json(&toml::Value::Table(table.clone()))).unwrap()
        });
        let act = Act::new(on, event.change).proved_by(papers).entered(entry);
        (act, row.entered_on.as_ref().map_or(on, day))
    }

    /// `@act` stands for the event of an earlier act.
    fn resolve(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(label) = text.strip_prefix('@') {
                    let event = self.labels.get(label).unwrap_or_else(|| panic!("no act @{label}"));
                    *value = json!(event);
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|item| self.resolve(item)),
            Value::Object(fields) => fields.values_mut().for_each(|item| self.resolve(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Decides an act on a day and records it if nothing refuses. A refused act changes nothing.
    pub(crate) fn play(&mut self, act: &Act, entered_on: Date) -> (Vec<Finding>, Vec<Finding>, Vec<Fact>) {
        self.today = entered_on;
        let now = Moment { at: Instant(i64::from(self.n_events)), today: entered_on };
        let before = self.case.clone();
        let considered = consider(&self.case, &self.setting, act, now);
        let (refusing, noted) = (considered.refusing.clone(), considered.noted.clone());
        let Ok(facts) = considered.answer() else {
            assert_eq!(self.case, before);
            return (refusing, noted, Vec::new());
        };
        for fact in &facts {
            self.record(fact.clone(), entered_on);
        }
        (refusing, noted, facts)
    }

    fn record(&mut self, fact: Fact, entered_on: Date) {
        self.n_events += 1;
        let class = match &fact.event {
            Event::Case(event) if event.entry.mode == EntryMode::Legacy => Lateness::Legacy,
            Event::Case(event) => {
                let grace = Grace::of(&event.change);
                lateness(fact.occurred_on, entered_on, grace, self.setting.books.calendar())
            }
            _ => Lateness::OnTime,
        };
        self.case.apply(Recorded {
            event_id: self.event_id(),
            fact,
            recorded_at: Instant(i64::from(self.n_events)),
            recorded_on: entered_on,
            lateness: class,
            actor: ACTOR,
        });
    }

    /// Notes what did not come out as written; all of it is shown together.
    fn expect<T: PartialEq + std::fmt::Debug>(&mut self, found: T, expected: T, place: &str, why: &[String]) {
        if found != expected {
            self.wrong.push(format!(
                "{place}\n  found    {found:?}\n  expected {expected:?}\n  {}",
                why.join("\n  ")
            ));
        }
    }

    fn event_id(&self) -> EventId {
        EventId([self.n_events; 16])
    }
}

fn unit(row: &UnitRow) -> (UnitId, UnitFacts) {
    let kind = |word: &str| UnitKind::parse(word).unwrap_or_else(|| panic!("no kind {word}"));
    let facts = UnitFacts {
        kind: kind(&row.kind),
        parent: row.parent.as_deref().map(kind),
        n_full: row.n_full,
        n_voting: row.n_voting,
        has_committee: row.has_committee,
        is_authorised: row.is_authorised,
    };
    (UnitId(row.id), facts)
}

fn person(row: &PersonRow) -> (PersonId, PersonFacts) {
    let facts = PersonFacts {
        name: row.name.clone(),
        stage: Stage::parse(&row.stage).unwrap(),
        full_since: row.full_since.as_ref().map(day),
        is_under_sanction: row.is_under_sanction,
        unit: UnitId(row.unit),
    };
    (PersonId(row.id), facts)
}

fn base_of(name: &str, scene: Option<&Scene>) -> Base {
    let path = folder().join("bases").join(name);
    let mut world: toml::Value = parse(&path);
    if let Some(scene) = scene {
        let mut changed = world.clone();
        for (path, value) in &scene.world {
            set_toml(&mut changed, path, value.clone());
        }
        world = changed;
    }
    world.try_into().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn set_toml(world: &mut toml::Value, path: &str, value: toml::Value) {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let place = match world {
        toml::Value::Array(list) => &mut list[head.parse::<usize>().unwrap()],
        toml::Value::Table(table) => {
            table.entry(head).or_insert_with(|| toml::Value::Table(toml::Table::new()))
        }
        other => panic!("{path}: {other} has no parts"),
    };
    match rest {
        Some(rest) => set_toml(place, rest, value),
        None => *place = value,
    }
}

/// The acts of the base that a scene plays, changed as it says.
fn played(base: &Base, scene: &Scene) -> Vec<ActRow> {
    let until = scene.before.as_deref();
    if let Some(label) = until {
        assert!(
            base.act.iter().any(|row| row.id.as_deref() == Some(label)),
            "{}: no act {label}",
            scene.name
        );
    }
    let mut acts: Vec<ActRow> =
        base.act.iter().take_while(|row| until.is_none() || row.id.as_deref() != until).cloned().collect();
    for label in &scene.skip {
        let before = acts.len();
        acts.retain(|row| row.id.as_deref() != Some(label));
        assert!(acts.len() < before, "{}: no act {label} to skip", scene.name);
    }
    for (path, value) in &scene.set {
        let (label, field) = path.split_once('.').expect("act.field");
        let row = acts.iter_mut().find(|row| row.id.as_deref() == Some(label));
        let row = row.unwrap_or_else(|| panic!("{}: no act {label} to set", scene.name));
        match (field, value) {
            ("on", toml::Value::Datetime(on)) => row.on = Some(*on),
            ("entered_on", toml::Value::Datetime(on)) => row.entered_on = Some(*on),
            ("entry", toml::Value::Table(entry)) => row.entry = Some(entry.clone()),
            _ => drop(row.set.insert(field.to_owned(), value.clone())),
        }
    }
    acts
}

fn like(base: &Base, row: &ActRow) -> ActRow {
    let Some(label) = &row.like else { return row.clone() };
    let model = base.act.iter().find(|act| act.id.as_ref() == Some(label));
    let model = model.unwrap_or_else(|| panic!("no act {label} to be like"));
    let mut body = model.body.clone();
    body.extend(row.body.clone());
    ActRow {
        id: row.id.clone().or(Some(label.clone())),
        kind: row.kind.clone().or(model.kind.clone()),
        on: row.on.or(model.on),
        body,
        ..row.clone()
    }
}

fn spoken(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} {}", finding.rule, finding.fields[0])).collect()
}

fn rules(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| finding.rule.clone()).collect()
}

fn play_row(play: &mut Play<'_>, row: &ActRow, place: &str) {
    let (act, entered_on) = play.act(row);
    let (refusing, noted, facts) = play.play(&act, entered_on);
    for finding in refusing.iter().chain(&noted) {
        for text in [&finding.text, &finding.remedy] {
            assert!(!text.zh.contains('{') && !text.en.contains('{'), "{place}: {text:?}");
        }
        assert!(!finding.article.contains('{'), "{place}: {}", finding.article);
    }
    play.expect(spoken(&refusing), row.refused.clone(), place, &texts(&refusing));
    if let Some(expected) = &row.noted {
        play.expect(rules(&noted), expected.clone(), &format!("{place}: noted"), &texts(&noted));
    }
    if let Some(expected) = &row.also {
        let kinds: Vec<_> = facts.iter().skip(1).map(|fact| fact.event.kind().to_owned()).collect();
        play.expect(kinds, expected.clone(), &format!("{place}: facts beside the event"), &[]);
    }
    if let (Some(label), true) = (&row.id, refusing.is_empty()) {
        let n = play.n_events - u8::try_from(facts.len() - 1).unwrap();
        play.labels.insert(label.clone(), EventId([n; 16]));
    }
}

fn texts(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.text.en)).collect()
}

fn check_end(play: &mut Play<'_>, end: &End, place: &str) {
    let case = play.case.clone();
    if let Some(stage) = &end.stage {
        play.expect(case.stage().as_str(), stage, &format!("{place}: stage"), &[]);
    }
    for (expected, found, what) in [
        (&end.stage_on, case.stage_on(), "stage_on"),
        (&end.probation_ends_on, case.probation_ends_on(), "probation_ends_on"),
        (&end.full_since, case.full_since(), "full_since"),
    ] {
        if let Some(expected) = expected {
            play.expect(found, Some(day(expected)), &format!("{place}: {what}"), &[]);
        }
    }
    if let Some(unit) = end.unit {
        play.expect(case.unit, UnitId(unit), &format!("{place}: unit"), &[]);
    }
    if let Some(expected) = &end.findings {
        let file = case.file(play.today, &play.setting.candidate);
        let found = judge(&file, play.setting.books, play.today);
        play.expect(rules(&found), expected.clone(), &format!("{place}: audit"), &texts(&found));
    }
    check_agenda(play, end, place);
}

fn check_agenda(play: &mut Play<'_>, end: &End, place: &str) {
    let on = end.agenda_on.as_ref().map_or(play.today, day);
    let agenda = agenda(&play.case, &play.setting, on);
    let spoken = |due: &Due| {
        let latest = due.latest_on.map_or("-".into(), |day| day.to_string());
        let duty = match due.duty {
            Duty::Take(step) => step.as_str().to_owned(),
            other => format!("{other:?}").split('(').next().unwrap().to_owned(),
        };
        format!("{duty} {} {latest} {}", due.earliest_on.unwrap(), due.pressure.as_str())
    };
    if !end.agenda.is_empty() {
        let due = agenda.due.iter().map(spoken).collect();
        play.expect(due, end.agenda.clone(), &format!("{place}: agenda on {on}"), &[]);
    }
    for (step, expected) in &end.ahead {
        let ahead = agenda.ahead.iter().find(|ahead| ahead.step.as_str() == step);
        let found = ahead.map(|ahead| ahead.earliest_on);
        play.expect(found, Some(day(expected)), &format!("{place}: {step} ahead"), &[]);
    }
}

fn stories() -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths
}

/// Plays a whole base up to an act.
pub(crate) fn lawful<'a>(name: &str, books: &'a Rulebooks, n_acts: usize) -> Play<'a> {
    let base = base_of(name, None);
    let mut play = Play::new(&base, books, None);
    for row in base.act.iter().take(n_acts) {
        play_row(&mut play, row, name);
    }
    assert!(play.wrong.is_empty(), "{}", play.wrong.join("\n"));
    play
}

/// Every act of a base, as it would be read.
pub(crate) fn acts_of(name: &str, books: &Rulebooks) -> Vec<(Act, Date)> {
    let base = base_of(name, None);
    let mut play = Play::new(&base, books, None);
    let mut acts = Vec::new();
    for row in &base.act {
        acts.push(play.act(row));
        play_row(&mut play, row, name);
    }
    acts
}

#[test]
fn every_journey_goes_as_written() {
    let books = Rulebooks::live();
    let (mut n_scenes, mut wrong) = (0, Vec::new());
    for path in stories() {
        let story: Story = parse(&path);
        for scene in &story.scene {
            let place = format!("{}: {}", path.file_name().unwrap().display(), scene.name);
            let base = base_of(&story.base, Some(scene));
            let mut play = Play::new(&base, &books, Some(scene));
            for row in played(&base, scene) {
                play_row(&mut play, &row, &format!("{place}: base act {:?}", row.id));
            }
            for (position, row) in scene.act.iter().enumerate() {
                play_row(&mut play, &like(&base, row), &format!("{place}: act {}", position + 1));
            }
            check_end(&mut play, &scene.end, &place);
            wrong.extend(play.wrong);
            n_scenes += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_scenes > 0);
}

#[test]
fn the_bases_are_whole_and_lawful() {
    let books = Rulebooks::live();
    for name in ["1990.toml", "2014.toml", "2026.toml"] {
        let play = lawful(name, &books, usize::MAX);
        assert_eq!(play.case.stage(), Stage::Full, "{name}");
        assert!(play.case.is_closed(), "{name}");
        let file = play.case.file(play.today, &play.setting.candidate);
        assert_eq!(texts(&judge(&file, &books, play.today)), Vec::<String>::new(), "{name}");
        assert!(agenda(&play.case, &play.setting, play.today).due.is_empty(), "{name}");
    }
}

/// Every kind of event occurs in some journey, so that none is without a story.
#[test]
fn every_kind_of_event_has_a_story() {
    let mut kinds: BTreeSet<String> = BTreeSet::new();
    let mut note = |rows: &[ActRow]| kinds.extend(rows.iter().filter_map(|row| row.kind.clone()));
    for name in ["1990.toml", "2014.toml", "2026.toml"] {
        note(&base_of(name, None).act);
    }
    for path in stories() {
        parse::<Story>(&path).scene.iter().for_each(|scene| note(&scene.act));
    }
    for kind in CaseEvent::KINDS {
        assert!(kinds.contains(kind), "no journey has {kind}");
    }
}

/// The rules of acts that a journey refuses or notes; each has at least one.
#[test]
fn every_check_of_an_act_has_a_story() {
    let mut met = BTreeSet::new();
    for path in stories() {
        for row in parse::<Story>(&path).scene.into_iter().flat_map(|scene| scene.act) {
            met.extend(row.refused.iter().map(|found| found.split(' ').next().unwrap().to_owned()));
            met.extend(row.noted.into_iter().flatten());
        }
    }
    for rule in domain::decide::ActRule::ALL {
        assert!(met.contains(rule.id()), "no journey meets {}", rule.id());
    }
}

#[test]
fn a_body_survives_the_record() {
    let books = Rulebooks::live();
    for name in ["1990.toml", "2014.toml", "2026.toml"] {
        let play = lawful(name, &books, usize::MAX);
        for logged in play.case.log() {
            let event = &logged.recorded.fact.event;
            let body = event.body().unwrap();
            assert!(!body.to_string().contains("null"), "{body}");
            assert_eq!(&Event::read(event.kind(), body).unwrap(), event);
        }
        // Applying the events one by one is the same as folding them at once.
        let events = play.case.log().iter().map(|logged| logged.recorded.clone());
        assert_eq!(Case::fold(CASE, CANDIDATE, UnitId(30), events), play.case, "{name}");
    }
}

/// A change that needs no step leaves the steps alone.
#[test]
fn the_last_act_of_a_base_is_the_archive() {
    let books = Rulebooks::live();
    let acts = acts_of("2014.toml", &books);
    assert!(
        matches!(&acts.last().unwrap().0.change, Change::Completed(record) if record.kind() == "case.archived")
    );
}
