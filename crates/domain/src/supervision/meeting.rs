//! A meeting of the leading body with its votes, and the major matters that have to cite one.

use std::collections::BTreeSet;

use super::{
    Cast, DecidedAt, Desk, Item, ItemDecided, MatterKind, Meeting, MeetingKind, SupervisionMatterDecided,
    SupervisionMeetingHeld, SupervisionRectificationSet, SupervisionRule, SupervisionViewGiven, Vote, Votes,
    What, settings,
};
use crate::ballot::Ballot;
use crate::blanks::At;
use crate::decide::Consideration;
use crate::event::Fact;
use crate::ids::PersonId;

pub(super) fn hold(mut desk: Desk<'_>, it: &Meeting) -> Consideration {
    let due: BTreeSet<PersonId> = desk.ground.due.iter().map(|member| member.person).collect();
    let present: BTreeSet<PersonId> = it.present.iter().copied().filter(|who| due.contains(who)).collect();
    check_call(&mut desk, it, &due, &present);
    check_kind(&mut desk, it, due.len(), present.len());
    for (place, item) in it.items.iter().enumerate() {
        check_item(&mut desk, place, item, &due, &present);
    }
    check_rectifications(&mut desk, it, &due);
    let facts = facts(&desk, it, due, present);
    desk.reasons.answer(|| facts)
}

/// Notice, chair, who was there.
fn check_call(desk: &mut Desk<'_>, it: &Meeting, due: &BTreeSet<PersonId>, present: &BTreeSet<PersonId>) {
    if due.is_empty() {
        desk.find(SupervisionRule::NobodyDue, "present", &[("day", At::Day(desk.ground.on))]);
    }
    if it.notified_on > desk.ground.on {
        let values = [("notice", At::Day(it.notified_on)), ("day", At::Day(desk.ground.on))];
        desk.find(SupervisionRule::NoticeAfter, "notified_on", &values);
    }
    for who in it.present.iter().filter(|who| !due.contains(who)) {
        desk.find(SupervisionRule::PresentNotDue, "present", &[("who", desk.ground.name(*who))]);
    }
    if !present.contains(&it.chair) {
        desk.find(SupervisionRule::ChairAbsent, "chair", &[("who", desk.ground.name(it.chair))]);
    }
    desk.check_filled("minutes", &it.minutes);
    // More than half of those due, by the arithmetic of every ballot.
    if !it.items.is_empty() && !due.is_empty() && !ballot(due.len(), present.len(), &[]).has_quorum() {
        desk.find(SupervisionRule::NoQuorum, "present", &attendance(due.len(), present.len()));
    }
}

/// What each kind of meeting asks for.
fn check_kind(desk: &mut Desk<'_>, it: &Meeting, n_due: usize, n_present: usize) {
    match it.meeting {
        MeetingKind::PartyGroup | MeetingKind::Office | MeetingKind::BranchCommittee => {
            if it.items.is_empty() {
                desk.find(SupervisionRule::NoAgenda, "items.0.title", &[]);
            }
        }
        MeetingKind::Study => desk.check_filled("theme", &it.theme),
        MeetingKind::Life => {
            desk.check_filled("theme", &it.theme);
            desk.check_filled("opinions", &it.opinions);
            if is_below_two_thirds(n_due, n_present) {
                desk.find(SupervisionRule::LifeQuorum, "present", &attendance(n_due, n_present));
            }
            if it.rectifications.is_empty() {
                desk.find(SupervisionRule::NoRectification, "rectifications.0.what", &[]);
            }
        }
    }
}

fn is_below_two_thirds(n_due: usize, n_present: usize) -> bool {
    3 * n_present < 2 * n_due
}

