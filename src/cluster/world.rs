//! The world around the rules in their tests: workers, handles and connections to which anything
//! may happen. What must be true of them after each step is in `check.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::model::TurnsModel;
use super::trail::Trail;
use super::{Balance, Errno, Input, Lapse, ListenKey, Mode, Output, Query, Rules, Seq, SlotIndex, WorkerId};
use crate::random::Random;

pub const PROCESSORS: usize = 2;

/// Of the small worlds.
const SEED: u64 = 2;

pub const CLAIM_TIMEOUT: Duration = Duration::from_millis(5);

/// The world around the rules: what was sent and not answered, what was accepted, what ended.
pub struct World {
    pub rules: Rules<u32>,
    /// Says as well which worker is next.
    pub model: TurnsModel,
    pub trail: Trail,
    pub next_worker: u32,
    pub next_connection: u32,
    /// Offered to a worker, and not yet answered as far as the rules know.
    pub offered: Vec<Offered>,
    /// Of those that were claimed: what the primary has seen, and the rules have not.
    pub coming: Vec<Offered>,
    /// Every connection that was accepted, by its handle.
    pub accepted: BTreeMap<u32, ListenKey>,
    pub claimed: BTreeSet<u32>,
    pub revoked: usize,
    /// Were probed then, and have not answered.
    pub probed: BTreeMap<WorkerId, Instant>,
    /// Were looked at, and have not answered. That answer comes before the one to another probe.
    pub looked: BTreeSet<WorkerId>,
    /// JavaScript has paused these.
    pub paused: BTreeSet<WorkerId>,
    /// The world's clock.
    pub now: Instant,
    /// How many offers were late, how many slow workers blocked, and how many stopped.
    pub lapses: [usize; 3],
    pub closed_handles: BTreeSet<ListenKey>,
    pub open_handles: BTreeSet<ListenKey>,
    /// No worker shares these.
    pub resting: BTreeSet<ListenKey>,
    /// One of this many binds fails; none if it is zero.
    pub failing_binds: usize,
}

/// One that was offered. The rules learn of a claim only by an input.
#[derive(Clone, Copy)]
pub struct Offered {
    pub worker: WorkerId,
    pub slot: SlotIndex,
    pub connection: u32,
    pub claimed: bool,
}

impl World {
    /// `seed` is that of the test's random numbers.
    pub fn new(seed: u64, balance: Balance) -> Self {
        let now = Instant::now();
        Self {
            rules: Rules::new(Mode::Dealt, balance, PROCESSORS, CLAIM_TIMEOUT, now),
            model: TurnsModel::new(balance, PROCESSORS),
            trail: Trail::new(seed, balance, now),
            next_worker: 1,
            next_connection: 0,
            offered: Vec::new(),
            coming: Vec::new(),
            accepted: BTreeMap::new(),
            claimed: BTreeSet::new(),
            revoked: 0,
            probed: BTreeMap::new(),
            looked: BTreeSet::new(),
            paused: BTreeSet::new(),
            now,
            lapses: [0; 3],
            closed_handles: BTreeSet::new(),
            open_handles: BTreeSet::new(),
            resting: BTreeSet::new(),
            failing_binds: 0,
        }
    }

    pub fn apply(&mut self, input: Input<u32>, random: &mut Random) {
        let mut outputs = Vec::new();
        self.trail.input(self.now, &input);
        self.model.input(&input);
        let is_look = matches!(input, Input::Looked);
        self.rules.apply(self.now, input, &mut outputs);
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
                    self.resting.remove(&key);
                }
                Output::Rest { key } => assert!(self.resting.insert(key), "it rests already"),
                Output::Resume { key } => assert!(self.resting.remove(&key), "it does not rest"),
                Output::Reply { worker, .. } => assert!(self.rules.members.has(worker)),
                Output::Offer { worker, slot } => {
                    assert!(!self.paused.contains(&worker), "a paused worker is offered a connection");
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
                Output::Probe { worker } if is_look => {
                    assert!(!self.probed.contains_key(&worker), "a look probes a worker that was probed");
                    assert!(self.looked.insert(worker), "looked at twice");
                }
                Output::Probe { worker } => {
                    assert!(self.probed.insert(worker, self.now).is_none(), "probed twice");
                }
            }
        }
    }

    /// A connection comes.
    pub fn accept(&mut self, key: ListenKey, random: &mut Random) {
        let connection = self.next_connection;
        self.next_connection += 1;
        self.accepted.insert(connection, key);
        self.apply(Input::Accepted { key, connection }, random);
    }

    /// Time passes, and what is due then comes to pass.
    pub fn wait(&mut self, time: Duration, random: &mut Random) {
        self.now += time;
        while let Some(lapse) = self.rules.due(self.now) {
            self.lapse(lapse, random);
        }
    }

    /// Something is due, as the caller says.
    pub fn lapse(&mut self, lapse: Lapse, random: &mut Random) {
        let kind = match lapse {
            Lapse::Late { .. } => 0,
            Lapse::Overdue { .. } => 1,
            Lapse::Stalled { .. } => 2,
        };
        self.lapses[kind] += 1;
        self.apply(Input::Lapsed(lapse), random);
    }

    /// JavaScript pauses a worker, or resumes it.
    pub fn pause(&mut self, worker: WorkerId, yes: bool, random: &mut Random) {
        if yes {
            self.paused.insert(worker);
            self.apply(Input::Paused { worker }, random);
        } else {
            self.paused.remove(&worker);
            self.apply(Input::Resumed { worker }, random);
        }
    }

    /// A worker answers its probe.
    pub fn answer(&mut self, worker: WorkerId, random: &mut Random) {
        if self.looked.remove(&worker) {
            let (before, offered) = (self.member(worker).standing(), self.offered.len());
            self.apply(Input::Alive { worker }, random);
            assert_eq!(self.member(worker).standing(), before, "a look has changed a worker");
            assert_eq!(self.offered.len(), offered, "a look has dealt a connection");
            return;
        }
        let Some(since) = self.probed.remove(&worker) else { return };
        self.model.alive(worker, self.now - since < CLAIM_TIMEOUT);
        self.apply(Input::Alive { worker }, random);
    }

    pub fn workers(&self) -> Vec<WorkerId> {
        let workers: BTreeSet<WorkerId> = self.rules.members.iter().map(|(worker, _)| worker).collect();
        workers.into_iter().collect()
    }

    pub fn keys(&self) -> Vec<ListenKey> {
        self.open_handles.iter().copied().collect()
    }
}

/// Workers that share one handle.
pub fn rules_of(workers: u32) -> (World, Random) {
    let (mut world, mut random) = (World::new(SEED, Balance::RoundRobin), Random::new(SEED));
    for worker in (1..=workers).map(WorkerId) {
        world.apply(Input::Joined { worker, revocable: true }, &mut random);
        let query = Box::new(Query { port: Some(80), ..Query::default() });
        world.apply(Input::Queried { worker, seq: Seq(0), query }, &mut random);
    }
    (world, random)
}
