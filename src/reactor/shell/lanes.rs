//! Reading lanes, writing to them, and removing those that have ended.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;

use super::Shell;
use crate::cluster::{Input, Query, WorkerId};
use crate::reactor::event::Event;
use crate::reactor::lenders::Lenders;
use crate::reactor::shares::Gone;
use crate::reactor::source::unwatch;
use crate::wire::frame;

impl Shell<'_> {
    pub(super) fn lane_ready(&mut self, worker: WorkerId) {
        // Nothing more is read from a lane that has ended in this turn: a protocol error is reported once.
        let open = self.lanes.get_mut(&worker).filter(|_| !self.ended.contains(&worker));
        let Some(lane) = open else { return };
        let mut inputs = Vec::new();
        let outcome = lane.read(worker, &mut inputs);
        for input in inputs {
            self.hear(input);
        }
        // It may have reported a claim.
        self.attended.insert(worker);
        self.writing.insert(worker);
        match outcome {
            Ok(false) => {}
            Ok(true) => drop(self.reading.insert(worker)),
            Err(end) => {
                self.ended.insert(worker);
                if let Some(protocol_error) = end {
                    (self.report)(Event::ProtocolError(worker, protocol_error));
                }
            }
        }
    }

    /// Removes lanes that have ended. What was in flight there goes to other workers.
    pub(super) fn bury(&mut self) {
        while let Some(worker) = self.ended.pop_first() {
            self.attended.remove(&worker);
            if let Some(mut lane) = self.lanes.remove(&worker) {
                // Same as a listener, it is removed from epoll before it is closed.
                drop(unwatch(self.poll.registry(), &lane));
                let claimed = lane.offers.revoke_all();
                drop(lane);
                self.publish_last(worker, claimed.len());
                self.shares.leave(worker);
                self.apply(Input::Gone { worker, claimed });
                self.write_all();
            }
        }
    }

    /// Applies what a worker has sent. Some of it concerns the sockets that it shares.
    fn hear(&mut self, input: Input<OwnedFd>) {
        match &input {
            Input::Queried { worker, query, .. } => self.reserve(*worker, query),
            Input::Closed { worker, key } => self.shares.close(*key, *worker),
            _ => {}
        }
        self.apply(input);
    }

    /// If JavaScript has just closed a socket that a worker wants to share, the rules learn that
    /// first.
    fn reserve(&mut self, worker: WorkerId, query: &Query) {
        let Some(key) = self.rules.shared_by(worker, query) else { return };
        match self.shares.join(key, worker) {
            Ok(()) => {}
            Err(Gone::Worker) => self.apply(Input::Leaving { worker }),
            Err(Gone::Socket) => {
                // Nobody shares it, if JavaScript has closed what was kept.
                self.apply(Input::Released);
                for worker in self.rules.sharers(key) {
                    self.apply(Input::Closed { worker, key });
                }
            }
        }
    }

    pub(super) fn write_all(&mut self) {
        let mut pending = BTreeSet::new();
        for worker in std::mem::take(&mut self.writing) {
            let Some(lane) = self.lanes.get_mut(&worker) else { continue };
            if lane.is_unread() {
                if self.ended.insert(worker) {
                    (self.report)(Event::ProtocolError(worker, frame::Error::Unread.to_string()));
                }
                continue;
            }
            let lenders = Lenders { rules: &self.rules, listeners: &self.listeners, flows: &self.flows };
            let written = lane.write(worker, lenders);
            if written.is_err() || lane.watch_room(self.poll.registry(), worker).is_err() {
                // Its last frames are still to be read, because they may report claims.
                self.lane_ready(worker);
                self.ended.insert(worker);
            } else if lane.has_pending() {
                // Epoll reports room in the socket. If the write failed for another reason, only a
                // retry shows when that has passed.
                pending.insert(worker);
            }
        }
        // The set is not empty if the last frames of another worker have caused outputs.
        self.writing.append(&mut pending);
    }
}
