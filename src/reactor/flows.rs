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
        if self.udp == Udp::Flow && listener.while_open(reuse_port::allow).is_ok() {
            let (group, steering) = (Group::default(), Steering::random());
            self.sockets.insert(key, Sockets { group, open: vec![listener], steering });
        }
    }

    /// All sockets of an address were shut.
    pub fn remove(&mut self, key: ListenKey) {
        self.sockets.remove(&key);
    }

    /// A worker listens there from now on.
    pub fn join(&mut self, (key, worker): (ListenKey, WorkerId), shares: &Shares, now: Instant) {
        if let Some(sockets) = self.sockets.get_mut(&key) {
            sockets.join((key, worker), shares, now);
        }
    }

    /// A worker has closed its socket. Without a key: it leaves, and will close all.
    pub fn leave(&mut self, worker: WorkerId, key: Option<ListenKey>, now: Instant) {
        let all = self.sockets.iter_mut().filter(|(other, _)| key.is_none_or(|key| key == **other));
        for (_, Sockets { group, open, steering }) in all {
            group.leave(worker, now, |places| steer(steering, open, places).is_ok());
        }
    }

    /// A worker is gone.
    pub fn lose(&mut self, worker: WorkerId, now: Instant) {
        self.sockets.values_mut().for_each(|sockets| sockets.group.lose(worker, now));
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

    /// Gives the flows of workers that died, and have no successor, to others.
    pub fn look(&mut self, now: Instant) {
        for Sockets { group, open, steering } in self.sockets.values_mut() {
            group.look(now, |places| steer(steering, open, places).is_ok());
        }
    }
}

impl Sockets {
    fn join(&mut self, (key, worker): (ListenKey, WorkerId), shares: &Shares, now: Instant) {
        let free = self.group.free(now);
        let outcome = match free {
            // The first one was opened with the address.
            Free::Parked(_) | Free::New(0) => Ok(()),
            Free::Spare { place, is_stale } => self.use_again(place, is_stale),
            Free::New(place) => self.open(key, place, shares),
        };
        match outcome {
            Ok(()) => self.group.hold(free, worker),
            // For example there is no descriptor, or the process has another user now.
            Err(_) => self.group.share(worker),
        }
    }

    fn use_again(&self, place: usize, is_stale: bool) -> io::Result<()> {
        if let Some(listener) = self.open.get(place).filter(|_| is_stale) {
            listener.while_open(|socket| {
                reuse_port::discard(socket);
                Ok(())
            })?;
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
    first.while_open(|socket| steering.attach(socket, &places))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::cluster::Query;
    use crate::random::Random;

    const KEY: ListenKey = ListenKey(0);
    const FIRST: WorkerId = WorkerId(1);
    const SECOND: WorkerId = WorkerId(2);

    /// An address on which no other process is assigned a port meanwhile.
    fn host() -> Ipv4Addr {
        let [.., high, low] = std::process::id().to_be_bytes();
        Ipv4Addr::new(127, high, low, 23)
    }

    fn open(port: u16) -> Result<Arc<Listener>, crate::cluster::Errno> {
        let query = Query {
            address: Some(host().to_string()),
            port: Some(port.into()),
            address_type: "udp4".into(),
            ..Query::default()
        };
        Listener::open(&query).map(Arc::new)
    }

    /// The first worker listens.
    fn start(port: u16) -> (Shares, Flows, SocketAddr) {
        let (shares, mut flows) = (Shares::new().unwrap(), Flows::new(Udp::Flow));
        let listener = open(port).unwrap();
        let port = u16::try_from(listener.sockname()["port"].as_u64().unwrap()).unwrap();
        shares.add(FIRST);
        shares.add(SECOND);
        flows.add(KEY, Arc::clone(&listener));
        shares.open(KEY, listener);
        join(&shares, &mut flows, FIRST);
        (shares, flows, (host(), port).into())
    }

    fn join(shares: &Shares, flows: &mut Flows, worker: WorkerId) {
        if shares.join(KEY, worker).is_ok() {
            flows.join((KEY, worker), shares, Instant::now());
        }
    }

    #[test]
    fn an_address_is_free_when_its_last_worker_leaves_while_it_gets_a_socket() {
        let mut random = Random::new(5);
        let mut both = 0;
        for _ in 0..2000 {
            let (shares, mut flows, address) = start(0);
            let barrier = Barrier::new(2);
            thread::scope(|scope| {
                scope.spawn(|| {
                    barrier.wait();
                    join(&shares, &mut flows, SECOND);
                });
                barrier.wait();
                // So that the other thread may be at any point.
                (0..random.below(4000)).for_each(|_| std::hint::spin_loop());
                shares.close(KEY, FIRST);
                shares.leave(SECOND);
                UdpSocket::bind(address).unwrap();
            });
            both += usize::from(flows.get(KEY, SECOND).is_some());
        }
        // On a busy machine one of the threads often comes first.
        assert!(both > 5 && both < 1995, "{both}");
    }

    #[test]
    fn an_address_is_in_use_while_a_group_has_it() {
        let (shares, mut flows, address) = start(0);
        join(&shares, &mut flows, SECOND);
        let group = &flows.sockets[&KEY];
        assert_eq!(group.open.len(), 2);
        assert_eq!(group.open[0].sockname(), group.open[1].sockname());
        assert!(open(address.port()).is_err());
        shares.close(KEY, FIRST);
        assert!(open(address.port()).is_err());
        shares.close(KEY, SECOND);
        assert!(open(address.port()).is_ok());
    }
}
