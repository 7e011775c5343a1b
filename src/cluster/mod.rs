//! The rules: who listens where, and which worker gets a connection. Pure: no socket, clock or thread,
//! nothing of Node-API, no `unsafe`.
//!
//! [`Rules::apply`] takes one [`Input`] at a time and answers with [`Output`]s in the order in
//! which they are to be carried out. A connection is an `OwnedFd` in the reactor, and a number in
//! tests. Dropping it closes it, so "who owns it" and "is it lost" are the same question. The random
//! walk in `walk.rs` asks it after every step.
//!
//! Node's counterparts: `sharing` is `queryServer`, `close` and `removeHandlesForWorker` of its
//! primary; a `Handle` is `RoundRobinHandle` and `SharedHandle`; `connections` is `distribute` and
//! `handoff`, and `line` its queue of free workers; a `member` is what the rules know of a worker.
//!
//! A step looks only at what it changes: what else it needs is kept by `bookkeeping`, and `cost.rs` counts.

mod alarms;
mod bookkeeping;
#[cfg(test)]
mod check;
mod connections;
#[cfg(test)]
mod cost;
mod figures;
mod handle;
mod health;
mod input;
mod late;
mod line;
mod member;
mod mode;
#[cfg(test)]
mod model;
mod output;
mod policy;
mod pulse;
mod query;
mod sharing;
mod slots;
mod standing;
#[cfg(test)]
mod stuck;
mod table;
#[cfg(test)]
mod walk;
#[cfg(test)]
mod world;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use alarms::Alarms;
use bookkeeping::Books;
pub use figures::Figures;
use handle::{Handle, Queued};
pub use health::Lapse;
pub use input::Input;
use member::Member;
pub use mode::Mode;
pub use output::{Output, Reply};
pub use policy::Balance;
use query::Name;
pub use query::{AddressType, Query};
pub use slots::SlotIndex;
use table::Table;

/// A worker, by the number that `cluster.fork()` gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId(pub u32);

/// One listening socket of the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListenKey(pub u32);

/// A worker's number for one of its queries, given back with the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seq(pub u32);

/// An error number, positive, as errno(3) has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

/// The state of the whole cluster. `C` is a connection: an `OwnedFd`, or a number in tests.
#[derive(Debug)]
pub struct Rules<C> {
    mode: Mode,
    balance: Balance,
    /// How many workers can run at one time.
    processors: usize,
    /// How long an offer may stay unclaimed while another worker has room.
    claim_timeout: Duration,
    /// The time of this step.
    now: Instant,
    alarms: Alarms,
    members: Table<WorkerId, Member<C>>,
    handles: Table<ListenKey, Handle<C>>,
    books: Books,
    /// The handle that a new request for this name joins.
    names: HashMap<Name, ListenKey>,
    next_key: u32,
    next_order: u64,
}

impl<C> Rules<C> {
    /// A cluster without workers. Mode and balance never change, as in Node.
    #[must_use]
    pub fn new(
        mode: Mode,
        balance: Balance,
        processors: usize,
        claim_timeout: Duration,
        now: Instant,
    ) -> Self {
        Self {
            mode,
            balance,
            processors,
            claim_timeout,
            now,
            alarms: Alarms::default(),
            members: Table::default(),
            handles: Table::default(),
            books: Books::default(),
            names: HashMap::new(),
            next_key: 0,
            next_order: 0,
        }
    }

    /// A connection in flight and its key; nothing once the worker has answered.
    #[must_use]
    pub fn connection(&self, worker: WorkerId, slot: SlotIndex) -> Option<(ListenKey, &C)> {
        let entry = self.members.get(worker)?.get(slot)?;
        Some((entry.key, &entry.connection))
    }

    /// What a worker has done with its connections; nothing once it is gone.
    #[must_use]
    pub fn figures(&self, worker: WorkerId) -> Option<Figures> {
        Some(self.members.get(worker)?.figures)
    }

    /// One thing has happened, at `now`; `outputs` gets what is to be done about it, in order.
    pub fn apply(&mut self, now: Instant, input: Input<C>, outputs: &mut Vec<Output>) {
        self.now = now;
        match input {
            Input::Joined { worker, revocable } => self.add_member(worker, revocable),
            Input::Leaving { worker } => self.leave(worker, outputs),
            Input::Gone { worker, claimed } => self.gone(worker, &claimed, outputs),
            Input::Queried { worker, seq, query } => self.query(worker, seq, query, outputs),
            Input::Listening { key, outcome } => self.listening(key, outcome, outputs),
            Input::Closed { worker, key } => self.close(worker, key, outputs),
            Input::Accepted { key, connection } => {
                let order = self.next_order;
                self.next_order += 1;
                self.queue(key, Queued { connection, order, redispatched: false });
                self.dispatch(key, outputs);
            }
            Input::Claimed { worker, slot } => self.claimed(worker, slot, outputs),
            Input::Refused { worker, slot } => self.refused(worker, slot, outputs),
            Input::Revoked { worker, slot } => self.revoked(worker, slot, outputs),
            Input::Alive { worker } => self.alive(worker, outputs),
            Input::Lapsed(lapse) => self.lapsed(lapse, outputs),
            Input::Room { worker, key } => {
                self.set_full(worker, key, false);
                self.dispatch(key, outputs);
            }
        }
    }
}
