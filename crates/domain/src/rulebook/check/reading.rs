//! A case file with what several rules ask of it worked out once: the day of looking, the order of
//! the meetings about confirmation, and the dates by name.

use jiff::civil::Date;

use super::super::FileDate;
use crate::case_file::{CaseFile, ConfirmationMeeting, Outcome, Path};

/// A case file being judged.
pub(crate) struct Reading<'f> {
    pub(crate) file: &'f CaseFile,
    /// The day on which the file is looked at.
    pub(crate) as_of: Date,
    /// List positions of the meetings about confirmation, by date and then by position.
    by_date: Vec<usize>,
}

impl<'f> Reading<'f> {
    pub(crate) fn new(file: &'f CaseFile, today: Date) -> Self {
        let meetings = &file.confirmation.meetings;
        let mut by_date: Vec<usize> = (0..meetings.len()).collect();
        by_date.sort_by_key(|position| meetings[*position].on);
        Reading { file, as_of: file.as_of.unwrap_or(today), by_date }
    }

    /// The first and the last day by which an edition can be asked to judge anything here. Windows
    /// of review end between the days they are counted from and to.
    pub(crate) fn span(&self) -> (Date, Date) {
        let file = self.file;
        let dates = FileDate::ALL.iter().filter_map(|date| self.date(*date));
        let mentors = file.mentors.iter().filter_map(|mentor| mentor.from);
        let sponsors = file.sponsors.iter().filter_map(|sponsor| sponsor.named_on);
        let meetings = file.confirmation.meetings.iter().map(|meeting| meeting.on);
        let days = dates.chain(mentors).chain(sponsors).chain(meetings);
        days.fold((self.as_of, self.as_of), |(first, last), day| (first.min(day), last.max(day)))
    }

    /// The meetings about confirmation with their list positions, by date.
    pub(super) fn confirmations(
        &self,
    ) -> impl DoubleEndedIterator<Item = (usize, &'f ConfirmationMeeting)> + '_ {
        self.by_date.iter().map(|position| (*position, &self.file.confirmation.meetings[*position]))
    }

    /// The last meeting that decided to confirm.
    pub(super) fn confirming(&self) -> Option<(usize, &'f ConfirmationMeeting)> {
        self.confirmations().rfind(|(_, meeting)| meeting.outcome == Outcome::Confirm)
    }

    pub(crate) fn date(&self, date: FileDate) -> Option<Date> {
        let file = self.file;
        match date {
            FileDate::AppliedOn => file.applied_on,
            FileDate::TalkOn => file.talk_on,
            FileDate::ActivistOn => file.activist.on,
            FileDate::TargetOn => file.target.on,
            FileDate::PoliticalReviewOn => file.political_review.as_ref()?.on,
            FileDate::CourseFrom => file.course.as_ref()?.from,
            FileDate::CourseTo => file.course.as_ref()?.to,
            FileDate::CourseExamOn => file.course.as_ref()?.exam_on,
            FileDate::CourseCertificateOn => file.course.as_ref()?.certificate_on,
            FileDate::PreExaminationOn => file.pre_examination.as_ref()?.on,
            FileDate::FormOn => file.form_on,
            FileDate::MeetingOn => file.meeting.on,
            FileDate::ApprovalTalkOn => file.approval_talk_on,
            FileDate::ApprovalOn => file.approval.on,
            FileDate::OathOn => file.oath_on,
            FileDate::ConfirmationAppliedOn => file.confirmation.applied_on,
            FileDate::ConfirmingMeetingOn => self.confirming().map(|(_, meeting)| meeting.on),
            FileDate::ConfirmationApprovalOn => file.confirmation.approval_on,
        }
    }

    /// Where a date stands.
    pub(super) fn path(&self, date: FileDate) -> Path {
        match date {
            FileDate::ConfirmingMeetingOn => match self.confirming() {
                Some((position, _)) => confirmation(position, "on"),
                None => Path::Key("confirmation.meetings"),
            },
            FileDate::AppliedOn
            | FileDate::TalkOn
            | FileDate::ActivistOn
            | FileDate::TargetOn
            | FileDate::PoliticalReviewOn
            | FileDate::CourseFrom
            | FileDate::CourseTo
            | FileDate::CourseExamOn
            | FileDate::CourseCertificateOn
            | FileDate::PreExaminationOn
            | FileDate::FormOn
            | FileDate::MeetingOn
            | FileDate::ApprovalTalkOn
            | FileDate::ApprovalOn
            | FileDate::OathOn
            | FileDate::ConfirmationAppliedOn
            | FileDate::ConfirmationApprovalOn => Path::Key(date.as_str()),
        }
    }
}

/// A place in a meeting about confirmation.
pub(super) fn confirmation(position: usize, key: &'static str) -> Path {
    Path::Entry("confirmation.meetings", position, key)
}
