//! Which worker has which socket, if the workers of a UDP address have one each.
//!
//! A socket has a place among those of its address, and keeps it: the kernel would move another one
//! there if it was closed. So none is closed before all are.
//!
//! | a worker | its socket | its flows |
//! | --- | --- | --- |
//! | dies | is parked for the next worker, with the datagrams that wait there | wait for that worker too. If none comes in time, they go to others |
//! | leaves, or closes it | is spare. The next worker has it | go to others at once, so that nobody waits |
//!
//! They return when a worker has the socket again. The flows of other workers never move.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::cluster::WorkerId;

/// See the module. The index of a member is its place.
#[derive(Default)]
pub(super) struct Group {
    members: Vec<Member>,
}

/// A socket.
enum Member {
    /// Usually by one worker. More of them share it if there are not enough sockets.
    Held(BTreeSet<WorkerId>),
    /// It gets its flows.
    Parked { since: Instant },
    /// It gets no flows.
    Spare { since: Instant },
}

/// The socket that a worker can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Free {
    /// It gets its flows.
    Parked(usize),
    /// It gets no flows. If it is stale, what waits there is too old for an answer.
    Spare { place: usize, is_stale: bool },
    /// It is to be opened. This will be its place.
    New(usize),
}

impl Group {
    /// How long flows wait for the successor of a worker that has died. A worker that is started at
    /// once listens after less than a second, and that of a large program after some seconds. A socket
    /// of the default size holds some 270 datagrams. Who waits longer for an answer has asked again.
    pub const PATIENCE: Duration = Duration::from_secs(3);

    /// The socket for the next worker: first one whose flows wait, then the one that became spare last.
    pub fn free(&self, now: Instant) -> Free {
        let places = || self.members.iter().enumerate();
        let parked = places().filter_map(|(place, member)| match member {
            Member::Parked { since } => Some((*since, place)),
            Member::Held(_) | Member::Spare { .. } => None,
        });
        if let Some((_, place)) = parked.min() {
            return Free::Parked(place);
        }
        let spare = places().filter_map(|(place, member)| match member {
            Member::Spare { since } => Some((*since, place)),
            Member::Held(_) | Member::Parked { .. } => None,
        });
        spare.max().map_or(Free::New(self.members.len()), |(since, place)| Free::Spare {
            place,
            is_stale: now.saturating_duration_since(since) >= Self::PATIENCE,
        })
    }

    /// A worker has the socket that was free.
    pub fn hold(&mut self, free: Free, worker: WorkerId) {
        let held = Member::Held(BTreeSet::from([worker]));
        match free {
            Free::Parked(place) | Free::Spare { place, .. } => self.set(place, held),
            Free::New(_) => self.members.push(held),
        }
    }

    /// No socket is free. The worker shares the one that the fewest have.
    pub fn share(&mut self, worker: WorkerId) {
        let held = self.members.iter_mut().filter_map(|member| match member {
            Member::Held(workers) => Some(workers),
            Member::Parked { .. } | Member::Spare { .. } => None,
        });
        if let Some(workers) = held.min_by_key(|workers| workers.len()) {
            workers.insert(worker);
        }
    }

    /// The place of the socket that a worker has.
    pub fn of(&self, worker: WorkerId) -> Option<usize> {
        self.members
            .iter()
            .position(|member| matches!(member, Member::Held(workers) if workers.contains(&worker)))
    }

    /// The places that get flows.
    pub fn steered(&self) -> impl Iterator<Item = usize> {
        let places = self.members.iter().enumerate();
        places.filter(|(_, member)| !matches!(member, Member::Spare { .. })).map(|(place, _)| place)
    }

    /// A worker has died.
    pub fn lose(&mut self, worker: WorkerId, now: Instant) {
        if let Some(place) = self.part(worker) {
            self.set(place, Member::Parked { since: now });
        }
    }

