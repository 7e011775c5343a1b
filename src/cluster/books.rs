//! What follows from the state of all workers and handles. It is kept, so that no step has to count.
//! Only `bookkeeping.rs` writes it.

use std::collections::BTreeSet;

use super::ids::{ListenKey, WorkerId};
use super::standing::Use;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Workers that have claimed all that they were offered.
    pub idle: BTreeSet<WorkerId>,
    /// Workers that have not, and have slots free.
    pub busy: BTreeSet<WorkerId>,
    /// How many have no slot free.
    pub full: usize,
    /// How many of the busy and the full do not answer, so they do not count as running.
    pub standing_still: usize,
    /// How many connections are queued, on all handles.
    pub queued: usize,
    /// Handles that have a queued connection, or a late offer.
    pub short_of_room: BTreeSet<ListenKey>,
}

impl Books {
    /// How many workers have not claimed all that they were offered.
    pub fn holding(&self) -> usize {
        self.busy.len() + self.full
    }

    /// Adds a worker whose slots are used so.
    pub fn add(&mut self, worker: WorkerId, use_of_slots: Use) {
        match use_of_slots {
            Use::None => drop(self.idle.insert(worker)),
            Use::Some => drop(self.busy.insert(worker)),
            Use::All => self.full += 1,
        }
    }

    /// Removes a worker whose slots were used so.
    pub fn remove(&mut self, worker: WorkerId, use_of_slots: Use) {
        match use_of_slots {
            Use::None => drop(self.idle.remove(&worker)),
            Use::Some => drop(self.busy.remove(&worker)),
            Use::All => self.full -= 1,
        }
    }
}
