//! What must be true of the rules after each step of their tests.

use std::collections::BTreeSet;

use super::handle::{Handle, Queued};
use super::member::Member;
use super::pulse::Heartbeat;
use super::slots::Stage;
use super::standing::{Health, Load, Use};
use super::world::{CLAIM_TIMEOUT, Offered, World};
use super::{ListenKey, WorkerId};

impl World {
    pub fn check(&self) {
        self.check_connections();
        self.check_handles();
        self.check_books();
    }

    /// Each connection is in one place.
    fn check_connections(&self) {
        // Those that were claimed and are still in flight are in one place all the same.
        let seen = |connection: &&u32| {
            !self.offered.iter().any(|sent| sent.claimed && sent.connection == **connection)
        };
        let mut places: BTreeSet<u32> = self.claimed.iter().filter(seen).copied().collect();
        let mut in_flight = 0;
        for (worker, member) in self.rules.members.iter() {
            assert!(
                member.pulse.heartbeat == Heartbeat::Quick || self.probed.contains_key(&worker),
                "a worker counts as probed, and was sent no probe"
            );
            let is_probed = self.probed.contains_key(&worker) || self.looked.contains(&worker);
            assert_eq!(member.pulse.unanswered_probe().is_some(), is_probed, "a probe is forgotten");
            let entries = member.entries().count() as u64;
            assert_eq!(member.figures.in_flight(), entries, "an offer has no answer, or two");
            for (slot, entry) in member.entries() {
                in_flight += 1;
                assert!(places.insert(entry.connection), "a connection is in two places");
                assert!(entry.stage != Stage::Revoking, "a revocation had no end");
                let is_it = |it: &&Offered| it.worker == worker && it.slot == slot;
                let sent = self.offered.iter().find(is_it).expect("in flight, and not sent");
                assert_eq!(sent.connection, entry.connection);
            }
        }
        assert_eq!(self.offered.len(), in_flight);
        for (key, handle) in self.rules.handles.iter() {
            assert!(handle.queued.iter().is_sorted_by_key(|queued| queued.order), "a queue is out of order");
            for Queued { connection, .. } in &handle.queued {
                assert_eq!(self.accepted[connection], key);
                assert!(places.insert(*connection), "a connection is in two places");
            }
        }
        for (connection, key) in &self.accepted {
            assert!(
                places.contains(connection) || self.closed_handles.contains(key),
                "a connection is lost while its handle is open"
            );
        }
    }

    /// No connection is queued or late if a worker has room for it.
    fn check_handles(&self) {
        for (key, handle) in self.rules.handles.iter() {
            assert!(self.open_handles.contains(&key));
            assert_eq!(handle.rests, handle.is_unused(), "a handle that no worker shares rests");
            assert!(self.rules.keeps || !handle.rests, "a handle that no worker shares stays open");
            assert_eq!(self.resting.contains(&key), handle.rests);
            let all_slow = self.all_slow(handle);
            let late = self.rules.members.iter().any(|(_, member)| {
                let mut late = member.late().filter(|(_, entry)| entry.key == key);
                late.next().is_some() && (!all_slow || member.pulse.is_probed())
            });
            for (worker, full, ..) in handle.line.sharers() {
                let member = self.member(worker);
                assert!(!member.leaving, "a worker that is leaving shares a handle");
                let is_paused = member.standing().health == Health::Paused;
                assert_eq!(is_paused, self.paused.contains(&worker), "a worker is paused, or is not");
                assert!(member.in_flight(key) <= Member::<u32>::CREDIT, "a worker is over its credit");
                let wanted = if all_slow { Health::Slow } else { Health::Quick };
                if !full && member.standing().health == wanted && member.room(key) > 0 {
                    assert!(handle.queued.is_empty(), "a connection is queued though a worker has room");
                    assert!(!late, "a connection stands at a slow worker though a quicker one has room");
                }
            }
        }
        assert_eq!(self.open_handles.len(), self.rules.handles.iter().count());
        for (name, key) in &self.rules.names {
            assert_eq!(self.rules.handles.get(*key).unwrap().name, *name);
        }
    }

