//! The sockets of UDP addresses on which each worker has one of its own (`settings.udp: 'flow'`). The
//! kernel picks one of them by flow, so each client has one worker.
//!
//! The first socket is bound alone, so an address that is in use is an error, same as with one shared
//! socket. Only then it allows others beside it. If the system does not, all workers share that one.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::group::{Free, Group};
use super::listener::Listener;
use super::shares::Shares;
use crate::cluster::{ListenKey, WorkerId};
use crate::sys::errno;
use crate::sys::reuse_port::{self, Steering};

/// Who receives the datagrams of a UDP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Udp {
    /// The workers share one socket: whoever reads first.
    Shared,
    /// Each worker has a socket, and the kernel chooses one for each client.
    Flow,
}

/// See the module.
pub(super) struct Flows {
    udp: Udp,
    sockets: BTreeMap<ListenKey, Sockets>,
}

/// Those of one address.
struct Sockets {
    group: Group,
    /// By their places.
    open: Vec<Arc<Listener>>,
    steering: Steering,
}

impl Flows {
    pub fn new(udp: Udp) -> Self {
        Self { udp, sockets: BTreeMap::new() }
    }

    /// The first socket of an address was opened.
    pub fn add(&mut self, key: ListenKey, listener: Arc<Listener>) {
        if self.udp == Udp::Flow && reuse_port::allow(&*listener).is_ok() {
            let (group, steering) = (Group::default(), Steering::random());
            self.sockets.insert(key, Sockets { group, open: vec![listener], steering });
        }
    }

    /// All sockets of an address were shut.
    pub fn remove(&mut self, key: ListenKey) {
        self.sockets.remove(&key);
    }

    /// A worker listens there from now on.
    pub fn join(&mut self, key: ListenKey, worker: WorkerId, shares: &Shares) {
        if let Some(sockets) = self.sockets.get_mut(&key) {
            sockets.join(key, worker, shares);
        }
    }

    /// A worker does not listen there any more, or anywhere.
    pub fn part(&mut self, worker: WorkerId, key: Option<ListenKey>, now: Instant) {
        let all = self.sockets.iter_mut().filter(|(other, _)| key.is_none_or(|key| key == **other));
        all.for_each(|(_, sockets)| sockets.group.part(worker, now));
    }

    /// Whether each worker has a socket of its own.
    pub fn has(&self, key: ListenKey) -> bool {
        self.sockets.contains_key(&key)
    }

    /// The socket of a worker.
    pub fn get(&self, key: ListenKey, worker: WorkerId) -> Option<&Listener> {
        let sockets = self.sockets.get(&key)?;
        sockets.open.get(sockets.group.of(worker)?).map(Arc::as_ref)
    }

    /// When the next look is due.
    pub fn next_look(&self) -> Option<Instant> {
        self.sockets.values().filter_map(|sockets| sockets.group.next_look()).min()
    }

    /// Gives the flows of workers that have had no successor to others.
    pub fn look(&mut self, now: Instant) {
        for Sockets { group, open, steering } in self.sockets.values_mut() {
            group.look(now, |places| steer(steering, open, places).is_ok());
        }
    }
}

impl Sockets {
    fn join(&mut self, key: ListenKey, worker: WorkerId, shares: &Shares) {
        let free = self.group.free();
        let outcome = match free {
            // The first one was opened with the address.
            Free::Parked(_) | Free::New(0) => Ok(()),
            Free::Spare(place) => self.use_again(place),
            Free::New(place) => self.open(key, place, shares),
        };
        match outcome {
            Ok(()) => self.group.hold(free, worker),
            // For example there is no descriptor, or the process has another user now.
            Err(_) => self.group.share(worker),
        }
    }

    fn use_again(&self, place: usize) -> io::Result<()> {
        if let Some(listener) = self.open.get(place) {
            reuse_port::discard(&**listener);
        }
        self.steer_also(place)
    }

    fn open(&mut self, key: ListenKey, place: usize, shares: &Shares) -> io::Result<()> {
        let Some(first) = self.open.first() else { return Err(errno::INVALID.into()) };
        let listener = Arc::new(first.beside()?);
        shares.add_socket(key, Arc::clone(&listener)).map_err(|_| errno::INVALID)?;
        let joined = listener.join(first);
        self.open.push(Arc::clone(&listener));
        let outcome = joined.and_then(|()| self.steer_also(place));
        if outcome.is_err() {
            self.open.pop();
            shares.withdraw(key, &listener);
        }
        outcome
    }

    fn steer_also(&self, place: usize) -> io::Result<()> {
        let places: Vec<usize> = self.group.steered().chain([place]).collect();
        steer(&self.steering, &self.open, &places)
    }
}

fn steer(steering: &Steering, open: &[Arc<Listener>], places: &[usize]) -> io::Result<()> {
    let Some(first) = open.first() else { return Ok(()) };
    let places: Vec<u32> = places.iter().filter_map(|place| u32::try_from(*place).ok()).collect();
    steering.attach(&**first, &places)
}
