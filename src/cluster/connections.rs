//! What becomes of connections: whose turn it is, what the worker's answer changes, and what happens
//! when there is none.

use std::collections::BTreeSet;

use super::listener::Listener;
use super::member::{InFlight, Member, Pace, Patience, Waiting};
use super::output::Output;
use super::query::Policy;
use super::{Cluster, ListenKey, SlotIndex, WorkerId};

impl<C> Cluster<C> {
    /// Where a connection waits for room, here or in the kernel: a worker that holds fewer offers
    /// than this will get more.
    #[must_use]
    pub fn wants_room_below(&self) -> Option<u32> {
        let waits = self.listeners.iter().any(|(key, it)| !it.waiting.is_empty() || self.is_busy(*key));
        waits.then_some(Member::<C>::LOW + 1)
    }

    /// Whether a connection that comes on `key` could only join those that an awake worker has not
    /// claimed yet, or wait: then it can as well wait in the kernel until one of these asks for more.
    #[must_use]
    pub fn is_busy(&self, key: ListenKey) -> bool {
        let dealt = self.listeners.get(&key).filter(|listener| listener.policy == Policy::RoundRobin);
        let Some(listener) = dealt.filter(|_| self.awake() >= self.processors) else { return false };
        let all_slow = self.all_slow(listener);
        let members = listener.takers().filter_map(|worker| self.members.get(&worker));
        let mut able = members.filter(|member| member.can_take(key, all_slow)).peekable();
        able.peek().is_none() || able.any(|member| !member.is_idle())
    }

    /// Whether nobody who shares a listener is quick.
    pub(super) fn all_slow(&self, listener: &Listener<C>) -> bool {
        let mut members = listener.takers().filter_map(|worker| self.members.get(&worker));
        members.all(Member::is_slow)
    }

    /// How many workers have something to do.
    fn awake(&self) -> usize {
        self.members.values().filter(|member| !member.is_idle()).count()
    }

    /// Sends what waits on `key` to those who can take it, each in turn: to those who are idle, as
    /// in Node, as long as that wakes no more of them than there are processors. The others could
    /// not begin before these have done; so what more there is joins the batches of those who are awake.
    pub(super) fn dispatch(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        let mut awake = self.awake();
        let all_slow = self.listeners.get(&key).is_some_and(|listener| self.all_slow(listener));
        let Some(listener) = self.listeners.get_mut(&key) else { return };
        while !listener.waiting.is_empty() {
            let members = &self.members;
            let prefer_idle = awake < self.processors;
            let turn = listener.next_turn(|worker| {
                let member = members.get(&worker).filter(|member| member.can_take(key, all_slow))?;
                Some(member.is_idle() != prefer_idle)
            });
            let Some(worker) = turn else { return };
            let Some(member) = self.members.get_mut(&worker) else { return };
            let Some(Waiting { connection, order, again }) = listener.waiting.pop_front() else { return };
            self.queued -= 1;
            awake += usize::from(member.is_idle());
            let slot = member.put(InFlight { key, connection, order, patience: Patience::Left }, again);
            outputs.push(Output::Send { worker, slot });
        }
        self.relieve(key, outputs);
    }

    /// Nobody waits for those who can take something: they may have what others let wait.
    fn relieve(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        if !self.members.values().any(Member::is_late) {
            return;
        }
        let Some(listener) = self.listeners.get(&key) else { return };
        let all_slow = self.all_slow(listener);
        let (mut late, mut coming) = (Vec::new(), 0);
        for (worker, member) in &self.members {
            for (slot, entry) in member.entries().filter(|(_, entry)| entry.key == key) {
                match entry.patience {
                    Patience::Left => {}
                    // From one slow worker to the next, it would wait no less.
                    Patience::Lost if all_slow && member.pace != Pace::Asked => {}
                    Patience::Lost => late.push((entry.order, *worker, slot)),
                    Patience::Over => coming += 1,
                }
            }
        }
        if late.is_empty() {
            return;
        }
        late.sort_unstable();
        let members = listener.takers().filter_map(|worker| self.members.get(&worker));
        let able = members.filter(|member| member.can_take(key, all_slow));
        let room: usize = able.map(|member| member.room(key)).sum();
        let room = room.saturating_sub(coming);
        for (_, worker, slot) in late.into_iter().take(room) {
            if let Some(member) = self.members.get_mut(&worker) {
                member.recall(slot);
                outputs.push(Output::Revoke { worker, slot });
            }
        }
    }

    pub(super) fn taken(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        let blocked = member.is_blocked();
        let Some(InFlight { key, .. }) = member.take(slot) else { return };
        member.figures.claimed += 1;
        self.dispatch(key, outputs);
        if blocked {
            self.dispatch_all(worker, outputs);
        }
    }

    pub(super) fn refused(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        let blocked = member.is_blocked();
        let Some(entry) = member.take(slot) else { return };
        member.figures.refused += 1;
        let key = entry.key;
        self.set_full(worker, key, true);
        self.give_back(entry);
        self.dispatch(key, outputs);
        if blocked {
            self.dispatch_all(worker, outputs);
        }
    }

    /// Nothing for this worker, as long as others are quick, before it has shown that it is, too.
    pub(super) fn lose_patience(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        let Some(key) = member.lose_patience(slot) else { return };
        if member.ask() {
            outputs.push(Output::Ping { worker });
            // All that share a listener may be slow now.
            self.dispatch_all(worker, outputs);
        }
        // Its server may be closed: then this is none of those.
        self.relieve(key, outputs);
    }

    /// Its loop has turned. One that took its time may be at the next long turn now, and what is sent
    /// there would wait for all of it (slow-workers.js).
    pub(super) fn pong(&mut self, worker: WorkerId, quick: bool, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        member.pace = if quick { Pace::Quick } else { Pace::Slow };
        if !quick {
            outputs.push(Output::Ping { worker });
        }
        self.dispatch_all(worker, outputs);
    }

    /// It may stand still by now: what it has goes to those who give signs of life.
    pub(super) fn silent(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker).filter(|member| member.pace == Pace::Slow) else {
            return;
        };
        member.pace = Pace::Asked;
        let keys: BTreeSet<ListenKey> = member.entries().map(|(_, entry)| entry.key).collect();
        for key in keys {
            self.relieve(key, outputs);
        }
    }

    /// First in line.
    pub(super) fn revoked(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        let Some(entry) = member.take(slot) else { return };
        member.figures.revoked += 1;
        // Its loop may have turned since, but it has let this one wait all the same.
        if member.ask() {
            outputs.push(Output::Ping { worker });
        }
        let key = entry.key;
        self.give_back(entry);
        self.dispatch(key, outputs);
    }

    /// What has become of a worker concerns all that listen with it.
    fn dispatch_all(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let shared = self.listeners.iter().filter(|(_, listener)| listener.has(worker));
        let keys: Vec<ListenKey> = shared.map(|(key, _)| *key).collect();
        for key in keys {
            self.dispatch(key, outputs);
        }
    }

    /// Before all that came after it. Where nobody listens any more, the connection is closed.
    pub(super) fn give_back(&mut self, entry: InFlight<C>) {
        if let Some(listener) = self.listeners.get_mut(&entry.key) {
            let InFlight { connection, order, .. } = entry;
            let place = listener.waiting.partition_point(|waiting| waiting.order < order);
            listener.waiting.insert(place, Waiting { connection, order, again: true });
            self.queued += 1;
        }
    }

    pub(super) fn set_full(&mut self, worker: WorkerId, key: ListenKey, full: bool) {
        if let Some(listener) = self.listeners.get_mut(&key) {
            listener.set_full(worker, full);
        }
    }
}
