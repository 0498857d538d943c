//! The checks of entries of the register, by name. What they say stands in `rulebooks/supervision.toml`;
//! a test compares the two lists.

use crate::house::{house_book, house_rules};

house_rules! {
    /// A check of an entry, or of the register as it stands, by name.
    SupervisionRule {
        UnitClosed = "S01.unit_closed",
        Future = "S01.future",
        Blank = "S01.blank",
        Person = "S01.person",
        NobodyDue = "S02.nobody_due",
        NoticeAfter = "S02.notice_after",
        PresentNotDue = "S02.present_not_due",
        ChairAbsent = "S02.chair_absent",
        NoQuorum = "S02.no_quorum",
        NoAgenda = "S02.no_agenda",
        LifeQuorum = "S02.life_quorum",
        NoRectification = "S02.no_rectification",
        VoteNotDue = "S02.vote_not_due",
        VoteAbsent = "S02.vote_absent",
        VoteTwice = "S02.vote_twice",
        VoteMissing = "S02.vote_missing",
        NoView = "S02.no_view",
        OnePerson = "S02.one_person",
        AppointmentQuorum = "S02.appointment_quorum",
        NoAmount = "S02.no_amount",
        Amount = "S02.amount",
        SmallFunds = "S02.small_funds",
        OwnerNotDue = "S02.owner_not_due",
        DueBefore = "S02.due_before",
        NoMeeting = "S03.no_meeting",
        UnknownItem = "S03.unknown_item",
        DecidedBefore = "S03.decided_before",
        NotCarried = "S03.not_carried",
        OwnTalk = "S04.own_talk",
        Trigger = "S04.trigger",
        FollowUp = "S04.follow_up",
        Papers = "S05.papers",
        UnknownEntry = "S06.unknown_entry",
        NothingDue = "S06.nothing_due",
        SettledTwice = "S06.settled_twice",
        SettledBefore = "S06.settled_before",
        Late = "S06.late",
        Overdue = "S06.overdue",
        UnknownSystem = "S07.unknown_system",
        OwnKind = "S07.own_kind",
        Quarter = "S07.quarter",
        NothingOwed = "S07.nothing_owed",
        ExemptTwice = "S07.exempt_twice",
        NoRecord = "S08.no_record",
    }
}

house_book!(SupervisionRule, "supervision", include_str!("../../../../rulebooks/supervision.toml"));
