//! What meetings and committees decided: resolutions with their tally, and notices of approval.

use domain::ballot::{Ballot, Outcome};
use domain::case::{Step, StepRecord};
use domain::ids::UnitId;
use domain::record::{Approval, ConfirmationApproval, Motion, Record};

use super::registers::minutes;
use super::{Source, words};
use crate::paper::{Block, Closing, Paper};

/// Resolutions of the branch meeting (支部大会决议), one for each meeting that decided.
pub(super) fn resolutions(source: &Source<'_>) -> Vec<Paper> {
    [Step::BranchMeeting, Step::ConfirmationMeeting]
        .into_iter()
        .filter_map(|step| source.case.last(step))
        .filter_map(|record| Some(resolution(source, record, record.record.ballot()?)))
        .collect()
}

fn resolution(source: &Source<'_>, record: &StepRecord, ballot: &Ballot) -> Paper {
    let (name, branch, day) = (&source.person.name, source.branch(), source.day(record.on));
    let (zh, en) = if let Record::ConfirmationVote(vote) = &record.record {
        matter(source, vote.motion, vote.extend_months)
    } else {
        (format!("接收{name}同志为中共预备党员"), format!("admitting {name} as a probationary member"))
    };
    let held = source.say(
        &format!("{branch}于{day}召开支部大会，讨论{zh}的问题。"),
        &format!("On {day} the meeting of {branch} discussed {en}."),
    );
    let manner = source.say(
        &format!("大会采取{}方式进行表决，结果如下：", if ballot.is_secret { "无记名投票" } else { "举手" }),
        if ballot.is_secret { "The vote was by secret ballot:" } else { "The vote was by show of hands:" },
    );
    let outcome = match ballot.outcome() {
        Ok(Outcome::Carried) => source.say(
            &format!("赞成人数超过应到会有表决权的正式党员的半数，大会通过决议：同意{zh}。报上级党委审批。"),
            &format!("More than half of the members due were in favour. Resolved: {en}. To be put before the committee above."),
        ),
        Ok(Outcome::NotCarried) => source.say(
            "赞成人数未超过应到会有表决权的正式党员的半数，决议未通过。",
            "Not more than half of the members due were in favour; the resolution was not carried.",
        ),
        Err(_) => source.say(
            "登记的票数相互矛盾，不能得出结果。",
            "The figures as recorded contradict one another and give no result.",
        ),
    };
    let mut blocks = vec![Block::paragraph(held), Block::paragraph(manner), tally(source, ballot)];
    if !ballot.excluded.is_empty() {
        blocks.push(left_out(source, ballot));
    }
    blocks.push(Block::paragraph(outcome));
    let tellers = source.listed(ballot.tellers.iter().map(|teller| teller.name.clone()));
    if !tellers.is_empty() {
        blocks.push(Block::paragraph(format!("{}{tellers}", source.say("监票、计票：", "Tellers: "))));
    }
    let signed = ballot.signed_by.as_ref().map(|officer| officer.name.clone());
    let who = format!(
        "{}{}",
        source.say("支部书记：", "Secretary: "),
        signed.unwrap_or_else(|| "　　　　　".to_owned())
    );
    blocks.push(Block::Closing { closing: Closing::signed(who, None) });
    blocks.push(Block::Closing { closing: Closing::sealed(branch, Some(day)) });
    let title = source.say(&format!("关于{zh}的决议"), &format!("Resolution on {en}"));
    source.paper(title, Some(record.on), blocks)
}

/// What a meeting at the end of probation was asked to decide.
fn matter(source: &Source<'_>, motion: Motion, months: Option<u16>) -> (String, String) {
    let (name, text) = (&source.person.name, words::motion(motion));
    let (zh_months, en_months) = match months {
        Some(n) => (format!("{n}个月"), format!(" by {n} months")),
        None => (String::new(), String::new()),
    };
    (format!("{name}同志{}{zh_months}", text.zh), format!("{} {name}{en_months}", text.en))
}

fn tally(source: &Source<'_>, ballot: &Ballot) -> Block {
    let heads = [
        source.say("应到", "Due"),
        source.say("实到", "Present"),
        source.say("赞成", "For"),
        source.say("不赞成", "Against"),
        source.say("弃权", "Abstained"),
        source.say("会前书面赞成", "Written, for"),
    ];
    let figures =
        [ballot.due, ballot.present, ballot.in_favour, ballot.against, ballot.abstain, ballot.written_for];
    Block::Table {
        widths: vec![2, 2, 2, 2, 2, 3],
        heads: heads.to_vec(),
        rows: vec![figures.iter().map(ToString::to_string).collect()],
    }
}

