//! The world around the rules in their tests: workers, handles and connections to which anything
//! may happen. What must be true of them after each step is in `check.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::model::TurnsModel;
use super::{Balance, Errno, Input, ListenKey, Mode, Output, Query, Rules, Seq, SlotIndex, WorkerId};
use crate::random::Random;

pub const PROCESSORS: usize = 2;

/// The world around the rules: what was sent and not answered, what was accepted, what ended.
pub struct World {
    pub rules: Rules<u32>,
    /// Says whose turn it is, too.
    pub model: TurnsModel,
    next_worker: u32,
    pub next_connection: u32,
    /// Offered to a worker, and not yet answered as far as the rules know.
    pub offered: Vec<Offered>,
    /// Of those that were claimed: what the primary has seen, and the rules have not.
    pub coming: Vec<Offered>,
    /// Every connection that was accepted, by its handle.
    pub accepted: BTreeMap<u32, ListenKey>,
    pub claimed: BTreeSet<u32>,
    pub revoked: usize,
    /// Were asked for a sign of life, and have not given it.
    pub probed: BTreeSet<WorkerId>,
    pub closed_handles: BTreeSet<ListenKey>,
    pub open_handles: BTreeSet<ListenKey>,
    /// Of how many binds one fails; none where it is zero.
    pub failing_binds: usize,
}

/// One that was sent. Who claims it is not seen by the rules before they are told.
#[derive(Clone, Copy)]
pub struct Offered {
    pub worker: WorkerId,
    pub slot: SlotIndex,
    pub connection: u32,
    pub claimed: bool,
}

impl World {
    pub fn new() -> Self {
        Self {
            rules: Rules::new(Mode::Dealt, Balance::RoundRobin, PROCESSORS),
            model: TurnsModel::new(PROCESSORS),
            next_worker: 1,
            next_connection: 0,
            offered: Vec::new(),
            coming: Vec::new(),
            accepted: BTreeMap::new(),
            claimed: BTreeSet::new(),
            revoked: 0,
            probed: BTreeSet::new(),
            closed_handles: BTreeSet::new(),
            open_handles: BTreeSet::new(),
            failing_binds: 0,
        }
    }

    pub fn apply(&mut self, input: Input<u32>, random: &mut Random) {
        let mut outputs = Vec::new();
        self.model.input(&input);
        self.rules.apply(input, &mut outputs);
        self.model.outputs(&outputs, &self.rules);
        for output in outputs {
            match output {
                Output::Listen { key, .. } => {
                    // The reactor answers at once, and so do we.
                    let fails = self.failing_binds > 0 && random.below(self.failing_binds) == 0;
                    let outcome = if fails { Err(Errno(98)) } else { Ok(Value::Null) };
                    if outcome.is_ok() {
                        assert!(self.open_handles.insert(key));
                    }
                    self.apply(Input::Listening { key, outcome }, random);
                }
                Output::Unlisten { key } => {
                    assert!(self.open_handles.remove(&key), "closed what was not open");
                    self.closed_handles.insert(key);
                }
                Output::Reply { worker, .. } => assert!(self.rules.members.has(worker)),
                Output::Offer { worker, slot } => {
                    let (_, connection) = self.rules.connection(worker, slot).unwrap();
                    let connection = *connection;
                    self.offered.push(Offered { worker, slot, connection, claimed: false });
                }
                Output::Revoke { worker, slot } => {
                    let is_it = |it: &Offered| it.worker == worker && it.slot == slot;
                    let Some(at) = self.offered.iter().position(is_it) else {
                        assert!(self.coming.iter().any(is_it), "revoked what was not sent");
                        continue;
                    };
                    let sent = self.offered.remove(at);
                    if sent.claimed {
                        self.apply(Input::Claimed { worker, slot }, random);
                    } else {
                        self.revoked += 1;
                        self.apply(Input::Revoked { worker, slot }, random);
                    }
                }
                Output::Probe { worker } => assert!(self.probed.insert(worker), "asked twice"),
            }
        }
    }

    pub fn workers(&self) -> Vec<WorkerId> {
        let workers: BTreeSet<WorkerId> = self.rules.members.iter().map(|(worker, _)| worker).collect();
        workers.into_iter().collect()
    }

    pub fn keys(&self) -> Vec<ListenKey> {
        self.open_handles.iter().copied().collect()
    }

