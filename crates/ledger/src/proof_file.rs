//! A proof as a file: C2SP tlog-proof, the inclusion of one leaf together with the checkpoint it leads to.

use crate::canonical::MAX_INTEGER;
use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::hash::Hash;
use crate::note::VerifierKey;
use crate::proof::{ProofError, check_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^53 leaves has no longer paths.
const MAX_HASHES: usize = 53;

/// The inclusion of one leaf, complete: index, path and signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFile {
    /// The index of the leaf.
    pub index: u64,
    /// The path from the leaf's sibling upwards.
    pub path: Vec<Hash>,
    /// The checkpoint as a signed note, verbatim.
    pub checkpoint: String,
}

/// A proof file that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// Not in the form of C2SP tlog-proof, or with extra content, which nothing here would vouch for.
    #[error("not a proof file")]
    Malformed,
    /// The checkpoint in it is not accepted.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The path does not lead to the checkpoint's root.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl ProofFile {
    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\nindex {}\n", self.index);
        for hash in &self.path {
            text.push_str(&hash.to_base64());
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads the file; accepts it only if it would be written in the same way.
    ///
    /// # Errors
    /// When it is not a proof file.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        let malformed = ProofFileError::Malformed;
        let text = std::str::from_utf8(bytes).map_err(|_| malformed)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(malformed)?;
        let mut lines = head.split('\n').skip(1);
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).ok_or(malformed)?;
        let index: u64 = index.parse().map_err(|_| malformed)?;
        let path: Vec<Hash> =
            lines.take(MAX_HASHES + 1).map(str::parse).collect::<Result<_, _>>().map_err(|_| malformed)?;
        let file = Self { index, path, checkpoint: checkpoint.to_owned() };
        if index > MAX_INTEGER || file.path.len() > MAX_HASHES || file.to_text() != text {
            return Err(malformed);
        }
        Ok(file)
    }

    /// Checks the whole file for a leaf with this hash and gives the checkpoint it leads to.
    ///
    /// # Errors
    /// When the checkpoint or the path does not hold.
    pub fn check(&self, leaf: Hash, keys: &[VerifierKey]) -> Result<SignedCheckpoint, ProofFileError> {
        let signed = SignedCheckpoint::open(self.checkpoint.as_bytes(), keys)?;
        let head = &signed.checkpoint;
        check_inclusion(self.index, head.size, leaf, &self.path, head.root)?;
        Ok(signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Checkpoint;
    use crate::note::LogKey;
    use crate::proof::prove_inclusion;
    use crate::tree::{Frontier, append};

    #[test]
    fn a_file_checks_reads_back_and_bears_no_change() {
        let leaves: Vec<Hash> = (0..11u8).map(|i| Hash::leaf(&[i])).collect();
        let grown = append(&Frontier::new(), &leaves);
        let nodes: Vec<Hash> = grown.nodes.iter().map(|node| node.hash).collect();
        let key = LogKey::from_seed("log.test", &[1; 32]).unwrap();
        let checkpoint = Checkpoint::new("log.test", 11, grown.frontier.root()).sign(&key).unwrap();
        let keys = [key.verifier().clone()];
        let file = ProofFile { index: 9, path: prove_inclusion(9, 11, &nodes).unwrap(), checkpoint };
        let text = file.to_text();
        assert_eq!(ProofFile::parse(text.as_bytes()).unwrap(), file);
        assert_eq!(file.check(leaves[9], &keys).unwrap().checkpoint.size, 11);
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut bad = text.clone().into_bytes();
                bad[at] ^= 1 << bit;
                let held = ProofFile::parse(&bad).and_then(|file| file.check(leaves[9], &keys));
                assert!(held.is_err(), "byte {at} bit {bit}");
            }
        }
    }
}
