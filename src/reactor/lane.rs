//! The primary's end of a worker's lane. Queries, answers and closings come in; replies and
//! connections go out. It also has the worker's offers.
//!
//! What is queued here keeps its order, because a connection must not overtake the reply for its
//! listener. Connections are queued as slots, and shared listeners as keys. The owners of their
//! descriptors lend them for the `sendmsg` ([`Lenders`]). So no copy is needed, and a primary that
//! is out of descriptors can send them all the same.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use mio::{Interest, Registry};

use super::lenders::Lenders;
use super::outbox::{Letter, Outbox};
use super::source::Source;
use crate::cluster::{Input, ListenKey, Query, Reply, Seq, SlotIndex, WorkerId};
use crate::ledger::{Corrupted, Generation, Ledger, Offers};
use crate::wire::frame::{Error, Plain};
use crate::wire::lane::{Connection, Connections, ToPrimary, ToWorker};
use crate::wire::{Channel, Frame, Limits, Read};

/// See the module.
pub struct Lane {
    channel: Channel,
    outbox: Outbox,
    pub(super) offers: Offers,
    /// Whether epoll watches for room in the socket.
    watches_room: bool,
}

impl Lane {
    /// How many connections one frame carries: twice the most that a worker is offered at once.
    const AT_ONCE: usize = Limits::CONNECTIONS as usize;

    /// How many reads one turn makes, so that a worker that never stops writing does not delay
    /// others. They read more than a socket holds by default, so a turn reads all that was written
    /// before it.
    const READS: usize = 4;

    /// Makes the primary's end, with the ledger if there is one.
    ///
    /// # Errors
    /// As fcntl(2).
    pub fn new(socket: UnixStream, ledger: Option<Ledger>) -> io::Result<Self> {
        let channel = Channel::new(socket, Limits::LANE_OF_PRIMARY)?;
        Ok(Self { channel, outbox: Outbox::default(), offers: Offers::new(ledger), watches_room: false })
    }

