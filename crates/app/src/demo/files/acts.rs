//! Telling the planned journeys as facts: every act on its day, written down by the branch in the days
//! after it, with its paper on the shelf. What happened before the record began is taken over on its
//! first day.

use domain::calendar::Calendar;
use domain::case::{
    CaseEvent, Change, Corrected, EndReason, Ended, Entry, Invalidated, MentorReplaced, NoticeOpened,
    NoticeStage, Opened, Step, StepReturned, Suspended, ThoughtReported, TransferSent,
};
use domain::dates::Lateness;
use domain::decide::{Grace, lateness, required_paper};
use domain::event::{Fact, FieldChange};
use domain::evidence::Evidence;
use domain::ids::CaseId;
use domain::record::{
    AdmissionVote, Application, Assignment, Channel, ConfirmationApplication, Mentors, Named,
    ProbationReview, Record, Review, ReviewResult, Voucher,
};
use jiff::ToSpan;
use jiff::civil::Date;

use super::PlannedFile;
use super::cast::World;
use super::days::{Admission, Probation, Training};
use super::faults::Fault;
use super::papers::{Numbers, Pen, TO_BE_NAMED};
use crate::demo::random::Random;
use crate::demo::record::{Line, Mark};
use crate::demo::{ATTESTER, FIRST_DAY, LAST_DAY, person_id, unit_id};

/// An act of a journey before it is a fact.
struct Act {
    on: Date,
    change: Change,
    entry: Entry,
    timing: Timing,
    mark: Option<Mark>,
    refers_to: Option<Mark>,
}

/// When an act is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Timing {
    /// Within two working days, and before the next act.
    Usual,
    /// On the day itself.
    AtOnce,
    /// So many days later, whatever comes next.
    Late(i64),
}

/// Names by which later acts of one file speak of earlier ones.
#[derive(Debug, Clone, Copy)]
enum Spoken {
    Application = 1,
    Talk = 2,
    AdmissionNotice = 3,
    ConfirmationNotice = 4,
}

/// The facts of every file; the lines of one file are in their order.
pub(crate) fn lines(world: &World<'_>, files: &[PlannedFile], seed: u64) -> Vec<Line> {
    let numbers = Numbers::of(files);
    let mut lines = Vec::new();
    for (position, file) in files.iter().enumerate() {
        let random = Random::stream(seed, &format!("{} papers", file.stream));
        let mut story = Story { pen: Pen { world, file, random }, acts: Vec::new() };
        if let (Some(earlier), Some(case)) = (&file.earlier, file.earlier_case) {
            story.tell_first_attempt(earlier);
            lines.extend(story.written(case));
        }
        story.tell(
            numbers.forms.get(&position).cloned().unwrap_or_default(),
            numbers.certificates.get(&position).cloned(),
        );
        lines.extend(story.written(file.case));
    }
    lines
}

struct Story<'a> {
    pen: Pen<'a>,
    acts: Vec<Act>,
}

