use domain::event::{Fact, PostAssigned};
use domain::ids::PostId;
use domain::person::Sex;
use domain::role::{Reach, Role};
use domain::supervision::{
    Cast, Item, Meeting, MeetingKind, Rectification, Talk, TalkKind, Trigger, Vote, What,
};
use domain::unit::PostKind;
use jiff::civil::date;

use super::*;
use crate::accounts::NewGrant;
use crate::store::tests::{ACTOR, Site, now, record, register, sites, small_city};

const BUREAU: UnitId = UnitId(30);
const DAY: Date = date(2003, 3, 3);

/// A bureau whose body has three members; a fourth person is on a roster below.
fn bureau(site: &Site) {
    small_city(site);
    let post = |post: i64, kind, person: i64| {
        let assigned = PostAssigned { post: PostId(post), kind, person: PersonId(person) };
        Fact::of_unit(BUREAU, DAY, assigned)
    };
    let posts = vec![
        post(1, PostKind::Secretary, 100),
        post(2, PostKind::DeputySecretary, 101),
        post(3, PostKind::DisciplineMember, 102),
        // An organiser works for the body and is no member of it.
        post(4, PostKind::Organiser, 103),
    ];
    record(site, 3, vec![register(103, 41, Sex::Male)]);
    record(site, 4, posts);
}

fn meeting(present: &[i64]) -> Meeting {
    let vote =
        |person: &i64| Cast { person: PersonId(*person), vote: Vote::For, view: "赞成购置".into() };
    Meeting {
        meeting: MeetingKind::PartyGroup,
        notified_on: date(2003, 2, 26),
        theme: String::new(),
        chair: PersonId(100),
        present: present.iter().copied().map(PersonId).collect(),
        items: vec![Item {
            title: "购置设备".into(),
            matter: None,
            amount: None,
            resolution: "同意".into(),
            votes: present.iter().map(vote).collect(),
        }],
        opinions: String::new(),
        minutes: "会议记录".into(),
        rectifications: Vec::new(),
    }
}

fn enter(site: &Site, second: i64, act: Act) -> Result<Receipt, ActError> {
    let version = site.store.supervision(BUREAU, 2003, DAY).unwrap().version;
    let command = CommandId([u8::try_from(second).unwrap(); 16]);
    site.store.enter_supervision(ACTOR, now(second), command, (BUREAU, version), (DAY, act))
}

fn assert_sound(site: &Site) {
    assert_eq!(site.store.verify(&site.keys).unwrap().wrong_views, Vec::<&str>::new());
    let before = site.store.supervision(BUREAU, 2003, DAY).unwrap().entries;
    site.store.rebuild(&site.keys).unwrap();
    assert_eq!(site.store.supervision(BUREAU, 2003, DAY).unwrap().entries, before);
}

