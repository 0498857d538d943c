//! Inclusion and consistency proofs of RFC 6962, sections 2.1.1 and 2.1.2: proving and checking.
//!
//! Proving reads hashes through [`ReadHashes`], in one request for each proof.
//! Checking needs nothing but the proof and the two hashes it relates; it is all that an outsider runs.

use crate::hash::Hash;
use crate::tree::{NodePosition, ReadError, ReadHashes, fold_right, push_range, read_exactly};

/// A proof that does not show what it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf index or the former size lies outside the tree.
    #[error("the position does not lie in the tree")]
    OutOfRange,
    /// The proof has more or fewer hashes than trees of these sizes need.
    #[error("the proof has the wrong number of hashes")]
    WrongLength,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    WrongRoot,
}

/// The hashes that lead from leaf `index` to the root of the tree of `size` leaves, the sibling first.
///
/// # Errors
/// [`ReadError::OutOfRange`] when the tree has no such leaf; otherwise what the store reports.
pub fn prove_inclusion(index: u64, size: u64, hashes: &impl ReadHashes) -> Result<Vec<Hash>, ReadError> {
    if index >= size {
        return Err(ReadError::OutOfRange { size, wanted: index });
    }
    // From the root down: at each split keep the side that the leaf is not in.
    let (mut low, mut high) = (0, size);
    let mut ranges = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            ranges.push((middle, high));
            high = middle;
        } else {
            ranges.push((low, middle));
            low = middle;
        }
    }
    ranges.reverse();
    read_ranges(&ranges, hashes)
}

/// Checks that the leaf at `index` is in the tree with this size and root.
///
/// # Errors
/// When the proof does not show it.
pub fn check_inclusion(
    index: u64,
    size: u64,
    leaf: Hash,
    proof: &[Hash],
    root: Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange);
    }
    // `node` is the ancestor of our leaf on the current level, `last` that of the last leaf.
    let (mut node, mut last) = (index, size - 1);
    let mut hash = leaf;
    let mut siblings = proof.iter();
    while last > 0 {
        if node & 1 == 1 {
            hash = Hash::node(*siblings.next().ok_or(ProofError::WrongLength)?, hash);
        } else if node < last {
            hash = Hash::node(hash, *siblings.next().ok_or(ProofError::WrongLength)?);
        }
        // An even node that is also the last has no sibling: it rises as it is.
        node >>= 1;
        last >>= 1;
    }
    match siblings.next() {
        Some(_) => Err(ProofError::WrongLength),
        None if hash == root => Ok(()),
        None => Err(ProofError::WrongRoot),
    }
}

/// The hashes that show the tree of `size` leaves to be a continuation of the one with `old_size`.
///
/// # Errors
/// [`ReadError::OutOfRange`] when `old_size` is the larger; otherwise what the store reports.
pub fn prove_consistency(old_size: u64, size: u64, hashes: &impl ReadHashes) -> Result<Vec<Hash>, ReadError> {
    if old_size > size {
        return Err(ReadError::OutOfRange { size, wanted: old_size });
    }
    if old_size == 0 || old_size == size {
        return Ok(Vec::new());
    }
    let (mut low, mut high) = (0, size);
    let mut ranges = Vec::new();
    while old_size != high {
        let middle = low + split(high - low);
        if old_size <= middle {
            ranges.push((middle, high));
            high = middle;
        } else {
            ranges.push((low, middle));
            low = middle;
        }
    }
    // When the old tree is itself a complete left subtree, the checker knows its root already.
    if low != 0 {
        ranges.push((low, high));
    }
    ranges.reverse();
    read_ranges(&ranges, hashes)
}

