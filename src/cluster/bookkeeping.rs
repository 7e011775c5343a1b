//! Each change of one worker or one handle, and what follows from it in the books.
//! `check_books()` in `check.rs` counts all of it after each step.

use super::handle::{Handle, Queued};
use super::ids::{ListenKey, SlotIndex, WorkerId};
use super::member::Member;
use super::rules::Rules;
use super::slots::{InFlight, Stage};
use super::standing::Standing;

impl<C> Rules<C> {
    /// How many workers have something to do, and run.
    pub(super) fn awake(&self) -> usize {
        self.books.holding() - self.books.standing_still
    }

    /// How many connections are queued, on all handles.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.books.queued
    }

    /// A worker was forked.
    pub(super) fn add_member(&mut self, worker: WorkerId, revocable: bool) {
        if !self.members.has(worker) {
            let member = Member::new(revocable);
            self.books.add(worker, member.standing().slots);
            self.members.insert(worker, member);
        }
    }

    /// A worker is gone. It holds nothing and shares nothing any more.
    pub(super) fn remove_member(&mut self, worker: WorkerId) {
        if let Some(mut member) = self.members.remove(worker) {
            self.alarms.set(worker, &mut member.alarm, None);
            self.books.remove(worker, member.standing().slots);
        }
    }

    /// What is known of a worker.
    pub(super) fn standing(&self, worker: WorkerId) -> Option<Standing> {
        self.members.get(worker).map(Member::standing)
    }

    /// Changes a worker, and what depends on it at the handles that it shares.
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
        if is.probed != was.probed {
            for (slot, entry) in member.late() {
                if let Some(handle) = self.handles.get_mut(entry.key) {
                    handle.late.remove((entry.order, worker, slot), was.probed);
                    handle.late.add((entry.order, worker, slot), is.probed);
                }
            }
        }
        if is.health != was.health {
            for key in &member.keys {
                if let Some(handle) = self.handles.get_mut(*key) {
                    handle.line.set_health(worker, is.health);
                }
            }
        }
        Some(result)
    }

    /// Offers a connection to a worker.
    pub(super) fn offer(&mut self, worker: WorkerId, key: ListenKey, queued: Queued<C>) -> Option<SlotIndex> {
        let Queued { connection, order, accepted, redispatched } = queued;
        let since = self.now;
        let entry = InFlight { key, connection, order, accepted, since, stage: Stage::Fresh };
        let slot = self.change(worker, |member| member.offer(entry, redispatched))?;
        let member = self.members.get_mut(worker)?;
        let due = member.offered(since, self.claim_timeout);
        let handle = self.handles.get_mut(key)?;
        handle.holders += usize::from(member.in_flight(key) == 1);
        handle.line.serve(worker, member.load(key));
        self.set_alarm(worker, due);
        Some(slot)
    }

    /// Takes a connection out of flight; nothing if that slot of the worker is empty.
    pub(super) fn settle(&mut self, worker: WorkerId, slot: SlotIndex) -> Option<InFlight<C>> {
        let now = self.now;
        let entry = self.change(worker, |member| member.settle(slot, now))??;
        let stalled_at = self.members.get(worker)?.pulse.stalled_at();
        self.set_alarm(worker, stalled_at);
        let member = self.members.get(worker)?;
        if let Some(handle) = self.handles.get_mut(entry.key) {
            match entry.stage {
                Stage::Fresh => {}
                Stage::Late => {
                    handle.late.remove((entry.order, worker, slot), member.pulse.is_probed());
                }
                Stage::Revoking => handle.late.revoking -= 1,
            }
            handle.holders -= usize::from(member.in_flight(entry.key) == 0);
            handle.line.set_load(worker, member.load(entry.key));
            self.look_for_room(entry.key);
        }
        Some(entry)
    }

    /// An offer is late.
    pub(super) fn make_late(&mut self, worker: WorkerId, slot: SlotIndex) {
        let late = self.change(worker, |member| member.make_late(slot).map(|entry| (entry.key, entry.order)));
        let Some(Some((key, order))) = late else { return };
        let probed = self.members.get(worker).is_some_and(|member| member.pulse.is_probed());
        if let Some(handle) = self.handles.get_mut(key) {
            handle.late.add((order, worker, slot), probed);
            self.look_for_room(key);
        }
    }

    /// An offer that is late is being revoked.
    pub(super) fn start_revoking(&mut self, worker: WorkerId, slot: SlotIndex) {
        let Some(member) = self.members.get_mut(worker) else { return };
        let probed = member.pulse.is_probed();
        let Some(entry) = member.start_revoking(slot) else { return };
        let (key, order) = (entry.key, entry.order);
        if let Some(handle) = self.handles.get_mut(key) {
            handle.late.remove((order, worker, slot), probed);
            handle.late.revoking += 1;
            self.look_for_room(key);
        }
    }

    /// Queues a connection, in the order in which all were accepted. If its handle is closed, so is
    /// the connection.
    pub(super) fn queue(&mut self, key: ListenKey, queued: Queued<C>) {
        let Some(handle) = self.handles.get_mut(key) else { return };
        let place = handle.queued.partition_point(|other| other.order < queued.order);
        handle.queued.insert(place, queued);
        self.books.queued += 1;
        self.look_for_room(key);
    }

    /// Takes the first connection out of the queue, for a worker that has room.
    pub(super) fn unqueue(&mut self, key: ListenKey) -> Option<Queued<C>> {
        let queued = self.handles.get_mut(key)?.queued.pop_front()?;
        self.books.queued -= 1;
        self.look_for_room(key);
        Some(queued)
    }

    /// A worker shares a handle.
    pub(super) fn share(&mut self, worker: WorkerId, key: ListenKey) {
        let Some(member) = self.members.get_mut(worker) else { return };
        let Some(handle) = self.handles.get_mut(key) else { return };
        member.keys.insert(key);
        handle.line.add(worker, member.standing().health, member.load(key));
    }

    /// A worker no longer shares a handle. Says whether it did.
    pub(super) fn part(&mut self, worker: WorkerId, key: ListenKey) -> bool {
        if let Some(member) = self.members.get_mut(worker) {
            member.keys.remove(&key);
        }
        self.handles.get_mut(key).is_some_and(|handle| handle.line.remove(worker))
    }

    /// A handle is gone, and with it the connections that are queued there.
    pub(super) fn forget(&mut self, key: ListenKey) -> Option<Handle<C>> {
        let handle = self.handles.remove(key)?;
        self.books.queued -= handle.queued.len();
        self.books.short_of_room.remove(&key);
        Some(handle)
    }

    fn look_for_room(&mut self, key: ListenKey) {
        if self.handles.get(key).is_some_and(Handle::is_short_of_room) {
            self.books.short_of_room.insert(key);
        } else {
            self.books.short_of_room.remove(&key);
        }
    }
}
