//! Applies inputs to the rules, and carries out their outputs.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use serde_json::Value;

use super::Shell;
use crate::cluster::{Errno, Input, ListenKey, Mode, Output, Query, Reply, WorkerId};
use crate::reactor::listener::{self, Listener};
use crate::sys::errno;

impl Shell<'_> {
    pub(super) fn apply(&mut self, input: Input<OwnedFd>) {
        match &input {
            Input::Closed { worker, key } => self.flows.leave(*worker, Some(*key), self.now),
            Input::Leaving { worker } => self.flows.leave(*worker, None, self.now),
            Input::Gone { worker, .. } => self.flows.lose(*worker, self.now),
            _ => {}
        }
        let mut outputs = std::mem::take(&mut self.outputs);
        let answered = input.answered();
        self.rules.apply(self.now, input, &mut outputs);
        self.totals.publish(self.listeners.accepted, self.rules.queued());
        if let Some(worker) = answered {
            self.publish(worker);
        }
        for output in outputs.drain(..) {
            match output {
                Output::Listen { key, query, mode } => {
                    let outcome = self.listen(key, &query, mode);
                    self.apply(Input::Listening { key, outcome });
                }
                Output::Unlisten { key } => {
                    self.shares.remove(key);
                    self.listeners.remove(self.poll.registry(), key);
                    self.guard.remove(key);
                    self.flows.remove(key);
                }
                Output::Rest { key } => self.rest(key),
                Output::Resume { key } => self.resume(key),
                Output::Reply { worker, reply: Reply::Listening { key, .. }, .. }
                    if self.shares.join(key, worker).is_err() =>
                {
                    // Same as in Node, a worker that is leaving gets no answer.
                    self.apply(Input::Leaving { worker });
                }
                Output::Reply { worker, seq, reply } => {
                    if let Reply::Listening { key, .. } = reply {
                        self.flows.join((key, worker), &self.shares, self.now);
                    }
                    if let Some(lane) = self.lanes.get_mut(&worker) {
                        lane.reply(seq, &reply);
                        self.writing.insert(worker);
                    }
                }
                Output::Offer { worker, slot } => {
                    self.publish(worker);
                    if let Some(lane) = self.lanes.get_mut(&worker) {
                        lane.offer(slot, self.now);
                        self.attended.insert(worker);
                        self.writing.insert(worker);
                    }
                }
                Output::Revoke { worker, slot } => {
                    let Some(lane) = self.lanes.get_mut(&worker) else { continue };
                    match lane.offers.revoke(slot) {
                        Some(true) => self.apply(Input::Revoked { worker, slot }),
                        Some(false) => self.apply(Input::Claimed { worker, slot }),
                        // Several answers were read at once; this one's turn comes. To say now what
                        // it was would say it twice, and the second time of the slot's next
                        // connection (late-claims.js).
                        None => {}
                    }
                }
                Output::Probe { worker } => {
                    self.publish(worker);
                    if let Some(lane) = self.lanes.get_mut(&worker) {
                        lane.probe();
                        self.attended.insert(worker);
                        self.writing.insert(worker);
                    }
                }
            }
        }
        self.outputs = outputs;
    }

    /// Published before a client can notice, so a client that has an answer finds it counted.
    fn publish(&self, worker: WorkerId) {
        if let Some((block, figures)) = self.blocks.get(&worker).zip(self.rules.figures(worker)) {
            block.publish(figures, self.rules.unanswered_probe(worker));
        }
    }

    /// A worker is gone, and has claimed so many of the connections that were in flight.
    pub(super) fn publish_last(&mut self, worker: WorkerId, claimed: usize) {
        let figures = self.rules.figures(worker).map(|figures| figures.at_end(claimed));
        if let Some(block) = self.blocks.remove(&worker) {
            block.end(figures);
            self.totals.publish_gone(block.accepted());
        }
    }

    fn listen(&mut self, key: ListenKey, query: &Query, mode: Mode) -> Result<Value, Errno> {
        if !self.may_listen {
            return Err(Errno(errno::NOT_PERMITTED as i32));
        }
        let listener = Arc::new(Listener::open(query)?);
        let sockname = listener.sockname();
        let added = self.listeners.add(self.poll.registry(), key, Arc::clone(&listener), mode);
        added.map_err(|error| listener::errno(&error))?;
        if self.listeners.is_shared(key) {
            self.guard(key);
        }
        // The program has the other end of a given descriptor: nothing may be bound beside it.
        if query.is_datagram() && query.fd.is_none_or(|fd| fd < 0) {
            self.flows.add(key, Arc::clone(&listener));
        }
        self.shares.open(key, listener);
        Ok(sockname)
    }
}