    /// Reads what has come. True: there may be more.
    ///
    /// # Errors
    /// The lane has ended. Nothing if the worker closed it; otherwise the protocol error, as a
    /// text.
    pub(super) fn read(
        &mut self,
        worker: WorkerId,
        inputs: &mut Vec<Input<OwnedFd>>,
    ) -> Result<bool, Option<String>> {
        for _ in 0..Self::READS {
            let read = self.channel.read().map_err(|_| None)?;
            match read {
                Read::Empty => return Ok(false),
                Read::End => return Err(None),
                Read::Bytes | Read::Last => {}
            }
            let protocol_error = |error: Error| Some(error.to_string());
            while let Some(frame) = self.channel.incoming.next_frame().map_err(protocol_error)? {
                self.understand(worker, frame, inputs).map_err(protocol_error)?;
            }
            if read == Read::Last {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn understand(
        &mut self,
        worker: WorkerId,
        frame: Frame,
        inputs: &mut Vec<Input<OwnedFd>>,
    ) -> Result<(), Error> {
        match ToPrimary::decode(frame.head, self.channel.incoming.body(frame.body))? {
            ToPrimary::Query { seq, query } => {
                let query: Query =
                    serde_json::from_slice(query).map_err(|_| Error::BadBody(frame.head.kind))?;
                inputs.push(Input::Queried { worker, seq: Seq(seq), query: Box::new(query) });
            }
            ToPrimary::Closed { key } => inputs.push(Input::Closed { worker, key: ListenKey(key) }),
            ToPrimary::Room { key } => inputs.push(Input::Room { worker, key: ListenKey(key) }),
            ToPrimary::Claimed { slot, generation } => {
                self.offers.woken();
                // If there is a page, it decides, and each turn looks at it.
                if !self.offers.has_page() && self.offers.answered(SlotIndex(slot), Generation(generation)) {
                    inputs.push(Input::Claimed { worker, slot: SlotIndex(slot) });
                }
            }
            ToPrimary::Refused { slot, generation } => {
                if self.offers.answered(SlotIndex(slot), Generation(generation)) {
                    inputs.push(Input::Refused { worker, slot: SlotIndex(slot) });
                }
            }
            ToPrimary::Alive => {
                inputs.push(Input::Alive { worker });
            }
        }
        Ok(())
    }

    /// Queues the answer to a query.
    pub(super) fn reply(&mut self, seq: Seq, reply: &Reply) {
        self.push(Letter::reply(seq, reply));
    }

    fn push(&mut self, letter: Letter) {
        self.outbox.push(letter, self.channel.outgoing.pending());
    }

    /// Whether more replies are pending than a correct worker can cause. Then the lane is to be
    /// closed.
    pub(super) fn is_unread(&self) -> bool {
        self.outbox.is_unread(self.channel.outgoing.pending())
    }

    /// Offers a connection, and queues it.
    pub(super) fn offer(&mut self, slot: SlotIndex, now: Instant) {
        let generation = self.offers.offer(slot, now);
        self.push(Letter::Connection(slot, generation));
    }

    /// Queues a probe.
    pub(super) fn probe(&mut self) {
        self.push(Letter::Probe);
    }

    /// Looks at what the worker has claimed.
    ///
    /// # Errors
    /// [`Corrupted`]: the page holds a word that neither side may write.
    pub(super) fn look(
        &mut self,
        worker: WorkerId,
        inputs: &mut Vec<Input<OwnedFd>>,
    ) -> Result<(), Corrupted> {
        inputs.extend(self.offers.claimed()?.into_iter().map(|slot| Input::Claimed { worker, slot }));
        Ok(())
    }

    /// Writes what is queued, until the socket is full.
    pub(super) fn write(&mut self, worker: WorkerId, lenders: Lenders) -> io::Result<()> {
        self.channel.outgoing.flush()?;
        while self.channel.outgoing.pending() == 0 {
            let written = match self.outbox.front() {
                None => break,
                Some(Letter::Reply { .. }) => self.write_reply(worker, lenders)?,
                Some(Letter::Probe) => {
                    self.outbox.pop(1);
                    self.channel.outgoing.send(&ToWorker::Probe)?;
                    true
                }
                Some(Letter::Connection(..)) => self.write_connections(worker, lenders)?,
            };
            if !written {
                break;
            }
        }
        Ok(())
    }

    /// Writes the reply that is first in line. False: the socket is full.
    fn write_reply(&mut self, worker: WorkerId, lenders: Lenders) -> io::Result<bool> {
        let Some(Letter::Reply { head, body, shared }) = self.outbox.front() else { return Ok(false) };
        let frame = Plain { head: *head, body };
        let written = match shared {
            None => self.channel.outgoing.send(&frame).map(|()| true)?,
            Some(key) => match lenders.socket(*key, worker) {
                Some(listener) => self.channel.outgoing.lend(&frame, &[listener.as_fd()])?,
                // It was closed meanwhile: the worker is leaving, and gets no answer.
                None => true,
            },
        };
        if written {
            self.outbox.pop(1);
        }
        Ok(written)
    }

    /// Whether something did not fit the socket.
    pub(super) fn has_pending(&self) -> bool {
        self.channel.outgoing.pending() > 0 || !self.outbox.is_empty()
    }

    /// Whether something is pending, and no event will say when it can be written.
    pub(super) fn is_crowded(&self) -> bool {
        self.has_pending() && self.channel.outgoing.is_crowded()
    }

    /// Watches for room only if something is pending, because otherwise each read of the worker
    /// would cause an event. It does not watch a crowded lane, because each attempt to write would
    /// cause one.
    pub(super) fn watch_room(&mut self, registry: &Registry, worker: WorkerId) -> io::Result<()> {
        let watches = self.has_pending() && !self.channel.outgoing.is_crowded();
        if std::mem::replace(&mut self.watches_room, watches) == watches {
            return Ok(());
        }
        let interest = if watches { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        Source::Lane(worker).rewatch(registry, self, interest)
    }

    /// Writes the connections that are first in line, in one frame. False: the socket is full.
    fn write_connections(&mut self, worker: WorkerId, Lenders { rules, .. }: Lenders) -> io::Result<bool> {
        let (mut connections, mut descriptors, mut count) = (Vec::new(), Vec::new(), 0);
        for letter in self.outbox.iter().take(Self::AT_ONCE) {
            let Letter::Connection(slot, generation) = letter else { break };
            count += 1;
            // An offer that was revoked before it was written is passed over.
            let open = self.offers.is_open(*slot, *generation);
            if let Some((key, connection)) = rules.connection(worker, *slot).filter(|_| open) {
                let offer = Connection { key: key.0, slot: slot.0, generation: generation.0 };
                connections.push(offer.encode());
                descriptors.push(connection.as_fd());
            }
        }
        let frame = ToWorker::Connections(Connections(&connections));
        let written = descriptors.is_empty() || self.channel.outgoing.lend(&frame, &descriptors)?;
        if written {
            self.outbox.pop(count);
        }
        Ok(written)
    }
}

impl AsFd for Lane {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}
