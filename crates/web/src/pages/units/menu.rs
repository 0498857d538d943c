//! What can be done to a unit, as a menu: what cannot be done now is there as well, with the reason.

use app::act::ActError;
use domain::tree::ChangeKind;
use domain::unit::Unit;

use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// An entry of the menu.
pub(crate) struct Item {
    pub(crate) word: &'static str,
    pub(crate) label: String,
    /// Why it cannot be done now; none when it can.
    pub(crate) why_not: Option<String>,
}

/// The menu of a unit. It is empty for whoever has no duty that ever changes the tree.
pub(crate) fn items(site: &Site, visitor: &Visitor, unit: &Unit) -> Result<Vec<Item>, Trouble> {
    let t = visitor.t;
    let mut items = Vec::new();
    for offer in site.store().tree_offers(visitor.actor(), site.now(), unit.id)? {
        let why_not = match offer.answer {
            Ok(()) => None,
            Err(ActError::Denied(denial)) if denial.rule == "A01.role" => continue,
            Err(ActError::Denied(denial)) => Some(t.of(&denial.text).to_owned()),
            Err(ActError::Refused(refusal)) => {
                let said = refusal.findings.iter().map(|found| t.of(&found.text));
                Some(said.collect::<Vec<_>>().join(&t.say("sentence-gap")))
            }
            Err(error @ ActError::Store(_)) => return Err(error.into()),
        };
        items.push(Item { word: offer.kind.as_str(), label: t.word("change", offer.kind.as_str()), why_not });
    }
    Ok(items)
}

/// Whether a kind of change can be tried; if not, why.
pub(crate) fn permit(site: &Site, visitor: &Visitor, unit: &Unit, kind: ChangeKind) -> Result<(), Trouble> {
    let offers = site.store().tree_offers(visitor.actor(), site.now(), unit.id)?;
    let offer = offers.into_iter().find(|offer| offer.kind == kind).ok_or(Trouble::Missing)?;
    Ok(offer.answer?)
}
