//! The offers of one listener that wait for too long, the oldest first: they go to whoever has room.

use std::collections::BTreeSet;

use super::{SlotIndex, WorkerId};

/// An offer: its connection's order, and where it stands.
pub(super) type Offer = (u64, WorkerId, SlotIndex);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// At workers that give signs of life.
    alive: BTreeSet<Offer>,
    /// At workers that were asked for one and have not answered.
    asked: BTreeSet<Offer>,
    /// How many are being revoked.
    pub recalled: usize,
}

impl Late {
    pub fn add(&mut self, offer: Offer, asked: bool) {
        self.side(asked).insert(offer);
    }

    pub fn remove(&mut self, offer: Offer, asked: bool) {
        self.side(asked).remove(&offer);
    }

    pub fn is_empty(&self) -> bool {
        self.alive.is_empty() && self.asked.is_empty()
    }

    /// How many may go to another worker. From one slow worker to the next, a connection would wait no less.
    pub fn count(&self, all_slow: bool) -> usize {
        self.asked.len() + if all_slow { 0 } else { self.alive.len() }
    }

    /// The first of those.
    pub fn first(&self, count: usize, all_slow: bool) -> Vec<Offer> {
        let alive = self.alive.iter().take(if all_slow { 0 } else { count });
        let mut offers: Vec<Offer> = alive.chain(self.asked.iter().take(count)).copied().collect();
        offers.sort_unstable();
        offers.truncate(count);
        offers
    }

    fn side(&mut self, asked: bool) -> &mut BTreeSet<Offer> {
        if asked { &mut self.asked } else { &mut self.alive }
    }
}
