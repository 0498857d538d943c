//! Before a change of the tree is recorded: what can be done to a unit at all, what a change would come
//! to and what it would touch, and what somebody else changed meanwhile.

use domain::access::Action;
use domain::case::Recorded;
use domain::dates::Moment;
use domain::decide::Consideration;
use domain::event::Event;
use domain::ids::UnitId;
use domain::refusal::Refusal;
use domain::tree::{Act, Change, ChangeKind, Ground, Place, consider, hindrances};
use domain::unit::Unit;

use super::{Seen, ground, own, permit, uncounted};
use crate::accounts::authority;
use crate::act::ActError;
use crate::store::{Actor, Connection, Store, StoreError, outline, units};

/// A kind of change with what stands against it, whatever is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What.
    pub kind: ChangeKind,
    /// A duty that is not held, or everything that rules it out now.
    pub answer: Result<(), ActError>,
}

/// How much a change touches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Touched {
    /// Units that get another place, another name or an end, with everything below them.
    pub n_units: i64,
    /// People on the rosters of what goes elsewhere.
    pub n_people: i64,
    /// Running admission files among theirs.
    pub n_files: i64,
    /// Posts that are taken up or end.
    pub n_posts: i64,
}

/// What a change would come to.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// What refuses it, and what is worth a second look.
    pub consideration: Consideration,
    /// How much it touches.
    pub touched: Touched,
}

impl Store {
    /// Every kind of change of a unit, with what stands against it.
    ///
    /// # Errors
    /// There is no such unit, or the database fails.
    pub fn tree_offers(&self, actor: Actor, now: Moment, unit: UnitId) -> Result<Vec<Offer>, StoreError> {
        self.read(|connection| {
            let here = uncounted(connection, unit)?.ok_or(StoreError::Missing)?;
            let offers = ChangeKind::ALL.into_iter();
            offers
                .map(|kind| Ok(Offer { kind, answer: offered(connection, actor, now, &here, kind)? }))
                .collect()
        })
    }

    /// What a change would come to, asked by somebody who may make it, without recording it. For an
    /// opening no unit was seen.
    ///
    /// # Errors
    /// Whoever asks may not; [`StoreError::Changed`] when the unit was changed since it was seen; or the
    /// store's own failures. What refuses the change is part of the answer.
    pub fn weigh_change(
        &self,
        actor: Actor,
        now: Moment,
        seen: Option<Seen>,
        act: &Act,
    ) -> Result<Weighed, ActError> {
        self.read(|connection| Ok(weigh(connection, actor, now, seen, act)))?
    }

    /// What was recorded about a unit, its posts and groups since it was seen, the latest first.
    ///
    /// # Errors
    /// There is no such unit, or the record cannot be read.
    pub fn unit_changes_since(&self, seen: Seen) -> Result<Vec<Recorded>, StoreError> {
        let version = self.unit(seen.unit)?.version;
        let n_new = usize::try_from(version - seen.version).unwrap_or(0);
        let history = self.unit_history(seen.unit)?;
        Ok(history.into_iter().filter(|recorded| is_counted(recorded, seen.unit)).take(n_new).collect())
    }
}

/// Whether an event raised the version of a unit.
fn is_counted(recorded: &Recorded, unit: UnitId) -> bool {
    recorded.fact.unit == unit && !matches!(recorded.fact.event, Event::RosterImported(_))
}

fn offered(
    connection: &mut Connection,
    actor: Actor,
    now: Moment,
    here: &Place,
    kind: ChangeKind,
) -> Result<Result<(), ActError>, StoreError> {
    let resource = own(&here.unit, kind);
    match authority::permit::<ActError>(connection, actor, Action::ChangeTree, &resource, now.today) {
        Ok(()) => {}
        Err(ActError::Store(error)) => return Err(error),
        Err(denied @ (ActError::Denied(_) | ActError::Refused(_))) => return Ok(Err(denied)),
    }
    let findings = hindrances(here, kind);
    Ok(if findings.is_empty() { Ok(()) } else { Err(Refusal { findings }.into()) })
}

fn weigh(
    connection: &mut Connection,
    actor: Actor,
    now: Moment,
    seen: Option<Seen>,
    act: &Act,
) -> Result<Weighed, ActError> {
    let here = match seen {
        Some(seen) => Some(units::unit(connection, seen.unit)?.ok_or(StoreError::Missing)?),
        None => None,
    };
    permit(connection, actor, now.today, (here.as_ref(), &act.change))?;
    let is_stale = here.as_ref().zip(seen).is_some_and(|(here, seen)| here.version != seen.version);
    if is_stale {
        return Err(StoreError::Changed.into());
    }
    let ground = ground(connection, here.as_ref().map(|unit| unit.id), act, now)?;
    let touched = touched(connection, here.as_ref(), &ground, &act.change)?;
    Ok(Weighed { consideration: consider(act, &ground), touched })
}

fn touched(
    connection: &mut Connection,
    here: Option<&Unit>,
    ground: &Ground,
    change: &Change,
) -> Result<Touched, StoreError> {
    let Some(unit) = here else { return Ok(Touched::default()) };
    let place = ground.here.as_ref();
    let running = |is_gone: &dyn Fn(&domain::tree::Held) -> bool| {
        let posts = place.into_iter().flat_map(|place| &place.posts);
        posts.filter(|post| post.to_on.is_none() && is_gone(post)).count() as i64
    };
    Ok(match change {
        Change::Open(_) | Change::FormGroup(_) => Touched::default(),
        Change::Rename(_) => Touched { n_units: 1, ..Touched::default() },
        Change::AssignPost(_) | Change::EndPost(_) => Touched { n_posts: 1, ..Touched::default() },
        Change::Close(_) => Touched { n_units: 1, n_posts: running(&|_| true), ..Touched::default() },
        Change::MoveUnder(_) => whole(connection, unit)?,
        Change::Merge(_) => Touched { n_posts: running(&|_| true), ..whole(connection, unit)? },
        Change::Split(split) => {
            let gone = place.into_iter().flat_map(|place| &place.people);
            let gone: Vec<_> = gone.filter(|known| split.people.contains(&known.person)).collect();
            let mut touched = Touched {
                n_people: gone.len() as i64,
                n_files: gone.iter().filter(|known| known.file.is_some()).count() as i64,
                n_posts: running(&|post| split.people.contains(&post.person)),
                n_units: 0,
            };
            for &id in &split.units {
                let Some(below) = units::unit(connection, id)? else { continue };
                let below = whole(connection, &below)?;
                touched.n_units += below.n_units;
                touched.n_people += below.n_people;
                touched.n_files += below.n_files;
            }
            touched
        }
    })
}

/// A unit with everything below it.
fn whole(connection: &mut Connection, unit: &Unit) -> Result<Touched, StoreError> {
    let (n_units, n_people, n_files) = outline::totals(connection, unit)?;
    Ok(Touched { n_units, n_people, n_files, n_posts: 0 })
}
