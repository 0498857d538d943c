//! Everything that can be recorded. A fact is a header (when, where, about whom) and an event; the
//! event's fields become the body that the ledger commits to one by one, so their names are for
//! ever. The list of kinds only grows (`event/kinds.txt` is compared by a test).

mod fact;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::case::CaseEvent;
use crate::case_file::LocalPack;
use crate::charge::{
    AppealDecided, Appealed, Appraised, AwardRecorded, ChargeOpened, Inspected, LetterDrafted, LetterSigned,
    ResultUsed, SelfRated, TaskAnswered, TaskPressed, TaskReported, TaskSet,
};
use crate::ids::{AccountId, CaseId, EventId, GrantId, GroupId, PersonId, PlanId, PostId, UnitId};
use crate::paper::PaperKind;
use crate::person::{Departure, Particulars, Stage};
use crate::plan::{
    PlanAdopted, PlanAlertAnswered, PlanAlertSettled, PlanAnswered, PlanChangeDecided, PlanChangeRequested,
    PlanOpened, PlanProposed, PlanRequested, PlanSigned,
};
use crate::role::{Reach, Role};
use crate::schooling::{
    CertificateIssued, CertificateVoided, CohortAttended, CohortEnrolled, CohortOpened, CohortPlanned,
    CohortWithdrawn, ExamBegun, ExamExtended, ExamHandedIn, ExamMarked, ExamSaved, ExamSealed,
    QuestionEntered, QuestionRetired,
};
use crate::supervision::{
    SupervisionDeclarationMade, SupervisionExempted, SupervisionInquirySent, SupervisionMatterDecided,
    SupervisionMeetingHeld, SupervisionRecordEntered, SupervisionRectificationSet, SupervisionReportGiven,
    SupervisionSettled, SupervisionTalkHeld, SupervisionViewGiven,
};
use crate::text::{Language, Text};
use crate::unit::{PostKind, Sector, UnitKind};
use crate::workplace::{
    PersonPlaced, WorkplaceChanged, WorkplaceClosed, WorkplaceCounted, WorkplaceEntrusted, WorkplaceListed,
    WorkplaceMoved, WorkplaceOrganised, WorkplaceRelieved, WorkplaceVisited, WorkplacesImported,
};

pub use fact::Fact;