    /// A worker leaves, or has closed its socket. `steer` gives its flows to the places that remain. If
    /// it returns false, they wait.
    pub fn leave(&mut self, worker: WorkerId, now: Instant, steer: impl FnOnce(&[usize]) -> bool) {
        let Some(place) = self.part(worker) else { return };
        self.set(place, Member::Parked { since: now });
        self.spare(&[place], now, steer);
    }

    /// When flows have waited for long enough.
    pub fn next_look(&self) -> Option<Instant> {
        self.members.iter().filter_map(Member::end).min()
    }

    /// Flows that have waited for long enough go to others: see `leave`.
    pub fn look(&mut self, now: Instant, steer: impl FnOnce(&[usize]) -> bool) {
        let ends = (0..).zip(self.members.iter().map(Member::end));
        let over = ends.filter(|(_, end)| end.is_some_and(|end| end <= now));
        let over: Vec<usize> = over.map(|(place, _)| place).collect();
        if !over.is_empty() {
            self.spare(&over, now, steer);
        }
    }

    fn spare(&mut self, over: &[usize], since: Instant, steer: impl FnOnce(&[usize]) -> bool) {
        let remaining: Vec<usize> = self.steered().filter(|place| !over.contains(place)).collect();
        let is_steered = !remaining.is_empty() && steer(&remaining);
        for place in over {
            let member = if is_steered { Member::Spare { since } } else { Member::Parked { since } };
            self.set(*place, member);
        }
    }

    /// Removes a worker from its socket. Returns the place if nobody has it then.
    fn part(&mut self, worker: WorkerId) -> Option<usize> {
        let place = self.of(worker)?;
        let Member::Held(workers) = self.members.get_mut(place)? else { return None };
        workers.remove(&worker);
        workers.is_empty().then_some(place)
    }

    fn set(&mut self, place: usize, member: Member) {
        if let Some(old) = self.members.get_mut(place) {
            *old = member;
        }
    }
}

