//! Which worker has which socket, if the workers of a UDP address have one each.
//!
//! A socket has a place among those of its address, and keeps it: the kernel would move another one
//! there if it was closed. So none is closed before all are. The socket of a worker that is gone is
//! *parked*: it still gets its flows, and the next worker has it, with the datagrams that wait there.
//! If none comes in time, the socket is a *spare* one: its flows go to the others. They return when a
//! worker has it again.

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
    Parked {
        since: Instant,
    },
    Spare,
}

/// The socket that a worker can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Free {
    /// It gets its flows.
    Parked(usize),
    /// What waits there is old.
    Spare(usize),
    /// It is to be opened. This will be its place.
    New(usize),
}

impl Group {
    /// How long a parked socket keeps its flows. A worker that is started at once listens after less
    /// than a second, and a large program after some seconds. A socket of the default size holds some
    /// 270 datagrams, and those who wait longer for an answer have asked again.
    pub const PARKED: Duration = Duration::from_secs(3);

    /// The socket for the next worker: the one that is parked for the longest time comes first.
    pub fn free(&self) -> Free {
        let parked = self.members.iter().enumerate().filter_map(|(place, member)| match member {
            Member::Parked { since } => Some((*since, place)),
            _ => None,
        });
        let spare = || self.members.iter().position(|member| matches!(member, Member::Spare));
        match parked.min() {
            Some((_, place)) => Free::Parked(place),
            None => spare().map_or(Free::New(self.members.len()), Free::Spare),
        }
    }

    /// A worker has the socket that was free.
    pub fn hold(&mut self, free: Free, worker: WorkerId) {
        let held = Member::Held(BTreeSet::from([worker]));
        match free {
            Free::Parked(place) | Free::Spare(place) => {
                if let Some(member) = self.members.get_mut(place) {
                    *member = held;
                }
            }
            Free::New(_) => self.members.push(held),
        }
    }

