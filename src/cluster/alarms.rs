//! When to look at which worker, because something may be due there.
//!
//! Each worker has at most one alarm. It may be early, because what it was set for may have happened
//! meanwhile. It is never late.

use std::collections::BTreeSet;
use std::time::Instant;

use super::ids::WorkerId;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Alarms(BTreeSet<(Instant, WorkerId)>);

impl Alarms {
    /// Moves a worker's alarm. `alarm` is the worker's own copy of it.
    pub fn set(&mut self, worker: WorkerId, alarm: &mut Option<Instant>, at: Option<Instant>) {
        if let Some(before) = std::mem::replace(alarm, at) {
            self.0.remove(&(before, worker));
        }
        if let Some(at) = at {
            self.0.insert((at, worker));
        }
    }

    /// The next one.
    pub fn first(&self) -> Option<(Instant, WorkerId)> {
        self.0.first().copied()
    }

    /// The workers whose alarm is due.
    pub fn expired(&self, now: Instant) -> impl Iterator<Item = WorkerId> {
        self.0.iter().take_while(move |(at, _)| *at <= now).map(|(_, worker)| *worker)
    }
}
