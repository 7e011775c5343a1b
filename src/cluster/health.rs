//! What becomes of a worker that does not claim in time, and of what it was offered.
//!
//! The rules have no clock: each step says what time it is. [`Rules::next_wake`] says when something
//! will be due, and [`Rules::due`] what that is.

use std::collections::BTreeSet;
use std::time::Instant;

use super::ids::{ListenKey, SlotIndex, WorkerId};
use super::lapse::Lapse;
use super::member::Member;
use super::output::Output;
use super::rules::Rules;

impl<C> Rules<C> {
    /// When [`Rules::due`] will have something, if nothing happens before.
    pub fn next_wake(&mut self) -> Option<Instant> {
        loop {
            let (at, worker) = self.alarms.first()?;
            if self.members.get(worker).and_then(|member| member.deadline(self.claim_timeout)) == Some(at) {
                return Some(at);
            }
            self.rearm(worker);
        }
    }

    /// The workers for which something may be due: what they have claimed should be known first.
    pub fn expired(&self, now: Instant) -> impl Iterator<Item = WorkerId> {
        self.alarms.expired(now)
    }

    /// What is due: the next `Input::Lapsed`.
    pub fn due(&mut self, now: Instant) -> Option<Lapse> {
        loop {
            let (_, worker) = self.alarms.first().filter(|(at, _)| *at <= now)?;
            let lapse =
                self.members.get(worker).and_then(|member| member.lapse(worker, now, self.claim_timeout));
            if lapse.is_some() {
                return lapse;
            }
            self.rearm(worker);
        }
    }

    pub(super) fn lapsed(&mut self, lapse: Lapse, outputs: &mut Vec<Output>) {
        match lapse {
            Lapse::Late { worker, slot } => self.late(worker, slot, outputs),
            Lapse::Overdue { worker } => self.overdue(worker, outputs),
            Lapse::Stalled { worker } => drop(self.change(worker, |member| member.pulse.stalled = true)),
        }
    }

    /// Nothing more for this worker, as long as others are quick, until it has shown that it is quick as well.
    fn late(&mut self, worker: WorkerId, slot: SlotIndex, outputs: &mut Vec<Output>) {
        let Some(entry) = self.members.get(worker).and_then(|member| member.get(slot)) else { return };
        let key = entry.key;
        self.make_late(worker, slot);
        if self.probe(worker, outputs) {
            // All that share a handle may be slow now.
            self.dispatch_all(worker, outputs);
            self.release(worker, outputs);
        }
        // Its server may be closed: then this is none of those.
        self.relieve(key, outputs);
    }

    fn overdue(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        self.change(worker, Member::overdue);
        self.release(worker, outputs);
    }

    /// A worker answers a probe: its event loop has turned. A slow one may have begun its next long
    /// turn, and would claim an offer only after it (slow-workers.js).
    pub(super) fn alive(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let (now, claim_timeout) = (self.now, self.claim_timeout);
        let Some(before) = self.standing(worker) else { return };
        let answer = self.change(worker, |member| member.pulse.alive(now, claim_timeout)).flatten();
        let Some(is_quick) = answer else { return };
        if !is_quick {
            self.send_probe(worker, outputs);
        }
        if self.standing(worker) != Some(before) {
            self.dispatch_all(worker, outputs);
        }
    }

    /// Probes the workers that have answered all probes. It changes nothing of what they are offered.
    pub(super) fn look(&mut self, outputs: &mut Vec<Output>) {
        let now = self.now;
        for (worker, member) in self.members.iter_mut() {
            if member.pulse.look(now) {
                outputs.push(Output::Probe { worker });
            }
        }
    }

    /// Probes a worker, unless it was probed already. Says whether that is news.
    pub(super) fn probe(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) -> bool {
        let is_news = self.change(worker, Member::suspect).unwrap_or(false);
        if is_news {
            self.send_probe(worker, outputs);
        }
        is_news
    }

    fn send_probe(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(worker) else { return };
        member.pulse.probe(self.now);
        let at = member.pulse.overdue_at();
        self.set_alarm(worker, at);
        outputs.push(Output::Probe { worker });
    }

    /// Late offers of a worker that does not answer go to workers that do.
    pub(super) fn release(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get(worker) else { return };
        let keys: BTreeSet<ListenKey> = member.late().map(|(_, entry)| entry.key).collect();
        for key in keys {
            self.relieve(key, outputs);
        }
    }

    /// If no connection is queued for the workers that can take one, they may have what others do not
    /// claim in time.
    pub(super) fn relieve(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        let Some(handle) = self.handles.get(key) else { return };
        let (late, all_slow) = (&handle.late, handle.line.all_slow());
        let count = late.count(all_slow);
        if count == 0 {
            return;
        }
        let (wanted, mut room) = (count + late.revoking, 0);
        for member in handle.line.able().filter_map(|worker| self.members.get(worker)) {
            room += member.room(key);
            if room >= wanted {
                break;
            }
        }
        let offers = late.first(room.saturating_sub(late.revoking), all_slow);
        for (_, worker, slot) in offers {
            self.start_revoking(worker, slot);
            outputs.push(Output::Revoke { worker, slot });
        }
    }

    /// Something may be due for a worker at `at`, or before.
    pub(super) fn set_alarm(&mut self, worker: WorkerId, at: Option<Instant>) {
        let Some(member) = self.members.get_mut(worker) else { return };
        if at.is_some_and(|at| member.alarm.is_none_or(|alarm| at < alarm)) {
            self.alarms.set(worker, &mut member.alarm, at);
        }
    }

    fn rearm(&mut self, worker: WorkerId) {
        let Some(member) = self.members.get_mut(worker) else { return };
        let deadline = member.deadline(self.claim_timeout);
        self.alarms.set(worker, &mut member.alarm, deadline);
    }
}
