//! The sockets on which the thread accepts, and those of them that the next turn has to check.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use mio::Registry;

use super::listener::{Listener, Pause};
use super::source::{Source, unwatch};
use crate::cluster::{ListenKey, Mode};

/// See the module.
#[derive(Default)]
pub(super) struct Listeners {
    open: BTreeMap<ListenKey, Open>,
    /// Something has come, as far as is known.
    ready: BTreeSet<ListenKey>,
    /// Accepted something in this turn.
    came: BTreeSet<ListenKey>,
    /// Epoll does not watch these, because all workers are busy. Each turn tries to accept there.
    /// The number says how often in a row it found nothing.
    unwatched: BTreeMap<ListenKey, u32>,
    /// Could not accept, and are tried again after a while. Epoll does not watch them.
    failed: BTreeSet<ListenKey>,
    /// No worker shares these, so their connections wait in the kernel.
    resting: BTreeSet<ListenKey>,
    /// How many connections there were.
    pub(super) accepted: u64,
}

struct Open {
    listener: Arc<Listener>,
    mode: Mode,
}

impl Listeners {
    /// So many failed attempts cost less than an event for the next connection.
    const MISSES: u32 = 8;
    /// How many connections one listener accepts in a turn, so that they are sent before more are
    /// accepted.
    const AT_ONCE: usize = 64;

    /// Adds one. On a shared one the workers accept, and not the reactor.
    ///
    /// # Errors
    /// As `epoll_ctl(2)`.
    pub(super) fn add(
        &mut self,
        registry: &Registry,
        key: ListenKey,
        listener: Arc<Listener>,
        mode: Mode,
    ) -> io::Result<()> {
        if mode == Mode::Dealt {
            Source::Listener(key).watch_level(registry, &listener)?;
        }
        self.open.insert(key, Open { listener, mode });
        Ok(())
    }

    /// Removes one, which frees its number. It is shut already.
    pub(super) fn remove(&mut self, registry: &Registry, key: ListenKey) {
        let Some(Open { listener, .. }) = self.open.remove(&key) else { return };
        // If the program has the socket too (`listen({ fd })`), closing our copy does not remove it
        // from epoll. The next copy gets the same number, and could not be added (epoll(7),
        // inherited-descriptor.js). An error means that epoll does not have it.
        drop(unwatch(registry, &listener));
        self.unwatched.remove(&key);
        for keys in [&mut self.ready, &mut self.came, &mut self.failed, &mut self.resting] {
            keys.remove(&key);
        }
    }

    /// No worker shares it: nothing is accepted.
    pub(super) fn rest(&mut self, registry: &Registry, key: ListenKey) {
        let was_watched = self.is_watched(key);
        self.resting.insert(key);
        self.unwatched.remove(&key);
        for keys in [&mut self.ready, &mut self.came, &mut self.failed] {
            keys.remove(&key);
        }
        if let Some(open) = self.open.get(&key).filter(|_| was_watched) {
            drop(unwatch(registry, &open.listener));
        }
    }

    /// A worker shares it again.
    pub(super) fn resume(&mut self, registry: &Registry, key: ListenKey) {
        if self.resting.remove(&key) && self.is_watched(key) {
            self.rewatch(registry, key);
        }
    }

    pub(super) fn get(&self, key: ListenKey) -> Option<&Listener> {
        self.open.get(&key).map(|open| open.listener.as_ref())
    }

    /// A connection has come.
    pub(super) fn arrived(&mut self, key: ListenKey) {
        self.ready.insert(key);
    }

    /// Whether the thread must not sleep.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Whether a connection may come that epoll does not report.
    pub(super) fn needs_checks(&self) -> bool {
        !self.failed.is_empty() || self.is_unwatched()
    }

    /// Whether connections may be held in the kernel until a worker has room.
    pub(super) fn is_unwatched(&self) -> bool {
        !self.unwatched.is_empty()
    }

    /// Those on which this turn has to accept, and how many connections at most.
    ///
    /// Where epoll watches, it is one: if there are more, epoll says so in the next turn. That is
    /// cheaper than to find out by accept(2), unless a burst comes, and then the workers are busy soon.
    pub(super) fn candidates(&mut self) -> Vec<(ListenKey, usize)> {
        let mut keys = std::mem::take(&mut self.ready);
        keys.extend(self.failed.iter().chain(self.unwatched.keys()));
        keys.retain(|key| !self.resting.contains(key));
        keys.into_iter().map(|key| (key, if self.is_watched(key) { 1 } else { Self::AT_ONCE })).collect()
    }

