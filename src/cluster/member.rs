//! A member: what the rules know of a worker. What is in flight to it, and how soon it answers.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::figures::Figures;
use super::ids::{ListenKey, SlotIndex, WorkerId};
use super::lapse::Lapse;
use super::pulse::{Heartbeat, Pulse};
use super::slots::{InFlight, Slots};
use super::standing::{Health, Load, Standing, Use};
use super::table::Table;

/// How many connections of one key are in flight.
#[derive(Debug)]
struct Batch {
    count: usize,
    /// It gets more until it has its credit; then no more until it has claimed most of it.
    filling: bool,
}

impl Default for Batch {
    fn default() -> Self {
        Self { count: 0, filling: true }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Member<C> {
    slots: Slots<C>,
    /// By key. A key has no batch if none of its connections is in flight.
    batches: Table<ListenKey, Batch>,
    /// What it listens on.
    pub keys: BTreeSet<ListenKey>,
    /// A worker that is leaving gets nothing more; what it has, it may still answer.
    pub leaving: bool,
    /// A worker that is paused gets nothing more, until it is resumed.
    pub paused: bool,
    pub pulse: Pulse,
    /// When to look whether something is due.
    pub alarm: Option<Instant>,
    /// Whether what it is offered can be revoked.
    revocable: bool,
    pub figures: Figures,
}

impl<C> Member<C> {
    /// How many connections may be in flight to one worker on one key. What it has not claimed can
    /// be revoked, so a batch delays no connection. A worker that finds several answers each at
    /// half the cost, because its caches are warm from the second one on.
    pub const CREDIT: usize = 32;
    /// A worker with this many open offers or fewer gets more.
    pub const LOW: u32 = 4;

    /// A worker that was forked. `revocable`: whether what it is offered can be revoked.
    pub fn new(revocable: bool) -> Self {
        Self {
            slots: Slots::default(),
            batches: Table::default(),
            keys: BTreeSet::new(),
            leaving: false,
            paused: false,
            pulse: Pulse::default(),
            alarm: None,
            revocable,
            figures: Figures::default(),
        }
    }

    /// Whether it has claimed all that it was offered.
    #[cfg(test)]
    pub fn is_idle(&self) -> bool {
        self.slots.is_empty()
    }

    pub fn standing(&self) -> Standing {
        let slots = match () {
            () if self.slots.is_empty() => Use::None,
            () if self.slots.is_full() => Use::All,
            () => Use::Some,
        };
        Standing { slots, health: self.health(), probed: self.pulse.is_probed(), stalled: self.pulse.stalled }
    }

    fn health(&self) -> Health {
        match self.pulse.heartbeat {
            _ if self.paused => Health::Paused,
            Heartbeat::Slow => Health::Slow,
            Heartbeat::Quick if !self.slots.is_late() => Health::Quick,
            Heartbeat::Quick | Heartbeat::Probed => Health::Stuck,
        }
    }

    pub fn load(&self, key: ListenKey) -> Load {
        match self.batches.get(key) {
            None => Load::Nothing,
            Some(batch) if batch.filling => Load::Some,
            Some(_) => Load::Enough,
        }
    }

    /// How many more connections of `key` it can hold.
    pub fn room(&self, key: ListenKey) -> usize {
        match self.load(key) {
            _ if self.slots.is_full() => 0,
            Load::Nothing => Self::CREDIT,
            Load::Some => Self::CREDIT.saturating_sub(self.in_flight(key)),
            Load::Enough => 0,
        }
    }

    pub fn in_flight(&self, key: ListenKey) -> usize {
        self.batches.get(key).map_or(0, |batch| batch.count)
    }

    /// Puts a connection in flight. There must be room.
    pub fn offer(&mut self, entry: InFlight<C>, redispatched: bool) -> SlotIndex {
        self.figures.offered += 1;
        self.figures.redispatched += u64::from(redispatched);
        let batch = self.batches.get_or_default(entry.key);
        batch.count += 1;
        batch.filling &= batch.count < Self::CREDIT;
        self.slots.put(entry)
    }

    /// Looks at a connection in flight.
    pub fn get(&self, slot: SlotIndex) -> Option<&InFlight<C>> {
        self.slots.get(slot)
    }

    /// An offer is late. Nothing if that is known.
    pub fn make_late(&mut self, slot: SlotIndex) -> Option<&InFlight<C>> {
        self.slots.make_late(slot)
    }

    /// It was offered a connection, at `now`. Returns when something may be due because of that.
    pub fn offered(&mut self, now: Instant, claim_timeout: Duration) -> Option<Instant> {
        let stalled = self.pulse.offered(now).then(|| now.checked_add(Pulse::STALLED)).flatten();
        let late = now.checked_add(claim_timeout).filter(|_| self.revocable);
        late.into_iter().chain(stalled).min()
    }

    /// It has to show that its event loop turns. False: that is known.
    pub fn suspect(&mut self) -> bool {
        let is_news = self.pulse.heartbeat == Heartbeat::Quick;
        if is_news {
            self.pulse.heartbeat = Heartbeat::Probed;
        }
        is_news
    }

    /// A slow one does not answer its probe. It may be blocked by now.
    pub fn overdue(&mut self) {
        if self.pulse.heartbeat == Heartbeat::Slow {
            self.pulse.heartbeat = Heartbeat::Probed;
        }
    }

    /// When something is due next, if it answers nothing.
    pub fn deadline(&self, claim_timeout: Duration) -> Option<Instant> {
        let late = self.oldest_fresh().and_then(|(_, since)| since.checked_add(claim_timeout));
        late.into_iter().chain(self.pulse.stalled_at()).chain(self.pulse.overdue_at()).min()
    }

    /// What is due.
    pub fn lapse(&self, worker: WorkerId, now: Instant, claim_timeout: Duration) -> Option<Lapse> {
        let is_over = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if let Some((slot, since)) = self.oldest_fresh()
            && is_over(since.checked_add(claim_timeout))
        {
            return Some(Lapse::Late { worker, slot });
        }
        if is_over(self.pulse.stalled_at()) {
            return Some(Lapse::Stalled { worker });
        }
        is_over(self.pulse.overdue_at()).then_some(Lapse::Overdue { worker })
    }

    /// The offer that is next to be late.
    fn oldest_fresh(&self) -> Option<(SlotIndex, Instant)> {
        let fresh = self.slots.fresh().filter(|_| self.revocable);
        let (slot, entry) = fresh.min_by_key(|(_, entry)| (entry.since, entry.order))?;
        Some((slot, entry.since))
    }

    /// A late offer is being revoked.
    pub fn start_revoking(&mut self, slot: SlotIndex) -> Option<&InFlight<C>> {
        self.slots.start_revoking(slot)
    }

    /// Takes a connection out of flight; nothing if the worker named a slot that is empty.
    pub fn settle(&mut self, slot: SlotIndex, now: Instant) -> Option<InFlight<C>> {
        let entry = self.slots.take(slot)?;
        self.pulse.answered(now, self.slots.is_empty());
        if let Some(batch) = self.batches.get_mut(entry.key) {
            batch.count -= 1;
            batch.filling |= batch.count <= Self::LOW as usize;
            if batch.count == 0 {
                self.batches.remove(entry.key);
            }
        }
        Some(entry)
    }

    /// All that is in flight.
    pub fn entries(&self) -> impl Iterator<Item = (SlotIndex, &InFlight<C>)> {
        self.slots.iter()
    }

    /// The late offers that are not being revoked.
    pub fn late(&self) -> impl Iterator<Item = (SlotIndex, &InFlight<C>)> {
        self.slots.late()
    }
}
