//! What becomes of connections: whose turn it is, what the worker's answer changes, and what happens
//! when there is none.

use std::collections::BTreeSet;

use super::listener::{Listener, Waiting};
use super::member::{Member, Pace, Standing};
use super::output::Output;
use super::query::Policy;
use super::slots::InFlight;
use super::{Cluster, Figures, ListenKey, SlotIndex, WorkerId};

impl<C> Cluster<C> {
    /// A worker that holds fewer offers than this gets more, if connections wait.
    pub const ROOM_BELOW: u32 = Member::<C>::LOW + 1;

    /// Whether a connection that comes on `key` could only join those that an awake worker has not
    /// claimed yet, or wait: then it can as well wait in the kernel until one of these asks for more.
    #[must_use]
    pub fn is_busy(&self, key: ListenKey) -> bool {
        let dealt = self.listeners.get(key).is_some_and(|listener| listener.policy == Policy::RoundRobin);
        if !dealt || self.awake() < self.processors {
            return false;
        }
        self.next_turn(key).is_none_or(|worker| self.books.busy.contains(&worker))
    }

    /// Sends what waits on `key` to those who can take it, each in turn.
    pub(super) fn dispatch(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        while self.listeners.get(key).is_some_and(|listener| !listener.waiting.is_empty()) {
            let Some(worker) = self.next_turn(key) else { return };
            let Some(waiting) = self.unqueue(key) else { return };
            let Some(slot) = self.put(worker, key, waiting) else { return };
            outputs.push(Output::Send { worker, slot });
        }
        self.relieve(key, outputs);
    }

    /// First those who are idle, as in Node, as long as that wakes no more of them than there are
    /// processors. The others could not begin before these have done; so what more there is joins the
    /// batches of those who are awake.
    fn next_turn(&self, key: ListenKey) -> Option<WorkerId> {
        let Listener { turns, holders, .. } = self.listeners.get(key)?;
        let idle = || turns.first_empty(&self.books.idle);
        let busy = || {
            let elsewhere = self.books.holding() > *holders;
            let empty = if elsewhere { turns.first_empty(&self.books.busy) } else { None };
            turns.earlier(turns.first_filling(&self.books.busy), empty)
        };
        if self.awake() < self.processors { idle().or_else(busy) } else { busy().or_else(idle) }
    }

    /// Nobody waits for those who can take something: they may have what others let wait.
    fn relieve(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        let Some(listener) = self.listeners.get(key) else { return };
        let (late, all_slow) = (&listener.late, listener.turns.all_slow());
        let count = late.count(all_slow);
        if count == 0 {
            return;
        }
        let (wanted, mut room) = (count + late.recalled, 0);
        for member in listener.turns.able().filter_map(|worker| self.members.get(worker)) {
            room += member.room(key);
            if room >= wanted {
                break;
            }
        }
        let offers = late.first(room.saturating_sub(late.recalled), all_slow);
        for (_, worker, slot) in offers {
            self.recall(worker, slot);
            outputs.push(Output::Revoke { worker, slot });
        }
    }

    pub(super) fn taken(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(before) = self.standing(worker) else { return };
        let Some(InFlight { key, .. }) = self.take(worker, slot) else { return };
        self.count(worker, |figures| figures.claimed += 1);
        self.dispatch(key, outputs);
        self.dispatch_more(worker, before, outputs);
    }

    pub(super) fn refused(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(before) = self.standing(worker) else { return };
        let Some(entry) = self.take(worker, slot) else { return };
        self.count(worker, |figures| figures.refused += 1);
        let key = entry.key;
        self.set_full(worker, key, true);
        self.give_back(entry);
        self.dispatch(key, outputs);
        self.dispatch_more(worker, before, outputs);
    }

