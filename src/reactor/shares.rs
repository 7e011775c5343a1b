//! Which workers share which listening socket. Two threads use this: the one that removes the last
//! worker of a socket closes it.
//!
//! A program that learns that a server has closed, or that a worker is leaving, may listen on that
//! port itself in the next line. So JavaScript's thread closes such a socket by itself. Until the
//! reactor was scheduled among busy processes, it took 8 ms in the median. The alternatives were
//! worse. Delaying the program's events until the reactor has answered makes 'disconnect' late, and
//! does not help a program that listens right after `worker.disconnect()`. A lock around the rules
//! would block JavaScript for whole turns.
//!
//! The lock here is held for a few steps in two maps, and never across a system call. Closing comes
//! after it; JavaScript blocks there only while the reactor is closing the same socket. The rules
//! decide which worker shares what, and learn later what JavaScript did. Until then
//! [`Shares::join`] refuses workers that want to share that socket.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::listener::Listener;
use crate::cluster::{ListenKey, WorkerId};
use crate::sys::nothing::Nothing;

/// See the module.
pub(super) struct Shares {
    register: Mutex<Register>,
    /// Replaces a closed socket until the reactor frees its number.
    nothing: Nothing,
}

#[derive(Default)]
struct Register {
    workers: BTreeMap<WorkerId, Presence>,
    sockets: BTreeMap<ListenKey, Socket>,
    /// Whether a socket stays open when its last worker leaves or dies.
    keeps: bool,
}

#[derive(Default)]
struct Presence {
    keys: BTreeSet<ListenKey>,
    /// The worker is leaving: it shares nothing new.
    leaving: bool,
}

struct Socket {
    /// Several, if each worker has one of its own.
    listeners: Vec<Arc<Listener>>,
    /// The last worker stays here. The thread that comes second must still find the socket, because
    /// the first one may not have closed it yet.
    workers: BTreeSet<WorkerId>,
    /// Nobody can join.
    closing: bool,
    /// Its last worker has left, and it stays open for the next one.
    rests: bool,
}

/// Why a worker cannot share a socket.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// JavaScript has made the worker leave.
    Worker,
    /// The last of its workers has closed the socket.
    Socket,
}

impl Shares {
    /// # Errors
    /// As socket(2).
    pub fn new() -> io::Result<Self> {
        Ok(Self { register: Mutex::default(), nothing: Nothing::new()? })
    }

    /// A worker is about to be spawned.
    pub fn add(&self, worker: WorkerId) {
        self.register().workers.insert(worker, Presence::default());
    }

    /// A socket was opened. No worker shares it yet.
    pub fn open(&self, key: ListenKey, listener: Arc<Listener>) {
        let socket =
            Socket { listeners: vec![listener], workers: BTreeSet::new(), closing: false, rests: false };
        self.register().sockets.insert(key, socket);
    }

    /// There will be another socket on the same address. It is not bound yet, because nobody but the
    /// caller would close it.
    pub fn add_socket(&self, key: ListenKey, listener: Arc<Listener>) -> Result<(), Gone> {
        let mut register = self.register();
        let socket = register.sockets.get_mut(&key).filter(|socket| !socket.closing).ok_or(Gone::Socket)?;
        socket.listeners.push(listener);
        Ok(())
    }

    /// Closes a socket that is of no use beside the others.
    pub fn withdraw(&self, key: ListenKey, listener: &Arc<Listener>) {
        listener.shut(&self.nothing);
        if let Some(socket) = self.register().sockets.get_mut(&key) {
            socket.listeners.retain(|other| !Arc::ptr_eq(other, listener));
        }
    }

    /// A worker shares a socket from now on.
    pub fn join(&self, key: ListenKey, worker: WorkerId) -> Result<(), Gone> {
        let Register { workers, sockets, .. } = &mut *self.register();
        let member = workers.get_mut(&worker).filter(|member| !member.leaving).ok_or(Gone::Worker)?;
        let socket = sockets.get_mut(&key).filter(|socket| !socket.closing).ok_or(Gone::Socket)?;
        member.keys.insert(key);
        socket.workers.insert(worker);
        socket.rests = false;
        Ok(())
    }

