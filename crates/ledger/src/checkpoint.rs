//! The checkpoint: the log's signed statement of its size and root, as text (C2SP tlog-checkpoint).
//!
//! It fits on paper and in a QR code. Whoever keeps one can later refuse every other history of the log.

use crate::canonical::MAX_INTEGER;
use crate::hash::Hash;
use crate::note::{KeyKind, LogKey, Note, NoteError, VerifierKey};

/// The head of the log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Further lines, without meaning here.
    pub extensions: Vec<String>,
}

/// A checkpoint whose signature by the log has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The known witnesses that cosigned it.
    pub cosignatures: Vec<Cosignature>,
}

/// A witness's word that it saw this checkpoint, continuing all it saw before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The name of the witness.
    pub witness: String,
    /// When, in seconds since 1970 UTC, by the clock of the witness.
    pub seconds: u64,
}

/// A checkpoint that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note does not hold or is not signed by a known key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is not a checkpoint.
    #[error("the signed text is not a checkpoint")]
    Malformed,
    /// No known key of the log itself has signed.
    #[error("the checkpoint is not signed by the log it names")]
    NotByLog,
}

impl Checkpoint {
    /// The head of a log.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// The text that is signed: origin, size, root, one a line.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text of a checkpoint; accepts it only if it would be written in the same way.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        let mut lines = text.strip_suffix('\n').ok_or(malformed)?.split('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty()).ok_or(malformed);
        let origin = next()?.to_owned();
        let size: u64 = next()?.parse().map_err(|_| malformed)?;
        let root: Hash = next()?.parse().map_err(|_| malformed)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        let checkpoint = Self { origin, size, root, extensions };
        let empty_line = checkpoint.extensions.iter().any(String::is_empty);
        if size > MAX_INTEGER || empty_line || checkpoint.to_text() != text {
            return Err(malformed);
        }
        Ok(checkpoint)
    }

    /// Signs the checkpoint and gives the note: what is stored, printed and sent to witnesses.
    ///
    /// # Errors
    /// When the key bears another name than the log, or the origin cannot stand in a note.
    pub fn sign(&self, key: &LogKey) -> Result<String, CheckpointError> {
        let text = self.to_text();
        if key.verifier().name() != self.origin || Self::parse(&text).as_ref() != Ok(self) {
            return Err(CheckpointError::NotByLog);
        }
        Ok(key.sign(&text)?)
    }
}

impl SignedCheckpoint {
    /// Verifies a note with the keys a reader holds, of the log and of witnesses.
    ///
    /// # Errors
    /// When a known key's signature fails, or none by a key of the log named in the first line is there.
    pub fn open(note: &[u8], keys: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(&note.text)?;
        let verified = note.verify(keys)?;
        if !verified.iter().any(|by| by.kind == KeyKind::Log && by.name == checkpoint.origin) {
            return Err(CheckpointError::NotByLog);
        }
        let cosignature =
            |by: crate::note::Verified| by.seconds.map(|seconds| Cosignature { witness: by.name, seconds });
        let cosignatures = verified.into_iter().filter_map(cosignature).collect();
        Ok(Self { checkpoint, cosignatures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::WitnessKey;

    fn key() -> LogKey {
        LogKey::from_seed("log.test/county", &[1; 32]).unwrap()
    }

    #[test]
    fn a_signed_checkpoint_opens_with_its_witnesses() {
        let checkpoint = Checkpoint::new("log.test/county", 7, Hash::of(b"root"));
        let note = checkpoint.sign(&key()).unwrap();
        insta::assert_snapshot!(note, @"
        log.test/county
        7
        SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=

        — log.test/county XIvckwgODSsG40FC18GlCNmbw/9H5R3UshzVgpyVT+WzgRVDwPmf+w9HtyuYD4jOU8WfvRnor2Y8Vg/yWmGV9mMP8QE=
        ");
        let witness = WitnessKey::from_seed("upper.test", &[2; 32]).unwrap();
        let note = witness.cosign(&note, 1_700_000_000).unwrap();
        let keys = [key().verifier().clone(), witness.verifier().clone()];
        let opened = SignedCheckpoint::open(note.as_bytes(), &keys).unwrap();
        assert_eq!(opened.checkpoint, checkpoint);
        let seen = Cosignature { witness: "upper.test".into(), seconds: 1_700_000_000 };
        assert_eq!(opened.cosignatures, [seen]);
        // A witness alone does not make a checkpoint.
        assert_eq!(SignedCheckpoint::open(note.as_bytes(), &keys[1..]), Err(CheckpointError::NotByLog));
    }

    #[test]
    fn a_log_signs_for_itself_only() {
        let other = Checkpoint::new("other.test", 7, Hash::of(b"root"));
        assert_eq!(other.sign(&key()), Err(CheckpointError::NotByLog));
        let note = key().sign(&other.to_text()).unwrap();
        let keys = [key().verifier().clone()];
        assert_eq!(SignedCheckpoint::open(note.as_bytes(), &keys), Err(CheckpointError::NotByLog));
    }

    #[test]
    fn other_spellings_are_refused() {
        let good = Checkpoint::new("log.test/county", 70, Hash::of(b"root")).to_text();
        assert!(Checkpoint::parse(&good).is_ok());
        assert!(Checkpoint::parse(&format!("{good}extension\n")).is_ok());
        let spellings = [
            good.replace("70", "070"),
            good.replace("70", "+70"),
            good.replace("70", "-70"),
            good.replace("70", "9007199254740992"),
            good.replace("log.test/county", ""),
            good.trim_end().to_owned(),
            format!("{good}\n"),
            good.replace("70\n", "70\r\n"),
            good.replace("=\n", "\n"),
        ];
        for text in spellings {
            assert_eq!(Checkpoint::parse(&text), Err(CheckpointError::Malformed), "{text:?}");
        }
    }
}