/// Checks that the second tree only adds leaves to the first.
///
/// A tree without leaves is continued by every tree; its proof is empty and its root is the empty root.
///
/// # Errors
/// When the proof does not show it.
pub fn check_consistency(
    old_size: u64,
    old_root: Hash,
    size: u64,
    root: Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size > size {
        return Err(ProofError::OutOfRange);
    }
    if old_size == 0 || old_size == size {
        let expected = if old_size == 0 { Hash::EMPTY_ROOT } else { root };
        let proper_root = size != 0 || root == Hash::EMPTY_ROOT;
        return match proof {
            [_, ..] => Err(ProofError::WrongLength),
            [] if old_root == expected && proper_root => Ok(()),
            [] => Err(ProofError::WrongRoot),
        };
    }
    check_growth(old_size, old_root, size, root, proof)
}

/// The largest power of two smaller than `n`; `n` is at least two.
const fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// Reads the hash of each range of leaves, all in one request.
fn read_ranges(ranges: &[(u64, u64)], hashes: &impl ReadHashes) -> Result<Vec<Hash>, ReadError> {
    let mut positions: Vec<NodePosition> = Vec::new();
    let mut ends = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        push_range(*low, *high, &mut positions);
        ends.push(positions.len());
    }
    let read = read_exactly(hashes, &positions)?;
    let mut start = 0;
    let mut proof = Vec::with_capacity(ranges.len());
    for end in ends {
        proof.push(fold_right(&read[start..end]).expect("invariant: no range of leaves is empty"));
        start = end;
    }
    Ok(proof)
}

