//! What each step of a journey leaves behind, written from the city and the days. One function for each
//! paper that needs more than a line.

use std::collections::BTreeMap;

use domain::case::{NoticeClosed, NoticeOutcome, NoticeStage};
use domain::dates::age_on;
use domain::ids::EventId;
use domain::months::add_months;
use domain::record::{
    ActivistListing, AdmissionForm, Approval, ApprovalTalk, Archive, ArchiveItem, Assessment,
    CommitteeExamination, ConfirmationApproval, ConfirmationVote, Course, Keeping, Motion, Oath, Opinion,
    PoliticalReview, Recommendation, Recommender, ReviewMethod, SponsorSource, Sponsors, Talk, Talker,
    TargetListing, Topic, Voucher,
};
use domain::unit::PostKind;
use jiff::ToSpan;
use jiff::civil::Date;

use super::PlannedFile;
use super::cast::World;
use super::days::Cohort;
use super::faults::Fault;
use crate::demo::people::PlannedPerson;
use crate::demo::random::Random;
use crate::demo::{names, unit_id};

/// Up to this age the League recommends.
const LEAGUE_AGE_YEARS: i16 = 28;
/// An event that is named when the lines get their identities.
pub(crate) const TO_BE_NAMED: EventId = EventId([0; 16]);

/// Numbers that run through many files: forms by year, certificates by county and year, without gaps.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) forms: BTreeMap<usize, String>,
    pub(crate) certificates: BTreeMap<usize, String>,
}

impl Numbers {
    /// Numbers the forms and certificates that were handed out; keys are positions of files.
    pub(crate) fn of(files: &[PlannedFile]) -> Numbers {
        let mut forms: Vec<(Date, usize)> = Vec::new();
        let mut attended: Vec<(Cohort, usize)> = Vec::new();
        for (position, file) in files.iter().enumerate() {
            let admission = &file.days.admission;
            forms.extend((admission.form <= file.until).then_some((admission.form, position)));
            attended.extend((admission.course.to <= file.until).then_some((admission.course, position)));
        }
        forms.sort_unstable();
        attended.sort_unstable();
        let mut numbers = Numbers::default();
        let mut counts: BTreeMap<(usize, i16), u32> = BTreeMap::new();
        for (day, position) in forms {
            let n = next(&mut counts, (0, day.year()));
            numbers.forms.insert(position, format!("1{:02}{n:05}", day.year() % 100));
        }
        for (cohort, position) in attended {
            let n = next(&mut counts, (cohort.county, cohort.from.year()));
            let text = format!("{}结字第{n:04}号", cohort.from.year());
            numbers.certificates.insert(position, text);
        }
        numbers
    }
}

fn next(counts: &mut BTreeMap<(usize, i16), u32>, key: (usize, i16)) -> u32 {
    let count = counts.entry(key).or_insert(0);
    *count += 1;
    *count
}

/// The pen of one file: the city, the file and its own chance.
pub(crate) struct Pen<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) file: &'a PlannedFile,
    pub(crate) random: Random,
}