fn attendance(n_due: usize, n_present: usize) -> [(&'static str, At); 2] {
    let number = |n: usize| At::Number(i64::try_from(n).unwrap_or(i64::MAX));
    [("due", number(n_due)), ("present", number(n_present))]
}

fn check_item(
    desk: &mut Desk<'_>,
    place: usize,
    item: &Item,
    due: &BTreeSet<PersonId>,
    present: &BTreeSet<PersonId>,
) {
    let field = |name: &str| format!("items.{place}.{name}");
    desk.check_filled(&field("title"), &item.title);
    if let Some(matter) = item.matter {
        check_amount(desk, &field("amount"), matter, item.amount);
        if matter == MatterKind::Appointment && is_below_two_thirds(due.len(), present.len()) {
            let values = attendance(due.len(), present.len());
            desk.find(SupervisionRule::AppointmentQuorum, "present", &values);
        }
    }
    let mut voted = BTreeSet::new();
    for cast in &item.votes {
        let at = field(&format!("votes.{}", cast.person));
        let who = ("who", desk.ground.name(cast.person));
        if !due.contains(&cast.person) {
            desk.find(SupervisionRule::VoteNotDue, &at, &[who]);
        } else if !present.contains(&cast.person) {
            desk.find(SupervisionRule::VoteAbsent, &at, &[who]);
        } else if !voted.insert(cast.person) {
            desk.find(SupervisionRule::VoteTwice, &at, &[who]);
        } else if cast.view.trim().is_empty() {
            desk.find(SupervisionRule::NoView, &at, &[who]);
        }
    }
    if !item.votes.is_empty() {
        desk.check_filled(&field("resolution"), &item.resolution);
        for who in present.difference(&voted) {
            let at = field(&format!("votes.{who}"));
            desk.find(SupervisionRule::VoteMissing, &at, &[("who", desk.ground.name(*who))]);
        }
    } else if !item.resolution.trim().is_empty() {
        let title = At::Plain(item.title.trim().to_owned());
        desk.find(SupervisionRule::OnePerson, &field("resolution"), &[("title", title)]);
    }
}

/// Large funds say how much; below the threshold they are no major matter.
fn check_amount(desk: &mut Desk<'_>, field: &str, matter: MatterKind, amount: Option<i64>) {
    let figures = &settings().figures;
    match amount {
        None if matter == MatterKind::Funds => desk.find(SupervisionRule::NoAmount, field, &[]),
        Some(n) if n <= 0 => desk.find(SupervisionRule::Amount, field, &[("n", At::Number(n))]),
        Some(n) if matter == MatterKind::Funds && n < figures.large_funds_yuan => {
            let values = [
                ("n", At::Number(n)),
                ("least", At::Number(figures.large_funds_yuan)),
                ("source", At::Words(figures.large_funds_source.clone())),
            ];
            desk.find(SupervisionRule::SmallFunds, field, &values);
        }
        None | Some(_) => {}
    }
}

fn check_rectifications(desk: &mut Desk<'_>, it: &Meeting, due: &BTreeSet<PersonId>) {
    for (place, set) in it.rectifications.iter().enumerate() {
        let field = |name: &str| format!("rectifications.{place}.{name}");
        desk.check_filled(&field("what"), &set.what);
        if !due.contains(&set.owner) {
            desk.find(SupervisionRule::OwnerNotDue, &field("owner"), &[("who", desk.ground.name(set.owner))]);
        }
        if set.due_on < desk.ground.on {
            let values = [("due", At::Day(set.due_on)), ("day", At::Day(desk.ground.on))];
            desk.find(SupervisionRule::DueBefore, &field("due_on"), &values);
        }
    }
}

/// The figures of a vote of a body in which everyone due has a vote.
fn ballot(n_due: usize, n_present: usize, casts: &[Cast]) -> Ballot {
    let n = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let of = |vote: Vote| n(casts.iter().filter(|cast| cast.vote == vote).count());
    Ballot {
        due: n(n_due),
        excluded: Vec::new(),
        present: n(n_present),
        in_favour: of(Vote::For),
        against: of(Vote::Against),
        abstain: of(Vote::Abstain),
        written_for: 0,
        is_secret: false,
        is_individual: true,
        tellers: Vec::new(),
        signed_by: None,
    }
}

fn facts(desk: &Desk<'_>, it: &Meeting, due: BTreeSet<PersonId>, present: BTreeSet<PersonId>) -> Vec<Fact> {
    let number = desk.ground.free();
    let decided = |item: &Item| {
        let ballot = ballot(due.len(), present.len(), &item.votes);
        let votes = (!item.votes.is_empty()).then(|| Votes {
            in_favour: ballot.in_favour,
            against: ballot.against,
            abstain: ballot.abstain,
            is_carried: ballot.is_carried(),
        });
        ItemDecided {
            title: item.title.trim().to_owned(),
            matter: item.matter,
            amount: item.amount,
            votes,
            resolution: item.resolution.trim().to_owned(),
        }
    };
    let is_life = it.meeting == MeetingKind::Life;
    let days = jiff::Span::new().days(settings().figures.report_days);
    let mut facts = vec![desk.fact(SupervisionMeetingHeld {
        number,
        meeting: it.meeting,
        notified_on: it.notified_on,
        theme: it.theme.trim().to_owned(),
        chair: it.chair,
        items: it.items.iter().map(decided).collect(),
        opinions: it.opinions.trim().to_owned(),
        minutes: it.minutes.trim().to_owned(),
        report_by: is_life.then(|| desk.ground.on.saturating_add(days)),
        due: due.into_iter().collect(),
        present: present.into_iter().collect(),
    })];
    for (item, cast) in (1..).zip(&it.items).flat_map(|(n, item)| item.votes.iter().map(move |c| (n, c))) {
        let view = cast.view.trim().to_owned();
        let given = SupervisionViewGiven { meeting: number, item, vote: cast.vote, view };
        facts.push(desk.sealed(cast.person, given));
    }
    for (set, number_of) in it.rectifications.iter().zip(number + 1..) {
        facts.push(desk.fact(SupervisionRectificationSet {
            number: number_of,
            meeting: number,
            what: set.what.trim().to_owned(),
            owner: set.owner,
            due_on: set.due_on,
        }));
    }
    facts
}

/// A major matter, with the item of the meeting that decided it. Without one it is recorded all the same:
/// the paper is what it is, and the finding stays.
pub(super) fn matter(
    mut desk: Desk<'_>,
    (matter, title): (MatterKind, &str),
    amount: Option<i64>,
    decided_at: Option<DecidedAt>,
) -> Consideration {
    desk.check_filled("title", title);
    check_amount(&mut desk, "amount", matter, amount);
    match &decided_at {
        None => {
            let title = At::Plain(title.trim().to_owned());
            desk.find(SupervisionRule::NoMeeting, "meeting", &[("title", title)]);
        }
        Some(at) => check_cited(&mut desk, at),
    }
    let (number, title) = (desk.ground.free(), title.trim().to_owned());
    let fact = desk.fact(SupervisionMatterDecided { number, matter, title, amount, decided_at });
    desk.reasons.answer(|| vec![fact])
}

fn check_cited(desk: &mut Desk<'_>, at: &DecidedAt) {
    let entry = desk.ground.entry(at.meeting);
    let place = usize::try_from(at.item).ok().and_then(|n| n.checked_sub(1));
    let held = entry.and_then(|entry| match &entry.what {
        What::Meeting(held) => Some((entry.held_on, held)),
        What::Rectification(_)
        | What::Matter(_)
        | What::Talk { .. }
        | What::Inquiry {}
        | What::Report { .. }
        | What::Declaration {}
        | What::Record(_)
        | What::Exemption(_) => None,
    });
    let values = [("meeting", At::Number(at.meeting)), ("item", At::Number(at.item))];
    let Some((held_on, item)) = held.and_then(|(on, held)| Some((on, held.items.get(place?)?))) else {
        desk.find(SupervisionRule::UnknownItem, "meeting", &values);
        return;
    };
    if held_on > desk.ground.on {
        let values = [("held", At::Day(held_on)), ("day", At::Day(desk.ground.on))];
        desk.find(SupervisionRule::DecidedBefore, "on", &values);
    }
    let title = [("title", At::Plain(item.title.clone()))];
    match &item.votes {
        None => desk.find(SupervisionRule::OnePerson, "meeting", &title),
        Some(votes) if !votes.is_carried => desk.find(SupervisionRule::NotCarried, "meeting", &title),
        Some(_) => {}
    }
}
