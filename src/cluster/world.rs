//! The world around the rules in their tests: workers, listeners and connections to which anything
//! may happen. What must be true of them after each step is in `check.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::model::Model;
use super::{Cluster, Errno, Input, ListenKey, Output, Policy, Query, Seq, SlotIndex, WorkerId};
use crate::random::Random;

pub const PROCESSORS: usize = 2;

/// The world around the rules: what was sent and not answered, what was accepted, what ended.
pub struct World {
    pub cluster: Cluster<u32>,
    /// Says whose turn it is, too.
    pub model: Model,
    next_worker: u32,
    pub next_connection: u32,
    /// Sent to a worker, and not yet answered as far as the rules know.
    pub sent: Vec<Sent>,
    /// Of those that were claimed: what the primary has seen, and the rules have not.
    pub coming: Vec<Sent>,
    /// Every connection that was accepted, by its listener.
    pub accepted: BTreeMap<u32, ListenKey>,
    pub taken: BTreeSet<u32>,
    pub revoked: usize,
    /// Were asked for a sign of life, and have not given it.
    pub pinged: BTreeSet<WorkerId>,
    pub closed_listeners: BTreeSet<ListenKey>,
    pub open_listeners: BTreeSet<ListenKey>,
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
            model: Model::new(PROCESSORS),
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
        self.model.input(&input);
        self.cluster.handle(input, &mut outputs);
        self.model.outputs(&outputs, &self.cluster);
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
                Output::Reply { worker, .. } => assert!(self.cluster.members.has(worker)),
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
        let workers: BTreeSet<WorkerId> = self.cluster.members.iter().map(|(worker, _)| worker).collect();
        workers.into_iter().collect()
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
            58 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    self.handle(Input::Stalled { worker }, random);
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
