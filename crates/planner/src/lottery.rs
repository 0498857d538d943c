//! The draw between equals: a hash of the seed, the unit's id and the cell's id, so that nobody's
//! place in a file decides, and everybody can repeat the draw.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::instance::Instance;

/// Draws for every unit and cell of one instance.
pub(crate) struct Lottery {
    units: Vec<u64>,
    cells: Vec<u64>,
}

impl Lottery {
    pub(crate) fn new(instance: &Instance, tie_seed: u64) -> Self {
        let draw = |kind: &[u8], id: &str| {
            let digest = Sha256::new()
                .chain_update(b"miaopu/tie/1")
                .chain_update(tie_seed.to_be_bytes())
                .chain_update(kind)
                .chain_update(id.as_bytes())
                .finalize();
            digest[..8].iter().fold(0u64, |number, &byte| number << 8 | u64::from(byte))
        };
        Lottery {
            units: (0..instance.units.len())
                .into_par_iter()
                .map(|v| draw(b"unit", instance.units.id(v)))
                .collect(),
            cells: instance.cells.iter().map(|cell| draw(b"cell", &cell.id)).collect(),
        }
    }

    pub(crate) fn of_unit(&self, unit: usize) -> u64 {
        self.units[unit]
    }

    /// The draw of a cell in a unit: both draws, mixed.
    pub(crate) fn of(&self, unit: usize, cell: usize) -> u64 {
        let mut mixed = self.units[unit] ^ self.cells[cell].rotate_left(29);
        mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }
}
