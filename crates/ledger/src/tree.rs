//! The Merkle tree of RFC 6962, section 2.1, without storage: positions, appending, roots.
//!
//! A tree of any size is a row of perfect trees, one for each bit set in its size; their roots are its *peaks*.
//! [`Frontier`] keeps the peaks, which is all that appending needs. Only complete nodes are ever stored;
//! each has a dense index, so a table of `(index BIGINT, hash)` without gaps holds the whole tree.
//! Nothing here reads or writes anything: a store lends its hashes through [`ReadHashes`].

use crate::hash::Hash;

/// The place of a complete node: `level` 0 holds the leaves, `index` counts from the left.
///
/// The node covers the leaves from `index << level` up to, not including, `(index + 1) << level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodePosition {
    /// Height above the leaves.
    pub level: u8,
    /// Count from the left on that level.
    pub index: u64,
}

impl NodePosition {
    /// The position of a leaf.
    #[must_use]
    pub const fn leaf(index: u64) -> Self {
        Self { level: 0, index }
    }

    /// The dense index under which this node is stored.
    ///
    /// Nodes are numbered in the order in which appending completes them: each leaf, then the parents it
    /// finishes, from the bottom up. The same order as Go's `tlog.StoredHashIndex`.
    #[must_use]
    pub const fn stored_index(self) -> i64 {
        // The leaf whose arrival completes this node.
        let last_leaf = ((self.index + 1) << self.level) - 1;
        (stored_count(last_leaf) + self.level as u64).cast_signed()
    }

    /// The node with this dense index; `None` for a negative index.
    #[must_use]
    pub fn from_stored_index(stored: i64) -> Option<Self> {
        let stored = u64::try_from(stored).ok()?;
        // stored_count(n) lies between 2n - 64 and 2n, so the leaf is at most 33 steps away.
        let mut leaf = stored / 2;
        while stored_count(leaf + 1) <= stored {
            leaf += 1;
        }
        let level = u8::try_from(stored - stored_count(leaf)).ok()?;
        Some(Self { level, index: leaf >> level })
    }
}

/// The number of nodes stored for a tree of `size` leaves.
#[must_use]
pub const fn stored_count(size: u64) -> u64 {
    2 * size - size.count_ones() as u64
}

/// What reading hashes for a root or a proof may run into.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store has no hash at a position that the tree must have.
    #[error("no hash is stored for node {} on level {}", .0.index, .0.level)]
    Missing(NodePosition),
    /// The request does not fit the tree, such as a leaf beyond its size.
    #[error("the tree of {size} leaves has no leaf or former size {wanted}")]
    OutOfRange {
        /// The size of the tree that was asked.
        size: u64,
        /// The leaf index or the former size that was asked for.
        wanted: u64,
    },
    /// The store failed.
    #[error("the store failed while reading hashes: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A store of complete nodes, as far as this crate needs to know it.
pub trait ReadHashes {
    /// Reads the hashes at these positions, in the same order and number.
    ///
    /// # Errors
    /// [`ReadError::Missing`] when a node is absent, [`ReadError::Store`] when reading fails.
    fn read(&self, positions: &[NodePosition]) -> Result<Vec<Hash>, ReadError>;
}

impl<S: ReadHashes + ?Sized> ReadHashes for &S {
    fn read(&self, positions: &[NodePosition]) -> Result<Vec<Hash>, ReadError> {
        (**self).read(positions)
    }
}

/// Hashes in memory by dense index: for tests, for small logs and for building an index of subjects.
impl ReadHashes for [Hash] {
    fn read(&self, positions: &[NodePosition]) -> Result<Vec<Hash>, ReadError> {
        let find = |position: &NodePosition| {
            let at = usize::try_from(position.stored_index()).ok();
            at.and_then(|at| self.get(at)).copied().ok_or(ReadError::Missing(*position))
        };
        positions.iter().map(find).collect()
    }
}

impl ReadHashes for Vec<Hash> {
    fn read(&self, positions: &[NodePosition]) -> Result<Vec<Hash>, ReadError> {
        self.as_slice().read(positions)
    }
}

/// A node that appending completed, with the index to store it under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredNode {
    /// Dense index, see [`NodePosition::stored_index`].
    pub index: i64,
    /// The node's hash.
    pub hash: Hash,
}

/// The outcome of [`append`]: the nodes to store and the frontier to go on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// New nodes with consecutive indices, beginning at `stored_count` of the former size.
    pub nodes: Vec<StoredNode>,
    /// The frontier of the grown tree.
    pub frontier: Frontier,
}

/// Appends leaves to the tree that `frontier` stands for; reads nothing.
///
/// One call with many leaves gives the same nodes as many calls with one.
#[must_use]
pub fn append(frontier: &Frontier, leaves: &[Hash]) -> Appended {
    let mut frontier = frontier.clone();
    let mut nodes = Vec::with_capacity(leaves.len() * 2);
    for leaf in leaves {
        frontier.push(*leaf, |node| nodes.push(node));
    }
    Appended { nodes, frontier }
}

