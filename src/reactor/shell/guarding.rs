//! Guarding the sockets on which workers accept by themselves.

use mio::Interest;

use super::Shell;
use crate::cluster::ListenKey;
use crate::reactor::guard::Found;
use crate::reactor::source::{Source, unwatch};

impl Shell<'_> {
    /// Epoll says that a connection came.
    pub(super) fn arrived(&mut self, key: ListenKey) {
        if !self.guard.has(key) {
            self.listeners.arrived(key);
        } else if let Some(listener) = self.listeners.get(key) {
            drop(unwatch(self.poll.registry(), listener));
            self.guard.begin(key, self.accepted_by_workers(key), self.now);
        }
    }

    /// No worker shares a socket. Its connections wait in the kernel.
    pub(super) fn rest(&mut self, key: ListenKey) {
        self.listeners.rest(self.poll.registry(), key);
        if let Some(listener) = self.listeners.get(key).filter(|_| self.guard.has(key)) {
            // An error means that epoll does not have it.
            drop(unwatch(self.poll.registry(), listener));
            self.guard.remove(key);
        }
    }

    /// A worker shares it again.
    pub(super) fn resume(&mut self, key: ListenKey) {
        self.listeners.resume(self.poll.registry(), key);
        if self.listeners.is_shared(key) {
            self.guard(key);
        }
    }

    /// A socket on which the workers will accept.
    pub(super) fn guard(&mut self, key: ListenKey) {
        if self.guard.add(key) {
            self.watch(key);
        }
    }

    /// Epoll will report the next connection.
    fn watch(&mut self, key: ListenKey) {
        let Some(listener) = self.listeners.get(key) else { return };
        let watched = Source::Listener(key).watch(self.poll.registry(), listener, Interest::READABLE);
        if watched.is_err() {
            // The kernel has no memory for it now.
            self.guard.begin(key, self.accepted_by_workers(key), self.now);
        }
    }

    /// Looks at those that are due. Connections that no worker takes are accepted in this turn.
    pub(super) fn look_at_guarded(&mut self) {
        for key in self.guard.due(self.now) {
            let Some(listener) = self.listeners.get(key) else { continue };
            let count = self.accepted_by_workers(key);
            match self.guard.look(key, count, || listener.has_waiting()) {
                Found::Progress => {}
                Found::Standstill => self.listeners.arrived(key),
                Found::Nothing => self.watch(key),
            }
        }
    }

    /// It changes with each connection that a worker accepts by itself.
    fn accepted_by_workers(&self, key: ListenKey) -> u64 {
        let ledgers = self.lanes.values().filter_map(|lane| lane.offers.ledger());
        ledgers.map(|ledger| u64::from(ledger.accepted_from(key))).sum()
    }
}
