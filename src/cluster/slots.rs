//! The connections in flight to one worker, each in a slot. The worker names the slot when it answers.

use std::time::Instant;

use super::ids::{ListenKey, SlotIndex};

/// A connection that was offered to a worker and not yet answered. The primary's copy stays here
/// until then.
#[derive(Debug)]
pub(super) struct InFlight<C> {
    pub key: ListenKey,
    pub connection: C,
    /// Counts all that were accepted.
    pub order: u64,
    /// When it was accepted.
    pub accepted: Instant,
    /// When it was offered.
    pub since: Instant,
    pub stage: Stage,
}

/// How long an offer has waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not longer than the claim timeout.
    Fresh,
    /// Longer: it goes to the next worker that has room.
    Late,
    /// It is being revoked.
    Revoking,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Slots<C> {
    entries: Vec<Option<InFlight<C>>>,
    /// A bit for each slot that is used, and for each whose offer is late.
    used: u128,
    late: u128,
}

impl<C> Default for Slots<C> {
    fn default() -> Self {
        Self { entries: Vec::new(), used: 0, late: 0 }
    }
}

impl<C> Slots<C> {
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    pub fn is_full(&self) -> bool {
        self.used == u128::MAX
    }

    /// Whether one is late.
    pub fn is_late(&self) -> bool {
        self.late != 0
    }

    /// Puts a connection in the first free slot. There must be one.
    pub fn put(&mut self, entry: InFlight<C>) -> SlotIndex {
        let slot = SlotIndex(self.used.trailing_ones());
        self.used |= slot.bit();
        match self.entries.get_mut(slot.0 as usize) {
            Some(place) => *place = Some(entry),
            None => self.entries.push(Some(entry)),
        }
        slot
    }

    pub fn get(&self, slot: SlotIndex) -> Option<&InFlight<C>> {
        self.entries.get(slot.0 as usize)?.as_ref()
    }

    /// Nothing if the slot is empty.
    pub fn take(&mut self, slot: SlotIndex) -> Option<InFlight<C>> {
        let entry = self.entries.get_mut(slot.0 as usize)?.take()?;
        self.used &= !slot.bit();
        self.late &= !slot.bit();
        Some(entry)
    }

    /// This one is late from now on. Nothing if that is known.
    pub fn make_late(&mut self, slot: SlotIndex) -> Option<&InFlight<C>> {
        let entry = self.entries.get_mut(slot.0 as usize)?.as_mut()?;
        if entry.stage != Stage::Fresh {
            return None;
        }
        entry.stage = Stage::Late;
        self.late |= slot.bit();
        Some(entry)
    }

    /// This one is being revoked.
    pub fn start_revoking(&mut self, slot: SlotIndex) -> Option<&InFlight<C>> {
        let entry = self.entries.get_mut(slot.0 as usize)?.as_mut()?;
        entry.stage = Stage::Revoking;
        Some(entry)
    }

    pub fn iter(&self) -> impl Iterator<Item = (SlotIndex, &InFlight<C>)> {
        self.those(self.used)
    }

    /// Those that are not late.
    pub fn fresh(&self) -> impl Iterator<Item = (SlotIndex, &InFlight<C>)> {
        self.those(self.used & !self.late)
    }

    /// Those that are late and not being revoked.
    pub fn late(&self) -> impl Iterator<Item = (SlotIndex, &InFlight<C>)> {
        self.those(self.late).filter(|(_, entry)| entry.stage == Stage::Late)
    }

    fn those(&self, mut bits: u128) -> impl Iterator<Item = (SlotIndex, &InFlight<C>)> {
        std::iter::from_fn(move || {
            let slot = SlotIndex(bits.trailing_zeros());
            bits &= !slot.bit();
            Some((slot, self.get(slot)?))
        })
    }
}
