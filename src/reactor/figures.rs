//! What has become of the connections, in numbers. The reactor writes them and any thread reads
//! them, without a lock.
//!
//! There is one block of atomics for each worker, and one for the cluster. The blocks belong to the
//! reactor. A reader sees a worker for as long as the reactor has its block.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Weak};
use std::time::Instant;

use crate::cluster::{Figures, WorkerId};
use crate::ledger::Ledger;

/// The cluster's block.
#[derive(Debug, Default)]
pub(super) struct Totals {
    accepted: AtomicU64,
    queued: AtomicU64,
}

impl Totals {
    pub fn publish(&self, accepted: u64, queued: usize) {
        self.queued.store(queued as u64, Release);
        self.accepted.store(accepted, Release);
    }
}

/// A worker's block, and the page in which the worker counts, too.
pub(super) struct Block {
    counted: [AtomicU64; Figures::NAMES.len()],
    made: Instant,
    /// When the probe was sent that the worker has not answered: 1 + microseconds since `made`. 0 if
    /// it has answered all.
    unanswered: AtomicU64,
    ledger: Option<Arc<Ledger>>,
}

impl Block {
    pub fn new(ledger: Option<Arc<Ledger>>) -> Self {
        Self { counted: Default::default(), made: Instant::now(), unanswered: AtomicU64::new(0), ledger }
    }

    /// From the first to the last: offers before their answers.
    pub fn publish(&self, figures: Figures, unanswered_probe: Option<Instant>) {
        let unanswered = unanswered_probe.map_or(0, |since| 1 + self.micros(since));
        self.unanswered.store(unanswered, Release);
        for (place, number) in self.counted.iter().zip(figures.into_array()) {
            place.store(number, Release);
        }
    }

    fn micros(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.made).as_micros();
        u64::try_from(since).unwrap_or(u64::MAX - 1)
    }

    /// For how many milliseconds the worker has not answered a probe.
    fn blocked(&self, now: Instant) -> u64 {
        let since = self.unanswered.load(Acquire).checked_sub(1);
        since.map_or(0, |since| self.micros(now).saturating_sub(since) / 1000)
    }

    /// The page may have claims that the reactor has not seen yet. A worker may write anything
    /// there, so they count only up to what is in flight.
    fn read(&self) -> WorkerStats {
        let mut numbers = [0; Figures::NAMES.len()];
        // From the last to the first, see `Figures`.
        for (number, place) in numbers.iter_mut().zip(&self.counted).rev() {
            *number = place.load(Acquire);
        }
        let mut figures = Figures::from(numbers);
        let unseen = self.ledger.as_ref().map_or(0, |ledger| ledger.unseen_claims(figures.claimed));
        figures.claimed += unseen.min(figures.in_flight());
        let open = self.ledger.as_ref().map_or(0, |ledger| ledger.open_connections());
        let utilization = self.ledger.as_ref().map_or(0, |ledger| ledger.utilization());
        WorkerStats { figures, open, blocked: self.blocked(Instant::now()), utilization }
    }
}

/// What JavaScript calls a figure, and where it is read.
type Figure<T> = (&'static str, fn(&T) -> f64);

/// JavaScript counts in doubles.
#[expect(clippy::cast_precision_loss, reason = "it has no other numbers")]
fn double(number: u64) -> f64 {
    number as f64
}

/// What has become of the connections so far.
#[derive(Debug, Default)]
pub struct Stats {
    /// How many the primary has accepted.
    pub accepted: u64,
    /// How many of those are queued: no worker is offered them now.
    pub queued: u64,
    /// By worker.
    pub workers: Vec<(WorkerId, WorkerStats)>,
}

impl Stats {
    /// The figures of the whole cluster.
    const TOTALS: [Figure<Self>; 2] =
        [("accepted", |stats| double(stats.accepted)), ("queued", |stats| double(stats.queued))];

    /// What JavaScript calls the figures of the whole cluster.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::TOTALS.into_iter().map(|(name, _)| name)
    }

    /// Those figures, in the order of their names.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        Self::TOTALS.into_iter().map(|(_, number)| number(self))
    }
}

/// What has become of one worker's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerStats {
    figures: Figures,
    open: u32,
    /// In milliseconds.
    blocked: u64,
    /// In millionths.
    utilization: u32,
}

impl WorkerStats {
    /// The figures that the rules do not count.
    const OTHERS: [Figure<Self>; 4] = [
        ("inFlight", |stats| double(stats.figures.in_flight())),
        ("open", |stats| stats.open.into()),
        ("blocked", |stats| double(stats.blocked)),
        ("utilization", |stats| f64::from(stats.utilization) / f64::from(Ledger::WHOLE)),
    ];

    /// What JavaScript calls the figures.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Figures::NAMES.into_iter().chain(Self::OTHERS.map(|(name, _)| name))
    }

    /// The figures, in the order of their names.
    pub fn numbers(self) -> impl Iterator<Item = f64> {
        self.figures.into_array().into_iter().map(double).chain(Self::OTHERS.map(|(_, number)| number(&self)))
    }
}

/// The blocks that are published.
#[derive(Default)]
pub(super) struct Published {
    pub totals: Arc<Totals>,
    workers: RefCell<BTreeMap<WorkerId, Weak<Block>>>,
}

impl Published {
    /// A worker is about to be spawned. Those that are gone are forgotten.
    pub fn add(&self, worker: WorkerId, block: &Arc<Block>) {
        let mut workers = self.workers.borrow_mut();
        workers.retain(|_, block| block.strong_count() > 0);
        workers.insert(worker, Arc::downgrade(block));
    }

    /// The figures of this moment.
    pub fn read(&self) -> Stats {
        let workers = self.workers.borrow();
        let present = workers.iter().filter_map(|(worker, block)| Some((*worker, block.upgrade()?)));
        Stats {
            workers: present.map(|(worker, block)| (worker, block.read())).collect(),
            queued: self.totals.queued.load(Acquire),
            accepted: self.totals.accepted.load(Acquire),
        }
    }
}
