//! What is to be done about it: the border between the reactor and the rules, outwards.

use serde_json::Value;

use super::ids::{Errno, ListenKey, Seq, SlotIndex, WorkerId};
use super::mode::Mode;
use super::query::Query;

/// What is to be done.
#[derive(Debug)]
pub enum Output {
    /// Open a listening socket and say so by `Input::Listening` before anything else.
    Listen {
        /// The new handle.
        key: ListenKey,
        /// What was asked for.
        query: Box<Query>,
        /// [`Mode::Shared`]: the workers accept, and not the reactor.
        mode: Mode,
    },
    /// Close a listening socket.
    Unlisten {
        /// The handle.
        key: ListenKey,
    },
    /// No worker shares the handle, and it stays open: its connections wait in the kernel.
    Rest {
        /// The handle.
        key: ListenKey,
    },
    /// A worker shares a handle again that rested.
    Resume {
        /// The handle.
        key: ListenKey,
    },
    /// Answer a query.
    Reply {
        /// The worker that asked.
        worker: WorkerId,
        /// The number of its query.
        seq: Seq,
        /// The answer.
        reply: Reply,
    },
    /// Offer a connection to a worker. It is lent by `Rules::connection` until the worker answers.
    Offer {
        /// The worker.
        worker: WorkerId,
        /// The slot in which it is in flight.
        slot: SlotIndex,
    },
    /// Revoke an offer, and say before anything else whether that succeeded
    /// (`Input::Revoked`), or the worker was faster
    /// (`Input::Claimed`). If the worker's answer was read already, its input follows.
    Revoke {
        /// The worker.
        worker: WorkerId,
        /// The slot in which it is in flight.
        slot: SlotIndex,
    },
    /// Probe a worker: ask it for `Input::Alive`.
    Probe {
        /// The worker.
        worker: WorkerId,
    },
}

/// The answer to a query.
#[derive(Debug, PartialEq)]
pub enum Reply {
    /// The worker shares the handle.
    Listening {
        /// Its key.
        key: ListenKey,
        /// [`Mode::Shared`]: the listening socket goes with the reply.
        mode: Mode,
        /// The address to which it is bound; null for a unix socket.
        sockname: Value,
        /// What the first server of this key passed on.
        data: Value,
    },
    /// It could not be opened.
    Failed(Errno),
}
