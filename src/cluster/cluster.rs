//! The state of the whole cluster, and what each thing that happens does to it.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::listener::Listener;
use super::member::{InFlight, Member};
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
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
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

    /// One thing has happened; `outputs` gets what is to be done about it, in order.
    pub fn handle(&mut self, input: Input<C>, outputs: &mut Vec<Output>) {
        match input {
            Input::Joined { worker } => {
                self.members.entry(worker).or_default();
            }
            Input::Retired { worker } => self.retire(worker, outputs),
            Input::Left { worker } => self.leave(worker, outputs),
            Input::Queried { worker, seq, query } => self.query(worker, seq, query, outputs),
            Input::Listening { key, outcome } => self.listening(key, outcome, outputs),
            Input::Closed { worker, key } => self.close(worker, key, outputs),
            Input::Accepted { key, connection } => {
                if let Some(listener) = self.listeners.get_mut(&key) {
                    listener.waiting.push_back(connection);
                }
                self.dispatch(key, outputs);
            }
            Input::Taken { worker, slot } => {
                if let Some(entry) = self.take(worker, slot) {
                    self.dispatch(entry.key, outputs);
                }
            }
            Input::Refused { worker, slot } => {
                if let Some(entry) = self.take(worker, slot) {
                    let key = entry.key;
                    self.set_full(worker, key, true);
                    self.give_back(entry);
                    self.dispatch(key, outputs);
                }
            }
            Input::Room { worker, key } => {
                self.set_full(worker, key, false);
                self.dispatch(key, outputs);
            }
        }
    }

    /// Sends what waits on `key` to those who can take it, each in turn.
    fn dispatch(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        let Some(listener) = self.listeners.get_mut(&key) else { return };
        while !listener.waiting.is_empty() {
            let members = &self.members;
            let turn = listener.next_turn(|worker| {
                members.get(&worker).is_some_and(|member| member.in_flight(key) < Member::<C>::CREDIT)
            });
            let Some(worker) = turn else { return };
            let Some(member) = self.members.get_mut(&worker) else { return };
            let Some(connection) = listener.waiting.pop_front() else { return };
            let order = self.next_order;
            self.next_order += 1;
            let slot = member.put(InFlight { key, connection, order });
            outputs.push(Output::Send { worker, slot });
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

    fn leave(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let Some(mut member) = self.members.remove(&worker) else { return };
        let entries = member.drain();
        let mut keys: Vec<ListenKey> = entries.iter().map(|entry| entry.key).collect();
        keys.dedup();
        // The last of them goes to the front first, so that the first of them ends up in front.
        for entry in entries.into_iter().rev() {
            self.give_back(entry);
        }
        self.close_all(worker, outputs);
        for key in keys {
            self.dispatch(key, outputs);
        }
    }

    fn take(&mut self, worker: WorkerId, slot: SlotIndex) -> Option<InFlight<C>> {
        self.members.get_mut(&worker)?.take(slot)
    }

    /// First in line again. Where nobody listens any more, the connection is closed.
    fn give_back(&mut self, entry: InFlight<C>) {
        if let Some(listener) = self.listeners.get_mut(&entry.key) {
            listener.waiting.push_front(entry.connection);
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

    /// The world around the rules: what was sent and not answered, what was accepted, what ended.
    struct World {
        cluster: Cluster<u32>,
        next_worker: u32,
        next_connection: u32,
        /// Sent to a worker, not yet answered: worker, slot, connection.
        sent: Vec<(WorkerId, SlotIndex, u32)>,
        /// Every connection that was accepted, by its listener.
        accepted: BTreeMap<u32, ListenKey>,
        taken: BTreeSet<u32>,
        closed_listeners: BTreeSet<ListenKey>,
        open_listeners: BTreeSet<ListenKey>,
        /// Of how many binds one fails; none where it is zero.
        failing_binds: usize,
    }

    impl World {
        fn new() -> Self {
            Self {
                cluster: Cluster::new(Policy::RoundRobin),
                next_worker: 1,
                next_connection: 0,
                sent: Vec::new(),
                accepted: BTreeMap::new(),
                taken: BTreeSet::new(),
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
                        self.sent.push((worker, slot, *connection));
                    }
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
            match random.below(40) {
                20 | 21 if self.workers().len() < 6 => {
                    let worker = WorkerId(self.next_worker);
                    self.next_worker += 1;
                    self.handle(Input::Joined { worker }, random);
                }
                1 => {
                    if let Some(worker) = random.pick(&self.workers()) {
                        self.sent.retain(|entry| entry.0 != worker);
                        self.handle(Input::Left { worker }, random);
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
                13..17 | 30..39 => self.answer(true, random),
                17 => self.answer(false, random),
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

        fn answer(&mut self, yes: bool, random: &mut Random) {
            if self.sent.is_empty() {
                return;
            }
            let (worker, slot, connection) = self.sent.remove(random.below(self.sent.len()));
            if yes {
                self.taken.insert(connection);
                self.handle(Input::Taken { worker, slot }, random);
            } else {
                self.handle(Input::Refused { worker, slot }, random);
            }
        }

        fn check(&self) {
            let mut places = self.taken.clone();
            for (worker, member) in &self.cluster.members {
                for entry in member.entries() {
                    assert!(places.insert(entry.connection), "a connection is in two places");
                    assert!(self.sent.iter().any(|sent| sent.0 == *worker && sent.2 == entry.connection));
                }
            }
            assert_eq!(self.sent.len(), places.len() - self.taken.len());
            for (key, listener) in &self.cluster.listeners {
                assert!(self.open_listeners.contains(key));
                assert!(!listener.is_unused(), "a listener that nobody shares stays open");
                for connection in &listener.waiting {
                    assert_eq!(self.accepted[connection], *key);
                    assert!(places.insert(*connection), "a connection is in two places");
                }
                for sharer in listener.sharers() {
                    let member = &self.cluster.members[&sharer.worker];
                    assert!(!member.leaving, "a worker that is leaving shares a listener");
                    let in_flight = member.in_flight(*key);
                    assert!(in_flight <= Member::<u32>::CREDIT, "a worker is over its credit");
                    assert!(
                        listener.waiting.is_empty() || sharer.full || in_flight == Member::<u32>::CREDIT,
                        "a connection waits though a worker could take it"
                    );
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
        for seed in 1..=40 {
            let mut random = Random::new(seed);
            let mut world = World::new();
            world.failing_binds = 5;
            for _ in 0..3000 {
                world.step(&mut random);
                world.check();
            }
            assert!(world.taken.len() > 200, "the walk went nowhere");
        }
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
            let (worker, slot, _) = world.sent.pop().unwrap();
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
                if sent.0 == WorkerId(1) && late {
                    world.sent.push(sent);
                } else {
                    shares[sent.0.0 as usize - 1] += 1;
                    world.handle(Input::Taken { worker: sent.0, slot: sent.1 }, &mut random);
                }
            }
        }
        assert_eq!(shares, [100, 100]);
    }

    #[test]
    fn what_a_dead_worker_had_is_first_in_line_in_its_old_order() {
        let (mut world, mut random) = cluster_of(2);
        for connection in 0..7 {
            world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
        }
        // 0 and 2 are in flight to worker 1; 1 and 3 to worker 2; 4, 5, 6 wait.
        world.handle(Input::Left { worker: WorkerId(1) }, &mut random);
        let waiting: Vec<u32> = world.cluster.listeners[&ListenKey(0)].waiting.iter().copied().collect();
        assert_eq!(waiting, [0, 2, 4, 5, 6]);
    }

    #[test]
    fn a_refused_connection_goes_to_another_worker_and_waits_where_all_are_full() {
        let (mut world, mut random) = cluster_of(2);
        world.handle(Input::Accepted { key: ListenKey(0), connection: 7 }, &mut random);
        let (first, slot, _) = world.sent.pop().unwrap();
        world.handle(Input::Refused { worker: first, slot }, &mut random);
        let (second, slot, connection) = world.sent.pop().unwrap();
        assert_ne!(first, second);
        assert_eq!(connection, 7);
        world.handle(Input::Refused { worker: second, slot }, &mut random);
        assert!(world.sent.is_empty());
        world.handle(Input::Room { worker: first, key: ListenKey(0) }, &mut random);
        assert_eq!(world.sent.pop().unwrap().0, first);
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
