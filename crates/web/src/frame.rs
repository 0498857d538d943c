//! The frame around every page: whose desk it is, the menu, the path, and what is seen.

use domain::access::{Action, matrix};
use domain::finding::Finding;
use domain::role::{Reach, Role};
use domain::unit::Unit;
use jiff::civil::Date;

use crate::site::Site;
use crate::trouble::Trouble;
use crate::visitor::{Guest, Visitor};
use crate::words::Words;

/// What `frame.html` shows.
pub(crate) struct Frame {
    pub(crate) t: Words,
    pub(crate) title: String,
    pub(crate) here: String,
    pub(crate) today: Date,
    pub(crate) is_demo: bool,
    pub(crate) site_name: String,
    pub(crate) who: Option<Who>,
    pub(crate) menu: Vec<Item>,
    pub(crate) trail: Vec<(String, Option<String>)>,
    pub(crate) scope: String,
    /// What was just done, said once.
    pub(crate) notice: Option<String>,
    pub(crate) rules_line: String,
}

/// Whose desk it is.
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) unit: String,
    pub(crate) office: String,
    pub(crate) csrf: String,
    pub(crate) has_other_roles: bool,
}

/// An item of the menu.
pub(crate) struct Item {
    pub(crate) href: &'static str,
    pub(crate) label: String,
    pub(crate) is_current: bool,
    pub(crate) n_overdue: Option<usize>,
}

/// The places of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Home,
    Units,
    People,
    Plan,
    Coverage,
    Schooling,
    Exams,
    Supervision,
    Charge,
    Audit,
    Record,
    Rules,
    Accounts,
    Looks,
}

impl Place {
    /// Whether the table of access opens the place to a role.
    fn is_for(self, role: Role, reach: Reach) -> bool {
        let opens = |action: Action| {
            matrix().iter().any(|row| {
                row.action == action
                    && (row.over_units.contains(&role) || row.over_files.contains(&(role, reach)))
            })
        };
        match self {
            Place::Home => !role.is_officer(),
            Place::People => opens(Action::SeeRoster),
            Place::Units | Place::Plan | Place::Coverage | Place::Charge => opens(Action::SeeUnitFigures),
            Place::Schooling => opens(Action::SeeSchooling),
            Place::Exams => opens(Action::SitExam),
            Place::Supervision => opens(Action::SeeSupervision),
            Place::Audit => opens(Action::RunAudit),
            Place::Record => opens(Action::SeeLedger),
            Place::Rules => opens(Action::SeeRulebook),
            Place::Accounts => opens(Action::SeeAccounts),
            Place::Looks => opens(Action::SeeAccessLog),
        }
    }

    const ALL: &[(Place, &'static str, &'static str)] = &[
        (Place::Home, "/", "frame-menu-home"),
        (Place::People, "/people", "frame-menu-people"),
        (Place::Units, "/units", "frame-menu-units"),
        (Place::Plan, "/plan", "plan-menu"),
        (Place::Coverage, "/coverage", "coverage-menu"),
        (Place::Schooling, "/schooling", "school-menu"),
        (Place::Supervision, "/supervision", "supervision-menu"),
        (Place::Exams, "/exams", "exam-menu"),
        (Place::Audit, "/audit", "frame-menu-audit"),
        (Place::Record, "/record", "frame-menu-record"),
        (Place::Rules, "/rules", "frame-menu-rules"),
        (Place::Accounts, "/accounts", "frame-menu-accounts"),
        (Place::Looks, "/looks", "frame-menu-looks"),
    ];
}

impl Frame {
    /// The frame of a page for someone who signed in.
    pub(crate) fn of(
        site: &Site,
        visitor: &Visitor,
        place: Place,
        title: impl Into<String>,
    ) -> Result<Frame, Trouble> {
        let t = visitor.t;
        let unit = site.store().unit(visitor.grant.unit)?;
        let today = site.now().today;
        let mut frame = Frame::bare(site, t, &visitor.here, title);
        frame.who = Some(Who {
            name: visitor.identity.display_name.clone(),
            role: t.word("role", visitor.role().as_str()),
            unit: t.of(&unit.name).to_owned(),
            office: t.word("unit-kind", unit.kind.as_str()),
            csrf: visitor.identity.csrf.clone(),
            has_other_roles: visitor.identity.grants.iter().filter(|held| held.is_in_force(today)).count()
                > 1,
        });
        let has_home = Place::Home.is_for(visitor.role(), visitor.grant.reach);
        let n_overdue = if has_home { site.store().n_overdue(unit.id, today)? } else { 0 };
        frame.menu = Place::ALL
            .iter()
            .copied()
            .filter(|(item, ..)| item.is_for(visitor.role(), visitor.grant.reach))
            .map(|(item, href, label)| Item {
                href,
                label: t.say(label),
                is_current: item == place,
                n_overdue: Some(n_overdue).filter(|n| item == Place::Home && *n > 0),
            })
            .collect();
        frame.scope = t.about("frame-scope", t.of(&unit.name));
        Ok(frame)
    }

    /// The frame of a page that anybody may see.
    pub(crate) fn open(site: &Site, guest: &Guest, title: impl Into<String>) -> Frame {
        Frame::bare(site, guest.t, &guest.here, title)
    }

    fn bare(site: &Site, t: Words, here: &str, title: impl Into<String>) -> Frame {
        let today = site.now().today;
        let edition = app::rulebooks::books().on(today);
        Frame {
            t,
            title: title.into(),
            here: here.to_owned(),
            today,
            is_demo: site.is_demo(),
            site_name: t.of(&site.store().founded().name).to_owned(),
            who: None,
            menu: Vec::new(),
            trail: Vec::new(),
            scope: String::new(),
            notice: None,
            rules_line: t.about("frame-rules", t.of(&edition.title)),
        }
    }

    /// The path to a page, from the outermost.
    pub(crate) fn path(mut self, trail: impl IntoIterator<Item = (String, Option<String>)>) -> Frame {
        self.trail = trail.into_iter().collect();
        self
    }

    /// The place of a finding's rule on the page of the rules; none for what is no rule of an edition.
    pub(crate) fn rule(&self, finding: &Finding) -> Option<String> {
        let edition = app::rulebooks::books().edition(&finding.edition)?;
        let is_there = edition.rules.iter().any(|rule| rule.id == finding.rule);
        is_there.then(|| format!("/rules?edition={}#{}", edition.id, finding.rule))
    }

    /// What was just done.
    pub(crate) fn said(mut self, notice: Option<String>) -> Frame {
        self.notice = notice;
        self
    }
}

/// The path to a unit: the units above it that the visitor may see, and the unit itself.
pub(crate) fn unit_path(
    site: &Site,
    visitor: &Visitor,
    unit: &Unit,
) -> Result<Vec<(String, Option<String>)>, Trouble> {
    let mut path = vec![(visitor.t.of(&unit.name).to_owned(), Some(format!("/units/{}", unit.id)))];
    let mut above = unit.clone();
    while above.id != visitor.grant.unit
        && let Some(parent) = above.parent
    {
        above = site.store().unit(parent)?;
        path.push((visitor.t.of(&above.name).to_owned(), Some(format!("/units/{}", above.id))));
    }
    path.reverse();
    Ok(path)
}
