//! The late offers of one handle, the oldest first. They go to the next worker that has room.

use std::collections::BTreeSet;

use super::ids::{SlotIndex, WorkerId};

/// An offer: its connection's order, and where it stands.
pub(super) type LateOffer = (u64, WorkerId, SlotIndex);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// Offered to workers that answer probes.
    alive: BTreeSet<LateOffer>,
    /// Offered to workers that were probed, and have not answered.
    probed: BTreeSet<LateOffer>,
    /// How many are being revoked.
    pub revoking: usize,
}

impl Late {
    pub fn add(&mut self, offer: LateOffer, probed: bool) {
        self.side(probed).insert(offer);
    }

    pub fn remove(&mut self, offer: LateOffer, probed: bool) {
        self.side(probed).remove(&offer);
    }

    pub fn is_empty(&self) -> bool {
        self.alive.is_empty() && self.probed.is_empty()
    }

    /// How many may go to another worker. If all are slow, the next one would claim it no sooner.
    pub fn count(&self, all_slow: bool) -> usize {
        self.probed.len() + if all_slow { 0 } else { self.alive.len() }
    }

    /// The first of those.
    pub fn first(&self, count: usize, all_slow: bool) -> Vec<LateOffer> {
        let alive = self.alive.iter().take(if all_slow { 0 } else { count });
        let mut offers: Vec<LateOffer> = alive.chain(self.probed.iter().take(count)).copied().collect();
        offers.sort_unstable();
        offers.truncate(count);
        offers
    }

    fn side(&mut self, probed: bool) -> &mut BTreeSet<LateOffer> {
        if probed { &mut self.probed } else { &mut self.alive }
    }
}
