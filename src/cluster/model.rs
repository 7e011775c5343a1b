//! A slow model of the turns, for the tests: for each connection it looks at all workers of a
//! handle, and says which ones may get it; with round robin, which one must. The rules keep lines
//! instead, and must come to the same.

use std::collections::{BTreeMap, VecDeque};

use super::member::Member;
use super::pulse::Heartbeat;
use super::{Balance, Input, Lapse, ListenKey, Output, Reply, Rules, SlotIndex, WorkerId};

pub struct TurnsModel {
    balance: Balance,
    processors: usize,
    workers: BTreeMap<WorkerId, Seen>,
    /// Those with equally many turns stand in the order of their next one.
    sharers: BTreeMap<ListenKey, VecDeque<Seat>>,
    /// Of turns before these nothing is made good.
    forgotten: BTreeMap<ListenKey, u64>,
    /// How many connections were sent to the right worker.
    pub sends: usize,
}

struct Seen {
    /// With its key, and whether it is late.
    in_flight: BTreeMap<SlotIndex, (ListenKey, bool)>,
    /// Whether it has had its credit, and not claimed most of it.
    has_enough: BTreeMap<ListenKey, bool>,
    heartbeat: Heartbeat,
    stalled: bool,
    paused: bool,
}

struct Seat {
    worker: WorkerId,
    full: bool,
    turns: u64,
}

impl Seen {
    fn count(&self, key: ListenKey) -> usize {
        self.in_flight.values().filter(|(other, _)| *other == key).count()
    }

    fn is_idle(&self) -> bool {
        self.in_flight.is_empty()
    }

    fn is_awake(&self) -> bool {
        !self.is_idle() && !self.stalled && self.heartbeat != Heartbeat::Probed
    }

    fn is_quick(&self) -> bool {
        !self.paused && self.heartbeat == Heartbeat::Quick && !self.in_flight.values().any(|(_, late)| *late)
    }

    fn can_take(&self, key: ListenKey, all_slow: bool) -> bool {
        let has_room =
            self.in_flight.len() < SlotIndex::COUNT && !self.has_enough.get(&key).unwrap_or(&false);
        has_room && (self.is_quick() || all_slow && !self.paused && self.heartbeat == Heartbeat::Slow)
    }

    fn take(&mut self, slot: SlotIndex) -> Option<ListenKey> {
        let (key, _) = self.in_flight.remove(&slot)?;
        self.stalled = false;
        if self.count(key) <= Member::<u32>::LOW as usize {
            self.has_enough.remove(&key);
        }
        Some(key)
    }

    fn probe(&mut self) {
        if self.heartbeat == Heartbeat::Quick {
            self.heartbeat = Heartbeat::Probed;
        }
    }
}

impl TurnsModel {
    pub fn new(balance: Balance, processors: usize) -> Self {
        Self {
            balance,
            processors,
            workers: BTreeMap::new(),
            sharers: BTreeMap::new(),
            forgotten: BTreeMap::new(),
            sends: 0,
        }
    }

    /// What is about to happen.
    pub fn input(&mut self, input: &Input<u32>) {
        match *input {
            Input::Joined { worker, .. } => {
                let (in_flight, has_enough) = (BTreeMap::new(), BTreeMap::new());
                let heartbeat = Heartbeat::Quick;
                let joined = Seen { in_flight, has_enough, heartbeat, stalled: false, paused: false };
                self.workers.insert(worker, joined);
            }
            Input::Gone { worker, .. } => {
                self.workers.remove(&worker);
                self.part(worker, |_| true);
            }
            Input::Paused { worker } => self.worker(worker).paused = true,
            Input::Resumed { worker } => self.worker(worker).paused = false,
            Input::Leaving { worker } => self.part(worker, |_| true),
            Input::Closed { worker, key } => self.part(worker, |other| other == key),
            Input::Room { worker, key } => self.set_full(worker, key, false),
            Input::Claimed { worker, slot } => drop(self.worker(worker).take(slot)),
            Input::Refused { worker, slot } => {
                if let Some(key) = self.worker(worker).take(slot) {
                    self.set_full(worker, key, true);
                }
            }
            Input::Revoked { worker, slot } => {
                let worker = self.worker(worker);
                worker.take(slot);
                worker.probe();
            }
            Input::Lapsed(Lapse::Late { worker, slot }) => {
                let worker = self.worker(worker);
                if let Some((_, late)) = worker.in_flight.get_mut(&slot) {
                    *late = true;
                    worker.probe();
                }
            }
            Input::Lapsed(Lapse::Overdue { worker }) => {
                let worker = self.worker(worker);
                if worker.heartbeat == Heartbeat::Slow {
                    worker.heartbeat = Heartbeat::Probed;
                }
            }
            Input::Lapsed(Lapse::Stalled { worker }) => {
                let worker = self.worker(worker);
                worker.stalled = !worker.is_idle();
            }
            Input::Alive { .. }
            | Input::Looked
            | Input::Keep { .. }
            | Input::Released
            | Input::Queried { .. }
            | Input::Listening { .. }
            | Input::Accepted { .. } => {}
        }
    }