impl Pen<'_> {
    fn branch(&self) -> usize {
        self.file.branch
    }

    pub(crate) fn talk(&mut self, day: Date) -> Talk {
        let mut kinds = [PostKind::OrganisationMember, PostKind::Secretary, PostKind::DeputySecretary];
        if self.random.chance(500) {
            kinds.swap(0, 1);
        }
        let talker = self.world.officer(self.branch(), day, &kinds);
        Talk { talker, topics: Topic::ALL.to_vec() }
    }

    pub(crate) fn listing(
        &mut self,
        person: &PlannedPerson,
        recommended: Date,
        day: Date,
    ) -> ActivistListing {
        let is_young = age_on(person.born_on, day) <= LEAGUE_AGE_YEARS;
        let by = if is_young { Recommender::YouthLeague } else { Recommender::Members };
        ActivistListing {
            recommendations: vec![Recommendation { by, on: recommended }],
            minutes: self.world.branch_minutes(&mut self.random, self.file.branch, day),
        }
    }

    pub(crate) fn target(&mut self, day: Date) -> TargetListing {
        let page = self.random.between(2, 6);
        TargetListing {
            opinions: vec![Opinion::Group, Opinion::Mentors, Opinion::Members, Opinion::Masses],
            assessment: Assessment {
                political_quality: format!("见考察登记表第{page}页“政治素质”栏"),
                ability: format!("见考察登记表第{}页“工作和学习表现”栏", page + 1),
            },
            minutes: self.world.branch_minutes(&mut self.random, self.file.branch, day),
            awaits_agreement: false,
        }
    }

    /// The mentors as a rule; others where the branch named them or a mentor is no longer there.
    pub(crate) fn sponsors(&mut self, mentors: &[Voucher], day: Date) -> Sponsors {
        let branch = self.branch();
        let is_there = |mentor: &Voucher| self.world.left_on(branch, mentor).is_none_or(|left| left > day);
        let are_there = mentors.iter().all(is_there);
        let (mut sponsors, source) = match are_there && self.random.chance(750) {
            true => (mentors.to_vec(), SponsorSource::Mentors),
            false => (self.world.pair(&mut self.random, branch, day), SponsorSource::Organisation),
        };
        if self.file.fault == Some(Fault::SponsorNotFull)
            && let Some(second) = sponsors.last_mut()
        {
            // Somebody of another unit, whose probation had not ended.
            let born = day.year() - 30;
            *second = Voucher {
                person: None,
                name: names::person(&mut self.random, domain::person::Sex::Male, born),
                full_since: Some(day.saturating_add(self.random.between(40, 200).days())),
                is_relative: false,
            };
            return Sponsors { sponsors, source: SponsorSource::Invited };
        }
        Sponsors { sponsors, source }
    }

    pub(crate) fn political_review(&mut self) -> PoliticalReview {
        let mut methods = vec![ReviewMethod::Talk, ReviewMethod::Archives, ReviewMethod::InquiryLetter];
        if self.random.chance(150) {
            methods.push(ReviewMethod::Visit);
        }
        PoliticalReview { methods, is_passed: true, valid_until: None }
    }

    pub(crate) fn course(&self, cohort: Cohort, certificate: Option<String>, issued_on: Date) -> Course {
        let (year, month) = (cohort.from.year(), cohort.from.month());
        let is_short = self.file.fault == Some(Fault::CourseShort);
        let is_early = self.file.fault == Some(Fault::CertificateEarly);
        Course {
            from: cohort.from,
            to: cohort.to,
            days: if is_short { 4 } else { 6 },
            hours: if is_short { 28 } else { 42 },
            cohort: format!("{}{year}年{month}月培训班", self.world.units[cohort.county].name.zh),
            paper: format!("{year}年{month}月试卷"),
            exam_on: cohort.to,
            is_passed: true,
            certificate,
            certificate_on: Some(if is_early { cohort.to.saturating_sub(2.days()) } else { issued_on }),
        }
    }

    pub(crate) fn examination(&mut self, day: Date) -> CommitteeExamination {
        CommitteeExamination {
            opinions: vec![Opinion::Members, Opinion::Masses],
            minutes: self.world.branch_minutes(&mut self.random, self.file.branch, day),
        }
    }

    pub(crate) fn form(number: String) -> AdmissionForm {
        AdmissionForm { form: number, is_signed: true, is_signed_by_sponsors: true }
    }

    pub(crate) fn approval_talk(&mut self, day: Date) -> ApprovalTalk {
        let committee = self.world.approver(self.branch());
        let kinds = [PostKind::Organiser, PostKind::OrganisationMember, PostKind::DeputySecretary];
        let officer = self.world.officer(committee, day, &kinds);
        let capacity = match officer.post == PostKind::Organiser {
            true => Talker::Organiser,
            false => Talker::CommitteeMember,
        };
        ApprovalTalk { capacity, talker: self.world.named(officer), is_recommended: true }
    }

    pub(crate) fn approval(&mut self, meeting: Date) -> Approval {
        let committee = self.world.approver(self.branch());
        let is_late = self.file.fault == Some(Fault::ApprovalLate);
        Approval {
            committee: unit_id(committee),
            minutes: self.world.committee_minutes(&mut self.random, committee),
            is_individual: true,
            is_approved: true,
            probation_from: Some(meeting),
            probation_to: Some(add_months(meeting, 12)),
            special_reason: is_late.then(|| "党委换届，会期推迟".to_owned()),
        }
    }

    pub(crate) fn oath(&self, day: Date) -> Oath {
        let committee = self.world.approver(self.branch());
        let led_by = self.world.officer(committee, day, &[PostKind::Secretary, PostKind::DeputySecretary]);
        Oath { held_by: unit_id(committee), led_by }
    }

    pub(crate) fn confirmation_vote(&mut self, day: Date) -> ConfirmationVote {
        ConfirmationVote {
            motion: Motion::Confirm,
            extend_months: None,
            opinions: vec![Opinion::Group, Opinion::Members, Opinion::Masses],
            ballot: self.world.ballot(&mut self.random, self.file.branch, day),
        }
    }

    pub(crate) fn confirmation_approval(&mut self, ends: Date) -> ConfirmationApproval {
        let committee = self.world.approver(self.branch());
        ConfirmationApproval {
            committee: unit_id(committee),
            minutes: self.world.committee_minutes(&mut self.random, committee),
            is_individual: true,
            is_approved: true,
            standing_from: Some(ends),
        }
    }

    pub(crate) fn archive(&self, person: &PlannedPerson, day: Date) -> Archive {
        // Farmers have no personnel file.
        let is_farmer = person.occupation == domain::person::Occupation::Farmer;
        Archive {
            items: ArchiveItem::ALL.to_vec(),
            keeping: if is_farmer { Keeping::PartyFile } else { Keeping::PersonnelFile },
            number: format!("{}-{}", day.year(), self.file.case),
        }
    }

    /// The end of a notice, as the plan has it: nothing came in, or something is being checked.
    pub(crate) fn notice_closed(&self, stage: NoticeStage, to: Date) -> NoticeClosed {
        let is_checked = self.file.fault == Some(Fault::ObjectionsOpen) && stage == NoticeStage::Admission;
        NoticeClosed {
            notice: TO_BE_NAMED,
            to,
            n_objections: u32::from(is_checked),
            outcome: if is_checked { NoticeOutcome::Check } else { NoticeOutcome::Proceed },
        }
    }
}
