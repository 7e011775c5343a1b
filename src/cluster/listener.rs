//! One listening socket: the workers that share it, the connections that wait, and whose turn it is.

use std::collections::VecDeque;

use serde_json::Value;

use super::member::Waiting;
use super::query::{Name, Policy};
use super::{Seq, WorkerId};

/// A worker that shares a listener.
#[derive(Debug)]
pub(super) struct Sharer {
    pub worker: WorkerId,
    /// Refused a connection and has not said that it has room again.
    pub full: bool,
    /// How many turns it has had, next to the others.
    turns: u64,
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
    /// Those with equally many turns stand in the order of their next one.
    sharers: VecDeque<Sharer>,
    /// Accepted, and not yet sent to anyone.
    pub waiting: VecDeque<Waiting<C>>,
    /// While the socket is being opened: who asked.
    pub asking: Option<(WorkerId, Seq)>,
}

impl<C> Listener<C> {
    /// A worker that was busy when its turn came has that many turns made good, so that shares
    /// stay equal; but one that stood still for long is not flooded when it is back.
    const MADE_GOOD: u64 = 32;

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

    /// A worker that joins has had as many turns as the one that had most: it owes nothing, and
    /// nothing is owed to it.
    pub fn add(&mut self, worker: WorkerId) {
        let turns = self.sharers.iter().map(|sharer| sharer.turns).max().unwrap_or(0);
        self.sharers.push_back(Sharer { worker, full: false, turns });
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

    /// The worker whose turn it is among those of the lowest rank; those without a rank cannot take
    /// a connection. It goes to the end.
    pub fn next_turn<R: Ord>(&mut self, rank: impl Fn(WorkerId) -> Option<R>) -> Option<WorkerId> {
        let takers = self.sharers.iter().enumerate().filter(|(_, it)| !it.full);
        let ranked = takers.filter_map(|(at, it)| Some((rank(it.worker)?, it.turns, at)));
        let (_, _, turn) = ranked.min()?;
        let mut sharer = self.sharers.remove(turn)?;
        sharer.turns += 1;
        let forgotten = sharer.turns.saturating_sub(Self::MADE_GOOD);
        for other in &mut self.sharers {
            other.turns = other.turns.max(forgotten);
        }
        let worker = sharer.worker;
        self.sharers.push_back(sharer);
        Some(worker)
    }

    /// All who share it.
    pub fn workers(&self) -> impl Iterator<Item = WorkerId> {
        self.sharers.iter().map(|sharer| sharer.worker)
    }

    /// Those who have not refused.
    pub fn takers(&self) -> impl Iterator<Item = WorkerId> {
        self.sharers.iter().filter(|sharer| !sharer.full).map(|sharer| sharer.worker)
    }

    #[cfg(test)]
    pub fn sharers(&self) -> impl Iterator<Item = &Sharer> {
        self.sharers.iter()
    }
}