/// The case of two trees that both have leaves and differ in size (RFC 9162, section 2.1.4.2).
fn check_growth(
    old_size: u64,
    old_root: Hash,
    size: u64,
    root: Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    let mut hashes = proof.iter().copied();
    let (mut node, mut last) = (old_size - 1, size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    // Below this point both trees are the same; the old root itself stands there if the old tree is complete.
    let start = if node == 0 { old_root } else { hashes.next().ok_or(ProofError::WrongLength)? };
    let (mut old_hash, mut new_hash) = (start, start);
    while last > 0 {
        if node & 1 == 1 {
            let left = hashes.next().ok_or(ProofError::WrongLength)?;
            old_hash = Hash::node(left, old_hash);
            new_hash = Hash::node(left, new_hash);
        } else if node < last {
            new_hash = Hash::node(new_hash, hashes.next().ok_or(ProofError::WrongLength)?);
        }
        node >>= 1;
        last >>= 1;
    }
    match hashes.next() {
        Some(_) => Err(ProofError::WrongLength),
        None if old_hash == old_root && new_hash == root => Ok(()),
        None => Err(ProofError::WrongRoot),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Frontier, append, root_at};

    /// The eight entries and the roots of the reference tests that RFC 6962 implementations share.
    const ENTRIES: [&[u8]; 8] = [
        b"",
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn hashes(n: usize) -> Vec<Hash> {
        let leaves: Vec<Hash> = (0..n).map(|i| Hash::leaf(&i.to_be_bytes())).collect();
        append(&Frontier::new(), &leaves).nodes.iter().map(|node| node.hash).collect()
    }

    #[test]
    fn known_roots_and_proofs_of_rfc_6962() {
        let leaves: Vec<Hash> = ENTRIES.iter().map(|entry| Hash::leaf(entry)).collect();
        let nodes: Vec<Hash> = append(&Frontier::new(), &leaves).nodes.iter().map(|n| n.hash).collect();
        for (at, root) in ROOTS.iter().enumerate() {
            assert_eq!(root_at(at as u64 + 1, &nodes).unwrap().to_hex(), *root);
        }
        let path: Vec<String> = prove_inclusion(5, 8, &nodes).unwrap().iter().map(Hash::to_hex).collect();
        assert_eq!(
            path,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        let growth: Vec<String> = prove_consistency(6, 8, &nodes).unwrap().iter().map(Hash::to_hex).collect();
        assert_eq!(
            growth,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
    }

    #[test]
    fn every_inclusion_proof_up_to_130_checks_and_is_bound() {
        let nodes = hashes(130);
        for size in 1..=130u64 {
            let root = root_at(size, &nodes).unwrap();
            for index in 0..size {
                let leaf = Hash::leaf(&(index as usize).to_be_bytes());
                let proof = prove_inclusion(index, size, &nodes).unwrap();
                assert_eq!(check_inclusion(index, size, leaf, &proof, root), Ok(()));
                assert!(check_inclusion(index ^ 1, size, leaf, &proof, root).is_err() || size == 1);
                let mut longer = proof.clone();
                longer.push(root);
                assert_eq!(check_inclusion(index, size, leaf, &longer, root), Err(ProofError::WrongLength));
                if let Some((_, shorter)) = proof.split_last() {
                    assert_eq!(
                        check_inclusion(index, size, leaf, shorter, root),
                        Err(ProofError::WrongLength)
                    );
                }
            }
        }
    }

    #[test]
    fn every_consistency_proof_up_to_130_checks_and_is_bound() {
        let nodes = hashes(130);
        let roots: Vec<Hash> = (0..=130).map(|size| root_at(size, &nodes).unwrap()).collect();
        for size in 0..=130u64 {
            for old in 0..=size {
                let (old_root, root) = (roots[old as usize], roots[size as usize]);
                let proof = prove_consistency(old, size, &nodes).unwrap();
                assert_eq!(check_consistency(old, old_root, size, root, &proof), Ok(()), "{old} {size}");
                let other = Hash::of(b"other");
                assert!(check_consistency(old, other, size, root, &proof).is_err());
                // Every tree continues the empty one, so only there any new root may stand.
                assert_eq!(
                    check_consistency(old, old_root, size, other, &proof).is_ok(),
                    old == 0 && size > 0
                );
                let mut longer = proof.clone();
                longer.push(root);
                assert!(check_consistency(old, old_root, size, root, &longer).is_err());
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(check_consistency(old, old_root, size, root, shorter).is_err());
                }
            }
        }
    }

    #[test]
    fn any_flipped_bit_fails() {
        let nodes = hashes(23);
        let root = root_at(23, &nodes).unwrap();
        let flipped = |hash: Hash, bit: usize| {
            let mut bytes = *hash.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            Hash::from_bytes(bytes)
        };
        for index in [0, 1, 7, 15, 16, 20, 22] {
            let leaf = Hash::leaf(&(index as usize).to_be_bytes());
            let proof = prove_inclusion(index, 23, &nodes).unwrap();
            for bit in 0..256 {
                assert!(check_inclusion(index, 23, flipped(leaf, bit), &proof, root).is_err());
                assert!(check_inclusion(index, 23, leaf, &proof, flipped(root, bit)).is_err());
                for at in 0..proof.len() {
                    let mut bad = proof.clone();
                    bad[at] = flipped(bad[at], bit);
                    assert!(check_inclusion(index, 23, leaf, &bad, root).is_err());
                }
            }
        }
        for old in [1, 2, 6, 8, 13, 16, 22] {
            let old_root = root_at(old, &nodes).unwrap();
            let proof = prove_consistency(old, 23, &nodes).unwrap();
            for bit in 0..256 {
                for at in 0..proof.len() {
                    let mut bad = proof.clone();
                    bad[at] = flipped(bad[at], bit);
                    assert!(check_consistency(old, old_root, 23, root, &bad).is_err());
                }
                assert!(check_consistency(old, flipped(old_root, bit), 23, root, &proof).is_err());
                assert!(check_consistency(old, old_root, 23, flipped(root, bit), &proof).is_err());
            }
        }
    }

    #[test]
    fn nonsense_is_refused_without_a_panic() {
        let nodes = hashes(4);
        let h = Hash::EMPTY_ROOT;
        assert!(prove_inclusion(4, 4, &nodes).is_err());
        assert!(prove_consistency(5, 4, &nodes).is_err());
        assert_eq!(check_inclusion(0, 0, h, &[], h), Err(ProofError::OutOfRange));
        assert_eq!(check_inclusion(u64::MAX - 1, u64::MAX, h, &[h; 3], h), Err(ProofError::WrongLength));
        assert_eq!(check_consistency(2, h, 1, h, &[]), Err(ProofError::OutOfRange));
        assert_eq!(check_consistency(1 << 63, h, u64::MAX, h, &[]), Err(ProofError::WrongLength));
    }
}
