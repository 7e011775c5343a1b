//! The state of the whole cluster, and what each thing that happens does to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::input::Input;
use super::listener::Listener;
use super::member::{Figures, InFlight, Member, Pace, Patience, Waiting};
use super::output::{Output, Reply};
use super::query::{Name, Policy, Query};
use super::{Errno, ListenKey, Seq, SlotIndex, WorkerId};

/// See the module. `C` is a connection: an `OwnedFd`, or a number in tests.
#[derive(Debug)]
pub struct Cluster<C> {
    policy: Policy,
    /// How many workers can run at one time.
    processors: usize,
    members: BTreeMap<WorkerId, Member<C>>,
    listeners: BTreeMap<ListenKey, Listener<C>>,
    /// The listener that a new request for this name joins.
    names: HashMap<Name, ListenKey>,
    next_key: u32,
    next_order: u64,
}

impl<C> Cluster<C> {
    /// A cluster without workers. The policy stands for good, as in Node.
    #[must_use]
    pub fn new(policy: Policy, processors: usize) -> Self {
        Self {
            policy,
            processors,
            members: BTreeMap::new(),
            listeners: BTreeMap::new(),
            names: HashMap::new(),
            next_key: 0,
            next_order: 0,
        }
    }

    /// A connection in flight and its key; nothing once the worker has answered.
    #[must_use]
    pub fn connection(&self, worker: WorkerId, slot: SlotIndex) -> Option<(ListenKey, &C)> {
        let entry = self.members.get(&worker)?.get(slot)?;
        Some((entry.key, &entry.connection))
    }

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
    fn all_slow(&self, listener: &Listener<C>) -> bool {
        let mut members = listener.takers().filter_map(|worker| self.members.get(&worker));
        members.all(Member::is_slow)
    }

    /// How many workers have something to do.
    fn awake(&self) -> usize {
        self.members.values().filter(|member| !member.is_idle()).count()
    }

