//! Who is entitled to what is behind an entry of the register of supervision, the same on pages and in the
//! API: the table of access decides, and looking leaves a line.

use domain::access::{self, Action, Relation, Resource};
use domain::supervision::{Entry, What};
use domain::unit::Unit;

use crate::sight::Seen;
use crate::site::Site;
use crate::visitor::Visitor;

/// What opening an entry shows, for the access log.
pub(crate) fn sight(unit: &Unit, entry: &Entry) -> Seen {
    let n_named = if let What::Meeting(held) = &entry.what { held.due.len() } else { 1 };
    entry.person.map_or_else(|| Seen::list(unit.id, n_named), |person| Seen::person(unit.id, person))
}

/// Whether the visitor is entitled to what is behind an entry; nobody is in their own affairs.
pub(crate) fn may_open(site: &Site, visitor: &Visitor, unit: &Unit, entry: &Entry) -> bool {
    let action = if entry.person.is_some() { Action::HandleSealed } else { Action::KeepSupervision };
    let own = visitor.identity.person;
    let relation = Relation { is_self: own.is_some() && own == entry.person, ..Relation::default() };
    let resource = Resource::of_unit(unit.pre, unit.id).tied(relation);
    access::decide(std::slice::from_ref(&visitor.grant), action, &resource, site.now().today).is_ok()
}
