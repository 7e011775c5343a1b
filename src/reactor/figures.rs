//! What has become of the connections, in numbers. The reactor writes them and any thread reads
//! them, without a lock.
//!
//! There is one block of atomics for each worker, and one for the cluster (`totals`). Readers find
//! them in `published`.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

use crate::cluster::{Figures, WorkerId};
use crate::ledger::Ledger;

/// A worker's block, and the page in which the worker counts, too.
pub(super) struct Block {
    counted: [AtomicU64; Figures::NAMES.len()],
    made: Instant,
    /// When the probe was sent that the worker has not answered: 1 + microseconds since `made`. 0 if
    /// it has answered all.
    unanswered: AtomicU64,
    /// For how many milliseconds its event loop was not idle, as far as a reader has seen.
    busy: AtomicU64,
    /// How many connections it has accepted by itself, as far as a reader has seen.
    accepted: AtomicU64,
    /// Whether the worker is gone. The numbers are the last ones.
    ended: AtomicBool,
    ledger: Option<Arc<Ledger>>,
}

impl Block {
    pub fn new(ledger: Option<Arc<Ledger>>) -> Self {
        Self {
            counted: Default::default(),
            made: Instant::now(),
            unanswered: AtomicU64::new(0),
            busy: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            ledger,
        }
    }

    /// From the first to the last: offers before their answers.
    pub fn publish(&self, figures: Figures, unanswered_probe: Option<Instant>) {
        let unanswered = unanswered_probe.map_or(0, |since| 1 + self.micros(since));
        self.unanswered.store(unanswered, Release);
        for (place, number) in self.counted.iter().zip(figures.into_array()) {
            place.store(number, Release);
        }
    }

    /// The worker is gone. `figures`: the last ones; nothing if it has never joined.
    pub fn end(&self, figures: Option<Figures>) {
        if let Some(figures) = figures {
            self.publish(figures, None);
        }
        self.ended.store(true, Release);
    }

    pub fn has_ended(&self) -> bool {
        self.ended.load(Acquire)
    }

    /// How many connections it has accepted by itself. The page counts them modulo 2³².
    pub fn accepted(&self) -> u64 {
        let seen = self.accepted.load(Acquire);
        let unseen = self.ledger.as_ref().map_or(0, |ledger| ledger.unseen_accepted(seen));
        self.accepted.fetch_max(seen + unseen, AcqRel).max(seen + unseen)
    }

    /// The page counts them modulo 2³². There are no more than the worker's age, whatever it has
    /// written.
    fn busy(&self, ledger: &Ledger, now: Instant) -> u64 {
        let seen = self.busy.load(Acquire);
        let busy = seen.saturating_add(ledger.unseen_busy(seen));
        // Only JavaScript's thread reads.
        self.busy.store(busy, Release);
        busy.min(self.micros(now) / 1000)
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
    pub fn read(&self) -> WorkerStats {
        let mut numbers = [0; Figures::NAMES.len()];
        // From the last to the first, see `Figures`.
        for (number, place) in numbers.iter_mut().zip(&self.counted).rev() {
            *number = place.load(Acquire);
        }
        let mut figures = Figures::from(numbers);
        let unseen = self.ledger.as_ref().map_or(0, |ledger| ledger.unseen_claims(figures.claimed));
        figures.claimed += unseen.min(figures.in_flight());
        // It offers them to itself.
        let accepted = self.accepted();
        figures.offered += accepted;
        figures.claimed += accepted;
        let open = self.ledger.as_ref().map_or(0, |ledger| ledger.open_connections());
        let utilization = self.ledger.as_ref().map_or(0, |ledger| ledger.utilization());
        let now = Instant::now();
        let busy = self.ledger.as_ref().map_or(0, |ledger| self.busy(ledger, now));
        WorkerStats { figures, open, blocked: self.blocked(now), utilization, busy }
    }
}

/// What JavaScript calls a figure, and where it is read.
type Figure<T> = (&'static str, fn(&T) -> f64);

/// JavaScript counts in doubles.
#[expect(clippy::cast_precision_loss, reason = "it has no other numbers")]
pub(super) fn double(number: u64) -> f64 {
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
    /// In milliseconds.
    busy: u64,
}

impl WorkerStats {
    /// The figures that the rules do not count.
    const OTHERS: [Figure<Self>; 5] = [
        ("inFlight", |stats| double(stats.figures.in_flight())),
        ("open", |stats| stats.open.into()),
        ("blocked", |stats| double(stats.blocked)),
        ("utilization", |stats| f64::from(stats.utilization) / f64::from(Ledger::WHOLE)),
        ("busy", |stats| double(stats.busy)),
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