impl Member {
    /// When its flows have waited for long enough.
    fn end(&self) -> Option<Instant> {
        match self {
            Self::Parked { since } => since.checked_add(Group::PATIENCE),
            Self::Held(_) | Self::Spare { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::random::Random;

    /// A socket of the test, and when each of its datagrams came.
    #[derive(Default)]
    struct Socket {
        waiting: Vec<Instant>,
        /// Since when nobody has it.
        free: Option<Instant>,
    }

    #[derive(Default)]
    struct World {
        group: Group,
        sockets: Vec<Socket>,
        places: BTreeMap<WorkerId, usize>,
        /// Waiting datagrams that a successor had, and that were thrown away; workers that shared;
        /// flows that went to others.
        inherited: usize,
        discarded: usize,
        shared: usize,
        moved: usize,
    }

    impl World {
        fn join(&mut self, worker: WorkerId, now: Instant, can_steer: bool) {
            let free = self.group.free(now);
            let steered: Vec<usize> = self.group.steered().collect();
            let is_parked = |place: &usize| self.sockets[*place].free.is_some() && steered.contains(place);
            let longest = (0..self.sockets.len()).filter(is_parked).min_by_key(|at| self.sockets[*at].free);
            let needs_steering = longest.is_none() && !self.sockets.is_empty();
            match free {
                Free::Parked(place) => {
                    assert_eq!(self.sockets[place].free, self.sockets[longest.unwrap()].free);
                    self.inherited += self.sockets[place].waiting.len();
                }
                Free::Spare { place, is_stale } => {
                    assert!(longest.is_none() && !steered.contains(&place));
                    let waiting = &mut self.sockets[place].waiting;
                    if is_stale {
                        assert!(waiting.iter().all(|came| *came + Group::PATIENCE <= now));
                        self.discarded += waiting.drain(..).count();
                    } else {
                        self.inherited += waiting.len();
                    }
                }
                Free::New(place) => {
                    assert_eq!((place, longest), (self.sockets.len(), None));
                    assert_eq!(steered.len(), place);
                }
            }
            if can_steer || !needs_steering {
                self.group.hold(free, worker);
                self.sockets.resize_with(self.group.members.len(), Socket::default);
            } else {
                self.group.share(worker);
                self.shared += 1;
            }
            let place = self.group.of(worker).unwrap();
            let others = self.places.values().filter(|other| **other == place).count();
            assert!(others == 0 || !can_steer);
            self.sockets[place].free = None;
            self.places.insert(worker, place);
        }

        fn part(&mut self, worker: WorkerId, now: Instant, leaves: bool, can_steer: bool) {
            let place = self.places.remove(&worker).unwrap();
            let before: Vec<usize> = self.group.steered().collect();
            let mut told = None;
            if leaves {
                self.group.leave(worker, now, |places| {
                    told = Some(places.to_vec());
                    can_steer
                });
            } else {
                self.group.lose(worker, now);
            }
            let is_free = self.places.values().all(|other| *other != place);
            self.sockets[place].free = is_free.then_some(now);
            let others: Vec<usize> = before.iter().copied().filter(|other| *other != place).collect();
            let is_spare = is_free && leaves && can_steer;
            assert_eq!(told, (is_free && leaves).then(|| others.clone()));
            assert_eq!(self.group.steered().collect::<Vec<_>>(), if is_spare { others } else { before });
            assert_eq!(self.group.of(worker), None);
        }

        fn look(&mut self, now: Instant, can_steer: bool) {
            let before: Vec<usize> = self.group.steered().collect();
            let mut told = None;
            self.group.look(now, |places| {
                told = Some(places.to_vec());
                can_steer
            });
            let is_over = |free: Option<Instant>| free.is_some_and(|since| since + Group::PATIENCE <= now);
            let (over, remaining): (Vec<usize>, Vec<usize>) =
                before.iter().partition(|place| is_over(self.sockets[**place].free));
            assert_eq!(told, (!over.is_empty()).then(|| remaining.clone()));
            assert_eq!(self.group.steered().collect::<Vec<_>>(), if can_steer { remaining } else { before });
            self.moved += if can_steer { over.len() } else { 0 };
            if !can_steer {
                for place in over {
                    self.sockets[place].free = Some(now);
                }
            }
        }

        fn check(&self) {
            for place in self.group.steered() {
                let held = self.places.values().any(|it| *it == place);
                let free = self.sockets[place].free;
                assert_eq!(free.is_none(), held);
                assert!(free.is_none_or(|since| self.group.next_look().unwrap() <= since + Group::PATIENCE));
            }
            for (worker, place) in &self.places {
                assert_eq!(self.group.of(*worker), Some(*place), "its socket has changed");
            }
            assert!(self.sockets.len() <= 6);
        }
    }

    /// Workers that come and go, and clients that send, by a clock of the test. Now and then the kernel
    /// refuses to steer.
    #[test]
    fn in_a_random_walk_a_worker_keeps_its_socket_and_no_flow_waits_for_long() {
        let mut random = Random::new(23);
        let mut now = Instant::now();
        let mut world = World::default();
        for step in 0..200_000 {
            now += Duration::from_millis(random.below(200) as u64);
            let can_steer = random.below(8) > 0;
            let workers: Vec<WorkerId> = world.places.keys().copied().collect();
            match random.below(16) {
                0 | 1 if workers.len() < 6 => world.join(WorkerId(step), now, can_steer),
                // The address closes with the last one.
                2 if workers.len() > 1 => {
                    let leaves = random.below(2) == 0;
                    world.part(random.pick(&workers).unwrap(), now, leaves, can_steer);
                }
                3..10 => {
                    let steered: Vec<usize> = world.group.steered().collect();
                    if let Some(place) = random.pick(&steered) {
                        world.sockets[place].waiting.push(now);
                    }
                }
                _ => {
                    if let Some(worker) = random.pick(&workers) {
                        world.sockets[world.places[&worker]].waiting.clear();
                    }
                }
            }
            let is_due = world.group.next_look().is_some_and(|at| at <= now);
            world.look(now, can_steer);
            assert!(!is_due || world.group.next_look().is_none_or(|at| at > now));
            world.check();
        }
        let counts = [world.inherited, world.discarded, world.shared, world.moved];
        assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
    }
}
