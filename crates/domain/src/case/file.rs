//! A file as outsiders see it: the projection onto the contract snapshot that the audit judges, so
//! that live cases, the page of a case and papers from outside meet the same checks.

use jiff::civil::Date;

use super::{Case, NoticeOutcome, Step, StepRecord};
use crate::ballot::{self, Ballot};
use crate::case_file::{self, Amount, CaseFile, Examination, LocalPack, Votes};
use crate::record::{Motion, Record, Voucher};

/// What the roster and the site's settings add to the events of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidate {
    /// Day of birth.
    pub born_on: Option<Date>,
    /// Identity number, if on the roster.
    pub id_number: Option<String>,
    /// Packs of local rules that the unit adopted.
    pub packs: Vec<LocalPack>,
}

impl Case {
    /// The file as it stands on a day, lawful or not. One that ended is read as of its end: nothing
    /// falls due in it any more.
    #[must_use]
    pub fn file(&self, as_of: Date, candidate: &Candidate) -> CaseFile {
        let day = |step: Step| self.done(step).map(|record| record.on);
        let id_number = candidate.id_number.clone().filter(|number| !number.is_empty());
        CaseFile {
            case: self.id.to_string(),
            as_of: Some(self.end().map_or(as_of, |end| as_of.min(end.on))),
            local: candidate.packs.clone(),
            person: case_file::Person { dob: candidate.born_on, id_number },
            applied_on: day(Step::Application),
            talk_on: day(Step::InitialTalk),
            activist: case_file::Listing { on: self.activist_on() },
            mentors: self.file_mentors(),
            reviews: self.records(Step::HalfYearReview).map(|review| review.on).collect(),
            target: case_file::Listing { on: self.target_on() },
            sponsors: self.file_sponsors(),
            political_review: self.last(Step::PoliticalReview).map(examination),
            course: self.last(Step::ShortCourse).and_then(course),
            notices: self.file_notices(),
            pre_examination: self.last(Step::PreExamination).map(examination),
            form_on: day(Step::ApplicationForm),
            meeting: self.file_meeting(),
            approval_talk_on: self.last(Step::ApprovalTalk).map(|record| record.on),
            approval: self.file_approval(),
            oath_on: day(Step::Oath),
            confirmation: self.file_confirmation(),
        }
    }

    fn file_mentors(&self) -> Vec<case_file::Mentor> {
        let vouchers: Vec<_> = self.mentors().iter().map(|mentor| &mentor.voucher).collect();
        let mentor = |mentor: &super::Mentoring| case_file::Mentor {
            name: Some(distinct_name(&mentor.voucher, &vouchers)),
            from: Some(mentor.from),
            full_member_since: mentor.voucher.full_since,
        };
        self.mentors().iter().map(mentor).collect()
    }

    fn file_sponsors(&self) -> Vec<case_file::Sponsor> {
        let Some(naming) = self.last(Step::Sponsors) else { return Vec::new() };
        let Record::Sponsors(named) = &naming.record else { return Vec::new() };
        let vouchers: Vec<_> = named.sponsors.iter().collect();
        let sponsor = |voucher: &Voucher| case_file::Sponsor {
            name: Some(distinct_name(voucher, &vouchers)),
            named_on: Some(naming.on),
            full_member_since: voucher.full_since,
        };
        named.sponsors.iter().map(sponsor).collect()
    }

    /// Notices that were shown to their end. One that still runs, whose objections are being
    /// checked, or that was stopped, does not open the way.
    fn file_notices(&self) -> Vec<case_file::Notice> {
        let closed = self.notices().iter().filter_map(|run| {
            let closing = run.closed.as_ref().filter(|closing| closing.outcome == NoticeOutcome::Proceed)?;
            Some(case_file::Notice { stage: run.stage.into(), from: Some(run.from), to: Some(closing.to) })
        });
        closed.collect()
    }

    fn file_meeting(&self) -> case_file::Meeting {
        let meeting =
            self.last(Step::BranchMeeting).and_then(|record| Some((record.on, record.record.ballot()?)));
        meeting.map_or_else(case_file::Meeting::default, |(on, ballot)| case_file::Meeting {
            on: Some(on),
            votes: votes(ballot),
        })
    }

    fn file_approval(&self) -> case_file::Approval {
        let Some(record) = self.done(Step::Approval) else { return case_file::Approval::default() };
        let Record::Approval(approval) = &record.record else { return case_file::Approval::default() };
        case_file::Approval {
            on: Some(record.on),
            probation_from: approval.probation_from,
            probation_to: approval.probation_to,
        }
    }

    /// A motion that was lawfully voted down decided nothing and is not a meeting of the snapshot,
    /// which knows only decisions.
    fn file_confirmation(&self) -> case_file::Confirmation {
        let meetings = self.records(Step::ConfirmationMeeting).filter_map(|record| {
            let Record::ConfirmationVote(vote) = &record.record else { return None };
            let is_decision = vote.ballot.outcome() != Ok(ballot::Outcome::NotCarried);
            is_decision.then(|| case_file::ConfirmationMeeting {
                on: record.on,
                outcome: outcome(vote.motion),
                extend_months: vote.extend_months,
                votes: votes(&vote.ballot),
            })
        });
        let approval = self.decided_motion().filter(|motion| *motion == Motion::Confirm);
        case_file::Confirmation {
            applied_on: self.records(Step::ConfirmationApplication).next().map(|record| record.on),
            meetings: meetings.collect(),
            approval_on: approval.and(self.last(Step::ConfirmationApproval)).map(|record| record.on),
        }
    }
}

fn examination(record: &StepRecord) -> Examination {
    Examination { on: Some(record.on), passed: Some(record.record.is_positive()) }
}

fn course(record: &StepRecord) -> Option<case_file::Course> {
    let Record::Course(course) = &record.record else { return None };
    Some(case_file::Course {
        from: Some(course.from),
        to: Some(course.to),
        days: Amount::whole(course.days.into()),
        hours: Amount::whole(course.hours.into()),
        exam_on: Some(course.exam_on),
        passed: Some(course.is_passed),
        certificate_on: course.certificate_on,
    })
}

fn votes(ballot: &Ballot) -> Votes {
    let count = |n: u32| Some(i32::try_from(n).unwrap_or(i32::MAX));
    Votes {
        due: count(ballot.due),
        present: count(ballot.present),
        in_favour: count(ballot.in_favour),
        against: count(ballot.against),
        abstain: count(ballot.abstain),
        written_for: count(ballot.written_for),
        secret: Some(ballot.is_secret),
        signed: Some(ballot.signed_by.is_some()),
    }
}

fn outcome(motion: Motion) -> case_file::Outcome {
    match motion {
        Motion::Confirm => case_file::Outcome::Confirm,
        Motion::Extend => case_file::Outcome::Extend,
        Motion::Cancel => case_file::Outcome::Cancel,
    }
}

/// The name as written; with the identity behind it where another person of the list bears the
/// same name, because the snapshot tells people apart by name.
fn distinct_name(voucher: &Voucher, among: &[&Voucher]) -> String {
    let has_namesake = among.iter().any(|other| other.name == voucher.name && other.person != voucher.person);
    match voucher.person {
        Some(person) if has_namesake => format!("{}（{person}）", voucher.name),
        _ => voucher.name.clone(),
    }
}