impl Story<'_> {
    fn add(&mut self, on: Date, change: impl Into<Change>) -> &mut Act {
        let timing = Timing::Usual;
        let (change, entry) = (change.into(), Entry::live());
        self.acts.push(Act { on, change, entry, timing, mark: None, refers_to: None });
        self.acts.last_mut().expect("it was pushed just now")
    }

    fn take(&mut self, on: Date, record: impl Into<Record>) -> &mut Act {
        let record: Record = record.into();
        self.add(on, record)
    }

    fn mark(&self, spoken: Spoken) -> Mark {
        self.pen.file.case.0.unsigned_abs() * 8 + spoken as u64
    }

    /// The whole journey up to the last day of the file, and what befell it then.
    fn tell(&mut self, form: String, certificate: Option<String>) {
        let file = self.pen.file;
        let mentors = self.applying(&file.days.training, file.earlier_case, true);
        self.preparing(&file.days.admission, &mentors, form, certificate);
        self.admitting(&file.days.admission);
        self.on_probation(&file.days.probation);
        self.acts.retain(|act| act.on <= file.until);
        self.blemish();
        self.befall();
    }

    /// The file that came to nothing before the second application.
    fn tell_first_attempt(&mut self, training: &Training) {
        self.applying(training, None, false);
        self.acts.retain(|act| act.on < training.target);
        let minutes =
            self.pen.world.branch_minutes(&mut self.pen.random, self.pen.file.branch, training.target);
        self.add(training.target, removal(minutes, training.target));
    }

    fn applying(&mut self, training: &Training, previous: Option<CaseId>, goes_on: bool) -> Vec<Voucher> {
        let person = &self.pen.world.people[self.pen.file.person];
        let (application, talk) = (self.mark(Spoken::Application), self.mark(Spoken::Talk));
        self.add(training.applied, Opened { previous });
        let paper = Application { channel: Channel::Unit, is_signed: true };
        self.take(training.applied, paper).mark = goes_on.then_some(application);
        let record = self.pen.talk(training.talk);
        self.take(training.talk, record).mark = goes_on.then_some(talk);
        let record = self.pen.listing(person, training.recommended, training.listed);
        self.take(training.listed, record);
        let mut mentors = self.pen.world.pair(&mut self.pen.random, self.pen.file.branch, training.listed);
        let is_missing = goes_on && self.pen.file.fault == Some(Fault::MentorsMissing);
        if !is_missing {
            self.take(training.listed, Mentors { mentors: mentors.clone() });
            self.replace_mentors(&mut mentors, training);
        }
        for &day in &training.reviews {
            let result = match self.pen.random.chance(120) {
                true => ReviewResult::PointsToImprove,
                false => ReviewResult::Continue,
            };
            self.take(day, Review { result, is_noted_by_mentors: true });
        }
        for &day in &training.reports {
            self.add(day, ThoughtReported { is_signed: true });
        }
        if goes_on {
            let record = self.pen.target(training.target);
            self.take(training.target, record);
        }
        mentors
    }

    /// A mentor who dies while the training lasts is followed by another.
    fn replace_mentors(&mut self, mentors: &mut [Voucher], training: &Training) {
        let (world, branch) = (self.pen.world, self.pen.file.branch);
        for place in 0..mentors.len() {
            let left_on = world.left_on(branch, &mentors[place]);
            let Some(day) = left_on.filter(|day| *day < training.target) else { continue };
            let on = day.saturating_add(12.days());
            let Some(joining) = world.another(&mut self.pen.random, branch, on, mentors) else { continue };
            if on >= training.target {
                continue;
            }
            let Voucher { person, name, .. } = std::mem::replace(&mut mentors[place], joining.clone());
            let leaving = Named { person, name };
            let reason = "原培养联系人去世".to_owned();
            self.add(on, MentorReplaced { leaving, joining: Some(joining), reason });
        }
    }

    fn preparing(
        &mut self,
        admission: &Admission,
        mentors: &[Voucher],
        form: String,
        certificate: Option<String>,
    ) {
        let record = self.pen.sponsors(mentors, admission.sponsors);
        self.take(admission.sponsors, record);
        let record = self.pen.political_review();
        self.take(admission.political, record);
        let issued_on = admission.course.to.saturating_add(2.days());
        let record = self.pen.course(admission.course, certificate, issued_on);
        // The certificate comes with the Monday after.
        self.take(admission.course.to, record).timing = Timing::Late(2);
        let record = self.pen.examination(admission.examined);
        self.take(admission.examined, record);
        self.take(admission.form, Pen::form(form));
        self.notice(NoticeStage::Admission, admission.notice, Spoken::AdmissionNotice);
    }

    fn notice(&mut self, stage: NoticeStage, (from, to): (Date, Date), spoken: Spoken) {
        let mark = self.mark(spoken);
        let place = "支部公告栏".to_owned();
        let opened = self.add(from, NoticeOpened { stage, last_on: to, place });
        (opened.timing, opened.mark) = (Timing::AtOnce, Some(mark));
        let closed = self.pen.notice_closed(stage, to);
        let closed = self.add(to, closed);
        (closed.timing, closed.refers_to) = (Timing::AtOnce, Some(mark));
    }

    fn admitting(&mut self, admission: &Admission) {
        let branch = self.pen.file.branch;
        let ballot = self.pen.world.ballot(&mut self.pen.random, branch, admission.meeting);
        self.take(admission.meeting, AdmissionVote { ballot });
        let record = self.pen.approval_talk(admission.approval_talk);
        self.take(admission.approval_talk, record);
        let record = self.pen.approval(admission.meeting);
        self.take(admission.approval, record);
    }

    fn on_probation(&mut self, probation: &Probation) {
        let person = &self.pen.world.people[self.pen.file.person];
        let branch = unit_id(self.pen.file.branch);
        self.take(probation.assigned, Assignment { branch, group: None });
        let record = self.pen.oath(probation.oath);
        self.take(probation.oath, record);
        for &day in &probation.reviews {
            self.take(day, ProbationReview { result: ReviewResult::Continue });
        }
        self.take(probation.applied, ConfirmationApplication { is_signed: true });
        self.notice(NoticeStage::Confirmation, probation.notice, Spoken::ConfirmationNotice);
        let record = self.pen.confirmation_vote(probation.meeting);
        self.take(probation.meeting, record);
        let record = self.pen.confirmation_approval(probation.ends);
        self.take(probation.approval, record);
        let record = self.pen.archive(person, probation.archived);
        self.take(probation.archived, record);
    }

    /// Marks the act at which a fault shows. What the rules would have refused was filled in from the
    /// papers afterwards, because nobody could enter it in the course of work.
    fn blemish(&mut self) {
        let Some(fault) = self.pen.file.fault else { return };
        let delay = self.pen.random.between(6, 10);
        let attested = || Entry::late("经办人住院，材料积压", Some(ATTESTER));
        let (step, entry, timing) = match fault {
            Fault::ReviewMissed => (Step::TargetListing, history(fault), Timing::Late(delay)),
            Fault::SponsorNotFull => (Step::Sponsors, history(fault), Timing::Late(delay)),
            Fault::NoticeShort => (Step::BranchMeeting, history(fault), Timing::Late(delay)),
            Fault::CourseShort | Fault::CertificateEarly => {
                (Step::ShortCourse, history(fault), Timing::Late(delay))
            }
            Fault::ApprovalLate => (Step::Approval, noted(Entry::live(), fault), Timing::Usual),
            Fault::LateEntry => {
                (Step::HalfYearReview, Entry::late("农忙，登记表晚交", None), Timing::Late(delay))
            }
            Fault::VeryLateEntry => (Step::HalfYearReview, attested(), Timing::Late(delay + 30)),
            Fault::BackFilled => {
                let entry = Entry::back_fill("清理档案时按原始登记表补录", None);
                (Step::HalfYearReview, entry, Timing::Late(delay + 8))
            }
            Fault::ReviewOverdue
            | Fault::MentorsMissing
            | Fault::ConfirmationOverdue
            | Fault::Corrected
            | Fault::Invalidated
            | Fault::Removed
            | Fault::Withdrawn
            | Fault::Reapplied
            | Fault::TransferPending
            | Fault::Suspended
            | Fault::ObjectionsOpen
            | Fault::StepReturned
            | Fault::CopiedPapers => return,
        };
        if let Some(act) = self.acts.iter_mut().find(|act| act.change.step() == Some(step)) {
            (act.entry, act.timing) = (entry, timing);
        }
    }

    /// What happens to the file on its last day, or amends it.
    fn befall(&mut self) {
        let (file, world) = (self.pen.file, self.pen.world);
        let (day, branch) = (file.until, file.branch);
        let Some(fault) = file.fault else { return };
        match fault {
            Fault::Corrected => self.correct_talk(),
            Fault::Invalidated => {
                let mark = self.mark(Spoken::Application);
                let reason = "同名人员的申请书误登入本档案".to_owned();
                self.add(day, Invalidated { event: TO_BE_NAMED, reason }).refers_to = Some(mark);
            }
            Fault::Removed => {
                let minutes = world.branch_minutes(&mut self.pen.random, branch, day);
                self.add(day, removal(minutes, day));
            }
            Fault::Withdrawn => {
                let grounds = "本人书面申请撤回".to_owned();
                let reason = EndReason::Withdrawn;
                self.add(day, Ended { reason, grounds, minutes: None, informed_on: None, reply: None });
            }
            Fault::TransferPending => {
                let to = world.elsewhere(branch);
                let reason = "工作调动".to_owned();
                self.add(day, TransferSent { to, is_file_included: true, reason });
            }
            Fault::Suspended => {
                self.add(day, Suspended { reason: "有来信反映，需要核实".to_owned() });
            }
            Fault::StepReturned => {
                let reason = "函调材料缺少落款日期，请补正".to_owned();
                self.add(day, StepReturned { step: Step::PoliticalReview, reason });
            }
            Fault::ReviewMissed
            | Fault::ReviewOverdue
            | Fault::MentorsMissing
            | Fault::SponsorNotFull
            | Fault::NoticeShort
            | Fault::CourseShort
            | Fault::CertificateEarly
            | Fault::ApprovalLate
            | Fault::ConfirmationOverdue
            | Fault::LateEntry
            | Fault::VeryLateEntry
            | Fault::BackFilled
            | Fault::Reapplied
            | Fault::ObjectionsOpen
            | Fault::CopiedPapers => {}
        }
    }

    /// The talk had been a day earlier than was written.
    fn correct_talk(&mut self) {
        let training = &self.pen.file.days.training;
        let mark = self.mark(Spoken::Talk);
        let text = |day: Date| serde_json::Value::from(day.to_string());
        let becomes = training.talk.saturating_sub(1.days()).max(training.applied);
        let change =
            FieldChange { field: "occurred_on".to_owned(), was: text(training.talk), becomes: text(becomes) };
        let day = self.pen.random.between(8, 20);
        let day = training.talk.saturating_add(day.days());
        let reason = "与谈话记录原件核对，登记时笔误".to_owned();
        let corrected = Corrected { event: TO_BE_NAMED, changes: vec![change], reason };
        self.add(day, corrected).refers_to = Some(mark);
    }

    /// The lines of a file, and an empty page for the next one.
    fn written(&mut self, case: CaseId) -> Vec<Line> {
        let mut acts = std::mem::take(&mut self.acts);
        acts.sort_by_key(|act| act.on);
        let nexts: Vec<Date> = acts.iter().skip(1).map(|act| act.on).chain([LAST_DAY]).collect();
        let (mut lines, mut last) = (Vec::with_capacity(acts.len()), FIRST_DAY);
        for (act, next) in acts.into_iter().zip(nexts) {
            last = self.written_on(&act, next).max(last).min(LAST_DAY);
            lines.push(self.line(case, act, last));
        }
        lines
    }

    fn written_on(&mut self, act: &Act, next: Date) -> Date {
        match act.timing {
            Timing::Usual => {
                let n_days = self.pen.random.below(3) as usize;
                working_days_after(self.pen.world.calendar, act.on, n_days).min(next.max(act.on))
            }
            Timing::AtOnce => act.on,
            Timing::Late(n_days) => act.on.saturating_add(n_days.days()),
        }
    }

    fn line(&self, case: CaseId, act: Act, written_on: Date) -> Line {
        let Act { on, change, mut entry, mark, refers_to, .. } = act;
        let (world, file) = (self.pen.world, self.pen.file);
        if on < FIRST_DAY {
            entry = Entry::legacy("1998年1月建库，按纸质档案录入");
        } else if entry.reason.is_none() {
            let class = lateness(on, written_on, Grace::of(&change), world.calendar);
            if class != Lateness::OnTime {
                entry.reason = Some("前一项登记延后，随后一并补登".to_owned());
            }
        }
        let shelf = || format!("{}柜-{}年-{case}号", world.units[file.branch].code, on.year());
        let evidence = required_paper(&change).map(|(kind, name)| Evidence::on_shelf(kind, name.zh, shelf()));
        let event = CaseEvent { case, entry, evidence: evidence.into_iter().collect(), change };
        let fact = Fact::of_person(person_id(file.person), unit_id(file.branch), on, event);
        Line { written_on, fact, mark, refers_to }
    }
}

fn removal(minutes: domain::record::Minutes, on: Date) -> Ended {
    Ended {
        reason: EndReason::RemovedFromList,
        grounds: "长期不参加培养教育活动，经支部研究调整".to_owned(),
        minutes: Some(minutes),
        informed_on: Some(on),
        reply: None,
    }
}

/// Filled in afterwards, with the rule that it broke.
fn history(fault: Fault) -> Entry {
    noted(Entry::back_fill("不符合规定，按原始材料如实补录", None), fault)
}

fn noted(entry: Entry, fault: Fault) -> Entry {
    Entry { noted: fault.rule().map(str::to_owned).into_iter().collect(), ..entry }
}

fn working_days_after(calendar: &Calendar, day: Date, n_days: usize) -> Date {
    let later = day.series(1.day()).skip(1).filter(|day| calendar.is_working_day(*day));
    if n_days == 0 { day } else { later.take(n_days).last().unwrap_or(day) }
}
