//! Certificates in the hand: the signed text that anybody can check without a network, and what a number
//! says without saying who.

use std::str::FromStr as _;

use domain::ids::{PersonId, UnitId};
use domain::schooling::{Certificate, Claim, Cohort};
use domain::text::Text;
use ledger::note::{Note, NoteError, VerifierKey};

use crate::store::{Store, StoreError, particulars, schooling, units};

/// A certificate as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// What it says.
    pub certificate: Certificate,
    /// The course.
    pub cohort: Cohort,
    /// The organiser.
    pub organiser: Text,
    /// The holder.
    pub name: String,
    /// The signed text of the picture code.
    pub note: String,
}

/// A course that somebody completed, as the step of the short course asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// The certificate.
    pub certificate: Certificate,
    /// The course.
    pub cohort: Cohort,
    /// Days on which the person attended.
    pub n_days: i64,
    /// Class hours attended.
    pub n_hours: i64,
    /// First digits of the digest of the paper.
    pub paper: String,
}

/// A text that was signed by the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What it says.
    pub claim: Claim,
    /// The name of the key.
    pub signed_by: String,
}

/// Why a text is no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// The key that was given cannot be read.
    #[error("公钥无法识别 / the key cannot be read: {0}")]
    Key(NoteError),
    /// The text is not signed by that key as it stands.
    #[error("不是用此公钥签发的，或内容被改动 / not signed by this key, or changed since: {0}")]
    Signature(NoteError),
    /// Something else was signed.
    #[error("签名有效，但内容不是培训合格证书 / the signature holds, but this is no certificate")]
    Other,
}

/// Checks the text of a certificate's picture code with the published key; nothing else is needed.
///
/// # Errors
/// The key is none, the text was changed or signed by another, or it is something else.
pub fn check_certificate(text: &str, key: &str) -> Result<Checked, CheckError> {
    let key = VerifierKey::from_str(key.trim()).map_err(CheckError::Key)?;
    let note = Note::parse(text.as_bytes()).map_err(CheckError::Signature)?;
    note.verify(std::slice::from_ref(&key)).map_err(CheckError::Signature)?;
    let claim = Claim::parse(&note.text).map_err(|_| CheckError::Other)?;
    Ok(Checked { claim, signed_by: key.name().to_owned() })
}

impl Store {
    /// A certificate as it is printed, by its place among those of a unit.
    ///
    /// # Errors
    /// There is none, or the record cannot be read.
    pub fn certificate(&self, unit: UnitId, year: i16, serial: i64) -> Result<Issued, StoreError> {
        self.read_open(|reader| {
            let (connection, keys) = (&mut reader.connection, &mut reader.keys);
            let found = schooling::certificate(connection, unit, (year, serial))?;
            let certificate = found.ok_or(StoreError::Missing)?;
            let cohort = schooling::cohort(connection, certificate.issued.cohort)?;
            let cohort = cohort.ok_or(StoreError::Missing)?;
            let organiser = units::unit(connection, unit)?.ok_or(StoreError::Missing)?.name;
            let known = particulars::read(connection, keys, certificate.person)?;
            let name = known.ok_or(StoreError::Missing)?.name;
            let claim = Claim {
                number: certificate.issued.number.clone(),
                name: name.clone(),
                organiser: organiser.zh.clone(),
                title: cohort.terms.title.clone(),
                exam_on: certificate.issued.exam_on,
                issued_on: certificate.issued_on,
            };
            let note = keys.log.sign(&claim.to_text());
            let note = note.map_err(|error| StoreError::Unfit(error.to_string()))?;
            Ok(Issued { certificate, cohort, organiser, name, note })
        })
    }

    /// What a number says to anybody: organiser, course and days, whether it is void, and not who holds it.
    ///
    /// # Errors
    /// The database fails.
    pub fn certificates_numbered(
        &self,
        number: &str,
    ) -> Result<Vec<(Certificate, Cohort, Text)>, StoreError> {
        self.read(|connection| {
            let mut found = Vec::new();
            for certificate in schooling::numbered(connection, number.trim())? {
                let cohort = schooling::cohort(connection, certificate.issued.cohort)?;
                let unit = units::unit(connection, certificate.unit)?.ok_or(StoreError::Missing)?;
                found.push((certificate, cohort.ok_or(StoreError::Missing)?, unit.name));
            }
            Ok(found)
        })
    }

    /// The short courses that somebody completed with a certificate that holds, the latest first.
    ///
    /// # Errors
    /// The database fails.
    pub fn training_of(&self, person: PersonId) -> Result<Vec<Paid>, StoreError> {
        self.read(|connection| {
            let mut found = Vec::new();
            for certificate in schooling::certificates_of(connection, person)? {
                let cohort = schooling::cohort(connection, certificate.issued.cohort)?;
                let cohort = cohort.ok_or(StoreError::Missing)?;
                if certificate.voided_on.is_some() || !cohort.terms.is_short_course {
                    continue;
                }
                let learner = schooling::learner(connection, cohort.id, person)?;
                let attended = learner.map(|learner| learner.attended).unwrap_or_default();
                let mut days: Vec<_> = cohort
                    .terms
                    .sessions
                    .iter()
                    .filter(|session| attended.get(&session.number).is_some_and(|hours| *hours > 0))
                    .map(|session| session.on)
                    .collect();
                days.sort_unstable();
                days.dedup();
                let paper = cohort.papers.iter().find(|paper| paper.number == certificate.issued.paper);
                found.push(Paid {
                    n_days: i64::try_from(days.len()).unwrap_or(i64::MAX),
                    n_hours: attended.values().sum(),
                    paper: paper.map_or_else(String::new, |paper| paper.sealed.sha256[..16].to_owned()),
                    certificate,
                    cohort,
                });
            }
            Ok(found)
        })
    }
}
