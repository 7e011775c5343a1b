//! What becomes of connections: whose turn it is, what the worker's answer changes, and what happens
//! when there is none.

use super::handle::{Handle, Queued};
use super::member::{Member, Standing};
use super::mode::Mode;
use super::output::Output;
use super::slots::InFlight;
use super::{Figures, ListenKey, Rules, SlotIndex, WorkerId};

impl<C> Rules<C> {
    /// A worker that holds fewer offers than this gets more, if connections wait.
    pub const ROOM_BELOW: u32 = Member::<C>::LOW + 1;

    /// Whether a connection that comes on `key` could only join those that an awake worker has not
    /// claimed yet, or wait: then it can as well wait in the kernel until one of these asks for more.
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

    /// Sends what waits on `key` to those who can take it, each in turn.
    pub(super) fn dispatch(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        while self.handles.get(key).is_some_and(|handle| !handle.queued.is_empty()) {
            let Some(worker) = self.next_turn(key) else { return };
            let Some(queued) = self.unqueue(key) else { return };
            let Some(slot) = self.offer(worker, key, queued) else { return };
            outputs.push(Output::Offer { worker, slot });
        }
        self.relieve(key, outputs);
    }

    /// First those who are idle, as in Node, as long as that wakes no more of them than there are
    /// processors. The others could not begin before these have done; so what more there is joins the
    /// batches of those who are awake.
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
        let Some(before) = self.standing(worker) else { return };
        let Some(InFlight { key, .. }) = self.settle(worker, slot) else { return };
        self.count(worker, |figures| figures.claimed += 1);
        self.dispatch(key, outputs);
        self.dispatch_more(worker, before, outputs);
    }

    pub(super) fn refused(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(before) = self.standing(worker) else { return };
        let Some(entry) = self.settle(worker, slot) else { return };
        self.count(worker, |figures| figures.refused += 1);
        let key = entry.key;
        self.set_full(worker, key, true);
        self.requeue(entry);
        self.dispatch(key, outputs);
        self.dispatch_more(worker, before, outputs);
    }

    /// First in line.
    pub(super) fn revoked(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(before) = self.standing(worker) else { return };
        let Some(entry) = self.settle(worker, slot) else { return };
        self.count(worker, |figures| figures.revoked += 1);
        // Its loop may have turned since, but it has let this one wait all the same.
        let probed = self.probe(worker, outputs);
        let key = entry.key;
        self.requeue(entry);
        self.dispatch(key, outputs);
        self.dispatch_more(worker, before, outputs);
        if probed {
            self.release(worker, outputs);
        }
    }

    /// If a worker may take what it could not `before`, that concerns all that listen with it.
    fn dispatch_more(&mut self, worker: WorkerId, before: Standing, outputs: &mut Vec<Output>) {
        if self.standing(worker).is_some_and(|now| now.allows_more_than(before)) {
            self.dispatch_all(worker, outputs);
        }
    }

    /// What has become of a worker concerns all that listen with it.
    pub(super) fn dispatch_all(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let short = self.books.short_of_room.iter();
        let shared = short.filter(|key| self.handles.get(**key).is_some_and(|it| it.line.has(worker)));
        let keys: Vec<ListenKey> = shared.copied().collect();
        for key in keys {
            self.dispatch(key, outputs);
        }
    }

    /// Before all that came after it.
    pub(super) fn requeue(&mut self, entry: InFlight<C>) {
        let InFlight { key, connection, order, .. } = entry;
        self.queue(key, Queued { connection, order, redispatched: true });
    }

    pub(super) fn set_full(&mut self, worker: WorkerId, key: ListenKey, full: bool) {
        if let Some(handle) = self.handles.get_mut(key) {
            handle.line.set_full(worker, full);
        }
    }

    fn count(&mut self, worker: WorkerId, count: impl FnOnce(&mut Figures)) {
        if let Some(member) = self.members.get_mut(worker) {
            count(&mut member.figures);
        }
    }
}
