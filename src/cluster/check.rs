//! What must be true of the rules after each step of their tests.

use std::collections::BTreeSet;

use super::listener::{Listener, Waiting};
use super::member::{Health, Load, Member, Pace, Use};
use super::slots::Patience;
use super::world::{Sent, World};
use super::{ListenKey, WorkerId};

impl World {
    pub fn check(&self) {
        self.check_connections();
        self.check_listeners();
        self.check_books();
    }

    /// Each connection is in one place.
    fn check_connections(&self) {
        // Those that were claimed and are still in flight are in one place all the same.
        let seen =
            |connection: &&u32| !self.sent.iter().any(|sent| sent.claimed && sent.connection == **connection);
        let mut places: BTreeSet<u32> = self.taken.iter().filter(seen).copied().collect();
        let mut in_flight = 0;
        for (worker, member) in self.cluster.members.iter() {
            assert!(member.pace == Pace::Quick || self.pinged.contains(&worker), "nobody will call it back");
            let entries = member.entries().count() as u64;
            assert_eq!(member.figures.in_flight(), entries, "an offer has no answer, or two");
            for (slot, entry) in member.entries() {
                in_flight += 1;
                assert!(places.insert(entry.connection), "a connection is in two places");
                assert!(entry.patience != Patience::Over, "a revocation had no end");
                let is_it = |it: &&Sent| it.worker == worker && it.slot == slot;
                let sent = self.sent.iter().find(is_it).expect("in flight, and not sent");
                assert_eq!(sent.connection, entry.connection);
            }
        }
        assert_eq!(self.sent.len(), in_flight);
        for (key, listener) in self.cluster.listeners.iter() {
            assert!(listener.waiting.iter().is_sorted_by_key(|waiting| waiting.order));
            for Waiting { connection, .. } in &listener.waiting {
                assert_eq!(self.accepted[connection], key);
                assert!(places.insert(*connection), "a connection is in two places");
            }
        }
        for (connection, key) in &self.accepted {
            assert!(
                places.contains(connection) || self.closed_listeners.contains(key),
                "a connection is lost while its listener is open"
            );
        }
    }

    /// Nothing waits that need not.
    fn check_listeners(&self) {
        for (key, listener) in self.cluster.listeners.iter() {
            assert!(self.open_listeners.contains(&key));
            assert!(!listener.is_unused(), "a listener that nobody shares stays open");
            let all_slow = self.all_slow(listener);
            let late = self.cluster.members.iter().any(|(_, member)| {
                let mut late = member.lost().filter(|(_, entry)| entry.key == key);
                late.next().is_some() && (!all_slow || member.pace == Pace::Asked)
            });
            for (worker, full, ..) in listener.turns.sharers() {
                let member = self.member(worker);
                assert!(!member.leaving, "a worker that is leaving shares a listener");
                assert!(member.in_flight(key) <= Member::<u32>::CREDIT, "a worker is over its credit");
                let wanted = if all_slow { Health::Slow } else { Health::Quick };
                if !full && member.standing().health == wanted && member.room(key) > 0 {
                    assert!(listener.waiting.is_empty(), "a connection waits though a worker has room");
                    assert!(!late, "a connection stands at a slow worker though a quicker one has room");
                }
            }
        }
        assert_eq!(self.open_listeners.len(), self.cluster.listeners.iter().count());
        for (name, key) in &self.cluster.names {
            assert_eq!(self.cluster.listeners.get(*key).unwrap().name, *name);
        }
    }

    /// What is kept so that nobody has to count is what a count gives.
    pub fn check_books(&self) {
        let (books, members) = (&self.cluster.books, &self.cluster.members);
        let those = |is: fn(&Member<u32>) -> bool| -> BTreeSet<WorkerId> {
            members.iter().filter(|(_, member)| is(member)).map(|(worker, _)| worker).collect()
        };
        assert_eq!(books.idle, those(|member| member.standing().slots == Use::None));
        assert_eq!(books.busy, those(|member| member.standing().slots == Use::Some));
        assert_eq!(books.full, those(|member| member.standing().slots == Use::All).len());
        assert_eq!(books.standing_still, those(|member| member.standing().stands_still()).len());
        let running = those(|member| !member.is_idle() && !member.stalled && member.pace != Pace::Asked);
        assert_eq!(self.cluster.awake(), running.len());
        let listeners = || self.cluster.listeners.iter();
        assert_eq!(books.waiting, listeners().map(|(_, it)| it.waiting.len()).sum::<usize>());
        let mut short = BTreeSet::new();
        for (key, listener) in listeners() {
            let mut late = [vec![], vec![]];
            for (worker, member) in members.iter() {
                let offers = member.lost().filter(|(_, entry)| entry.key == key);
                let offers = offers.map(|(slot, entry)| (entry.order, worker, slot));
                late[usize::from(member.pace == Pace::Asked)].extend(offers);
                let shares = listener.turns.has(worker);
                assert_eq!(member.keys.contains(&key), shares, "a worker has lost a listener, or found one");
            }
            let [mut alive, mut asked] = late;
            alive.sort_unstable();
            asked.sort_unstable();
            assert_eq!(listener.late.count(true), asked.len());
            assert_eq!(listener.late.first(usize::MAX, true), asked);
            let mut all = [alive, asked].concat();
            all.sort_unstable();
            assert_eq!(listener.late.count(false), all.len());
            assert_eq!(listener.late.first(usize::MAX, false), all);
            assert_eq!(listener.late.recalled, 0);
            if !listener.waiting.is_empty() || !all.is_empty() {
                short.insert(key);
            }
            assert_eq!(listener.holders, members.iter().filter(|(_, it)| it.in_flight(key) > 0).count());
            self.check_turns(key, listener);
        }
        assert_eq!(books.short_of_room, short);
    }

    /// A listener knows of each worker what the worker is.
    fn check_turns(&self, key: ListenKey, listener: &Listener<u32>) {
        assert_eq!(listener.turns.all_slow(), self.all_slow(listener));
        let mut able = BTreeSet::new();
        for (worker, full, health, load) in listener.turns.sharers() {
            let member = self.member(worker);
            assert_eq!(health, member.standing().health);
            assert_eq!(load, member.load(key));
            let wanted = if listener.turns.all_slow() { Health::Slow } else { Health::Quick };
            if !full && health == wanted && load != Load::Enough {
                able.insert(worker);
            }
        }
        assert_eq!(listener.turns.able().collect::<BTreeSet<_>>(), able);
    }

    fn all_slow(&self, listener: &Listener<u32>) -> bool {
        let mut takers = listener.turns.sharers().filter(|(_, full, ..)| !full);
        takers.all(|(worker, ..)| self.member(worker).standing().health != Health::Quick)
    }

    pub fn member(&self, worker: WorkerId) -> &Member<u32> {
        self.cluster.members.get(worker).unwrap()
    }
}