    /// How many connections wait for somebody to have room.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.listeners.values().map(|listener| listener.waiting.len()).sum()
    }

    /// What the workers have done with their connections.
    pub fn figures(&self) -> impl Iterator<Item = (WorkerId, Figures)> {
        self.members.iter().map(|(worker, member)| (*worker, member.figures()))
    }

    /// One thing has happened; `outputs` gets what is to be done about it, in order.
    pub fn handle(&mut self, input: Input<C>, outputs: &mut Vec<Output>) {
        match input {
            Input::Joined { worker } => {
                self.members.entry(worker).or_default();
            }
            Input::Retired { worker } => self.retire(worker, outputs),
            Input::Left { worker, claimed } => self.leave(worker, &claimed, outputs),
            Input::Queried { worker, seq, query } => self.query(worker, seq, query, outputs),
            Input::Listening { key, outcome } => self.listening(key, outcome, outputs),
            Input::Closed { worker, key } => self.close(worker, key, outputs),
            Input::Accepted { key, connection } => {
                if let Some(listener) = self.listeners.get_mut(&key) {
                    let order = self.next_order;
                    self.next_order += 1;
                    listener.waiting.push_back(Waiting { connection, order, again: false });
                }
                self.dispatch(key, outputs);
            }
            Input::Taken { worker, slot } => self.taken(worker, slot, outputs),
            Input::Refused { worker, slot } => self.refused(worker, slot, outputs),
            Input::Late { worker, slot } => self.lose_patience(worker, slot, outputs),
            Input::Revoked { worker, slot } => self.revoked(worker, slot, outputs),
            Input::Pong { worker, quick } => self.pong(worker, quick, outputs),
            Input::Silent { worker } => self.silent(worker, outputs),
            Input::Room { worker, key } => {
                self.set_full(worker, key, false);
                self.dispatch(key, outputs);
            }
        }
    }

    /// Sends what waits on `key` to those who can take it, each in turn: to those who are idle, as
    /// in Node, as long as that wakes no more of them than there are processors. The others could
    /// not begin before these have done; so what more there is joins the batches of those who are awake.
    fn dispatch(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
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

    fn taken(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        let blocked = member.is_blocked();
        let Some(InFlight { key, .. }) = member.take(slot) else { return };
        member.figures.claimed += 1;
        self.dispatch(key, outputs);
        if blocked {
            self.dispatch_all(worker, outputs);
        }
    }

    fn refused(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
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
    fn lose_patience(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
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
    fn pong(&mut self, worker: WorkerId, quick: bool, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        member.pace = if quick { Pace::Quick } else { Pace::Slow };
        if !quick {
            outputs.push(Output::Ping { worker });
        }
        self.dispatch_all(worker, outputs);
    }

    /// It may stand still by now: what it has goes to those who give signs of life.
    fn silent(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
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
    fn revoked(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
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

    fn query(&mut self, worker: WorkerId, seq: Seq, query: Box<Query>, outputs: &mut Vec<Output>) {
        // As in Node, a worker that is leaving gets no answer: its server will be closed.
        if self.members.get(&worker).is_none_or(|member| member.leaving) {
            return;
        }
        let name = query.name();
        let shared = self.names.get(&name).and_then(|key| Some((*key, self.listeners.get_mut(key)?)));
        if let Some((key, listener)) = shared.filter(|(_, listener)| !listener.has(worker)) {
            if listener.data.is_null() {
                listener.data = query.data;
            }
            self.join(worker, seq, key, outputs);
            return;
        }
        // A worker that asks twice for one name gets a socket of its own: bind says EADDRINUSE.
        let key = ListenKey(self.next_key);
        self.next_key = self.next_key.wrapping_add(1);
        let policy = if query.is_datagram() { Policy::Shared } else { self.policy };
        let mut listener = Listener::opening(name, policy, worker, seq);
        listener.data = query.data.clone();
        self.listeners.insert(key, listener);
        outputs.push(Output::Listen { key, query, policy });
    }

    fn listening(&mut self, key: ListenKey, outcome: Result<Value, Errno>, outputs: &mut Vec<Output>) {
        let Some(listener) = self.listeners.get_mut(&key) else { return };
        let Some((worker, seq)) = listener.asking.take() else { return };
        let gone = self.members.get(&worker).is_none_or(|member| member.leaving);
        match outcome {
            Ok(_) if gone => self.unlisten(key, outputs),
            Ok(sockname) => {
                listener.sockname = sockname;
                self.names.insert(listener.name.clone(), key);
                self.join(worker, seq, key, outputs);
            }
            Err(errno) => {
                self.listeners.remove(&key);
                outputs.push(Output::Reply { worker, seq, reply: Reply::Failed(errno) });
            }
        }
    }

    fn join(&mut self, worker: WorkerId, seq: Seq, key: ListenKey, outputs: &mut Vec<Output>) {
        let Some(listener) = self.listeners.get_mut(&key) else { return };
        listener.add(worker);
        let reply = Reply::Listening {
            key,
            policy: listener.policy,
            sockname: listener.sockname.clone(),
            data: listener.data.clone(),
        };
        outputs.push(Output::Reply { worker, seq, reply });
        self.dispatch(key, outputs);
    }

    fn close(&mut self, worker: WorkerId, key: ListenKey, outputs: &mut Vec<Output>) {
        let Some(listener) = self.listeners.get_mut(&key) else { return };
        if !listener.remove(worker) {
            return;
        }
        if listener.is_unused() {
            self.unlisten(key, outputs);
        } else {
            // It may have been the last quick one.
            self.dispatch(key, outputs);
        }
    }

    /// Closes a listener that nobody shares, and with it the connections that wait there.
    fn unlisten(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        let Some(listener) = self.listeners.remove(&key) else { return };
        if self.names.get(&listener.name) == Some(&key) {
            self.names.remove(&listener.name);
        }
        outputs.push(Output::Unlisten { key });
    }

    fn retire(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        member.leaving = true;
        self.close_all(worker, outputs);
    }

    fn close_all(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let keys: Vec<ListenKey> = self.listeners.keys().copied().collect();
        for key in keys {
            self.close(worker, key, outputs);
        }
    }

    fn leave(&mut self, worker: WorkerId, claimed: &[SlotIndex], outputs: &mut Vec<Output>) {
        let Some(mut member) = self.members.remove(&worker) else { return };
        for slot in claimed {
            drop(member.take(*slot));
        }
        let entries = member.drain();
        let mut keys: Vec<ListenKey> = entries.iter().map(|entry| entry.key).collect();
        keys.dedup();
        for entry in entries {
            self.give_back(entry);
        }
        self.close_all(worker, outputs);
        for key in keys {
            self.dispatch(key, outputs);
        }
    }

    /// Before all that came after it. Where nobody listens any more, the connection is closed.
    fn give_back(&mut self, entry: InFlight<C>) {
        if let Some(listener) = self.listeners.get_mut(&entry.key) {
            let InFlight { connection, order, .. } = entry;
            let place = listener.waiting.partition_point(|waiting| waiting.order < order);
            listener.waiting.insert(place, Waiting { connection, order, again: true });
        }
    }

    fn set_full(&mut self, worker: WorkerId, key: ListenKey, full: bool) {
        if let Some(listener) = self.listeners.get_mut(&key) {
            listener.set_full(worker, full);
        }
    }
}

#[cfg(test)]
#[path = "walk.rs"]
mod walk;
