//! What concerns one person: talks, letters of inquiry, reports, declarations; and settling what an entry
//! asks for.

use super::{
    Desk, ReportBallots, SupervisionDeclarationMade, SupervisionInquirySent, SupervisionReportGiven,
    SupervisionRule, SupervisionSettled, SupervisionTalkHeld, Talk, TalkKind,
};
use crate::blanks::At;
use crate::decide::Consideration;
use crate::ids::PersonId;

pub(super) fn talk(mut desk: Desk<'_>, it: &Talk) -> Consideration {
    desk.check_person("person", it.person);
    desk.check_person("talker", it.talker);
    if it.person == it.talker {
        desk.find(SupervisionRule::OwnTalk, "talker", &[]);
    }
    desk.check_filled("cause", &it.cause);
    let has_trigger = match it.talk {
        TalkKind::Reminder | TalkKind::Admonition => true,
        TalkKind::PreAppointment | TalkKind::Integrity => false,
    };
    if has_trigger && it.trigger.is_none() {
        desk.find(SupervisionRule::Trigger, "trigger", &[]);
    }
    if it.talk == TalkKind::Admonition {
        desk.check_filled("explanation", &it.explanation);
        desk.check_filled("measures", &it.measures);
        if it.follow_up_on.is_none() {
            desk.find(SupervisionRule::FollowUp, "follow_up_on", &[]);
        }
    }
    if let Some(day) = it.follow_up_on.filter(|day| *day <= desk.ground.on) {
        let values = [("due", At::Day(day)), ("day", At::Day(desk.ground.on))];
        desk.find(SupervisionRule::DueBefore, "follow_up_on", &values);
    }
    let fact = desk.sealed(
        it.person,
        SupervisionTalkHeld {
            number: desk.ground.free(),
            talk: it.talk,
            talker: it.talker,
            trigger: it.trigger.filter(|_| has_trigger),
            cause: it.cause.trim().to_owned(),
            explanation: it.explanation.trim().to_owned(),
            measures: it.measures.trim().to_owned(),
            follow_up_on: it.follow_up_on,
        },
    );
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn inquire(mut desk: Desk<'_>, person: PersonId, question: &str) -> Consideration {
    desk.check_person("person", person);
    desk.check_filled("question", question);
    let sent = SupervisionInquirySent {
        number: desk.ground.free(),
        question: question.trim().to_owned(),
        reply_by: desk.ground.reply_by,
    };
    let fact = desk.sealed(person, sent);
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn report(
    mut desk: Desk<'_>,
    person: PersonId,
    text: &str,
    ballots: &ReportBallots,
) -> Consideration {
    desk.check_person("person", person);
    desk.check_filled("text", text);
    let n = [ballots.satisfied, ballots.mostly, ballots.dissatisfied, ballots.void];
    let n_papers: u64 = n.iter().copied().map(u64::from).sum();
    if ballots.n_present == 0 || n_papers != u64::from(ballots.n_present) {
        let papers = i64::try_from(n_papers).unwrap_or(i64::MAX);
        let values = [("papers", At::Number(papers)), ("present", At::Number(ballots.n_present.into()))];
        desk.find(SupervisionRule::Papers, "n_present", &values);
    }
    let given = SupervisionReportGiven {
        number: desk.ground.free(),
        text: text.trim().to_owned(),
        ballots: ballots.clone(),
    };
    let fact = desk.sealed(person, given);
    desk.reasons.answer(|| vec![fact])
}

pub(super) fn declare(mut desk: Desk<'_>, person: PersonId, text: &str) -> Consideration {
    desk.check_person("person", person);
    desk.check_filled("text", text);
    let made = SupervisionDeclarationMade { number: desk.ground.free(), text: text.trim().to_owned() };
    let fact = desk.sealed(person, made);
    desk.reasons.answer(|| vec![fact])
}

/// What an entry asked for has come. Late is noted, for ever, and does not refuse.
pub(super) fn settle(mut desk: Desk<'_>, number: i64, text: &str) -> Consideration {
    desk.check_filled("text", text);
    let on = desk.ground.on;
    let mut person = None;
    match desk.ground.entry(number) {
        None => desk.find(SupervisionRule::UnknownEntry, "number", &[("n", At::Number(number))]),
        Some(entry) => {
            person = entry.person;
            if on < entry.held_on {
                let values = [("held", At::Day(entry.held_on)), ("day", At::Day(on))];
                desk.find(SupervisionRule::SettledBefore, "on", &values);
            }
            match (entry.due_on, entry.settled_on) {
                (None, _) => {
                    desk.find(SupervisionRule::NothingDue, "number", &[("n", At::Number(number))]);
                }
                (Some(_), Some(day)) => {
                    desk.find(SupervisionRule::SettledTwice, "number", &[("day", At::Day(day))])
                }
                (Some(due), None) if on > due => {
                    desk.find(SupervisionRule::Late, "on", &[("due", At::Day(due)), ("day", At::Day(on))]);
                }
                (Some(_), None) => {}
            }
        }
    }
    let settled = SupervisionSettled { number, text: text.trim().to_owned() };
    let fact = match person {
        Some(person) => desk.sealed(person, settled),
        None => desk.fact(settled),
    };
    desk.reasons.answer(|| vec![fact])
}
