//! One listening socket: the workers that share it, the connections that are queued, and the offers
//! that are late.

use std::collections::VecDeque;
use std::time::Instant;

use serde_json::Value;

use super::ids::{Seq, WorkerId};
use super::late::Late;
use super::line::Line;
use super::mode::Mode;
use super::policy::Policy;
use super::query::Name;

/// A connection that was accepted, and is offered to no worker.
#[derive(Debug)]
pub(super) struct Queued<C> {
    pub connection: C,
    /// Its number among all that were accepted. It keeps it, so it also keeps its place in the queue.
    pub order: u64,
    /// When it was accepted.
    pub accepted: Instant,
    /// It was offered to a worker before, and not claimed.
    pub redispatched: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Handle<C> {
    pub name: Name,
    pub mode: Mode,
    /// The `sockname` of the reply; null for a unix socket.
    pub sockname: Value,
    /// What the first server passed to the others.
    pub data: Value,
    pub line: Line,
    /// Accepted, and offered to no worker now.
    pub queued: VecDeque<Queued<C>>,
    pub late: Late,
    /// How many workers hold a connection of this handle, also some that do not share it any more.
    pub holders: usize,
    /// No worker shares it, and it stays open for the next one.
    pub rests: bool,
    /// While the socket is being opened: the worker that asked, and its query.
    pub asking: Option<(WorkerId, Seq)>,
}

impl<C> Handle<C> {
    /// A handle that is being opened for `worker`.
    pub fn opening(name: Name, mode: Mode, policy: Box<dyn Policy>, worker: WorkerId, seq: Seq) -> Self {
        Self {
            name,
            mode,
            sockname: Value::Null,
            data: Value::Null,
            line: Line::new(policy),
            queued: VecDeque::new(),
            late: Late::default(),
            holders: 0,
            rests: false,
            asking: Some((worker, seq)),
        }
    }

    pub fn is_unused(&self) -> bool {
        self.line.is_empty() && self.asking.is_none()
    }

    /// Whether the next worker that has room gets something.
    pub fn is_short_of_room(&self) -> bool {
        !self.queued.is_empty() || !self.late.is_empty()
    }
}