    /// Nothing for this worker, as long as others are quick, before it has shown that it is, too.
    pub(super) fn lose_patience(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(entry) = self.members.get(worker).and_then(|member| member.get(slot)) else { return };
        let key = entry.key;
        self.let_wait(worker, slot);
        if self.ask(worker, outputs) {
            // All that share a listener may be slow now.
            self.dispatch_all(worker, outputs);
            self.let_go(worker, outputs);
        }
        // Its server may be closed: then this is none of those.
        self.relieve(key, outputs);
    }

    /// Its loop has turned. One that took its time may be at the next long turn now, and what is sent
    /// there would wait for all of it (slow-workers.js).
    pub(super) fn pong(&mut self, worker: WorkerId, quick: bool, outputs: &mut Vec<Output>) {
        let pace = if quick { Pace::Quick } else { Pace::Slow };
        let Some(before) = self.change(worker, |member| std::mem::replace(&mut member.pace, pace)) else {
            return;
        };
        if !quick {
            outputs.push(Output::Ping { worker });
        }
        if pace != before {
            self.dispatch_all(worker, outputs);
        }
    }

    /// It may stand still by now.
    pub(super) fn silent(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let slow = self.members.get(worker).is_some_and(|member| member.pace == Pace::Slow);
        if !slow {
            return;
        }
        self.change(worker, |member| member.pace = Pace::Asked);
        self.let_go(worker, outputs);
    }

    /// It may be stopped, or have one long turn: others run instead.
    pub(super) fn stalled(&mut self, worker: WorkerId) {
        self.change(worker, |member| member.stalled = !member.is_idle());
    }

    /// What a worker lets wait that gives no sign of life goes to those that give one.
    fn let_go(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get(worker) else { return };
        let keys: BTreeSet<ListenKey> = member.lost().map(|(_, entry)| entry.key).collect();
        for key in keys {
            self.relieve(key, outputs);
        }
    }

    /// First in line.
    pub(super) fn revoked(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(before) = self.standing(worker) else { return };
        let Some(entry) = self.take(worker, slot) else { return };
        self.count(worker, |figures| figures.revoked += 1);
        // Its loop may have turned since, but it has let this one wait all the same.
        let asked = self.ask(worker, outputs);
        let key = entry.key;
        self.give_back(entry);
        self.dispatch(key, outputs);
        self.dispatch_more(worker, before, outputs);
        if asked {
            self.let_go(worker, outputs);
        }
    }

    /// Whether this is news to it.
    fn ask(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) -> bool {
        let asked = self.change(worker, Member::ask).unwrap_or(false);
        if asked {
            outputs.push(Output::Ping { worker });
        }
        asked
    }

    /// If a worker may take what it could not `before`, that concerns all that listen with it.
    fn dispatch_more(&mut self, worker: WorkerId, before: Standing, outputs: &mut Vec<Output>) {
        if self.standing(worker).is_some_and(|now| now.allows_more_than(before)) {
            self.dispatch_all(worker, outputs);
        }
    }

    /// What has become of a worker concerns all that listen with it.
    fn dispatch_all(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let short = self.books.short_of_room.iter();
        let shared = short.filter(|key| self.listeners.get(**key).is_some_and(|it| it.turns.has(worker)));
        let keys: Vec<ListenKey> = shared.copied().collect();
        for key in keys {
            self.dispatch(key, outputs);
        }
    }

    /// Before all that came after it.
    pub(super) fn give_back(&mut self, entry: InFlight<C>) {
        let InFlight { key, connection, order, .. } = entry;
        self.queue(key, Waiting { connection, order, again: true });
    }

    pub(super) fn set_full(&mut self, worker: WorkerId, key: ListenKey, full: bool) {
        if let Some(listener) = self.listeners.get_mut(key) {
            listener.turns.set_full(worker, full);
        }
    }

    fn count(&mut self, worker: WorkerId, count: impl FnOnce(&mut Figures)) {
        if let Some(member) = self.members.get_mut(worker) {
            count(&mut member.figures);
        }
    }
}