    /// Whether a socket stays open when its last worker leaves or dies. If not, those that no worker shares
    /// are closed on return.
    pub fn keep(&self, yes: bool) {
        self.register().keeps = yes;
        if !yes {
            self.release();
        }
    }

    /// Closes the sockets that no worker shares.
    pub fn release(&self) {
        let listeners = self.register().close_resting();
        self.shut(Some(listeners));
    }

    /// A worker has closed its server. The port is free on return, if no other worker shares it.
    pub fn close(&self, key: ListenKey, worker: WorkerId) {
        let listeners = self.register().part(key, worker);
        self.shut(listeners);
    }

    /// A worker is leaving, or gone: it has closed all servers. False: that was known.
    pub fn leave(&self, worker: WorkerId) -> bool {
        let Some(keys) = self.register().leave(worker) else { return false };
        for key in keys {
            self.close(key, worker);
        }
        // Removed last, because another thread that calls this meanwhile must find all that may be
        // open.
        self.register().workers.remove(&worker).is_some()
    }

    /// The rules have closed a socket.
    pub fn remove(&self, key: ListenKey) {
        let listeners = self.register().sockets.get(&key).map(|socket| socket.listeners.clone());
        self.shut(listeners);
        // Removed last, same as in `leave`.
        self.register().forget(key);
    }

