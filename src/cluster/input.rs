//! What can happen to the cluster: the border between the reactor and the rules, inwards.

use serde_json::Value;

use super::ids::{Errno, ListenKey, Seq, SlotIndex, WorkerId};
use super::lapse::Lapse;
use super::query::Query;

/// What can happen.
#[derive(Debug)]
pub enum Input<C> {
    /// A worker was forked.
    Joined {
        /// Its number.
        worker: WorkerId,
        /// Whether what it is offered can be revoked.
        revocable: bool,
    },
    /// JavaScript disconnects a worker: nothing new for it. What is in flight, it may answer.
    Leaving {
        /// Its number.
        worker: WorkerId,
    },
    /// JavaScript pauses a worker: it is offered nothing new. What is in flight, it may answer.
    Paused {
        /// Its number.
        worker: WorkerId,
    },
    /// JavaScript ends the pause of a worker.
    Resumed {
        /// Its number.
        worker: WorkerId,
    },
    /// A worker's lane has ended, after all that it said was handled.
    Gone {
        /// Its number.
        worker: WorkerId,
        /// What it has claimed of all that was in flight. It will never claim the rest.
        claimed: Vec<SlotIndex>,
    },
    /// A server in a worker wants to listen.
    Queried {
        /// Its number.
        worker: WorkerId,
        /// The reply repeats it.
        seq: Seq,
        /// What it wants.
        query: Box<Query>,
    },
    /// The answer to `Output::Listen`.
    Listening {
        /// The handle that was opened, or was not.
        key: ListenKey,
        /// Its `sockname` (null for a unix socket).
        outcome: Result<Value, Errno>,
    },
    /// From now on a handle stays open when its last worker leaves or dies; or no longer, and those that no worker
    /// shares are closed.
    Keep {
        /// Which of the two.
        yes: bool,
    },
    /// No worker will come for the handles that none shares: they are closed.
    Released,
    /// A server in a worker has closed.
    Closed {
        /// Its number.
        worker: WorkerId,
        /// What it listened on.
        key: ListenKey,
    },
    /// A handle accepted a connection.
    Accepted {
        /// The handle.
        key: ListenKey,
        /// The connection. Dropping it closes it.
        connection: C,
    },
    /// A worker has claimed a connection: the primary's copy is closed.
    Claimed {
        /// Its number.
        worker: WorkerId,
        /// Where the connection stood.
        slot: SlotIndex,
    },
    /// `Output::Revoke` has succeeded: the worker will not claim the connection. If it has
    /// failed, the answer is [`Input::Claimed`].
    Revoked {
        /// Its number.
        worker: WorkerId,
        /// Where the connection stood.
        slot: SlotIndex,
    },
    /// Somebody wants to know whether the workers' event loops turn.
    Looked,
    /// The answer to `Output::Probe`: the worker's event loop has turned.
    Alive {
        /// Its number.
        worker: WorkerId,
    },
    /// What `Rules::due` has found.
    Lapsed(Lapse),
    /// A worker refused a connection: it has no room, or its server is closing.
    Refused {
        /// Its number.
        worker: WorkerId,
        /// Where the connection stood.
        slot: SlotIndex,
    },
    /// A worker that refused has room again.
    Room {
        /// Its number.
        worker: WorkerId,
        /// What it listens on.
        key: ListenKey,
    },
}

impl<C> Input<C> {
    /// The worker that has answered one of its offers, or a probe.
    #[must_use]
    pub fn answered(&self) -> Option<WorkerId> {
        match self {
            Self::Claimed { worker, .. }
            | Self::Revoked { worker, .. }
            | Self::Refused { worker, .. }
            | Self::Alive { worker } => Some(*worker),
            Self::Joined { .. }
            | Self::Leaving { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::Gone { .. }
            | Self::Queried { .. }
            | Self::Listening { .. }
            | Self::Closed { .. }
            | Self::Accepted { .. }
            | Self::Looked
            | Self::Keep { .. }
            | Self::Released
            | Self::Lapsed(_)
            | Self::Room { .. } => None,
        }
    }
}
