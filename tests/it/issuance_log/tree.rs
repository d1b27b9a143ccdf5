//! Proofs of the log, checked by the algorithms as the RFCs write them, without a line of the hub's own.

use hub::credential::log::{
    Edge, Growth, Hash, Tiles, TreeHead, check_consistency, check_inclusion, prove_consistency,
    prove_inclusion,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// RFC 6962 §2.1: the Merkle Tree Hash.
pub fn merkle_tree_hash(entries: &[[u8; 32]]) -> Hash {
    match entries {
        [] => Sha256::digest([]).into(),
        [entry] => leaf(entry),
        _ => {
            let k = entries.len().next_power_of_two() / 2;
            node(&merkle_tree_hash(&entries[..k]), &merkle_tree_hash(&entries[k..]))
        }
    }
}

/// RFC 9162 §2.1.3.2, which proves what RFC 6962 §2.1.1 defines.
pub fn inclusion_holds(
    entry: &[u8; 32],
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> bool {
    if index >= size {
        return false;
    }
    let (mut number, mut last, mut hash) = (index, size - 1, leaf(entry));
    for step in proof {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            hash = node(step, &hash);
            while number & 1 == 0 && number != 0 {
                number >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, step);
        }
        number >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// RFC 9162 §2.1.4.2, which proves what RFC 6962 §2.1.2 defines.
pub fn consistency_holds(first: &TreeHead, second: &TreeHead, proof: &[Hash]) -> bool {
    if first.size == second.size {
        return proof.is_empty() && first.root == second.root;
    }
    let mut path = proof.to_vec();
    if first.size.is_power_of_two() {
        path.insert(0, first.root);
    }
    let Some((start, rest)) = path.split_first() else { return false };
    let (mut number, mut last) = (first.size - 1, second.size - 1);
    while number & 1 == 1 {
        number >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (*start, *start);
    for step in rest {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            old = node(step, &old);
            new = node(step, &new);
            while number & 1 == 0 && number != 0 {
                number >>= 1;
                last >>= 1;
            }
        } else {
            new = node(&new, step);
        }
        number >>= 1;
        last >>= 1;
    }
    last == 0 && old == first.root && new == second.root
}

fn leaf(entry: &[u8; 32]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(entry).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

fn entry(number: u64) -> [u8; 32] {
    Sha256::digest(number.to_be_bytes()).into()
}

/// A tree grown in steps, with its tiles as they would be stored and its head after each step.
fn grown(steps: &[u64]) -> (Tiles, Vec<TreeHead>, Vec<[u8; 32]>) {
    let mut edge = Edge::default();
    let mut stored: std::collections::BTreeMap<(u8, u64), Vec<u8>> = Default::default();
    let (mut heads, mut entries) = (Vec::new(), Vec::new());
    for step in steps {
        let mut growth = Growth::default();
        for _ in 0..*step {
            let next = entry(entries.len() as u64);
            edge.append(&next, &mut growth);
            entries.push(next);
        }
        for segment in growth.segments() {
            let tile = stored.entry((segment.level, segment.start / 256)).or_default();
            assert_eq!(tile.len() as u64 / 32, segment.start % 256, "pieces follow one another");
            tile.extend_from_slice(&segment.hashes);
        }
        heads.push(edge.head());
    }
    let mut tiles = Tiles::default();
    for ((level, number), hashes) in stored {
        tiles.insert(level, number, hashes);
    }
    (tiles, heads, entries)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_proof_of_every_tree_holds_by_the_rfc_and_no_other_does(
        steps in prop::collection::vec(1..500_u64, 1..7),
        places in prop::collection::vec(any::<prop::sample::Index>(), 12),
        bit in 0..256_usize,
    ) {
        let (tiles, heads, entries) = grown(&steps);
        for (head, place) in heads.iter().zip(&places) {
            let size = head.size as usize;
            prop_assert_eq!(head.root, merkle_tree_hash(&entries[..size]));
            let index = place.index(size) as u64;
            let record = &entries[index as usize];
            let proof = prove_inclusion(record, index, head, &tiles).unwrap();
            prop_assert!(inclusion_holds(record, index, head.size, &proof, &head.root));
            prop_assert!(check_inclusion(record, index, &proof, head).is_ok());
            let mut other = *record;
            other[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!inclusion_holds(&other, index, head.size, &proof, &head.root));
            prop_assert!(check_inclusion(&other, index, &proof, head).is_err());
            prop_assert!(prove_inclusion(&other, index, head, &tiles).is_err());
            for at in 0..proof.len() {
                let mut changed = proof.clone();
                changed[at][bit / 8] ^= 1 << (bit % 8);
                prop_assert!(!inclusion_holds(record, index, head.size, &changed, &head.root));
                prop_assert!(check_inclusion(record, index, &changed, head).is_err());
            }
        }
        for (place, second) in places.iter().zip(&heads) {
            let size = place.index(second.size as usize) as u64 + 1;
            let (first, proof) = prove_consistency(size, second, &tiles).unwrap();
            prop_assert_eq!(first.root, merkle_tree_hash(&entries[..size as usize]));
            prop_assert!(consistency_holds(&first, second, &proof));
            prop_assert!(check_consistency(&first, &proof, second).is_ok());
            for at in 0..proof.len() {
                let mut changed = proof.clone();
                changed[at][bit / 8] ^= 1 << (bit % 8);
                prop_assert!(!consistency_holds(&first, second, &changed));
                prop_assert!(check_consistency(&first, &changed, second).is_err());
            }
            let mut other = first;
            other.root[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!consistency_holds(&other, second, &proof));
            prop_assert!(check_consistency(&other, &proof, second).is_err());
        }
        // The edge is found again from the tiles alone.
        let last = heads.last().unwrap();
        prop_assert_eq!(Edge::of(last, &tiles).unwrap().head(), *last);
    }
}

#[test]
fn every_bit_of_a_long_proof_counts() {
    let (tiles, heads, entries) = grown(&[3_000]);
    let head = &heads[0];
    let proof = prove_inclusion(&entries[1_234], 1_234, head, &tiles).unwrap();
    assert_eq!(proof.len(), 12);
    for at in 0..proof.len() * 256 {
        let mut changed = proof.clone();
        changed[at / 256][at % 256 / 8] ^= 1 << (at % 8);
        assert!(!inclusion_holds(&entries[1_234], 1_234, head.size, &changed, &head.root));
        assert!(check_inclusion(&entries[1_234], 1_234, &changed, head).is_err(), "bit {at}");
    }
}

#[test]
fn every_place_of_every_small_tree_has_a_proof() {
    let (tiles, heads, entries) = grown(&[1; 70]);
    for head in &heads {
        for index in 0..head.size {
            let record = &entries[index as usize];
            let proof = prove_inclusion(record, index, head, &tiles).unwrap();
            assert!(inclusion_holds(record, index, head.size, &proof, &head.root));
            let (first, proof) = prove_consistency(index + 1, head, &tiles).unwrap();
            assert!(consistency_holds(&first, head, &proof), "{} of {}", index + 1, head.size);
        }
        assert!(prove_inclusion(&entries[0], head.size, head, &tiles).is_err());
        assert!(prove_consistency(0, head, &tiles).is_err());
        assert!(prove_consistency(head.size + 1, head, &tiles).is_err());
    }
}

#[test]
fn edited_tiles_give_no_proof() {
    let (_, heads, entries) = grown(&[1_000]);
    let head = &heads[0];
    for (level, tile, at) in [(0, 0, 5), (0, 3, 200), (1, 0, 1)] {
        let mut growth = Growth::default();
        let mut edge = Edge::default();
        entries.iter().for_each(|entry| edge.append(entry, &mut growth));
        let mut tiles = Tiles::default();
        for segment in growth.segments() {
            let mut hashes = segment.hashes.clone();
            if (segment.level, segment.start / 256) == (level, tile) {
                hashes[at * 32] ^= 1;
            }
            tiles.insert(segment.level, segment.start / 256, hashes);
        }
        let wrong: Vec<u64> = (0..1_000_u64)
            .filter(|index| {
                prove_inclusion(&entries[*index as usize], *index, head, &tiles).is_err()
            })
            .collect();
        // Everybody whose path leads over the edited hash, and nobody gets a proof that does not hold.
        assert!(!wrong.is_empty(), "level {level}, tile {tile}");
        assert!(Edge::of(head, &tiles).is_err() || level == 0 && tile == 0);
    }
}

/// The examples of RFC 6962 §2.1.3: seven leaves.
#[test]
fn the_tree_of_the_rfc_has_its_paths() {
    let (tiles, heads, entries) = grown(&[3, 1, 2, 1]);
    let of = |from: usize, to: usize| merkle_tree_hash(&entries[from..to]);
    let (g, h, i, j, k, l) = (of(0, 2), of(2, 4), of(4, 6), of(6, 7), of(0, 4), of(4, 7));
    let (a, b, c, d) = (of(0, 1), of(1, 2), of(2, 3), of(3, 4));
    let head = heads.last().unwrap();
    let path = |index: usize| prove_inclusion(&entries[index], index as u64, head, &tiles).unwrap();
    assert_eq!(path(0), [b, h, l]);
    assert_eq!(path(3), [c, g, l]);
    assert_eq!(path(4), [of(5, 6), j, k]);
    assert_eq!(path(6), [i, k]);
    let consistent = |from| prove_consistency(from, head, &tiles).unwrap().1;
    assert_eq!(consistent(3), [c, d, g, l]);
    assert_eq!(consistent(4), [l]);
    assert_eq!(consistent(6), [i, j, k]);
    assert_ne!(a, b);
}