    /// A worker that was probed answers.
    pub fn alive(&mut self, worker: WorkerId, quick: bool) {
        self.worker(worker).heartbeat = if quick { Heartbeat::Quick } else { Heartbeat::Slow };
    }

    /// What the rules have said about it.
    pub fn outputs(&mut self, outputs: &[Output], rules: &Rules<u32>) {
        for output in outputs {
            match output {
                Output::Reply { worker, reply: Reply::Listening { key, .. }, .. } => {
                    let sharers = self.sharers.entry(*key).or_default();
                    let most = sharers.iter().map(|sharer| sharer.turns).max().unwrap_or(0);
                    let turns = most.max(*self.forgotten.entry(*key).or_default());
                    sharers.push_back(Seat { worker: *worker, full: false, turns });
                }
                Output::Offer { worker, slot } => {
                    let (key, _) = rules.connection(*worker, *slot).unwrap();
                    self.serve(key, *worker);
                    self.sends += 1;
                    let worker = self.worker(*worker);
                    worker.in_flight.insert(*slot, (key, false));
                    if worker.count(key) >= Member::<u32>::CREDIT {
                        worker.has_enough.insert(key, true);
                    }
                }
                _ => {}
            }
        }
    }

    /// A worker is offered a connection: it can take one, and it is its turn.
    fn serve(&mut self, key: ListenKey, worker: WorkerId) {
        let awake = self.workers.values().filter(|worker| worker.is_awake()).count();
        let prefer_idle = awake < self.processors;
        let (workers, sharers) = (&self.workers, self.sharers.get_mut(&key).unwrap());
        let all_slow = !sharers.iter().any(|it| !it.full && workers[&it.worker].is_quick());
        let able = sharers.iter().enumerate().filter(|(_, it)| !it.full);
        let able = able.filter(|(_, it)| workers[&it.worker].can_take(key, all_slow));
        let able: Vec<_> =
            able.map(|(at, it)| (workers[&it.worker].is_idle() != prefer_idle, it.turns, at)).collect();
        let (wanted, _, first) = *able.iter().min().expect("no worker can take a connection");
        let served = able.iter().find(|(_, _, at)| sharers[*at].worker == worker);
        let (idle, _, at) = *served.expect("the worker can take no connection");
        assert_eq!(idle, wanted, "an idle worker is woken or passed over, and must not be");
        if self.balance == Balance::RoundRobin {
            assert_eq!(at, first, "it is another worker's turn");
        }
        let mut sharer = sharers.remove(at).unwrap();
        let forgotten = self.forgotten.entry(key).or_default();
        sharer.turns = sharer.turns.max(*forgotten) + 1;
        *forgotten = sharer.turns.saturating_sub(32).max(*forgotten);
        sharers.push_back(sharer);
    }

    fn part(&mut self, worker: WorkerId, is_meant: impl Fn(ListenKey) -> bool) {
        for (_, sharers) in self.sharers.iter_mut().filter(|(key, _)| is_meant(**key)) {
            sharers.retain(|sharer| sharer.worker != worker);
        }
    }

    fn set_full(&mut self, worker: WorkerId, key: ListenKey, full: bool) {
        let sharers = self.sharers.get_mut(&key).into_iter().flatten();
        sharers.filter(|sharer| sharer.worker == worker).for_each(|sharer| sharer.full = full);
    }

    fn worker(&mut self, worker: WorkerId) -> &mut Seen {
        self.workers.get_mut(&worker).unwrap()
    }
}
