//! The world around the rules in their tests: workers, listeners and connections to which anything
//! may happen, and what must be true of them after each step.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::member::{Member, Pace, Patience, Waiting};
use super::{Cluster, Errno, Input, ListenKey, Output, Policy, Query, Seq, SlotIndex, WorkerId};
use crate::random::Random;

pub const PROCESSORS: usize = 2;

/// The world around the rules: what was sent and not answered, what was accepted, what ended.
pub struct World {
    pub cluster: Cluster<u32>,
    next_worker: u32,
    pub next_connection: u32,
    /// Sent to a worker, and not yet answered as far as the rules know.
    pub sent: Vec<Sent>,
    /// Of those that were claimed: what the primary has seen, and the rules have not.
    coming: Vec<Sent>,
    /// Every connection that was accepted, by its listener.
    pub accepted: BTreeMap<u32, ListenKey>,
    pub taken: BTreeSet<u32>,
    pub revoked: usize,
    /// Were asked for a sign of life, and have not given it.
    pub pinged: BTreeSet<WorkerId>,
    closed_listeners: BTreeSet<ListenKey>,
    open_listeners: BTreeSet<ListenKey>,
    /// Of how many binds one fails; none where it is zero.
    pub failing_binds: usize,
}

/// One that was sent. Who claims it is not seen by the rules before they are told.
#[derive(Clone, Copy)]
pub struct Sent {
    pub worker: WorkerId,
    pub slot: SlotIndex,
    pub connection: u32,
    pub claimed: bool,
}

impl World {
    pub fn new() -> Self {
        Self {
            cluster: Cluster::new(Policy::RoundRobin, PROCESSORS),
            next_worker: 1,
            next_connection: 0,
            sent: Vec::new(),
            coming: Vec::new(),
            accepted: BTreeMap::new(),
            taken: BTreeSet::new(),
            revoked: 0,
            pinged: BTreeSet::new(),
            closed_listeners: BTreeSet::new(),
            open_listeners: BTreeSet::new(),
            failing_binds: 0,
        }
    }

    pub fn handle(&mut self, input: Input<u32>, random: &mut Random) {
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
                    let is_it = |it: &Sent| it.worker == worker && it.slot == slot;
                    let Some(at) = self.sent.iter().position(is_it) else {
                        assert!(self.coming.iter().any(is_it), "revoked what was not sent");
                        continue;
                    };
                    let sent = self.sent.remove(at);
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

    pub fn workers(&self) -> Vec<WorkerId> {
        self.cluster.members.keys().copied().collect()
    }

    pub fn keys(&self) -> Vec<ListenKey> {
        self.open_listeners.iter().copied().collect()
    }

    pub fn step(&mut self, random: &mut Random) {
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
                if let (Some(worker), Some(key)) = (random.pick(&self.workers()), random.pick(&self.keys())) {
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
                let pinged: Vec<WorkerId> = self.pinged.iter().copied().collect();
                if let Some(worker) = random.pick(&pinged) {
                    self.pinged.remove(&worker);
                    self.handle(Input::Pong { worker, quick: random.below(2) == 0 }, random);
                }
            }
            57 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    self.handle(Input::Silent { worker }, random);
                }
            }
            18 => {
                if let (Some(worker), Some(key)) = (random.pick(&self.workers()), random.pick(&self.keys())) {
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

    /// The primary looks at the ledger, and then tells the rules of one claim after the other.
    pub fn look(&mut self, random: &mut Random) {
        (self.coming, self.sent) = std::mem::take(&mut self.sent).into_iter().partition(|sent| sent.claimed);
        while let Some(Sent { worker, slot, .. }) = self.coming.pop() {
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

    pub fn check(&self) {
        // Those that were claimed and are still in flight are in one place all the same.
        let seen =
            |connection: &&u32| !self.sent.iter().any(|sent| sent.claimed && sent.connection == **connection);
        let mut places: BTreeSet<u32> = self.taken.iter().filter(seen).copied().collect();
        let mut in_flight = 0;
        for (worker, member) in &self.cluster.members {
            let entries = member.entries().count() as u64;
            assert_eq!(member.figures.in_flight(), entries, "an offer has no answer, or two");
            assert!(member.pace == Pace::Quick || self.pinged.contains(worker), "nobody will call it back");
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
        let queued = self.cluster.listeners.values().map(|listener| listener.waiting.len());
        assert_eq!(self.cluster.queued(), queued.sum::<usize>());
        for (key, listener) in &self.cluster.listeners {
            assert!(self.open_listeners.contains(key));
            assert!(!listener.is_unused(), "a listener that nobody shares stays open");
            assert!(listener.waiting.iter().is_sorted_by_key(|waiting| waiting.order));
            for Waiting { connection, .. } in &listener.waiting {
                assert_eq!(self.accepted[connection], *key);
                assert!(places.insert(*connection), "a connection is in two places");
            }
            let members = &self.cluster.members;
            let all_slow = self.cluster.all_slow(listener);
            let late = members.values().any(|member| {
                let mut late =
                    member.entries().filter(|(_, it)| it.key == *key && it.patience == Patience::Lost);
                late.next().is_some() && (!all_slow || member.pace == Pace::Asked)
            });
            for sharer in listener.sharers() {
                let member = &members[&sharer.worker];
                assert!(!member.leaving, "a worker that is leaving shares a listener");
                assert!(member.in_flight(*key) <= Member::<u32>::CREDIT, "a worker is over its credit");
                if !sharer.full && member.can_take(*key, all_slow) {
                    assert!(listener.waiting.is_empty(), "a connection waits though a worker has room");
                    assert!(!late, "a connection stands at a slow worker though a quicker one has room");
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

/// Workers that share one listener.
pub fn cluster_of(workers: u32) -> (World, Random) {
    let (mut world, mut random) = (World::new(), Random::new(2));
    for worker in (1..=workers).map(WorkerId) {
        world.handle(Input::Joined { worker }, &mut random);
        let query = Box::new(Query { port: Some(80), ..Query::default() });
        world.handle(Input::Queried { worker, seq: Seq(0), query }, &mut random);
    }
    (world, random)
}