    /// No socket is free. The worker shares the one that the fewest have.
    pub fn share(&mut self, worker: WorkerId) {
        let held = self.members.iter_mut().filter_map(|member| match member {
            Member::Held(workers) => Some(workers),
            _ => None,
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

    /// A worker does not have its socket any more.
    pub fn part(&mut self, worker: WorkerId, now: Instant) {
        for member in &mut self.members {
            if let Member::Held(workers) = member
                && workers.remove(&worker)
                && workers.is_empty()
            {
                *member = Member::Parked { since: now };
            }
        }
    }

    /// The places that get flows.
    pub fn steered(&self) -> impl Iterator<Item = usize> {
        let places = self.members.iter().enumerate();
        places.filter(|(_, member)| !matches!(member, Member::Spare)).map(|(place, _)| place)
    }

    /// When a parked socket becomes a spare one.
    pub fn next_look(&self) -> Option<Instant> {
        self.members.iter().filter_map(Member::end).min()
    }

    /// Makes spare ones of the sockets that are parked for too long. `steer` gives their flows to the
    /// places that remain. If it returns false, they are parked for as long again.
    pub fn look(&mut self, now: Instant, steer: impl FnOnce(&[usize]) -> bool) {
        let is_over = |place: &usize| {
            let end = self.members.get(*place).and_then(Member::end);
            end.is_some_and(|end| end <= now)
        };
        let (over, remaining): (Vec<usize>, Vec<usize>) = self.steered().partition(is_over);
        if over.is_empty() {
            return;
        }
        let is_steered = !remaining.is_empty() && steer(&remaining);
        for place in over {
            if let Some(member) = self.members.get_mut(place) {
                *member = if is_steered { Member::Spare } else { Member::Parked { since: now } };
            }
        }
    }
}

impl Member {
    fn end(&self) -> Option<Instant> {
        match self {
            Self::Parked { since } => since.checked_add(Group::PARKED),
            Self::Held(_) | Self::Spare => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::random::Random;

    /// A socket of the test, its datagrams by the time when they came.
    #[derive(Default)]
    struct Socket {
        waiting: Vec<Instant>,
        parked: Option<Instant>,
    }

    /// Workers that come and go, and clients that send, by a clock of the test. Some sockets cannot be
    /// opened, and the kernel refuses to steer now and then.
    #[test]
    fn in_a_random_walk_a_worker_keeps_its_socket_and_no_datagram_waits_for_nobody() {
        let mut random = Random::new(23);
        let mut now = Instant::now();
        let mut group = Group::default();
        let mut sockets: Vec<Socket> = Vec::new();
        let mut places: BTreeMap<WorkerId, usize> = BTreeMap::new();
        let (mut next, mut inherited, mut discarded, mut shared, mut spares) = (0, 0, 0, 0, 0);
        for _ in 0..200_000 {
            now += Duration::from_millis(random.below(200) as u64);
            let can_steer = random.below(8) > 0;
            match random.below(16) {
                0 | 1 if places.len() < 6 => {
                    next += 1;
                    let worker = WorkerId(next);
                    let free = group.free();
                    let longest = sockets.iter().filter_map(|socket| socket.parked).min();
                    match free {
                        Free::Parked(place) => {
                            assert_eq!(sockets[place].parked, longest);
                            inherited += sockets[place].waiting.len();
                        }
                        Free::Spare(place) => {
                            assert!(longest.is_none() && !group.steered().any(|it| it == place));
                            discarded += sockets[place].waiting.drain(..).count();
                        }
                        Free::New(place) => {
                            assert_eq!((place, longest), (sockets.len(), None));
                            assert_eq!(group.steered().count(), place);
                        }
                    }
                    let is_steered = matches!(free, Free::Parked(_)) || sockets.is_empty() || can_steer;
                    if is_steered {
                        group.hold(free, worker);
                        sockets.resize_with(group.members.len(), Socket::default);
                    } else {
                        group.share(worker);
                        shared += 1;
                    }
                    let place = group.of(worker).unwrap();
                    let others = places.values().filter(|other| **other == place).count();
                    assert!(!is_steered || others == 0);
                    sockets[place].parked = None;
                    places.insert(worker, place);
                }
                2 if places.len() > 1 => {
                    let all: Vec<WorkerId> = places.keys().copied().collect();
                    let worker = random.pick(&all).unwrap();
                    group.part(worker, now);
                    let place = places.remove(&worker).unwrap();
                    if places.values().all(|other| *other != place) {
                        sockets[place].parked = Some(now);
                    }
                    assert_eq!(group.of(worker), None);
                }
                3..10 => {
                    let steered: Vec<usize> = group.steered().collect();
                    if let Some(place) = random.pick(&steered) {
                        sockets[place].waiting.push(now);
                    }
                }
                _ => {
                    let all: Vec<usize> = places.values().copied().collect();
                    if let Some(place) = random.pick(&all) {
                        sockets[place].waiting.clear();
                    }
                }
            }
            if group.next_look().is_some_and(|end| end <= now) {
                let before: Vec<usize> = group.steered().collect();
                let mut told = None;
                group.look(now, |remaining| {
                    told = Some(remaining.to_vec());
                    can_steer
                });
                let told = told.expect("something was due");
                for place in before {
                    let parked = sockets[place].parked;
                    let is_over = parked.is_some_and(|since| since + Group::PARKED <= now);
                    assert_eq!(told.contains(&place), !is_over);
                    if is_over {
                        sockets[place].parked = (!can_steer).then_some(now);
                        spares += u32::from(can_steer);
                    }
                }
                let after: Vec<usize> = group.steered().collect();
                assert!(!can_steer || after == told);
            }
            // What gets flows has a worker, or will have one soon, or is looked at.
            let held = |place: &usize| places.values().any(|it| it == place);
            for place in group.steered() {
                let since = sockets[place].parked;
                assert_eq!(since.is_none(), held(&place));
                assert!(since.is_none_or(|since| group.next_look().unwrap() <= since + Group::PARKED));
            }
            for (worker, place) in &places {
                assert_eq!(group.of(*worker), Some(*place), "its socket has changed");
            }
            assert!(sockets.len() <= 6);
        }
        let counts = [inherited, discarded, shared, spares as usize];
        assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
    }
}