    /// What is due has come to pass, and there is an alarm for what will be.
    pub fn check_time(&self) {
        let mut next: Vec<_> = Vec::new();
        for (worker, member) in self.rules.members.iter() {
            for (_, entry) in member.entries().filter(|(_, entry)| entry.stage == Stage::Fresh) {
                next.push(entry.since + CLAIM_TIMEOUT);
            }
            next.extend(member.pulse.stalled_at());
            next.extend(member.pulse.overdue_at());
            let is_idle = member.standing().slots == Use::None;
            assert_eq!(member.pulse.stalled_at().is_some(), !is_idle && !member.pulse.stalled);
            assert!(
                member.deadline(CLAIM_TIMEOUT).is_none_or(|at| member.alarm.is_some_and(|alarm| alarm <= at))
            );
            let alarms = self.rules.expired(self.now + CLAIM_TIMEOUT * 1000).filter(|other| *other == worker);
            assert_eq!(alarms.count(), usize::from(member.alarm.is_some()));
        }
        assert!(next.iter().all(|at| *at > self.now), "something was due");
    }

    /// The books are what a count gives.
    pub fn check_books(&self) {
        let (books, members) = (&self.rules.books, &self.rules.members);
        let those = |is: fn(&Member<u32>) -> bool| -> BTreeSet<WorkerId> {
            members.iter().filter(|(_, member)| is(member)).map(|(worker, _)| worker).collect()
        };
        assert_eq!(books.idle, those(|member| member.standing().slots == Use::None));
        assert_eq!(books.busy, those(|member| member.standing().slots == Use::Some));
        assert_eq!(books.full, those(|member| member.standing().slots == Use::All).len());
        assert_eq!(books.standing_still, those(|member| member.standing().stands_still()).len());
        let running = those(|member| !member.is_idle() && !member.pulse.stalled && !member.pulse.is_probed());
        assert_eq!(self.rules.awake(), running.len());
        let handles = || self.rules.handles.iter();
        assert_eq!(books.queued, handles().map(|(_, it)| it.queued.len()).sum::<usize>());
        let mut short = BTreeSet::new();
        for (key, handle) in handles() {
            let mut late = [vec![], vec![]];
            for (worker, member) in members.iter() {
                let offers = member.late().filter(|(_, entry)| entry.key == key);
                let offers = offers.map(|(slot, entry)| (entry.order, worker, slot));
                late[usize::from(member.pulse.is_probed())].extend(offers);
                let shares = handle.line.has(worker);
                assert_eq!(member.keys.contains(&key), shares, "a worker has lost a handle, or found one");
            }
            let [mut alive, mut asked] = late;
            alive.sort_unstable();
            asked.sort_unstable();
            assert_eq!(handle.late.count(true), asked.len());
            assert_eq!(handle.late.first(usize::MAX, true), asked);
            let mut all = [alive, asked].concat();
            all.sort_unstable();
            assert_eq!(handle.late.count(false), all.len());
            assert_eq!(handle.late.first(usize::MAX, false), all);
            assert_eq!(handle.late.revoking, 0);
            if !handle.queued.is_empty() || !all.is_empty() {
                short.insert(key);
            }
            assert_eq!(handle.holders, members.iter().filter(|(_, it)| it.in_flight(key) > 0).count());
            self.check_turns(key, handle);
        }
        assert_eq!(books.short_of_room, short);
    }

    /// A handle knows of each worker what the worker is.
    fn check_turns(&self, key: ListenKey, handle: &Handle<u32>) {
        assert_eq!(handle.line.all_slow(), self.all_slow(handle));
        let mut able = BTreeSet::new();
        for (worker, full, health, load) in handle.line.sharers() {
            let member = self.member(worker);
            assert_eq!(health, member.standing().health);
            assert_eq!(load, member.load(key));
            let wanted = if handle.line.all_slow() { Health::Slow } else { Health::Quick };
            if !full && health == wanted && load != Load::Enough {
                able.insert(worker);
            }
        }
        assert_eq!(handle.line.able().collect::<BTreeSet<_>>(), able);
    }

    fn all_slow(&self, handle: &Handle<u32>) -> bool {
        let mut takers = handle.line.sharers().filter(|(_, full, ..)| !full);
        takers.all(|(worker, ..)| self.member(worker).standing().health != Health::Quick)
    }

    pub fn member(&self, worker: WorkerId) -> &Member<u32> {
        self.rules.members.get(worker).unwrap()
    }
}
