//! The state of the whole cluster, and its one door: an [`Input`] goes in, [`Output`]s come out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::alarms::Alarms;
use super::books::Books;
use super::figures::Figures;
use super::handle::{Handle, Queued};
use super::ids::{ListenKey, SlotIndex, WorkerId};
use super::input::Input;
use super::member::Member;
use super::mode::Mode;
use super::output::Output;
use super::policy::Balance;
use super::query::Name;
use super::table::Table;
use super::waits::Waits;

/// The state of the whole cluster. `C` is a connection: an `OwnedFd`, or a number in tests.
#[derive(Debug)]
pub struct Rules<C> {
    pub(super) mode: Mode,
    pub(super) balance: Balance,
    /// How many workers can run at one time.
    pub(super) processors: usize,
    /// How long an offer may stay unclaimed while another worker has room.
    pub(super) claim_timeout: Duration,
    /// The time of this step.
    pub(super) now: Instant,
    /// Whether a handle stays open when its last worker leaves or dies.
    pub(super) keeps: bool,
    pub(super) alarms: Alarms,
    pub(super) members: Table<WorkerId, Member<C>>,
    pub(super) handles: Table<ListenKey, Handle<C>>,
    pub(super) books: Books,
    /// The handle that a new request for this name joins.
    pub(super) names: HashMap<Name, ListenKey>,
    pub(super) next_key: u32,
    pub(super) next_order: u64,
    pub(super) waits: Waits,
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
            keeps: false,
            alarms: Alarms::default(),
            members: Table::default(),
            handles: Table::default(),
            books: Books::default(),
            names: HashMap::new(),
            next_key: 0,
            next_order: 0,
            waits: Waits::default(),
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

    /// How long the connections have waited that were claimed.
    #[must_use]
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    /// Since when a worker has not answered a probe; nothing if it has answered all.
    #[must_use]
    pub fn unanswered_probe(&self, worker: WorkerId) -> Option<Instant> {
        self.members.get(worker)?.pulse.unanswered_probe()
    }

    /// One thing has happened, at `now`; `outputs` gets what is to be done about it, in order.
    pub fn apply(&mut self, now: Instant, input: Input<C>, outputs: &mut Vec<Output>) {
        self.now = now;
        match input {
            Input::Joined { worker, revocable } => self.add_member(worker, revocable),
            Input::Leaving { worker } => self.leave(worker, outputs),
            Input::Paused { worker } => self.set_paused(worker, true, outputs),
            Input::Resumed { worker } => self.set_paused(worker, false, outputs),
            Input::Gone { worker, claimed } => self.gone(worker, &claimed, outputs),
            Input::Queried { worker, seq, query } => self.query(worker, seq, query, outputs),
            Input::Listening { key, outcome } => self.listening(key, outcome, outputs),
            Input::Keep { yes } => {
                self.keeps = yes;
                if !yes {
                    self.close_resting(outputs);
                }
            }
            Input::Released => self.close_resting(outputs),
            Input::Closed { worker, key } => self.close(worker, key, outputs),
            Input::Accepted { key, connection } => {
                let order = self.next_order;
                self.next_order += 1;
                self.queue(key, Queued { connection, order, accepted: now, redispatched: false });
                self.dispatch(key, outputs);
            }
            Input::Claimed { worker, slot } => self.claimed(worker, slot, outputs),
            Input::Refused { worker, slot } => self.refused(worker, slot, outputs),
            Input::Revoked { worker, slot } => self.revoked(worker, slot, outputs),
            Input::Looked => self.look(outputs),
            Input::Alive { worker } => self.alive(worker, outputs),
            Input::Lapsed(lapse) => self.lapsed(lapse, outputs),
            Input::Room { worker, key } => {
                self.set_full(worker, key, false);
                self.dispatch(key, outputs);
            }
        }
    }
}