fn refused(error: ActError) -> Vec<String> {
    let ActError::Refused(refusal) = error else { panic!("{error}") };
    refusal.findings.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn a_meeting_is_held_by_those_in_office_and_its_views_are_opened_by_name() {
    for site in sites() {
        bureau(&site);
        let due = site.store.supervision_members(BUREAU, DAY).unwrap();
        assert_eq!(due.iter().map(|member| member.person.0).collect::<Vec<_>>(), [100, 101, 102]);
        assert!(site.store.supervision_members(BUREAU, date(2003, 3, 2)).unwrap().is_empty());

        // The organiser has no vote, and one of three is no quorum.
        let mut wrong = meeting(&[100]);
        wrong.items[0].votes.push(Cast { person: PersonId(103), vote: Vote::For, view: String::new() });
        let rules = refused(enter(&site, 10, Act::Meeting(wrong)).unwrap_err());
        assert_eq!(rules, ["S02.no_quorum", "S02.vote_not_due"]);
        assert_eq!(site.store.supervision(BUREAU, 2003, DAY).unwrap().version, 0);

        enter(&site, 11, Act::Meeting(meeting(&[100, 101]))).unwrap();
        let register = site.store.supervision(BUREAU, 2003, DAY).unwrap();
        assert_eq!((register.entries.len(), register.version), (1, 3));
        let opened = site.store.supervision_opened(BUREAU, 1).unwrap();
        let said: Vec<(i64, &str)> =
            opened.views.iter().map(|(person, given)| (person.0, given.view.as_str())).collect();
        assert_eq!(said, [(100, "赞成购置"), (101, "赞成购置")]);
        assert_sound(&site);
    }
}

#[test]
fn a_command_is_carried_out_once_and_only_on_what_was_seen() {
    for site in sites() {
        bureau(&site);
        let act = || Act::Meeting(meeting(&[100, 101]));
        let command = CommandId([9; 16]);
        let send =
            |version| site.store.enter_supervision(ACTOR, now(20), command, (BUREAU, version), (DAY, act()));
        assert!(!send(0).unwrap().is_repeat);
        assert!(send(0).unwrap().is_repeat);
        let other =
            site.store.enter_supervision(ACTOR, now(21), CommandId([8; 16]), (BUREAU, 0), (DAY, act()));
        assert_eq!(other, Err(ActError::Store(StoreError::Changed)));
        assert_eq!(site.store.supervision(BUREAU, 2003, DAY).unwrap().entries.len(), 1);
    }
}

fn admonition() -> Act {
    Act::Talk(Talk {
        talk: TalkKind::Admonition,
        person: PersonId(102),
        talker: PersonId(100),
        trigger: Some(Trigger::Vanity),
        cause: "办公楼装修超标".into(),
        explanation: "已停工".into(),
        measures: "按标准重做".into(),
        follow_up_on: Some(date(2003, 5, 6)),
    })
}

#[test]
fn a_talk_is_sealed_followed_up_and_kept_from_those_not_entitled() {
    for site in sites() {
        bureau(&site);
        enter(&site, 10, admonition()).unwrap();
        let register = site.store.supervision(BUREAU, 2003, DAY).unwrap();
        assert_eq!(register.entries[0].what, What::Talk { talk: TalkKind::Admonition });
        assert_eq!(register.pending()[0].due_on, Some(date(2003, 5, 6)));
        // The list of the record, which every role sees, does not say whom the talk was held with.
        let listed = site.store.entries(u64::MAX, 1).unwrap();
        assert_eq!((listed[0].kind.as_str(), listed[0].person), ("supervision.talk_held", None));
        enter(&site, 11, Act::Settle { number: 1, text: "已按标准重做".into() }).unwrap();
        let opened = site.store.supervision_opened(BUREAU, 1).unwrap();
        assert!(matches!(&opened.event, Event::SupervisionTalkHeld(held) if held.cause == "办公楼装修超标"));
        assert!(matches!(&opened.settled, Some(Event::SupervisionSettled(it)) if it.text == "已按标准重做"));
        assert!(site.store.supervision(BUREAU, 2003, DAY).unwrap().pending().is_empty());
        assert_sound(&site);

        // A stranger to the tree below is refused; so is an office that may not hold such talks.
        let inquiry = |person| Act::Inquiry { person: PersonId(person), question: "请说明".into() };
        assert_eq!(refused(enter(&site, 12, inquiry(777)).unwrap_err()), ["S01.person"]);
        for (second, role, person, is_allowed) in [
            (20, Role::Approver, None, false),
            (30, Role::Inspector, None, true),
            // Nobody handles their own affairs.
            (40, Role::Inspector, Some(PersonId(102)), false),
        ] {
            let actor = hired(&site, second, role, person);
            let version = site.store.supervision(BUREAU, 2003, DAY).unwrap().version;
            let command = CommandId([u8::try_from(second).unwrap(); 16]);
            let sent = site.store.enter_supervision(
                actor,
                now(second + 5),
                command,
                (BUREAU, version),
                (DAY, inquiry(102)),
            );
            assert_eq!(matches!(sent, Err(ActError::Denied(_))), !is_allowed, "{role:?} {sent:?}");
        }
        let register = site.store.supervision(BUREAU, 2003, DAY).unwrap();
        // Fifteen working days from the day after: Monday 24 March.
        assert_eq!(register.entries[1].due_on, Some(date(2003, 3, 24)));
    }
}

/// An account with a duty over the bureau.
fn hired(site: &Site, second: i64, role: Role, person: Option<PersonId>) -> Actor {
    let login = format!("login{second}");
    let account = site.store.open_account(ACTOR, now(second), &login, "某人", person).unwrap();
    let (reach, to) = (Reach::Exact, date(2003, 12, 31));
    let grant = NewGrant { account, role, unit: BUREAU, reach, from: DAY, to };
    site.store.give_grant(ACTOR, now(second + 1), grant).unwrap();
    Actor { account: Some(account), role: Some(role), unit: BUREAU }
}

#[test]
fn a_life_meeting_leaves_a_report_and_rectifications_that_wait_for_their_owners() {
    for site in sites() {
        bureau(&site);
        let life = Meeting {
            meeting: MeetingKind::Life,
            theme: "廉洁自律".into(),
            opinions: "征求意见九条".into(),
            items: Vec::new(),
            rectifications: vec![Rectification {
                what: "压缩会议".into(),
                owner: PersonId(101),
                due_on: date(2003, 6, 30),
            }],
            ..meeting(&[100, 101])
        };
        enter(&site, 10, Act::Meeting(life)).unwrap();
        let register = site.store.supervision(BUREAU, 2003, DAY).unwrap();
        let due: Vec<Option<Date>> = register.pending().iter().map(|entry| entry.due_on).collect();
        assert_eq!(due, [Some(date(2003, 3, 18)), Some(date(2003, 6, 30))]);
        enter(&site, 11, Act::Settle { number: 1, text: "报告已报上级".into() }).unwrap();
        assert_eq!(site.store.supervision(BUREAU, 2003, DAY).unwrap().pending().len(), 1);
        assert_sound(&site);
    }
}

#[test]
fn what_recurs_waits_for_committees_and_not_for_branches() {
    for site in sites() {
        bureau(&site);
        let waits = |unit: i64| {
            let register = site.store.supervision(UnitId(unit), 2003, DAY).unwrap();
            register.occurrences.iter().map(|it| it.system.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(waits(30), ["collective_leadership", "study"]);
        assert!(waits(40).is_empty());
        enter(&site, 10, Act::Meeting(meeting(&[100, 101, 102]))).unwrap();
        assert_eq!(waits(30), ["study"]);
    }
}
