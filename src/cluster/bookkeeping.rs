//! What follows from a change of one worker or one listener, and is kept so that nobody has to count:
//! only this file writes it. `check()` in `world.rs` counts all of it after each step.

use std::collections::BTreeSet;

use super::listener::{Listener, Waiting};
use super::member::{Member, Pace, Standing, Use};
use super::slots::{InFlight, Patience};
use super::{Cluster, ListenKey, SlotIndex, WorkerId};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Workers that have claimed all that they were offered.
    pub idle: BTreeSet<WorkerId>,
    /// Workers that have not, and have slots free.
    pub busy: BTreeSet<WorkerId>,
    /// How many have no slot free.
    pub full: usize,
    /// How many of the busy and the full give no sign of life.
    pub standing_still: usize,
    /// How many connections wait for somebody to have room.
    pub waiting: usize,
    /// Listeners where a connection waits, or an offer waits for too long.
    pub short_of_room: BTreeSet<ListenKey>,
}

impl Books {
    /// How many workers have not claimed all that they were offered.
    pub fn holding(&self) -> usize {
        self.busy.len() + self.full
    }

    fn add(&mut self, worker: WorkerId, use_of_slots: Use) {
        match use_of_slots {
            Use::None => drop(self.idle.insert(worker)),
            Use::Some => drop(self.busy.insert(worker)),
            Use::All => self.full += 1,
        }
    }

    fn remove(&mut self, worker: WorkerId, use_of_slots: Use) {
        match use_of_slots {
            Use::None => drop(self.idle.remove(&worker)),
            Use::Some => drop(self.busy.remove(&worker)),
            Use::All => self.full -= 1,
        }
    }
}

impl<C> Cluster<C> {
    /// How many workers have something to do, and run.
    pub(super) fn awake(&self) -> usize {
        self.books.holding() - self.books.standing_still
    }

