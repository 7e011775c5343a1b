//! What becomes of connections: which worker is offered one, and what the worker's answer changes.
//! If there is no answer, see `health`.

use super::figures::Figures;
use super::handle::{Handle, Queued};
use super::ids::{ListenKey, SlotIndex, WorkerId};
use super::member::Member;
use super::mode::Mode;
use super::output::Output;
use super::rules::Rules;
use super::slots::InFlight;
use super::standing::Standing;

impl<C> Rules<C> {
    /// A worker with fewer open offers than this gets more, if connections are queued.
    pub const ROOM_BELOW: u32 = Member::<C>::LOW + 1;

    /// Whether a new connection of `key` could only be queued, or be offered to a worker that is busy
    /// already. Then it can as well stay in the kernel, until a busy worker asks for more.
    #[must_use]
    pub fn is_busy(&self, key: ListenKey) -> bool {
        let dealt = self.handles.get(key).is_some_and(|handle| match handle.mode {
            Mode::Dealt => true,
            Mode::Shared => false,
        });
        if !dealt || self.awake() < self.processors {
            return false;
        }
        self.next_turn(key).is_none_or(|worker| self.books.busy.contains(&worker))
    }

    /// Offers what is queued on `key` to workers that can take it, in the order of the policy.
    pub(super) fn dispatch(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        while self.handles.get(key).is_some_and(|handle| !handle.queued.is_empty()) {
            let Some(worker) = self.next_turn(key) else { return };
            let Some(queued) = self.unqueue(key) else { return };
            let Some(slot) = self.offer(worker, key, queued) else { return };
            outputs.push(Output::Offer { worker, slot });
        }
        self.relieve(key, outputs);
    }

    /// First the idle workers, as in Node, unless as many as there are processors are awake. A further
    /// one could not run before those have finished, so the connection joins the batch of one that is awake.
    fn next_turn(&self, key: ListenKey) -> Option<WorkerId> {
        let Handle { line, holders, .. } = self.handles.get(key)?;
        let idle = || line.first_empty(&self.books.idle);
        let busy = || {
            let elsewhere = self.books.holding() > *holders;
            let empty = if elsewhere { line.first_empty(&self.books.busy) } else { None };
            line.earlier(line.first_filling(&self.books.busy), empty)
        };
        if self.awake() < self.processors { idle().or_else(busy) } else { busy().or_else(idle) }
    }

    pub(super) fn claimed(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some((before, entry)) = self.answer(worker, slot, |figures| figures.claimed += 1) else { return };
        self.count_wait(&entry);
        let key = entry.key;
        // The primary's copy is closed before anything else is written.
        drop(entry);
        self.dispatch(key, outputs);
        self.dispatch_more(worker, before, outputs);
    }

    pub(super) fn refused(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some((before, entry)) = self.answer(worker, slot, |figures| figures.refused += 1) else { return };
        let key = entry.key;
        self.set_full(worker, key, true);
        self.requeue(entry);
        self.dispatch(key, outputs);
        self.dispatch_more(worker, before, outputs);
    }

    /// It is the first in the queue again, because it was accepted first.
    pub(super) fn revoked(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some((before, entry)) = self.answer(worker, slot, |figures| figures.revoked += 1) else { return };
        // Its event loop may have turned since, but it did not claim this one.
        let probed = self.probe(worker, outputs);
        let key = entry.key;
        self.requeue(entry);
        self.dispatch(key, outputs);
        self.dispatch_more(worker, before, outputs);
        if probed {
            self.release(worker, outputs);
        }
    }

    /// What is queued for a paused worker goes to others. It stays queued if all of them are paused.
    pub(super) fn set_paused(&mut self, worker: WorkerId, paused: bool, outputs: &mut Vec<Output>) {
        let was = self.change(worker, |member| std::mem::replace(&mut member.paused, paused));
        if was == Some(!paused) {
            // It may be the only one that can take something, or it was the last quick one.
            self.dispatch_all(worker, outputs);
        }
    }

    /// If a worker can take what it could not take `before`, each of its handles may have something for it.
    fn dispatch_more(&mut self, worker: WorkerId, before: Standing, outputs: &mut Vec<Output>) {
        if self.standing(worker).is_some_and(|now| now.allows_more_than(before)) {
            self.dispatch_all(worker, outputs);
        }
    }

    /// A worker has changed: each of its handles may have something for it, or for others.
    pub(super) fn dispatch_all(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let short = self.books.short_of_room.iter();
        let shared = short.filter(|key| self.handles.get(**key).is_some_and(|it| it.line.has(worker)));
        let keys: Vec<ListenKey> = shared.copied().collect();
        for key in keys {
            self.dispatch(key, outputs);
        }
    }

    /// Queues it again, before all that were accepted after it.
    pub(super) fn requeue(&mut self, entry: InFlight<C>) {
        let InFlight { key, connection, order, accepted, .. } = entry;
        self.queue(key, Queued { connection, order, accepted, redispatched: true });
    }

    pub(super) fn set_full(&mut self, worker: WorkerId, key: ListenKey, full: bool) {
        if let Some(handle) = self.handles.get_mut(key) {
            handle.line.set_full(worker, full);
        }
    }

    /// A worker has claimed it.
    pub(super) fn count_wait(&mut self, entry: &InFlight<C>) {
        self.waits.count(self.now.saturating_duration_since(entry.accepted));
    }

    /// An offer has its answer. Returns what was known of the worker before, and the connection.
    fn answer(
        &mut self,
        worker: WorkerId,
        slot: SlotIndex,
        count: impl FnOnce(&mut Figures),
    ) -> Option<(Standing, InFlight<C>)> {
        let before = self.standing(worker)?;
        let entry = self.settle(worker, slot)?;
        count(&mut self.members.get_mut(worker)?.figures);
        Some((before, entry))
    }
}