fn left_out(source: &Source<'_>, ballot: &Ballot) -> Block {
    let heads =
        [source.say("不计入应到的党员", "Member not counted as due"), source.say("上级同意", "Consent")];
    let rows = ballot
        .excluded
        .iter()
        .map(|left| vec![left.name.clone(), format!("{}　{}", left.consent, source.day(left.consented_on))]);
    Block::Table { widths: vec![1, 2], heads: heads.to_vec(), rows: rows.collect() }
}

/// Notices of approval to the branch (审批通知).
pub(super) fn approvals(source: &Source<'_>) -> Vec<Paper> {
    let admission = source.case.done(Step::Approval).and_then(|record| {
        let Record::Approval(approval) = &record.record else { return None };
        Some(admission(source, record, approval))
    });
    let confirmation = source.case.done(Step::ConfirmationApproval).and_then(|record| {
        let Record::ConfirmationApproval(approval) = &record.record else { return None };
        Some(confirmation(source, record, approval))
    });
    admission.into_iter().chain(confirmation).collect()
}

fn admission(source: &Source<'_>, record: &StepRecord, approval: &Approval) -> Paper {
    let (name, day) = (&source.person.name, source.day(record.on));
    let span = approval.probation_from.zip(approval.probation_to);
    let (zh_span, en_span) = span.map_or_else(Default::default, |(from, to)| {
        let (from, to) = (source.day(from), source.day(to));
        (format!("预备期自{from}至{to}。"), format!(" Probation runs from {from} to {to}."))
    });
    let text = source.say(
        &format!("经党委{day}会议研究，批准{name}同志为中共预备党员。{zh_span}"),
        &format!("The committee decided on {day} to admit {name} as a probationary member.{en_span}"),
    );
    let after = source.say(
        "请将审批结果通知本人，在支部大会上宣布，及时将其编入党支部和党小组，组织入党宣誓，并继续教育考察。",
        "Please tell the person, announce it at the branch meeting, assign the person to a branch and group, hold the \
         oath, and go on with training and review.",
    );
    let title = source.say(
        &format!("关于批准{name}同志为中共预备党员的通知"),
        &format!("Notice of the admission of {name} as a probationary member"),
    );
    decided(source, record, (title, approval.committee), [text, minutes(source, &approval.minutes), after])
}

fn confirmation(source: &Source<'_>, record: &StepRecord, approval: &ConfirmationApproval) -> Paper {
    let (name, day) = (&source.person.name, source.day(record.on));
    let is_cancelled = source.case.decided_motion() == Some(Motion::Cancel);
    let standing = approval.standing_from.or(source.case.full_since()).map(|from| source.day(from));
    let (zh, en) = match (is_cancelled, standing) {
        (true, _) => {
            ("取消预备党员资格。".to_owned(), "The probationary membership is cancelled.".to_owned())
        }
        (false, Some(from)) => (
            format!("按期转为中共正式党员，党龄自{from}算起。"),
            format!("The person is confirmed as a full member; standing counts from {from}."),
        ),
        (false, None) => {
            ("按期转为中共正式党员。".to_owned(), "The person is confirmed as a full member.".to_owned())
        }
    };
    let text = source.say(
        &format!("经党委{day}会议研究，批准你支部关于{name}同志的决议：{zh}"),
        &format!("The committee approved on {day} your resolution on {name}. {en}"),
    );
    let after = source.say(
        "请将审批结果通知本人，在支部大会上宣布，并将有关材料归档。",
        "Please tell the person, announce it at the branch meeting, and put the papers into the archive.",
    );
    let title = source.say(
        &format!("关于{name}同志预备期满审批结果的通知"),
        &format!("Notice of the decision at the end of the probation of {name}"),
    );
    decided(source, record, (title, approval.committee), [text, minutes(source, &approval.minutes), after])
}

fn decided(
    source: &Source<'_>,
    record: &StepRecord,
    (title, committee): (String, UnitId),
    paragraphs: [String; 3],
) -> Paper {
    let committee = source.unit(committee);
    let mut blocks = vec![Block::Addressee { text: source.branch() }];
    blocks.extend(paragraphs.into_iter().map(Block::paragraph));
    blocks.push(Block::Closing { closing: Closing::sealed(committee.clone(), Some(source.day(record.on))) });
    Paper { issuer: Some(committee), ..source.paper(title, Some(record.on), blocks) }
}
