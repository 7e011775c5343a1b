//! The figures of the whole cluster, in atomics as those of a worker (`figures`).

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};

use crate::cluster::Waits;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Totals {
    accepted: AtomicU64,
    /// Accepted by workers that are gone.
    of_gone: AtomicU64,
    queued: AtomicU64,
    waits: [AtomicU64; Waits::LEN],
}

impl Totals {
    pub fn publish(&self, accepted: u64, queued: usize) {
        self.queued.store(queued as u64, Release);
        self.accepted.store(accepted, Release);
    }

    pub fn accepted(&self) -> u64 {
        self.accepted.load(Acquire)
    }

    /// A worker is gone that has accepted so many by itself.
    pub fn publish_gone(&self, accepted: u64) {
        self.of_gone.fetch_add(accepted, Release);
    }

    pub fn accepted_by_gone(&self) -> u64 {
        self.of_gone.load(Acquire)
    }

    pub fn queued(&self) -> u64 {
        self.queued.load(Acquire)
    }

    pub fn publish_waits(&self, waits: &Waits) {
        for (place, number) in self.waits.iter().zip(waits.into_array()) {
            place.store(number, Release);
        }
    }

    /// See [`Waits::into_array`].
    pub fn waits(&self) -> [u64; Waits::LEN] {
        let mut numbers = [0; Waits::LEN];
        for (number, place) in numbers.iter_mut().zip(&self.waits) {
            *number = place.load(Acquire);
        }
        numbers
    }
}
