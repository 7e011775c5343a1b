//! Where readers find the figures. The blocks belong to the reactor, so a reader sees a worker for as
//! long as the reactor has its block.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::figures::{Block, Stats, WorkerStats, double};
use super::totals::Totals;
use crate::cluster::WorkerId;

/// One worker's figures, for somebody who wants to know the last ones as well.
pub struct Account(Arc<Block>);

impl Account {
    /// Whether the worker is gone. What is read after that are its last figures.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.has_ended()
    }

    /// The figures of this moment.
    #[must_use]
    pub fn read(&self) -> WorkerStats {
        self.0.read()
    }
}

/// The blocks that are published.
#[derive(Default)]
pub(super) struct Published {
    pub totals: Arc<Totals>,
    /// How many connections were accepted, as far as was read.
    accepted: Cell<u64>,
    workers: RefCell<BTreeMap<WorkerId, Weak<Block>>>,
}

impl Published {
    /// A worker is about to be spawned. Those that are gone are forgotten.
    pub fn add(&self, worker: WorkerId, block: &Arc<Block>) {
        let mut workers = self.workers.borrow_mut();
        workers.retain(|_, block| block.strong_count() > 0);
        workers.insert(worker, Arc::downgrade(block));
    }

    /// Nothing if the worker is gone, or was never there.
    pub fn account(&self, worker: WorkerId) -> Option<Account> {
        self.workers.borrow().get(&worker)?.upgrade().map(Account)
    }

    /// How long connections have waited: the sum in seconds, then how many there are in each bucket.
    pub fn waits(&self) -> impl Iterator<Item = f64> {
        let [micros, counts @ ..] = self.totals.waits();
        std::iter::once(double(micros) / 1e6).chain(counts.map(double))
    }

    /// The figures of this moment.
    pub fn read(&self) -> Stats {
        let workers = self.workers.borrow();
        let present = workers.iter().filter_map(|(worker, block)| Some((*worker, block.upgrade()?)));
        let present = present.filter(|(_, block)| !block.has_ended());
        let present: Vec<_> = present.collect();
        let workers = present.iter().map(|(worker, block)| (*worker, block.read())).collect();
        let own: u64 = present.iter().map(|(_, block)| block.accepted()).sum();
        let accepted = self.totals.accepted() + self.totals.accepted_by_gone() + own;
        // Those of a worker that has just ended may be in neither number for a moment.
        self.accepted.set(self.accepted.get().max(accepted));
        Stats { workers, queued: self.totals.queued(), accepted: self.accepted.get() }
    }
}
