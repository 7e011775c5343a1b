//! The sockets on which the thread accepts, and those of them that the next turn has to check.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use mio::{Interest, Registry};

use super::listener::{Listener, Pause};
use super::source::{Source, unwatch};
use crate::cluster::{ListenKey, Mode};

/// See the module.
#[derive(Default)]
pub(super) struct Listeners {
    open: BTreeMap<ListenKey, Arc<Listener>>,
    /// May have more to accept: epoll reports each arrival only once.
    ready: BTreeSet<ListenKey>,
    /// Accepted something in this turn.
    came: BTreeSet<ListenKey>,
    /// Epoll does not watch these, because all workers are busy. Each turn tries to accept there.
    /// The number says how often in a row it found nothing.
    unwatched: BTreeMap<ListenKey, u32>,
    /// Could not accept, and are tried again after a while.
    starved: BTreeSet<ListenKey>,
    /// How many connections there were.
    pub(super) accepted: u64,
}

impl Listeners {
    /// So many failed attempts cost less than an event for the next connection.
    const IN_VAIN: u32 = 8;

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
        match mode {
            Mode::Dealt => {
                Source::Listener(key).watch(registry, &listener, Interest::READABLE)?;
                // Connections may have come before epoll knew of the socket.
                self.ready.insert(key);
            }
            // The workers accept.
            Mode::Shared => {}
        }
        self.open.insert(key, listener);
        Ok(())
    }

    /// Removes one, which frees its number. It is shut already.
    pub(super) fn remove(&mut self, registry: &Registry, key: ListenKey) {
        let Some(listener) = self.open.remove(&key) else { return };
        // If the program has the socket too (`listen({ fd })`), closing our copy does not remove it
        // from epoll. The next copy gets the same number, and could not be added (epoll(7),
        // inherited-descriptor.js). An error means that epoll does not have it.
        drop(unwatch(registry, &listener));
        self.unwatched.remove(&key);
        for keys in [&mut self.ready, &mut self.came, &mut self.starved] {
            keys.remove(&key);
        }
    }

    pub(super) fn get(&self, key: ListenKey) -> Option<&Listener> {
        self.open.get(&key).map(Arc::as_ref)
    }

    /// Epoll says that a connection came.
    pub(super) fn told(&mut self, key: ListenKey) {
        self.ready.insert(key);
    }

    /// Whether the thread must not sleep.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Whether a connection may come that epoll does not report.
    pub(super) fn is_untold(&self) -> bool {
        !self.starved.is_empty() || self.is_unwatched()
    }

    /// Whether connections may be held in the kernel until a worker has room.
    pub(super) fn is_unwatched(&self) -> bool {
        !self.unwatched.is_empty()
    }

    /// Those on which this turn has to accept.
    pub(super) fn candidates(&mut self) -> Vec<ListenKey> {
        self.ready.append(&mut self.starved);
        self.ready.extend(self.unwatched.keys());
        self.ready.iter().copied().collect()
    }

    /// The next connection; nothing if there is none now.
    pub(super) fn accept(&mut self, key: ListenKey) -> Option<OwnedFd> {
        let outcome = self.open.get(&key).map_or(Err(Pause::Empty), |listener| listener.accept());
        match outcome {
            Ok(connection) => {
                self.accepted += 1;
                self.came.insert(key);
                return Some(connection);
            }
            Err(Pause::Empty) => {
                if let Some(in_vain) = self.unwatched.get_mut(&key) {
                    *in_vain = if self.came.contains(&key) { 0 } else { *in_vain + 1 };
                }
            }
            Err(Pause::Failed) => drop(self.starved.insert(key)),
        }
        self.ready.remove(&key);
        None
    }

    /// If all workers are busy, a new connection would only be queued, so it need not wake the
    /// thread. Such a listener is no longer watched. Its connections stay in the kernel until a
    /// worker asks for more, or until the next turn. Only listeners that had a connection in this
    /// turn are changed, so idle ones cost nothing.
    pub(super) fn watch(&mut self, registry: &Registry, is_busy: impl Fn(ListenKey) -> bool) {
        let came = std::mem::take(&mut self.came);
        for key in came.into_iter().filter(|key| is_busy(*key)) {
            let listener = self.open.get(&key).filter(|_| !self.unwatched.contains_key(&key));
            if listener.is_some_and(|listener| unwatch(registry, listener).is_ok()) {
                self.unwatched.insert(key, 0);
            }
        }
        let (open, starved) = (&self.open, &mut self.starved);
        self.unwatched.retain(|key, in_vain| {
            let stays = *in_vain < Self::IN_VAIN && is_busy(*key);
            if let Some(listener) = open.get(key).filter(|_| !stays) {
                let watched = Source::Listener(*key).watch(registry, listener, Interest::READABLE);
                if watched.is_err() {
                    // The kernel has no memory for it now.
                    starved.insert(*key);
                }
            }
            stays
        });
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
            assert!(listeners.candidates().is_empty() && !listeners.is_untold());
        }
    }
}
