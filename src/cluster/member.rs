//! A member: what the rules know of a worker. Its connections in flight, each in a slot.

use std::collections::BTreeMap;

use super::{Figures, ListenKey};

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
    /// Counts all that were accepted; those that come back stand where they stood.
    pub order: u64,
    /// A worker had it and did not take it.
    pub again: bool,
}

/// A connection that was offered to a worker and not yet answered. The primary's copy stays here
/// until then.
#[derive(Debug)]
pub(super) struct InFlight<C> {
    pub key: ListenKey,
    pub connection: C,
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

/// How soon a worker's one loop turns, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Soon enough.
    Quick,
    /// It let something wait, was asked for a sign of life, and gives none: it may stand still.
    Asked,
    /// It gave one, but took its time. It was asked again.
    Slow,
}

/// How many connections of one key are in flight.
#[derive(Debug)]
struct Load {
    count: usize,
    /// It gets more until it has its credit; then no more until it has claimed most of it.
    filling: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Member<C> {
    slots: Vec<Option<InFlight<C>>>,
    /// By key; nothing where none is in flight.
    loads: BTreeMap<ListenKey, Load>,
    /// How many connections are in flight, and how many of them for too long.
    count: usize,
    late: usize,
    /// A worker that is leaving gets nothing more; what it has, it may still answer.
    pub leaving: bool,
    pub pace: Pace,
    pub figures: Figures,
}

impl<C> Default for Member<C> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            loads: BTreeMap::new(),
            count: 0,
            late: 0,
            leaving: false,
            pace: Pace::Quick,
            figures: Figures::default(),
        }
    }
}

impl<C> Member<C> {
    /// How many connections may be in flight to one worker on one key. What a worker has not
    /// claimed can be taken back, so a batch costs nobody's patience; and a worker that finds several when it
    /// wakes answers each at half the cost, for its caches are warm from the second on.
    pub const CREDIT: usize = 32;
    /// A worker that has this many left or fewer gets more.
    pub const LOW: u32 = 4;

    #[cfg(test)]
    pub fn in_flight(&self, key: ListenKey) -> usize {
        self.loads.get(&key).map_or(0, |load| load.count)
    }

    /// Whether it has claimed all that it was offered: it waits, or is at work on those.
    pub fn is_idle(&self) -> bool {
        self.count == 0
    }

    /// Whether it lets something wait for too long.
    pub fn is_late(&self) -> bool {
        self.late > 0
    }

    /// Whether what is sent to it may have to wait.
    pub fn is_slow(&self) -> bool {
        self.is_late() || self.pace != Pace::Quick
    }

    /// Whether it can be given a connection of `key`. One whose loop turns slowly only where all are
    /// slow: there a connection has to stand with one of them, or it is not there when that one turns.
    pub fn can_take(&self, key: ListenKey, all_slow: bool) -> bool {
        (!self.is_slow() || all_slow && self.pace == Pace::Slow) && self.room(key) > 0
    }

    /// Whether it can take nothing more, whatever its key.
    pub fn is_blocked(&self) -> bool {
        self.is_slow() || self.count >= SlotIndex::COUNT
    }

    /// How many more connections of `key` it can hold.
    pub fn room(&self, key: ListenKey) -> usize {
        match self.loads.get(&key) {
            _ if self.count >= SlotIndex::COUNT => 0,
            None => Self::CREDIT,
            Some(load) if load.filling => Self::CREDIT.saturating_sub(load.count),
            Some(_) => 0,
        }
    }

    /// Puts a connection in flight. There must be room.
    pub fn put(&mut self, entry: InFlight<C>, again: bool) -> SlotIndex {
        self.figures.accepted += 1;
        self.figures.redispatched += u64::from(again);
        self.count += 1;
        let load = self.loads.entry(entry.key).or_insert(Load { count: 0, filling: true });
        load.count += 1;
        load.filling &= load.count < Self::CREDIT;
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

    /// An offer has waited for too long. Says of which key it is.
    pub fn lose_patience(&mut self, slot: SlotIndex) -> Option<ListenKey> {
        let entry = self.slots.get_mut(slot.0 as usize)?.as_mut()?;
        if std::mem::replace(&mut entry.patience, Patience::Lost) == Patience::Left {
            self.late += 1;
        }
        Some(entry.key)
    }

    /// It has to show that its loop turns. False: it was asked already.
    pub fn ask(&mut self) -> bool {
        let news = self.pace == Pace::Quick;
        if news {
            self.pace = Pace::Asked;
        }
        news
    }

    /// An offer that has waited for too long is being revoked.
    pub fn recall(&mut self, slot: SlotIndex) {
        if let Some(Some(entry)) = self.slots.get_mut(slot.0 as usize) {
            entry.patience = Patience::Over;
        }
    }

    /// Takes a connection out of flight; nothing where the worker named a slot that is empty.
    pub fn take(&mut self, slot: SlotIndex) -> Option<InFlight<C>> {
        let entry = self.slots.get_mut(slot.0 as usize)?.take()?;
        self.count -= 1;
        self.late -= usize::from(entry.patience != Patience::Left);
        if let Some(load) = self.loads.get_mut(&entry.key) {
            load.count -= 1;
            load.filling |= load.count <= Self::LOW as usize;
            if load.count == 0 {
                self.loads.remove(&entry.key);
            }
        }
        Some(entry)
    }

    /// All that is in flight, in the order in which it was accepted.
    pub fn drain(&mut self) -> Vec<InFlight<C>> {
        let mut all: Vec<_> = self.slots.drain(..).flatten().collect();
        all.sort_by_key(|entry| entry.order);
        all
    }

    /// All that is in flight.
    pub fn entries(&self) -> impl Iterator<Item = (SlotIndex, &InFlight<C>)> {
        self.slots.iter().zip(0..).filter_map(|(entry, index)| Some((SlotIndex(index), entry.as_ref()?)))
    }
}