    fn shut(&self, listeners: Option<Vec<Arc<Listener>>>) {
        for listener in listeners.into_iter().flatten() {
            listener.shut(&self.nothing);
        }
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Register {
    /// Removes a worker from a socket. Returns what has to be closed then.
    fn part(&mut self, key: ListenKey, worker: WorkerId) -> Option<Vec<Arc<Listener>>> {
        let socket = self.sockets.get_mut(&key).filter(|socket| socket.workers.contains(&worker))?;
        let is_kept = self.keeps && self.workers.get(&worker).is_none_or(|member| member.leaving);
        if socket.workers.len() == 1 && !is_kept {
            socket.closing = true;
            return Some(socket.listeners.clone());
        }
        socket.workers.remove(&worker);
        socket.rests = socket.workers.is_empty();
        self.workers.get_mut(&worker)?.keys.remove(&key);
        None
    }

    /// Those that no worker shares. Nobody can join them any more.
    fn close_resting(&mut self) -> Vec<Arc<Listener>> {
        let resting = self.sockets.values_mut().filter(|socket| socket.rests);
        let close = |socket: &mut Socket| {
            (socket.rests, socket.closing) = (false, true);
            socket.listeners.clone()
        };
        resting.flat_map(close).collect()
    }

    /// Makes a worker leave. Returns what it shares.
    fn leave(&mut self, worker: WorkerId) -> Option<BTreeSet<ListenKey>> {
        let member = self.workers.get_mut(&worker)?;
        member.leaving = true;
        Some(member.keys.clone())
    }

    fn forget(&mut self, key: ListenKey) {
        let Some(socket) = self.sockets.remove(&key) else { return };
        for worker in socket.workers {
            if let Some(member) = self.workers.get_mut(&worker) {
                member.keys.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr, TcpListener};
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::cluster::Query;
    use crate::random::Random;

    const KEY: ListenKey = ListenKey(0);
    const FIRST: WorkerId = WorkerId(1);
    const SECOND: WorkerId = WorkerId(2);

    /// An address on which no other process is assigned a port meanwhile.
    fn host(number: u8) -> Ipv4Addr {
        let [.., high, low] = std::process::id().to_be_bytes();
        Ipv4Addr::new(127, high, low, number)
    }

    fn on(host: Ipv4Addr, port: u16) -> Query {
        Query { address: Some(host.to_string()), port: Some(port.into()), ..Query::default() }
    }

    fn tcp() -> (Arc<Listener>, SocketAddr) {
        tcp_on(host(14))
    }

    fn tcp_on(host: Ipv4Addr) -> (Arc<Listener>, SocketAddr) {
        let listener = Listener::open(&on(host, 0)).unwrap();
        let port = listener.sockname()["port"].as_u64().unwrap();
        (Arc::new(listener), (host, u16::try_from(port).unwrap()).into())
    }

    /// What must be true, by a model that closes at once.
    #[derive(Default)]
    struct Truth {
        workers: BTreeSet<WorkerId>,
        /// Nothing once a socket is closed. While it is open: the workers that share it, and its
        /// address.
        sockets: BTreeMap<ListenKey, Option<(BTreeSet<WorkerId>, SocketAddr)>>,
        keeps: bool,
        /// Their last workers have left, and they are open.
        resting: BTreeSet<ListenKey>,
    }

    impl Truth {
        fn close(&mut self, key: ListenKey, worker: WorkerId) {
            let is_kept = self.keeps && !self.workers.contains(&worker);
            let Some(socket) = self.sockets.get_mut(&key) else { return };
            let left =
                socket.as_mut().is_some_and(|(workers, _)| workers.remove(&worker) && workers.is_empty());
            if left && is_kept {
                self.resting.insert(key);
            } else if left {
                *socket = None;
            }
        }

        fn release(&mut self) {
            for key in std::mem::take(&mut self.resting) {
                self.sockets.insert(key, None);
            }
        }

        fn joins(&mut self, key: ListenKey, worker: WorkerId) -> Result<(), Gone> {
            if !self.workers.contains(&worker) {
                return Err(Gone::Worker);
            }
            let socket = self.sockets.get_mut(&key).and_then(Option::as_mut);
            let (workers, _) = socket.ok_or(Gone::Socket)?;
            workers.insert(worker);
            self.resting.remove(&key);
            Ok(())
        }
    }

    #[test]
    fn a_random_walk_closes_each_socket_with_its_last_worker_and_not_before() {
        let mut random = Random::new(14);
        let (shares, mut model) = (Shares::new().unwrap(), Truth::default());
        let (mut next, mut freed, mut rested) = (0, 0, 0);
        for _ in 0..15_000 {
            let worker = WorkerId(u32::try_from(random.below(4)).unwrap());
            let key = ListenKey(next - u32::try_from(random.below(4)).unwrap().min(next));
            match random.below(14) {
                0 => {
                    if model.workers.insert(worker) {
                        shares.add(worker);
                    }
                }
                1 | 2 => {
                    let (listener, address) = tcp();
                    next += 1;
                    shares.open(ListenKey(next), listener);
                    model.sockets.insert(ListenKey(next), Some((BTreeSet::new(), address)));
                }
                3..7 => assert_eq!(shares.join(key, worker), model.joins(key, worker)),
                7..10 => {
                    let before = model.sockets.get(&key).cloned().flatten();
                    shares.close(key, worker);
                    model.close(key, worker);
                    let Some((_, address)) = before else { continue };
                    let is_free = model.sockets[&key].is_none();
                    assert_eq!(TcpListener::bind(address).is_ok(), is_free);
                    freed += u32::from(is_free);
                }
                10 => {
                    assert_eq!(shares.leave(worker), model.workers.remove(&worker));
                    let keys: Vec<ListenKey> = model.sockets.keys().copied().collect();
                    for key in keys {
                        model.close(key, worker);
                    }
                }
                11 => {
                    shares.remove(key);
                    model.sockets.remove(&key);
                    model.resting.remove(&key);
                }
                12 => {
                    model.keeps = random.below(3) > 0;
                    shares.keep(model.keeps);
                    if !model.keeps {
                        model.release();
                    }
                }
                _ => {
                    let resting: Vec<SocketAddr> = model
                        .resting
                        .iter()
                        .filter_map(|key| model.sockets[key].clone())
                        .map(|it| it.1)
                        .collect();
                    for address in &resting {
                        assert!(TcpListener::bind(*address).is_err(), "it was to stay open");
                    }
                    shares.release();
                    model.release();
                    for address in &resting {
                        assert!(TcpListener::bind(*address).is_ok(), "it was to be closed");
                    }
                    rested += resting.len();
                }
            }
        }
        assert!(freed > 100 && rested > 100, "{freed}, {rested}");
    }

    #[test]
    fn whoever_comes_second_closes_what_the_first_one_has_not_closed_yet() {
        // One thread stops after its first step.
        let first_steps: [fn(&mut Register); 2] = [
            |table| assert!(table.part(KEY, FIRST).is_some()),
            |table| assert!(table.leave(FIRST).is_some()),
        ];
        let seconds: [fn(&Shares); 3] = [
            |shares| shares.close(KEY, FIRST),
            |shares| assert!(shares.leave(FIRST)),
            |shares| shares.remove(KEY),
        ];
        for first_step in first_steps {
            for second in seconds {
                let (shares, address) = shared();
                first_step(&mut shares.register());
                second(&shares);
                assert!(TcpListener::bind(address).is_ok());
            }
        }
    }

    fn shared() -> (Shares, SocketAddr) {
        let (listener, address) = tcp();
        let shares = Shares::new().unwrap();
        shares.add(FIRST);
        shares.open(KEY, listener);
        shares.join(KEY, FIRST).unwrap();
        (shares, address)
    }

    /// Both threads remove the last worker at the same time. For each of them the socket is closed
    /// when its own call returns.
    fn race(
        open: impl Fn() -> Arc<Listener>,
        is_free: impl Fn() -> bool,
        from_both: impl Fn(&Shares) + Sync,
    ) {
        let mut random = Random::new(6);
        for _ in 0..2000 {
            let shares = Shares::new().unwrap();
            shares.add(FIRST);
            shares.open(KEY, open());
            shares.join(KEY, FIRST).unwrap();
            let start = Barrier::new(2);
            thread::scope(|scope| {
                scope.spawn(|| {
                    start.wait();
                    from_both(&shares);
                    shares.remove(KEY);
                });
                start.wait();
                // So that the other thread may be at any point.
                (0..random.below(2000)).for_each(|_| std::hint::spin_loop());
                from_both(&shares);
                assert!(is_free());
            });
        }
    }

    #[test]
    fn whoever_comes_second_for_a_port_finds_it_free_as_well() {
        // No other test is assigned this port, while it is free.
        let host = host(15);
        let (listener, address) = tcp_on(host);
        drop(listener);
        let open = || Arc::new(Listener::open(&on(host, address.port())).unwrap());
        let is_free = || TcpListener::bind(address).is_ok();
        race(open, is_free, |shares| shares.close(KEY, FIRST));
        race(open, is_free, |shares| {
            shares.leave(FIRST);
        });
    }

    #[test]
    fn whoever_comes_second_for_a_path_finds_it_free_and_keeps_what_it_makes_there() {
        let path: PathBuf = std::env::temp_dir().join(format!("rs-cluster-shares-{}", std::process::id()));
        let query = Query { address: Some(path.display().to_string()), port: Some(-1), ..Query::default() };
        let open = || {
            std::fs::remove_file(&path).expect("the other thread has removed what was made here");
            Arc::new(Listener::open(&query).unwrap())
        };
        drop(UnixListener::bind(&path).unwrap());
        race(open, || UnixListener::bind(&path).is_ok(), |shares| shares.close(KEY, FIRST));
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_socket_that_another_worker_shares_stays_open() {
        let (shares, address) = shared();
        shares.add(SECOND);
        shares.join(KEY, SECOND).unwrap();
        shares.leave(FIRST);
        assert!(TcpListener::bind(address).is_err());
        assert_eq!(shares.join(KEY, FIRST), Err(Gone::Worker));
        shares.leave(SECOND);
        assert!(TcpListener::bind(address).is_ok());
    }
}
