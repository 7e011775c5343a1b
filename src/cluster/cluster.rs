//! The state of the whole cluster, and what each thing that happens does to it.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::listener::Listener;
use super::member::{Figures, InFlight, Member, Patience, Waiting};
use super::query::{Name, Policy, Query};
use super::{Errno, ListenKey, Seq, SlotIndex, WorkerId};

/// What can happen.
#[derive(Debug)]
pub enum Input<C> {
    /// A worker was forked.
    Joined {
        /// Its number.
        worker: WorkerId,
    },
    /// JavaScript disconnects a worker: nothing new for it. What is in flight, it may answer.
    Retired {
        /// Its number.
        worker: WorkerId,
    },
    /// A worker's lane has ended, after all that it said was handled.
    Left {
        /// Its number.
        worker: WorkerId,
        /// What it has taken of all that was in flight. The rest it never will.
        claimed: Vec<SlotIndex>,
    },
    /// A server in a worker wants to listen.
    Queried {
        /// Its number.
        worker: WorkerId,
        /// To be given back with the reply.
        seq: Seq,
        /// What it wants.
        query: Box<Query>,
    },
    /// The answer to [`Output::Listen`].
    Listening {
        /// The listener that was opened, or was not.
        key: ListenKey,
        /// Its `sockname` (null for a unix socket).
        outcome: Result<Value, Errno>,
    },
    /// A server in a worker has closed.
    Closed {
        /// Its number.
        worker: WorkerId,
        /// What it listened on.
        key: ListenKey,
    },
    /// A listener accepted a connection.
    Accepted {
        /// The listener.
        key: ListenKey,
        /// The connection. Dropping it closes it.
        connection: C,
    },
    /// A worker has taken a connection: the primary's copy is closed.
    Taken {
        /// Its number.
        worker: WorkerId,
        /// Where the connection stood.
        slot: SlotIndex,
    },
    /// A worker has let a connection wait for too long.
    Late {
        /// Its number.
        worker: WorkerId,
        /// Where the connection stands.
        slot: SlotIndex,
    },
    /// [`Output::Revoke`] has succeeded: the worker will not take the connection. Where it has
    /// failed, the answer is [`Input::Taken`].
    Revoked {
        /// Its number.
        worker: WorkerId,
        /// Where the connection stood.
        slot: SlotIndex,
    },
    /// The answer to [`Output::Ping`]: the worker's loop turns.
    Pong {
        /// Its number.
        worker: WorkerId,
    },
    /// A worker refused a connection: it has no room, or its server is closing.
    Refused {
        /// Its number.
        worker: WorkerId,
        /// Where the connection stood.
        slot: SlotIndex,
    },
    /// A worker that refused has room again.
    Room {
        /// Its number.
        worker: WorkerId,
        /// What it listens on.
        key: ListenKey,
    },
}

/// What is to be done.
#[derive(Debug)]
pub enum Output {
    /// Open a listening socket and say so by [`Input::Listening`] before anything else.
    Listen {
        /// The new listener.
        key: ListenKey,
        /// What was asked for.
        query: Box<Query>,
        /// [`Policy::Shared`]: nobody accepts here, the workers will.
        policy: Policy,
    },
    /// Close a listening socket.
    Unlisten {
        /// The listener.
        key: ListenKey,
    },
    /// Answer a query.
    Reply {
        /// Who asked.
        worker: WorkerId,
        /// The question's number.
        seq: Seq,
        /// The answer.
        reply: Reply,
    },
    /// Send a connection. It is lent by [`Cluster::connection`] until the worker answers.
    Send {
        /// To whom.
        worker: WorkerId,
        /// The slot in which it is in flight.
        slot: SlotIndex,
    },
    /// Take a connection back, if the worker has not taken it in this moment, and say so by
    /// [`Input::Revoked`] or [`Input::Taken`] before anything else.
    Revoke {
        /// From whom.
        worker: WorkerId,
        /// The slot in which it is in flight.
        slot: SlotIndex,
    },
    /// Ask a worker for [`Input::Pong`].
    Ping {
        /// Whom.
        worker: WorkerId,
    },
}

