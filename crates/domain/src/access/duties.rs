//! Which duties fit together, and how far each can reach.

use super::{Action, Grant, matrix};
use crate::role::{Reach, Role};

/// Whether two roles may be held by one account: the three officers watch each other and nobody else's
/// work is theirs.
#[must_use]
pub fn may_be_held_together(one: Role, other: Role) -> bool {
    one == other || !(one.is_officer() || other.is_officer())
}

/// Whether two grants are compatible: the roles fit together, or no day is common to both.
#[must_use]
pub fn are_held_together(one: &Grant, other: &Grant) -> bool {
    let is_apart = one.to < other.from || other.to < one.from;
    is_apart || may_be_held_together(one.role, other.role)
}

/// Whether a role decides about others or administers the site: where a site asks for a second factor,
/// it asks these.
#[must_use]
pub fn needs_second_factor(role: Role) -> bool {
    const WEIGHTY: [Action; 5] = [
        Action::DecideStep,
        Action::ChangeTree,
        Action::ManageAccounts,
        Action::GiveGrants,
        Action::SeeAccessLog,
    ];
    matrix().iter().any(|row| WEIGHTY.contains(&row.action) && row.over_units.contains(&role))
}

/// Whether a role is held with a reach: one that the table lists for nothing would allow nothing and
/// only look like a duty.
#[must_use]
pub fn is_held_over(role: Role, reach: Reach) -> bool {
    match reach {
        Reach::Exact | Reach::Subtree => !matches!(role, Role::Applicant | Role::Mentor),
        Reach::OwnFile | Reach::Assigned => {
            matrix().iter().any(|row| row.over_files.contains(&(role, reach)))
        }
    }
}
