//! A member: what the rules know of a worker. Its connections in flight, each in a slot.

use super::ListenKey;

/// Where a connection in flight stands at its worker. The worker names it when it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotIndex(pub u32);

/// A connection that was sent and not yet answered. The primary's copy stays here until then.
#[derive(Debug)]
pub(super) struct InFlight<C> {
    pub key: ListenKey,
    pub connection: C,
    /// Counts what was sent; those that come back queue up in this order.
    pub order: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Member<C> {
    slots: Vec<Option<InFlight<C>>>,
    /// A worker that is leaving gets nothing more; what it has, it may still answer.
    pub leaving: bool,
}

impl<C> Default for Member<C> {
    fn default() -> Self {
        Self { slots: Vec::new(), leaving: false }
    }
}

impl<C> Member<C> {
    /// How many connections may be in flight to one worker on one key. Two let the next one
    /// travel while the worker takes the first; more only queue up behind a worker that is busy.
    pub const CREDIT: usize = 2;

    /// How many connections of `key` are in flight.
    pub fn in_flight(&self, key: ListenKey) -> usize {
        self.slots.iter().flatten().filter(|entry| entry.key == key).count()
    }

    /// Puts a connection in flight.
    pub fn put(&mut self, entry: InFlight<C>) -> SlotIndex {
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        match self.slots.get_mut(free) {
            Some(slot) => *slot = Some(entry),
            None => self.slots.push(Some(entry)),
        }
        // A worker has a handful of keys with CREDIT slots each; 32 bits cannot run out.
        SlotIndex(u32::try_from(free).unwrap_or(u32::MAX))
    }

    /// Looks at a connection in flight.
    pub fn get(&self, slot: SlotIndex) -> Option<&InFlight<C>> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    /// Takes a connection out of flight; nothing where the worker named a slot that is empty.
    pub fn take(&mut self, slot: SlotIndex) -> Option<InFlight<C>> {
        self.slots.get_mut(slot.0 as usize)?.take()
    }

    /// All that is in flight, in the order in which it was sent.
    pub fn drain(&mut self) -> Vec<InFlight<C>> {
        let mut all: Vec<_> = self.slots.drain(..).flatten().collect();
        all.sort_by_key(|entry| entry.order);
        all
    }

    #[cfg(test)]
    pub fn entries(&self) -> impl Iterator<Item = &InFlight<C>> {
        self.slots.iter().flatten()
    }
}