/// The answer to a query.
#[derive(Debug, PartialEq)]
pub enum Reply {
    /// The worker shares the listener.
    Listening {
        /// Its key.
        key: ListenKey,
        /// [`Policy::Shared`]: the listening socket goes with the reply.
        policy: Policy,
        /// Where it is bound; null for a unix socket.
        sockname: Value,
        /// What the first server of this key passed on.
        data: Value,
    },
    /// It could not be opened.
    Failed(Errno),
}

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

    /// Where a connection waits for room: a worker that holds fewer offers than this will get more.
    #[must_use]
    pub fn wants_room_below(&self) -> Option<u32> {
        let waits = self.listeners.values().any(|listener| !listener.waiting.is_empty());
        waits.then_some(Member::<C>::LOW + 1)
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
            Input::Pong { worker } => {
                if let Some(member) = self.members.get_mut(&worker) {
                    member.stalled = false;
                }
                self.dispatch_all(worker, outputs);
            }
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
        let Some(listener) = self.listeners.get_mut(&key) else { return };
        let mut awake = self.members.values().filter(|member| !member.is_idle()).count();
        while !listener.waiting.is_empty() {
            let members = &self.members;
            let prefer_idle = awake < self.processors;
            let turn = listener.next_turn(|worker| {
                let member = members.get(&worker).filter(|member| member.room(key) > 0)?;
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

    /// Nobody waits for those who have room: they may have what others let wait.
    fn relieve(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        let Some(listener) = self.listeners.get(&key) else { return };
        let (mut late, mut coming) = (Vec::new(), 0);
        for (worker, member) in &self.members {
            for (slot, entry) in member.entries().filter(|(_, entry)| entry.key == key) {
                match entry.patience {
                    Patience::Left => {}
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
        let room: usize = members.map(|member| member.room(key)).sum();
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

    fn lose_patience(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        if let Some(key) = member.lose_patience(slot) {
            self.relieve(key, outputs);
        }
    }

    /// First in line, and nothing for this worker before it has shown that it is back.
    fn revoked(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&worker) else { return };
        let Some(entry) = member.take(slot) else { return };
        member.figures.revoked += 1;
        if !std::mem::replace(&mut member.stalled, true) {
            outputs.push(Output::Ping { worker });
        }
        let key = entry.key;
        self.give_back(entry);
        self.dispatch(key, outputs);
    }

    /// A worker that was blocked can take connections of all its keys again.
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
        if listener.remove(worker) && listener.is_unused() {
            self.unlisten(key, outputs);
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
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::random::Random;

    const PROCESSORS: usize = 2;
    #[expect(clippy::cast_possible_truncation, reason = "it is small")]
    const CREDIT: u32 = Member::<u32>::CREDIT as u32;

    /// The world around the rules: what was sent and not answered, what was accepted, what ended.
    struct World {
        cluster: Cluster<u32>,
        next_worker: u32,
        next_connection: u32,
        /// Sent to a worker, and not yet answered as far as the rules know.
        sent: Vec<Sent>,
        /// Every connection that was accepted, by its listener.
        accepted: BTreeMap<u32, ListenKey>,
        taken: BTreeSet<u32>,
        revoked: usize,
        /// Were asked for a sign of life, and have not given it.
        pinged: BTreeSet<WorkerId>,
        closed_listeners: BTreeSet<ListenKey>,
        open_listeners: BTreeSet<ListenKey>,
        /// Of how many binds one fails; none where it is zero.
        failing_binds: usize,
    }

    /// One that was sent. Who claims it is not seen by the rules before they are told.
    #[derive(Clone, Copy)]
    struct Sent {
        worker: WorkerId,
        slot: SlotIndex,
        connection: u32,
        claimed: bool,
    }

    impl World {
        fn new() -> Self {
            Self {
                cluster: Cluster::new(Policy::RoundRobin, PROCESSORS),
                next_worker: 1,
                next_connection: 0,
                sent: Vec::new(),
                accepted: BTreeMap::new(),
                taken: BTreeSet::new(),
                revoked: 0,
                pinged: BTreeSet::new(),
                closed_listeners: BTreeSet::new(),
                open_listeners: BTreeSet::new(),
                failing_binds: 0,
            }
        }

        fn handle(&mut self, input: Input<u32>, random: &mut Random) {
            let mut outputs = Vec::new();
            self.cluster.handle(input, &mut outputs);
            for output in outputs {
                match output {
                    Output::Listen { key, .. } => {
                        // The reactor answers at once, and so do we.
                        let fails = self.failing_binds > 0 && random.below(self.failing_binds) == 0;
                        let outcome = if fails { Err(Errno(98)) } else { Ok(Value::Null) };
                        if outcome.is_ok() {
                            assert!(self.open_listeners.insert(key));
                        }
                        self.handle(Input::Listening { key, outcome }, random);
                    }
                    Output::Unlisten { key } => {
                        assert!(self.open_listeners.remove(&key), "closed what was not open");
                        self.closed_listeners.insert(key);
                    }
                    Output::Reply { worker, .. } => assert!(self.cluster.members.contains_key(&worker)),
                    Output::Send { worker, slot } => {
                        let (_, connection) = self.cluster.connection(worker, slot).unwrap();
                        let connection = *connection;
                        self.sent.push(Sent { worker, slot, connection, claimed: false });
                    }
                    Output::Revoke { worker, slot } => {
                        let at = self.sent.iter().position(|it| it.worker == worker && it.slot == slot);
                        let sent = self.sent.remove(at.expect("revoked what was not sent"));
                        if sent.claimed {
                            self.handle(Input::Taken { worker, slot }, random);
                        } else {
                            self.revoked += 1;
                            self.handle(Input::Revoked { worker, slot }, random);
                        }
                    }
                    Output::Ping { worker } => assert!(self.pinged.insert(worker), "asked twice"),
                }
            }
        }

        fn workers(&self) -> Vec<WorkerId> {
            self.cluster.members.keys().copied().collect()
        }

        fn keys(&self) -> Vec<ListenKey> {
            self.open_listeners.iter().copied().collect()
        }

        fn step(&mut self, random: &mut Random) {
            match random.below(60) {
                20 | 21 if self.workers().len() < 6 => {
                    let worker = WorkerId(self.next_worker);
                    self.next_worker += 1;
                    self.handle(Input::Joined { worker }, random);
                }
                1 => {
                    if let Some(worker) = random.pick(&self.workers()) {
                        let (own, others) = self.sent.iter().partition(|sent| sent.worker == worker);
                        self.sent = others;
                        self.pinged.remove(&worker);
                        let own: Vec<Sent> = own;
                        let claimed = own.iter().filter(|it| it.claimed).map(|it| it.slot).collect();
                        self.handle(Input::Left { worker, claimed }, random);
                    }
                }
                2 => {
                    if let Some(worker) = random.pick(&self.workers()) {
                        self.handle(Input::Retired { worker }, random);
                    }
                }
                3..6 => {
                    if let Some(worker) = random.pick(&self.workers()) {
                        let query = Query {
                            port: Some(80 + i32::try_from(random.below(3)).unwrap()),
                            ..Query::default()
                        };
                        self.handle(Input::Queried { worker, seq: Seq(0), query: Box::new(query) }, random);
                    }
                }
                6 if random.below(4) == 0 => {
                    // Also for listeners that this worker does not share: it is not to be trusted.
                    if let (Some(worker), Some(key)) =
                        (random.pick(&self.workers()), random.pick(&self.keys()))
                    {
                        self.handle(Input::Closed { worker, key }, random);
                    }
                }
                7..13 | 22..30 => {
                    if let Some(key) = random.pick(&self.keys()) {
                        let connection = self.next_connection;
                        self.next_connection += 1;
                        self.accepted.insert(connection, key);
                        self.handle(Input::Accepted { key, connection }, random);
                    }
                }
                13..17 | 30..39 => self.claim(random),
                39..48 => self.look(random),
                17 => self.refuse(random),
                48..53 => {
                    if let Some(Sent { worker, slot, .. }) = random.pick(&self.sent) {
                        self.handle(Input::Late { worker, slot }, random);
                    }
                }
                53..57 => {
                    // Also without being asked.
                    if let Some(worker) = random.pick(&self.workers()) {
                        self.pinged.remove(&worker);
                        self.handle(Input::Pong { worker }, random);
                    }
                }
                18 => {
                    if let (Some(worker), Some(key)) =
                        (random.pick(&self.workers()), random.pick(&self.keys()))
                    {
                        self.handle(Input::Room { worker, key }, random);
                    }
                }
                _ => {
                    // Answers for slots in which nothing stands.
                    if let Some(worker) = random.pick(&self.workers()) {
                        let slot = SlotIndex(1000 + u32::try_from(random.below(1000)).unwrap());
                        self.handle(Input::Taken { worker, slot }, random);
                        self.handle(Input::Refused { worker, slot: SlotIndex(u32::MAX) }, random);
                    }
                }
            }
        }

        /// A worker takes a connection. Nobody is told.
        fn claim(&mut self, random: &mut Random) {
            let open: Vec<usize> = (0..self.sent.len()).filter(|at| !self.sent[*at].claimed).collect();
            if let Some(at) = random.pick(&open) {
                self.sent[at].claimed = true;
                assert!(self.taken.insert(self.sent[at].connection), "a connection is answered twice");
            }
        }

        /// The primary looks at the ledger.
        fn look(&mut self, random: &mut Random) {
            while let Some(at) = self.sent.iter().position(|sent| sent.claimed) {
                let Sent { worker, slot, .. } = self.sent.remove(at);
                self.handle(Input::Taken { worker, slot }, random);
            }
        }

        fn refuse(&mut self, random: &mut Random) {
            let open: Vec<usize> = (0..self.sent.len()).filter(|at| !self.sent[*at].claimed).collect();
            if let Some(at) = random.pick(&open) {
                let Sent { worker, slot, .. } = self.sent.remove(at);
                self.handle(Input::Refused { worker, slot }, random);
            }
        }

        fn check(&self) {
            // Those that were claimed and are still in flight are in one place all the same.
            let seen = |connection: &&u32| {
                !self.sent.iter().any(|sent| sent.claimed && sent.connection == **connection)
            };
            let mut places: BTreeSet<u32> = self.taken.iter().filter(seen).copied().collect();
            let mut in_flight = 0;
            for (worker, member) in &self.cluster.members {
                assert!(!member.stalled || self.pinged.contains(worker), "nobody will call it back");
                for (slot, entry) in member.entries() {
                    in_flight += 1;
                    assert!(places.insert(entry.connection), "a connection is in two places");
                    assert!(entry.patience != Patience::Over, "a revocation had no end");
                    let is_it = |it: &&Sent| it.worker == *worker && it.slot == slot;
                    let sent = self.sent.iter().find(is_it).expect("in flight, and not sent");
                    assert_eq!(sent.connection, entry.connection);
                }
            }
            assert_eq!(self.sent.len(), in_flight);
            for (key, listener) in &self.cluster.listeners {
                assert!(self.open_listeners.contains(key));
                assert!(!listener.is_unused(), "a listener that nobody shares stays open");
                assert!(listener.waiting.iter().is_sorted_by_key(|waiting| waiting.order));
                for Waiting { connection, .. } in &listener.waiting {
                    assert_eq!(self.accepted[connection], *key);
                    assert!(places.insert(*connection), "a connection is in two places");
                }
                let members = &self.cluster.members;
                let late = members.values().any(|member| {
                    member.entries().any(|(_, it)| it.key == *key && it.patience == Patience::Lost)
                });
                for sharer in listener.sharers() {
                    let member = &members[&sharer.worker];
                    assert!(!member.leaving, "a worker that is leaving shares a listener");
                    assert!(member.in_flight(*key) <= Member::<u32>::CREDIT, "a worker is over its credit");
                    if !sharer.full && member.room(*key) > 0 {
                        assert!(listener.waiting.is_empty(), "a connection waits though a worker has room");
                        assert!(!late, "a connection stands at a blocked worker though another has room");
                    }
                }
            }
            assert_eq!(self.open_listeners.len(), self.cluster.listeners.len());
            for (name, key) in &self.cluster.names {
                assert_eq!(self.cluster.listeners[key].name, *name);
            }
            for (connection, key) in &self.accepted {
                assert!(
                    places.contains(connection) || self.closed_listeners.contains(key),
                    "a connection is lost while its listener is open"
                );
            }
        }
    }

    #[test]
    fn a_random_walk_keeps_every_connection_in_one_place() {
        let mut revoked = 0;
        for seed in 1..=40 {
            let mut random = Random::new(seed);
            let mut world = World::new();
            world.failing_binds = 5;
            for _ in 0..3000 {
                world.step(&mut random);
                world.check();
            }
            assert!(world.taken.len() > 100, "the walk went nowhere");
            revoked += world.revoked;
        }
        assert!(revoked > 200, "{revoked}");
    }

    fn cluster_of(workers: u32) -> (World, Random) {
        let (mut world, mut random) = (World::new(), Random::new(2));
        for worker in (1..=workers).map(WorkerId) {
            world.handle(Input::Joined { worker }, &mut random);
            let query = Box::new(Query { port: Some(80), ..Query::default() });
            world.handle(Input::Queried { worker, seq: Seq(0), query }, &mut random);
        }
        (world, random)
    }

    #[test]
    fn workers_take_turns() {
        let (mut world, mut random) = cluster_of(4);
        let mut turns = Vec::new();
        for connection in 0..40 {
            world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
            let Sent { worker, slot, .. } = world.sent.pop().unwrap();
            turns.push(worker.0);
            world.handle(Input::Taken { worker, slot }, &mut random);
        }
        assert!(turns.chunks(4).all(|round| round == [1, 2, 3, 4]));
    }

    #[test]
    fn a_worker_that_was_busy_has_its_turns_made_good() {
        let (mut world, mut random) = cluster_of(2);
        let mut shares = [0, 0];
        for connection in 0..200 {
            world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
            // Worker 1 answers late now and then, worker 2 at once.
            let late = (20..26).contains(&(connection % 100));
            for sent in std::mem::take(&mut world.sent) {
                if sent.worker == WorkerId(1) && late {
                    world.sent.push(sent);
                } else {
                    shares[sent.worker.0 as usize - 1] += 1;
                    world.handle(Input::Taken { worker: sent.worker, slot: sent.slot }, &mut random);
                }
            }
        }
        assert_eq!(shares, [100, 100]);
    }

    #[test]
    fn what_a_dead_worker_had_is_first_in_line_in_its_old_order() {
        let (mut world, mut random) = cluster_of(2);
        for connection in 0..2 * CREDIT + 3 {
            world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
        }
        // Even ones are in flight to worker 1, odd ones to worker 2; three wait.
        world.handle(Input::Left { worker: WorkerId(1), claimed: vec![] }, &mut random);
        let waiting = world.cluster.listeners[&ListenKey(0)].waiting.iter();
        let waiting: Vec<u32> = waiting.map(|waiting| waiting.connection).collect();
        let evens = (0..2 * CREDIT).step_by(2);
        assert_eq!(waiting, evens.chain(2 * CREDIT..2 * CREDIT + 3).collect::<Vec<_>>());
    }

    #[test]
    fn a_refused_connection_goes_to_another_worker_and_waits_where_all_are_full() {
        let (mut world, mut random) = cluster_of(2);
        world.handle(Input::Accepted { key: ListenKey(0), connection: 7 }, &mut random);
        let Sent { worker: first, slot, .. } = world.sent.pop().unwrap();
        world.handle(Input::Refused { worker: first, slot }, &mut random);
        let Sent { worker: second, slot, connection, .. } = world.sent.pop().unwrap();
        assert_ne!(first, second);
        assert_eq!(connection, 7);
        world.handle(Input::Refused { worker: second, slot }, &mut random);
        assert!(world.sent.is_empty());
        world.handle(Input::Room { worker: first, key: ListenKey(0) }, &mut random);
        assert_eq!(world.sent.pop().unwrap().worker, first);
    }

    #[test]
    fn what_a_blocked_worker_lets_wait_goes_to_one_that_has_room() {
        let (mut world, mut random) = cluster_of(2);
        let [one, two] = [1, 2].map(WorkerId);
        for connection in 0..2 * CREDIT {
            world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
        }
        // Even ones stand at worker 1, which is blocked; odd ones at worker 2, which takes them.
        for slot in 0..CREDIT {
            world.handle(Input::Late { worker: one, slot: SlotIndex(slot) }, &mut random);
        }
        assert_eq!(world.revoked, 0, "nobody had room");
        let take_all = |world: &mut World, random: &mut Random| {
            world.sent.iter_mut().filter(|sent| sent.worker == two).for_each(|sent| sent.claimed = true);
            world.look(random);
        };
        take_all(&mut world, &mut random);
        let mut there: Vec<u32> = world.sent.iter().map(|sent| sent.connection).collect();
        there.sort_unstable();
        assert_eq!(there, (0..2 * CREDIT).step_by(2).collect::<Vec<_>>());
        assert_eq!(
            world.revoked,
            Member::<u32>::CREDIT - Member::<u32>::LOW as usize,
            "what it had room for"
        );
        take_all(&mut world, &mut random);
        assert_eq!(world.revoked, Member::<u32>::CREDIT);
        assert!(world.sent.iter().all(|sent| sent.worker == two));
        // Nothing new for worker 1 before it has answered.
        assert!(world.pinged.contains(&one));
        world.handle(Input::Accepted { key: ListenKey(0), connection: 1000 }, &mut random);
        world.handle(Input::Accepted { key: ListenKey(0), connection: 1001 }, &mut random);
        assert!(world.sent.iter().all(|sent| sent.worker == two));
        world.handle(Input::Pong { worker: one }, &mut random);
        world.handle(Input::Accepted { key: ListenKey(0), connection: 1002 }, &mut random);
        assert_eq!(world.sent.last().unwrap().worker, one);
    }

    #[test]
    fn no_more_workers_are_woken_than_can_run_and_those_that_are_get_batches() {
        let (mut world, mut random) = cluster_of(8);
        for connection in 0..2 * CREDIT {
            world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
        }
        let woken: BTreeSet<WorkerId> = world.sent.iter().map(|sent| sent.worker).collect();
        assert_eq!(woken.len(), PROCESSORS);
        // Whoever has room gets what waits, all the same.
        world.handle(Input::Accepted { key: ListenKey(0), connection: 1000 }, &mut random);
        assert_eq!(world.sent.last().unwrap().worker, WorkerId(3));
        // The next batch is somebody else's.
        let claimed = world.sent.iter_mut().filter(|sent| sent.worker.0 <= 2);
        claimed.for_each(|sent| sent.claimed = true);
        world.look(&mut random);
        world.handle(Input::Accepted { key: ListenKey(0), connection: 1001 }, &mut random);
        assert_eq!(world.sent.last().unwrap().worker, WorkerId(4));
    }

    #[test]
    fn the_same_name_twice_in_one_worker_is_a_socket_of_its_own() {
        let (mut world, mut random) = cluster_of(1);
        let query = Box::new(Query { port: Some(80), ..Query::default() });
        let mut outputs = Vec::new();
        world.cluster.handle(Input::Queried { worker: WorkerId(1), seq: Seq(1), query }, &mut outputs);
        assert!(matches!(outputs[..], [Output::Listen { key: ListenKey(1), .. }]));
        world.handle(Input::Listening { key: ListenKey(1), outcome: Err(Errno(98)) }, &mut random);
        assert_eq!(world.cluster.listeners.len(), 1);
    }
}
