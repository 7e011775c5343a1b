//! What becomes due as time passes.

use super::ids::{SlotIndex, WorkerId};

/// What has become due, because the worker did not do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// A worker has not claimed a connection within the claim timeout.
    Late {
        /// Its number.
        worker: WorkerId,
        /// Where the connection stands.
        slot: SlotIndex,
    },
    /// A worker that is slow takes much longer for an answer to a probe than for the last one.
    Overdue {
        /// Its number.
        worker: WorkerId,
    },
    /// A worker has answered none of its offers for long. It may be stopped, and does not count as one
    /// that runs until it answers one.
    Stalled {
        /// Its number.
        worker: WorkerId,
    },
}
