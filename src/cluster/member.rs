//! A member: what the rules know of a worker. Its connections in flight, each in a slot.

use super::ListenKey;

/// Where a connection in flight stands at its worker. The worker names it when it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotIndex(pub u32);

impl SlotIndex {
    /// How many slots a worker has.
    pub const COUNT: usize = 128;
}

/// A connection that was accepted.
#[derive(Debug)]
pub(super) struct Waiting<C> {
    pub connection: C,
    /// A worker had it and did not take it.
    pub again: bool,
}

/// A connection that was offered to a worker and not yet answered. The primary's copy stays here
/// until then.
#[derive(Debug)]
pub(super) struct InFlight<C> {
    pub key: ListenKey,
    pub connection: C,
    /// Counts what was offered; those that come back queue up in this order.
    pub order: u64,
    pub patience: Patience,
}

/// How long an offer has waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Not for long.
    Left,
    /// Too long: it goes to whoever has room.
    Lost,
    /// It is being revoked.
    Over,
}

/// What a worker has done with its connections, since it was forked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Offered to it.
    pub accepted: u64,
    /// Of those: taken.
    pub claimed: u64,
    /// Given back: its server had no room, or was closing.
    pub refused: u64,
    /// Taken back from it: it stood still while another had room.
    pub revoked: u64,
    /// Of those that were offered to it: another worker had them before, and did not take them.
    pub redispatched: u64,
    /// Offered, and not answered yet.
    pub waiting: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Member<C> {
    slots: Vec<Option<InFlight<C>>>,
    /// A worker that is leaving gets nothing more; what it has, it may still answer.
    pub leaving: bool,
    /// Something was taken back from it, and it has not shown since that its loop turns.
    pub stalled: bool,
    pub figures: Figures,
}

impl<C> Default for Member<C> {
    fn default() -> Self {
        Self { slots: Vec::new(), leaving: false, stalled: false, figures: Figures::default() }
    }
}

impl<C> Member<C> {
    /// How many connections may be in flight to one worker on one key. Two let the next one
    /// travel while the worker takes the first; more only queue up behind a worker that is busy.
    pub const CREDIT: usize = 2;

    /// How many connections of `key` are in flight.
    pub fn in_flight(&self, key: ListenKey) -> usize {
        self.entries().filter(|(_, entry)| entry.key == key).count()
    }

    /// Nothing more for this worker, whatever its key: its one loop seems to stand still, or there
    /// is no slot left.
    pub fn is_blocked(&self) -> bool {
        let late = self.entries().any(|(_, entry)| entry.patience != Patience::Left);
        late || self.stalled || self.entries().count() >= SlotIndex::COUNT
    }

    /// How many more connections of `key` it can take.
    pub fn room(&self, key: ListenKey) -> usize {
        if self.is_blocked() { 0 } else { Self::CREDIT.saturating_sub(self.in_flight(key)) }
    }

    /// Puts a connection in flight. There must be room.
    pub fn put(&mut self, entry: InFlight<C>, again: bool) -> SlotIndex {
        self.figures.accepted += 1;
        self.figures.redispatched += u64::from(again);
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        match self.slots.get_mut(free) {
            Some(slot) => *slot = Some(entry),
            None => self.slots.push(Some(entry)),
        }
        // There are few of them.
        SlotIndex(u32::try_from(free).unwrap_or(u32::MAX))
    }

    /// Looks at a connection in flight.
    pub fn get(&self, slot: SlotIndex) -> Option<&InFlight<C>> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, slot: SlotIndex) -> Option<&mut InFlight<C>> {
        self.slots.get_mut(slot.0 as usize)?.as_mut()
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

    /// All that is in flight.
    pub fn entries(&self) -> impl Iterator<Item = (SlotIndex, &InFlight<C>)> {
        self.slots.iter().zip(0..).filter_map(|(entry, index)| Some((SlotIndex(index), entry.as_ref()?)))
    }

    pub fn figures(&self) -> Figures {
        Figures { waiting: self.entries().count() as u64, ..self.figures }
    }
}