    /// Whether workers share the socket itself, and accept.
    pub(super) fn is_shared(&self, key: ListenKey) -> bool {
        self.open.get(&key).is_some_and(|open| open.mode == Mode::Shared && open.listener.listens())
    }

    fn is_watched(&self, key: ListenKey) -> bool {
        let is_dealt = self.open.get(&key).is_some_and(|open| open.mode == Mode::Dealt);
        let is_left = [&self.failed, &self.resting].into_iter().any(|keys| keys.contains(&key));
        is_dealt && !is_left && !self.unwatched.contains_key(&key)
    }

    /// The next connection; nothing if there is none now.
    pub(super) fn accept(&mut self, registry: &Registry, key: ListenKey) -> Option<OwnedFd> {
        let open = self.open.get(&key)?;
        let outcome = open.listener.accept();
        if outcome.as_ref().is_err_and(|pause| *pause == Pause::Failed) {
            self.fail(registry, key);
            return None;
        }
        self.recover(registry, key);
        if let Ok(connection) = outcome {
            self.accepted += 1;
            self.came.insert(key);
            if !self.is_watched(key) {
                self.ready.insert(key);
            }
            return Some(connection);
        }
        if let Some(misses) = self.unwatched.get_mut(&key) {
            *misses = if self.came.contains(&key) { 0 } else { *misses + 1 };
        }
        self.ready.remove(&key);
        None
    }

    /// Epoll would report it in each turn.
    fn fail(&mut self, registry: &Registry, key: ListenKey) {
        self.ready.remove(&key);
        let Some(open) = self.open.get(&key).filter(|open| open.mode == Mode::Dealt) else { return };
        if self.is_watched(key) {
            drop(unwatch(registry, &open.listener));
        }
        self.failed.insert(key);
    }

    fn recover(&mut self, registry: &Registry, key: ListenKey) {
        if self.failed.remove(&key) && self.is_watched(key) {
            self.rewatch(registry, key);
        }
    }

    fn rewatch(&mut self, registry: &Registry, key: ListenKey) {
        let Some(open) = self.open.get(&key) else { return };
        if Source::Listener(key).watch_level(registry, &open.listener).is_err() {
            // The kernel has no memory for it now.
            self.failed.insert(key);
        }
    }

    /// If all workers are busy, a new connection would only be queued, so it need not wake the
    /// thread. Such a listener is no longer watched. Its connections stay in the kernel until a
    /// worker asks for more, or until the next turn. Only listeners that had a connection in this
    /// turn are changed, so idle ones cost nothing.
    pub(super) fn watch(&mut self, registry: &Registry, is_busy: impl Fn(ListenKey) -> bool) {
        let came = std::mem::take(&mut self.came);
        for key in came.into_iter().filter(|key| is_busy(*key)) {
            let open = self.open.get(&key).filter(|_| self.is_watched(key));
            if open.is_some_and(|open| unwatch(registry, &open.listener).is_ok()) {
                self.unwatched.insert(key, 0);
            }
        }
        let idle = self.unwatched.iter().filter(|(key, misses)| **misses >= Self::MISSES || !is_busy(**key));
        let idle: Vec<ListenKey> = idle.map(|(key, _)| *key).collect();
        for key in idle {
            self.unwatched.remove(&key);
            if self.is_watched(key) {
                self.rewatch(registry, key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use mio::Poll;

    use super::*;
    use crate::cluster::Query;
    use crate::sys::listen;

    #[test]
    fn a_socket_that_lives_on_is_served_again() {
        let poll = Poll::new().unwrap();
        let socket = listen::tcp(Some("127.0.0.1"), 0, false, 0).unwrap();
        let query = Query { fd: Some(socket.as_raw_fd()), ..Query::default() };
        let mut listeners = Listeners::default();
        for key in (0..3).map(ListenKey) {
            let listener = Arc::new(Listener::open(&query).unwrap());
            listeners.add(poll.registry(), key, listener, Mode::Dealt).unwrap();
            // One of them is not watched when it is removed.
            listeners.watch(poll.registry(), |_| key.0 == 1);
            listeners.remove(poll.registry(), key);
            assert!(listeners.candidates().is_empty() && !listeners.needs_checks());
        }
    }
}