/// Builds the event enum: each kind has a name that is written in the ledger, and a payload whose
/// fields are committed one by one.
macro_rules! events {
    ($($(#[$doc:meta])* $name:literal => $variant:ident($payload:ty),)*) => {
        /// What happened, by kind.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "body")]
        pub enum Event {
            /// An act on an admission file; see `case`.
            Case(CaseEvent),
            $($(#[$doc])* #[serde(rename = $name)] $variant($payload),)*
        }

        impl Event {
            /// Every kind but the kinds of case events, which `case` lists.
            pub const KINDS: &'static [&'static str] = &[$($name,)*];

            /// The name written in the ledger.
            pub fn kind(&self) -> &'static str {
                match self {
                    Event::Case(event) => event.kind(),
                    $(Event::$variant(..) => $name,)*
                }
            }

            /// The fields of the body, as a JSON object.
            pub fn body(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self {
                    Event::Case(event) => event.body(),
                    $(Event::$variant(payload) => serde_json::to_value(payload),)*
                }
            }

            /// Reads an event back from its kind and body.
            ///
            /// # Errors
            /// The kind is unknown or a field is missing or of the wrong type.
            pub fn read(kind: &str, body: serde_json::Value) -> Result<Self, serde_json::Error> {
                use serde::de::Error;
                match kind {
                    $($name => serde_json::from_value(body).map(Event::$variant),)*
                    _ if kind.starts_with("case.") => CaseEvent::read(kind, body).map(Event::Case),
                    _ => Err(serde_json::Error::custom(format!("unknown kind of event `{kind}`"))),
                }
            }
        }

        impl From<CaseEvent> for Event {
            fn from(event: CaseEvent) -> Self {
                Event::Case(event)
            }
        }

        $(impl From<$payload> for Event {
            fn from(payload: $payload) -> Self {
                Event::$variant(payload)
            }
        })*
    };
}

events! {
    /// An account was closed.
    "account.closed" => AccountClosed(AccountClosed),
    /// An account was opened.
    "account.opened" => AccountOpened(AccountOpened),
    /// An account got a password; the password itself never enters the record.
    "account.password_set" => PasswordSet(PasswordSet),
    /// A second factor was taken out of use by somebody else.
    "account.second_factor_reset" => SecondFactorReset(SecondFactorReset),
    /// A second factor was taken into use; its secret never enters the record.
    "account.second_factor_set" => SecondFactorSet(SecondFactorSet),
    /// A certificate was issued to somebody who passed.
    "certificate.issued" => CertificateIssued(CertificateIssued),
    /// A certificate was found void.
    "certificate.voided" => CertificateVoided(CertificateVoided),
    /// An appeal against an appraisal was decided on; both results stay readable.
    "charge.appeal_decided" => AppealDecided(AppealDecided),
    /// A unit appealed against its appraisal.
    "charge.appealed" => Appealed(Appealed),
    /// The result of a year under a letter was decided.
    "charge.appraised" => Appraised(Appraised),
    /// An award was recorded under a result.
    "charge.award_recorded" => AwardRecorded(AwardRecorded),
    /// An inspector's findings under a letter.
    "charge.inspected" => Inspected(Inspected),
    /// A responsibility letter was drafted.
    "charge.letter_drafted" => LetterDrafted(LetterDrafted),
    /// A responsibility letter was signed for a side.
    "charge.letter_signed" => LetterSigned(LetterSigned),
    /// The responsibility of a year was opened.
    "charge.opened" => ChargeOpened(ChargeOpened),
    /// A result was used for rating, reward or selection.
    "charge.result_used" => ResultUsed(ResultUsed),
    /// A unit rated itself under a letter.
    "charge.self_rated" => SelfRated(SelfRated),
    /// A task was accepted or given back.
    "charge.task_answered" => TaskAnswered(TaskAnswered),
    /// A task was pressed for.
    "charge.task_pressed" => TaskPressed(TaskPressed),
    /// A task was reported done.
    "charge.task_reported" => TaskReported(TaskReported),
    /// A task was set, or set anew.
    "charge.task_set" => TaskSet(TaskSet),
    /// Somebody attended a session of a course, or was missed.
    "cohort.attended" => CohortAttended(CohortAttended),
    /// Somebody was enrolled in a course.
    "cohort.enrolled" => CohortEnrolled(CohortEnrolled),
    /// A course was opened for a class of learners.
    "cohort.opened" => CohortOpened(CohortOpened),
    /// The sessions of a course were planned anew.
    "cohort.planned" => CohortPlanned(CohortPlanned),
    /// Somebody left a course.
    "cohort.withdrawn" => CohortWithdrawn(CohortWithdrawn),
    /// An earlier event was put right; both stay readable.
    "event.corrected" => EventCorrected(EventCorrected),
    /// An earlier event was found void; it stays readable and no longer counts.
    "event.invalidated" => EventInvalidated(EventInvalidated),
    /// Somebody began to sit a paper.
    "exam.begun" => ExamBegun(ExamBegun),
    /// Somebody got more time.
    "exam.extended" => ExamExtended(ExamExtended),
    /// A sitting was over.
    "exam.handed_in" => ExamHandedIn(ExamHandedIn),
    /// A written answer was marked.
    "exam.marked" => ExamMarked(ExamMarked),
    /// Answers were saved; the last ones count.
    "exam.saved" => ExamSaved(ExamSaved),
    /// A paper was sealed: its digest stands here before anybody reads it.
    "exam.sealed" => ExamSealed(ExamSealed),
    /// Fields were shown that are masked by default.
    "fields.unmasked" => FieldsUnmasked(FieldsUnmasked),
    /// A role was ended.
    "grant.ended" => GrantEnded(GrantEnded),
    /// A role was given over a part of the tree.
    "grant.given" => GrantGiven(GrantGiven),
    /// A Party group was formed in a branch.
    "group.formed" => GroupFormed(GroupFormed),
    /// The heads and counts of all subjects were committed.
    "index.root" => IndexRooted(IndexRooted),
    /// Rows about persons left the system.
    "list.exported" => ListExported(ListExported),
    /// A list did not leave: whoever asked had exported as much as a day allows. Recorded once a day.
    "list.refused" => ListRefused(ListRefused),
    /// Old entries of the access log were taken out.
    "looks.forgotten" => LooksForgotten(LooksForgotten),
    /// A paper was printed from the record and issued.
    "paper.issued" => PaperIssued(PaperIssued),
    /// Particulars were put right; only the changed ones are named.
    "person.corrected" => PersonCorrected(PersonCorrected),
    /// A membership ended.
    "person.departed" => PersonDeparted(PersonDeparted),
    /// A person joined a Party group.
    "person.grouped" => PersonGrouped(PersonGrouped),
    /// Two entries were found to be one person; this one is closed.
    "person.merged" => PersonMerged(PersonMerged),
    /// It was entered where a person works or lives.
    "person.placed" => PersonPlaced(PersonPlaced),
    /// A person was entered on a roster.
    "person.registered" => PersonRegistered(PersonRegistered),
    /// Voting right was suspended or restored (留党察看).
    "person.sanctioned" => PersonSanctioned(PersonSanctioned),
    /// A proposal became the plan; its numbers are frozen.
    "plan.adopted" => PlanAdopted(PlanAdopted),
    /// A unit gave its reason for an anomaly.
    "plan.alert_answered" => PlanAlertAnswered(PlanAlertAnswered),
    /// An anomaly was closed, or taken up by the level above.
    "plan.alert_settled" => PlanAlertSettled(PlanAlertSettled),
    /// A unit accepted its number, objected, or named another.
    "plan.answered" => PlanAnswered(PlanAnswered),
    /// The office decided on a change of the adopted plan.
    "plan.change_decided" => PlanChangeDecided(PlanChangeDecided),
    /// A unit asked for a change of the adopted plan.
    "plan.change_requested" => PlanChangeRequested(PlanChangeRequested),
    /// A plan for a year was opened.
    "plan.opened" => PlanOpened(PlanOpened),
    /// The office proposed every unit's number, with the certificate.
    "plan.proposed" => PlanProposed(PlanProposed),
    /// A branch asked for places.
    "plan.requested" => PlanRequested(PlanRequested),
    /// The office or a unit signed a proposal.
    "plan.signed" => PlanSigned(PlanSigned),
    /// A post was taken up.
    "post.assigned" => PostAssigned(PostAssigned),
    /// A post was given up.
    "post.ended" => PostEnded(PostEnded),
    /// A question was entered in the bank of a unit.
    "question.entered" => QuestionEntered(QuestionEntered),
    /// A question is not drawn any more.
    "question.retired" => QuestionRetired(QuestionRetired),
    /// A roster file was confirmed; the rows cite it.
    "roster.imported" => RosterImported(RosterImported),
    /// How many rows about persons an account may export in a day was set.
    "site.export_quota_set" => ExportQuotaSet(ExportQuotaSet),
    /// The site and its log began.
    "site.founded" => SiteFounded(SiteFounded),
    /// A second factor was made, or is no longer, a duty of whoever decides or administers.
    "site.second_factor_required" => SecondFactorRequired(SecondFactorRequired),
    /// A leader declared something personal.
    "supervision.declaration_made" => SupervisionDeclarationMade(SupervisionDeclarationMade),
    /// A quarter of a system of supervision was excused.
    "supervision.exempted" => SupervisionExempted(SupervisionExempted),
    /// A letter of inquiry was sent to a leader.
    "supervision.inquiry_sent" => SupervisionInquirySent(SupervisionInquirySent),
    /// A major matter was decided.
    "supervision.matter_decided" => SupervisionMatterDecided(SupervisionMatterDecided),
    /// A leading body met.
    "supervision.meeting_held" => SupervisionMeetingHeld(SupervisionMeetingHeld),
    /// Something was done under one of the systems of supervision.
    "supervision.record_entered" => SupervisionRecordEntered(SupervisionRecordEntered),
    /// A democratic life meeting set something to be put right.
    "supervision.rectification_set" => SupervisionRectificationSet(SupervisionRectificationSet),
    /// A leader reported on work and integrity.
    "supervision.report_given" => SupervisionReportGiven(SupervisionReportGiven),
    /// What an entry of the register of supervision asks for has come.
    "supervision.settled" => SupervisionSettled(SupervisionSettled),
    /// A talk was held with a leader.
    "supervision.talk_held" => SupervisionTalkHeld(SupervisionTalkHeld),
    /// A member of a leading body gave a view and a vote.
    "supervision.view_given" => SupervisionViewGiven(SupervisionViewGiven),
    /// The other unit received it.
    "transfer.received" => TransferReceived(TransferReceived),
    /// The other unit gave it back, with a reason.
    "transfer.returned" => TransferReturned(TransferReturned),
    /// The unit that keeps a person sent the person's file to another.
    "transfer.sent" => TransferSent(TransferSent),
    /// A unit got another name, code or kind.
    "unit.changed" => UnitChanged(UnitChanged),
    /// A unit was closed.
    "unit.closed" => UnitClosed(UnitClosed),
    /// A unit was merged into another, which receives its people and children.
    "unit.merged" => UnitMerged(UnitMerged),
    /// A unit moved under another parent.
    "unit.moved" => UnitMoved(UnitMoved),
    /// A unit was opened.
    "unit.opened" => UnitOpened(UnitOpened),
    /// A unit was split: some of its people and children went to another.
    "unit.split" => UnitSplit(UnitSplit),
    /// The register says something else of a workplace.
    "workplace.changed" => WorkplaceChanged(WorkplaceChanged),
    /// A workplace is no more.
    "workplace.closed" => WorkplaceClosed(WorkplaceClosed),
    /// The key posts of a workplace were counted for a year.
    "workplace.counted" => WorkplaceCounted(WorkplaceCounted),
    /// Somebody was charged with a workplace.
    "workplace.entrusted" => WorkplaceEntrusted(WorkplaceEntrusted),
    /// A file of the register was confirmed; the rows cite it.
    "workplace.imported" => WorkplacesImported(WorkplacesImported),
    /// A workplace came into the register.
    "workplace.listed" => WorkplaceListed(WorkplaceListed),
    /// Another unit answers for a workplace.
    "workplace.moved" => WorkplaceMoved(WorkplaceMoved),
    /// An organisation covers a workplace, or no longer does.
    "workplace.organised" => WorkplaceOrganised(WorkplaceOrganised),
    /// Somebody was relieved of a charge.
    "workplace.relieved" => WorkplaceRelieved(WorkplaceRelieved),
    /// Somebody charged with a workplace visited it.
    "workplace.visited" => WorkplaceVisited(WorkplaceVisited),
}

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $type,)*
        }
    )*};
}