    /// How many connections wait for somebody to have room.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.books.waiting
    }

    /// A worker was forked.
    pub(super) fn add_member(&mut self, worker: WorkerId) {
        if !self.members.has(worker) {
            let member = Member::default();
            self.books.add(worker, member.standing().slots);
            self.members.insert(worker, member);
        }
    }

    /// A worker is gone. It holds nothing and shares nothing any more.
    pub(super) fn remove_member(&mut self, worker: WorkerId) {
        if let Some(member) = self.members.remove(worker) {
            self.books.remove(worker, member.standing().slots);
        }
    }

    /// What is known of a worker.
    pub(super) fn standing(&self, worker: WorkerId) -> Option<Standing> {
        self.members.get(worker).map(Member::standing)
    }

    /// Changes a worker, and what depends on it at the listeners that it shares.
    pub(super) fn change<R>(
        &mut self,
        worker: WorkerId,
        change: impl FnOnce(&mut Member<C>) -> R,
    ) -> Option<R> {
        let member = self.members.get_mut(worker)?;
        let was = member.standing();
        let result = change(member);
        let is = member.standing();
        if is.slots != was.slots {
            self.books.remove(worker, was.slots);
            self.books.add(worker, is.slots);
        }
        self.books.standing_still += usize::from(is.stands_still());
        self.books.standing_still -= usize::from(was.stands_still());
        if is.asked != was.asked {
            for (slot, entry) in member.lost() {
                if let Some(listener) = self.listeners.get_mut(entry.key) {
                    listener.late.remove((entry.order, worker, slot), was.asked);
                    listener.late.add((entry.order, worker, slot), is.asked);
                }
            }
        }
        if is.health != was.health {
            for key in &member.keys {
                if let Some(listener) = self.listeners.get_mut(*key) {
                    listener.turns.set_health(worker, is.health);
                }
            }
        }
        Some(result)
    }

    /// Gives a worker a connection.
    pub(super) fn put(&mut self, worker: WorkerId, key: ListenKey, waiting: Waiting<C>) -> Option<SlotIndex> {
        let Waiting { connection, order, again } = waiting;
        let entry = InFlight { key, connection, order, patience: Patience::Left };
        let slot = self.change(worker, |member| member.put(entry, again))?;
        let member = self.members.get_mut(worker)?;
        let listener = self.listeners.get_mut(key)?;
        listener.holders += usize::from(member.in_flight(key) == 1);
        listener.turns.take(worker, member.load(key));
        Some(slot)
    }

    /// Takes a connection from a worker; nothing where it stands at none of its slots.
    pub(super) fn take(&mut self, worker: WorkerId, slot: SlotIndex) -> Option<InFlight<C>> {
        let entry = self.change(worker, |member| member.take(slot))??;
        let member = self.members.get(worker)?;
        if let Some(listener) = self.listeners.get_mut(entry.key) {
            match entry.patience {
                Patience::Left => {}
                Patience::Lost => {
                    listener.late.remove((entry.order, worker, slot), member.pace == Pace::Asked);
                }
                Patience::Over => listener.late.recalled -= 1,
            }
            listener.holders -= usize::from(member.in_flight(entry.key) == 0);
            listener.turns.set_load(worker, member.load(entry.key));
            self.look_for_room(entry.key);
        }
        Some(entry)
    }

    /// An offer waits for too long.
    pub(super) fn let_wait(&mut self, worker: WorkerId, slot: SlotIndex) {
        let lost =
            self.change(worker, |member| member.lose_patience(slot).map(|entry| (entry.key, entry.order)));
        let Some(Some((key, order))) = lost else { return };
        let asked = self.members.get(worker).is_some_and(|member| member.pace == Pace::Asked);
        if let Some(listener) = self.listeners.get_mut(key) {
            listener.late.add((order, worker, slot), asked);
            self.look_for_room(key);
        }
    }

    /// An offer that waits for too long is being revoked.
    pub(super) fn recall(&mut self, worker: WorkerId, slot: SlotIndex) {
        let Some(member) = self.members.get_mut(worker) else { return };
        let asked = member.pace == Pace::Asked;
        let Some(entry) = member.recall(slot) else { return };
        let (key, order) = (entry.key, entry.order);
        if let Some(listener) = self.listeners.get_mut(key) {
            listener.late.remove((order, worker, slot), asked);
            listener.late.recalled += 1;
            self.look_for_room(key);
        }
    }

    /// A connection waits for room, in the order in which all were accepted. Where nobody listens any
    /// more, it is closed.
    pub(super) fn queue(&mut self, key: ListenKey, waiting: Waiting<C>) {
        let Some(listener) = self.listeners.get_mut(key) else { return };
        let place = listener.waiting.partition_point(|other| other.order < waiting.order);
        listener.waiting.insert(place, waiting);
        self.books.waiting += 1;
        self.look_for_room(key);
    }

    /// The first that waits, if there is a worker for it.
    pub(super) fn unqueue(&mut self, key: ListenKey) -> Option<Waiting<C>> {
        let waiting = self.listeners.get_mut(key)?.waiting.pop_front()?;
        self.books.waiting -= 1;
        self.look_for_room(key);
        Some(waiting)
    }

    /// A worker shares a listener.
    pub(super) fn share(&mut self, worker: WorkerId, key: ListenKey) {
        let Some(member) = self.members.get_mut(worker) else { return };
        let Some(listener) = self.listeners.get_mut(key) else { return };
        member.keys.insert(key);
        listener.turns.add(worker, member.standing().health, member.load(key));
    }

    /// It does not any more. Says whether it did.
    pub(super) fn part(&mut self, worker: WorkerId, key: ListenKey) -> bool {
        if let Some(member) = self.members.get_mut(worker) {
            member.keys.remove(&key);
        }
        self.listeners.get_mut(key).is_some_and(|listener| listener.turns.remove(worker))
    }

    /// A listener is gone, and with it the connections that wait there.
    pub(super) fn forget(&mut self, key: ListenKey) -> Option<Listener<C>> {
        let listener = self.listeners.remove(key)?;
        self.books.waiting -= listener.waiting.len();
        self.books.short_of_room.remove(&key);
        Some(listener)
    }

    fn look_for_room(&mut self, key: ListenKey) {
        if self.listeners.get(key).is_some_and(Listener::is_short_of_room) {
            self.books.short_of_room.insert(key);
        } else {
            self.books.short_of_room.remove(&key);
        }
    }
}
