//! One listening socket: the workers that share it, the connections that wait, and whose turn it is.

use std::collections::VecDeque;

use serde_json::Value;

use super::query::{Name, Policy};
use super::{Seq, WorkerId};

/// A worker that shares a listener.
#[derive(Debug)]
pub(super) struct Sharer {
    pub worker: WorkerId,
    /// Refused a connection and has not said that it has room again.
    pub full: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Listener<C> {
    pub name: Name,
    pub policy: Policy,
    /// The `sockname` of the reply; null for a unix socket.
    pub sockname: Value,
    /// What the first server passed to the others.
    pub data: Value,
    /// In the order of their turn: the one whose turn came goes to the end.
    sharers: VecDeque<Sharer>,
    /// Accepted, and not yet sent to anyone.
    pub waiting: VecDeque<C>,
    /// While the socket is being opened: who asked.
    pub asking: Option<(WorkerId, Seq)>,
}

impl<C> Listener<C> {
    /// A listener that is being opened for `worker`.
    pub fn opening(name: Name, policy: Policy, worker: WorkerId, seq: Seq) -> Self {
        Self {
            name,
            policy,
            sockname: Value::Null,
            data: Value::Null,
            sharers: VecDeque::new(),
            waiting: VecDeque::new(),
            asking: Some((worker, seq)),
        }
    }

    pub fn has(&self, worker: WorkerId) -> bool {
        self.sharers.iter().any(|sharer| sharer.worker == worker)
    }

    pub fn is_unused(&self) -> bool {
        self.sharers.is_empty() && self.asking.is_none()
    }

    pub fn add(&mut self, worker: WorkerId) {
        self.sharers.push_back(Sharer { worker, full: false });
    }

    /// Says whether the worker was there.
    pub fn remove(&mut self, worker: WorkerId) -> bool {
        let before = self.sharers.len();
        self.sharers.retain(|sharer| sharer.worker != worker);
        self.sharers.len() < before
    }

    pub fn set_full(&mut self, worker: WorkerId, full: bool) {
        if let Some(sharer) = self.sharers.iter_mut().find(|sharer| sharer.worker == worker) {
            sharer.full = full;
        }
    }

    /// The worker whose turn it is among those that can take a connection. It goes to the end.
    pub fn next_turn(&mut self, has_credit: impl Fn(WorkerId) -> bool) -> Option<WorkerId> {
        let turn = self.sharers.iter().position(|sharer| !sharer.full && has_credit(sharer.worker))?;
        let sharer = self.sharers.remove(turn)?;
        let worker = sharer.worker;
        self.sharers.push_back(sharer);
        Some(worker)
    }

    #[cfg(test)]
    pub fn sharers(&self) -> impl Iterator<Item = &Sharer> {
        self.sharers.iter()
    }
}