payloads! {
    /// See [`Event::AccountOpened`].
    AccountOpened {
        /// The account.
        account: AccountId,
        /// The name typed at sign-in.
        login: String,
        /// The person behind it, if on a roster.
        person: Option<PersonId>,
        /// The name shown beside acts.
        display_name: String,
    }
    /// See [`Event::AccountClosed`].
    AccountClosed {
        /// The account.
        account: AccountId,
        /// Why.
        reason: String,
    }
    /// See [`Event::PasswordSet`].
    PasswordSet {
        /// The account.
        account: AccountId,
        /// Whether somebody else set it, so that it must be changed at the next sign-in.
        is_temporary: bool,
    }
    /// See [`Event::SecondFactorSet`].
    SecondFactorSet {
        /// The account.
        account: AccountId,
    }
    /// See [`Event::SecondFactorReset`].
    SecondFactorReset {
        /// The account.
        account: AccountId,
        /// Why.
        reason: String,
    }
    /// See [`Event::SecondFactorRequired`].
    SecondFactorRequired {
        /// Whether it is required from now on.
        is_required: bool,
    }
    /// See [`Event::EventCorrected`].
    EventCorrected {
        /// The event that was wrong.
        event: EventId,
        /// Field by field: name, value as it was, value as it should be (JSON texts).
        changes: Vec<FieldChange>,
        /// Why.
        reason: String,
    }
    /// One field of a correction.
    FieldChange {
        /// Name of the field.
        field: String,
        /// As it was; absent when it was not known.
        #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
        was: serde_json::Value,
        /// As it should be; absent when it is no longer known.
        #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
        becomes: serde_json::Value,
    }
    /// See [`Event::EventInvalidated`].
    EventInvalidated {
        /// The event that does not count.
        event: EventId,
        /// The decision and its reason.
        reason: String,
    }
    /// See [`Event::FieldsUnmasked`].
    FieldsUnmasked {
        /// Names of the fields shown.
        fields: Vec<String>,
        /// Why they were needed.
        purpose: String,
    }
    /// See [`Event::ListExported`].
    ListExported {
        /// Which list, for example `roster` or `dossier`.
        list: String,
        /// Number of rows.
        n_rows: u64,
        /// Names of the columns.
        columns: Vec<String>,
        /// Why.
        purpose: String,
        /// Lower-case hexadecimal SHA-256 of the file.
        sha256: String,
    }
    /// See [`Event::ListRefused`].
    ListRefused {
        /// Which list.
        list: String,
        /// Rows that were asked for.
        n_rows: u64,
        /// Rows that had left before on that day.
        n_before: u64,
        /// What a day allows.
        rows_a_day: u64,
    }
    /// See [`Event::ExportQuotaSet`].
    ExportQuotaSet {
        /// What a day allows, for each account.
        rows_a_day: u64,
    }
    /// See [`Event::GrantGiven`].
    GrantGiven {
        /// The grant.
        grant: GrantId,
        /// Who may act.
        account: AccountId,
        /// As what.
        role: Role,
        /// From which unit.
        unit: UnitId,
        /// How far below it.
        reach: Reach,
        /// First day.
        from: Date,
        /// Last day; grants expire.
        to: Date,
    }
    /// See [`Event::GrantEnded`].
    GrantEnded {
        /// The grant.
        grant: GrantId,
        /// Why.
        reason: String,
    }
    /// See [`Event::GroupFormed`].
    GroupFormed {
        /// The group.
        group: GroupId,
        /// Its name.
        name: Text,
    }
    /// See [`Event::IndexRooted`].
    IndexRooted {
        /// Size of the log that the index describes.
        covers: u64,
        /// Base64 root over the sorted (blinded subject, count, head) leaves.
        root: String,
        /// Number of subjects.
        subjects: u64,
    }
    /// See [`Event::LooksForgotten`].
    LooksForgotten {
        /// Everything before this day.
        before: Date,
        /// Number of entries.
        n: u64,
    }
    /// See [`Event::PaperIssued`].
    PaperIssued {
        /// What kind of paper.
        paper: PaperKind,
        /// In which language.
        language: Language,
        /// The admission file that it was made from, if one was.
        file: Option<CaseId>,
        /// The plan that it was made from, if one was.
        plan: Option<PlanId>,
        /// Lower-case hexadecimal SHA-256 of the printed file.
        sha256: String,
        /// Number of its pages.
        n_pages: u32,
        /// Size of the log that is printed on it.
        size: u64,
    }
    /// See [`Event::PersonRegistered`].
    PersonRegistered {
        /// What the roster says.
        particulars: Particulars,
        /// Stage reached on entry.
        stage: Stage,
        /// When that stage was reached, where known.
        stage_on: Option<Date>,
        /// Admission as a probationary member.
        admitted_on: Option<Date>,
        /// Start of the standing as a full member.
        full_since: Option<Date>,
        /// The import that brought the row, if any, and its row number.
        source: Option<RowSource>,
    }
    /// A row of a confirmed file.
    RowSource {
        /// Lower-case hexadecimal SHA-256 of the file.
        sha256: String,
        /// Row number as the spreadsheet counts, from 1.
        row: u32,
    }
    /// See [`Event::PersonCorrected`].
    PersonCorrected {
        /// Field by field.
        changes: Vec<FieldChange>,
        /// Why.
        reason: String,
        /// The import that brought the change, if any.
        source: Option<RowSource>,
    }
    /// See [`Event::PersonGrouped`].
    PersonGrouped {
        /// The group, or none to leave it.
        group: Option<GroupId>,
    }
    /// See [`Event::PersonMerged`].
    PersonMerged {
        /// The entry that stays.
        into: PersonId,
        /// Why they are one.
        reason: String,
    }
    /// See [`Event::PersonDeparted`].
    PersonDeparted {
        /// How it ended.
        departure: Departure,
        /// The paper it rests on.
        reason: String,
    }
    /// See [`Event::PersonSanctioned`].
    PersonSanctioned {
        /// True from the decision on, false when rights are restored.
        is_under_sanction: bool,
        /// The decision.
        reason: String,
    }
    /// See [`Event::PostAssigned`].
    PostAssigned {
        /// The post.
        post: PostId,
        /// Which office.
        kind: PostKind,
        /// Who.
        person: PersonId,
    }
    /// See [`Event::PostEnded`].
    PostEnded {
        /// The post.
        post: PostId,
        /// Why.
        reason: String,
    }
    /// See [`Event::RosterImported`].
    RosterImported {
        /// Name of the file.
        file_name: String,
        /// Lower-case hexadecimal SHA-256 of the file.
        sha256: String,
        /// Rows that made a new person.
        n_new: u64,
        /// Rows that changed one.
        n_changed: u64,
        /// Rows that said nothing new.
        n_same: u64,
    }
    /// See [`Event::SiteFounded`].
    SiteFounded {
        /// Origin line of the log.
        origin: String,
        /// Name of the site.
        name: Text,
        /// Packs of local rules that the site adopted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        packs: Vec<LocalPack>,
        /// The last day on which running files may be taken over from papers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        legacy_until: Option<Date>,
    }
    /// See [`Event::TransferSent`].
    TransferSent {
        /// The unit that should receive.
        to: UnitId,
        /// Why: work, study, residence, or a change of the tree.
        reason: String,
        /// Whether the admission file went with the person.
        is_file_included: bool,
    }
    /// See [`Event::TransferReceived`].
    TransferReceived {
        /// The unit that sent.
        from: UnitId,
        /// Whether the file was taken over, so that time counts continuously.
        is_file_received: bool,
    }
    /// See [`Event::TransferReturned`].
    TransferReturned {
        /// The unit that sent.
        from: UnitId,
        /// Why.
        reason: String,
    }
    /// See [`Event::UnitOpened`].
    UnitOpened {
        /// The unit above; none for the top.
        parent: Option<UnitId>,
        /// Kind of organisation.
        unit_kind: UnitKind,
        /// Kind of place.
        sector: Sector,
        /// The office's own code.
        code: String,
        /// Name.
        name: Text,
        /// Approval it rests on.
        approval: String,
    }
    /// See [`Event::UnitChanged`].
    UnitChanged {
        /// Kind of organisation from now on.
        unit_kind: UnitKind,
        /// Kind of place from now on.
        sector: Sector,
        /// Code from now on.
        code: String,
        /// Name from now on.
        name: Text,
        /// Approval it rests on.
        approval: String,
    }
    /// See [`Event::UnitMoved`].
    UnitMoved {
        /// The parent from now on.
        parent: UnitId,
        /// Approval it rests on.
        approval: String,
    }
    /// See [`Event::UnitMerged`].
    UnitMerged {
        /// The unit that stays.
        into: UnitId,
        /// Approval it rests on.
        approval: String,
    }
    /// See [`Event::UnitSplit`].
    UnitSplit {
        /// The unit that receives.
        into: UnitId,
        /// The people who go.
        people: Vec<PersonId>,
        /// The units below that go.
        units: Vec<UnitId>,
        /// Approval it rests on.
        approval: String,
    }
    /// See [`Event::UnitClosed`].
    UnitClosed {
        /// Approval it rests on.
        approval: String,
    }
}

#[cfg(test)]
mod tests;