    pub fn step(&mut self, random: &mut Random) {
        match random.below(60) {
            20 | 21 if self.workers().len() < 6 => {
                let worker = WorkerId(self.next_worker);
                self.next_worker += 1;
                self.apply(Input::Joined { worker }, random);
            }
            1 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    let (own, others) = self.offered.iter().partition(|sent| sent.worker == worker);
                    self.offered = others;
                    self.probed.remove(&worker);
                    let own: Vec<Offered> = own;
                    let claimed = own.iter().filter(|it| it.claimed).map(|it| it.slot).collect();
                    self.apply(Input::Gone { worker, claimed }, random);
                }
            }
            2 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    self.apply(Input::Leaving { worker }, random);
                }
            }
            3..6 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    let query = Query {
                        port: Some(80 + i32::try_from(random.below(3)).unwrap()),
                        ..Query::default()
                    };
                    self.apply(Input::Queried { worker, seq: Seq(0), query: Box::new(query) }, random);
                }
            }
            6 if random.below(4) == 0 => {
                // Also for handles that this worker does not share: it is not to be trusted.
                if let (Some(worker), Some(key)) = (random.pick(&self.workers()), random.pick(&self.keys())) {
                    self.apply(Input::Closed { worker, key }, random);
                }
            }
            7..13 | 22..30 => {
                if let Some(key) = random.pick(&self.keys()) {
                    let connection = self.next_connection;
                    self.next_connection += 1;
                    self.accepted.insert(connection, key);
                    self.apply(Input::Accepted { key, connection }, random);
                }
            }
            13..17 | 30..39 => self.claim(random),
            39..48 => self.look(random),
            17 => self.refuse(random),
            48..53 => {
                if let Some(Offered { worker, slot, .. }) = random.pick(&self.offered) {
                    self.apply(Input::Late { worker, slot }, random);
                }
            }
            53..57 => {
                let probed: Vec<WorkerId> = self.probed.iter().copied().collect();
                if let Some(worker) = random.pick(&probed) {
                    self.probed.remove(&worker);
                    self.apply(Input::Alive { worker, quick: random.below(2) == 0 }, random);
                }
            }
            57 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    self.apply(Input::Overdue { worker }, random);
                }
            }
            58 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    self.apply(Input::Stalled { worker }, random);
                }
            }
            18 => {
                if let (Some(worker), Some(key)) = (random.pick(&self.workers()), random.pick(&self.keys())) {
                    self.apply(Input::Room { worker, key }, random);
                }
            }
            _ => {
                // Answers for slots in which nothing stands.
                if let Some(worker) = random.pick(&self.workers()) {
                    let slot = SlotIndex(1000 + u32::try_from(random.below(1000)).unwrap());
                    self.apply(Input::Claimed { worker, slot }, random);
                    self.apply(Input::Refused { worker, slot: SlotIndex(u32::MAX) }, random);
                }
            }
        }
    }

    /// A worker takes a connection. Nobody is told.
    fn claim(&mut self, random: &mut Random) {
        let open: Vec<usize> = (0..self.offered.len()).filter(|at| !self.offered[*at].claimed).collect();
        if let Some(at) = random.pick(&open) {
            self.offered[at].claimed = true;
            assert!(self.claimed.insert(self.offered[at].connection), "a connection is answered twice");
        }
    }

    /// The primary looks at the ledger, and then tells the rules of one claim after the other.
    pub fn look(&mut self, random: &mut Random) {
        (self.coming, self.offered) =
            std::mem::take(&mut self.offered).into_iter().partition(|sent| sent.claimed);
        while let Some(Offered { worker, slot, .. }) = self.coming.pop() {
            self.apply(Input::Claimed { worker, slot }, random);
        }
    }

    fn refuse(&mut self, random: &mut Random) {
        let open: Vec<usize> = (0..self.offered.len()).filter(|at| !self.offered[*at].claimed).collect();
        if let Some(at) = random.pick(&open) {
            let Offered { worker, slot, .. } = self.offered.remove(at);
            self.apply(Input::Refused { worker, slot }, random);
        }
    }
}

/// Workers that share one handle.
pub fn rules_of(workers: u32) -> (World, Random) {
    let (mut world, mut random) = (World::new(), Random::new(2));
    for worker in (1..=workers).map(WorkerId) {
        world.apply(Input::Joined { worker }, &mut random);
        let query = Box::new(Query { port: Some(80), ..Query::default() });
        world.apply(Input::Queried { worker, seq: Seq(0), query }, &mut random);
    }
    (world, random)
}