/// The peaks of a tree: what must be known of it to append and to name its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    // Invariant: one peak for each bit set in `size`, the largest tree first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the peaks of a tree of this size are stored, the largest first.
    #[must_use]
    pub fn positions(size: u64) -> Vec<NodePosition> {
        let mut positions = Vec::with_capacity(size.count_ones() as usize);
        push_range(0, size, &mut positions);
        positions
    }

    /// Reads the frontier of a tree of this size.
    ///
    /// # Errors
    /// When the store fails or lacks a peak.
    pub fn load(size: u64, hashes: &impl ReadHashes) -> Result<Self, ReadError> {
        let positions = Self::positions(size);
        let peaks = read_exactly(hashes, &positions)?;
        Ok(Self { size, peaks })
    }

    /// Appends one leaf and hands each node that it completes to `store`, from the bottom up.
    pub fn push(&mut self, leaf: Hash, mut store: impl FnMut(StoredNode)) {
        let first = stored_count(self.size).cast_signed();
        store(StoredNode { index: first, hash: leaf });
        let mut hash = leaf;
        // Each bit set at the low end of the size is a peak of the same height waiting for its right sibling.
        for level in 1..=i64::from(self.size.trailing_ones()) {
            let left = self.peaks.pop().expect("invariant: one peak for each bit of the size");
            hash = Hash::node(left, hash);
            store(StoredNode { index: first + level, hash });
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The peaks, the largest tree first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The Merkle tree hash of RFC 6962 over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_right(&self.peaks).unwrap_or(Hash::EMPTY_ROOT)
    }
}

/// The root the tree had at an earlier size.
///
/// # Errors
/// When the store fails or lacks a node.
pub fn root_at(size: u64, hashes: &impl ReadHashes) -> Result<Hash, ReadError> {
    Frontier::load(size, hashes).map(|frontier| frontier.root())
}

/// The root over a list of leaf hashes, computed in memory.
#[must_use]
pub fn root_of_leaves(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.push(leaf, |_| ());
    }
    frontier.root()
}

/// Reads and holds the store to its promise of one hash for each position.
pub(crate) fn read_exactly(
    hashes: &impl ReadHashes,
    positions: &[NodePosition],
) -> Result<Vec<Hash>, ReadError> {
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let read = hashes.read(positions)?;
    match positions.get(read.len()) {
        None if read.len() == positions.len() => Ok(read),
        None => Err(ReadError::Store("more hashes came back than were asked for".into())),
        Some(missing) => Err(ReadError::Missing(*missing)),
    }
}

/// Appends to `out` the complete nodes that together cover the leaves `low..high`, from the left.
///
/// `low` must be a multiple of the largest power of two that fits the range, as every subtree's start is.
pub(crate) fn push_range(low: u64, high: u64, out: &mut Vec<NodePosition>) {
    let mut start = low;
    while start < high {
        let level = (high - start).ilog2();
        out.push(NodePosition { level: level as u8, index: start >> level });
        start += 1 << level;
    }
}

/// The hash of a subtree from the complete nodes that cover it; `None` when there are none.
pub(crate) fn fold_right(nodes: &[Hash]) -> Option<Hash> {
    nodes.iter().rev().copied().reduce(|right, left| Hash::node(left, right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|i| Hash::leaf(&i.to_be_bytes())).collect()
    }

    /// The definition of RFC 6962, section 2.1, word for word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::of(b""),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                Hash::node(naive_root(left), naive_root(right))
            }
        }
    }

    #[test]
    fn stored_indices_are_dense_and_read_back() {
        let mut seen = Vec::new();
        for leaf in 0..300u64 {
            for level in 0..=leaf.trailing_ones() as u8 {
                seen.push(NodePosition { level, index: leaf >> level });
            }
            assert_eq!(seen.len() as u64, stored_count(leaf + 1));
        }
        for (at, position) in seen.iter().enumerate() {
            assert_eq!(position.stored_index(), at as i64);
            assert_eq!(NodePosition::from_stored_index(at as i64), Some(*position));
        }
        assert_eq!(NodePosition::from_stored_index(-1), None);
        assert!(NodePosition::from_stored_index(i64::MAX).is_some());
    }

    #[test]
    fn one_by_one_equals_bulk_equals_the_definition() {
        let all = leaves(130);
        let mut one_by_one = (Frontier::new(), Vec::new());
        for size in 0..=all.len() {
            let bulk = append(&Frontier::new(), &all[..size]);
            assert_eq!(bulk.frontier, one_by_one.0);
            assert_eq!(bulk.nodes, one_by_one.1);
            assert_eq!(bulk.frontier.root(), naive_root(&all[..size]));
            let hashes: Vec<Hash> = bulk.nodes.iter().map(|node| node.hash).collect();
            for earlier in 0..=size {
                assert_eq!(root_at(earlier as u64, &hashes).unwrap(), naive_root(&all[..earlier]));
            }
            if let Some(leaf) = all.get(size) {
                let step = append(&one_by_one.0, &[*leaf]);
                one_by_one.0 = step.frontier;
                one_by_one.1.extend(step.nodes);
            }
        }
    }

    #[test]
    fn a_store_that_lacks_nodes_is_an_error_and_no_panic() {
        let hashes: Vec<Hash> = append(&Frontier::new(), &leaves(5)).nodes.iter().map(|n| n.hash).collect();
        assert!(matches!(root_at(6, &hashes), Err(ReadError::Missing(_))));
        struct Silent;
        impl ReadHashes for Silent {
            fn read(&self, _: &[NodePosition]) -> Result<Vec<Hash>, ReadError> {
                Ok(Vec::new())
            }
        }
        assert!(matches!(root_at(1, &Silent), Err(ReadError::Missing(_))));
    }
}
