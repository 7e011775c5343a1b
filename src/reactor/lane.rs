//! The primary's end of a worker's lane: queries, answers and closings in; replies and
//! connections out; and what the worker was offered.
//!
//! What is queued here keeps its order, because a connection must not overtake the reply that tells
//! the worker of its listener. No descriptor waits here: connections wait as slots and shared
//! listeners as keys. Their owners lend the descriptors for the `sendmsg` ([`Lenders`]), so a
//! primary that is out of descriptors can send them all the same.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use mio::{Interest, Registry};
use serde_json::json;

use super::listeners::Listeners;
use super::source::Source;
use crate::cluster::{Input, ListenKey, Mode, Query, Reply, Rules, Seq, SlotIndex, WorkerId};
use crate::ledger::{Generation, Ledger, Offers, Scribbled};
use crate::wire::frame::{Error, Head, Kind};
use crate::wire::{Channel, Frame, Limits, Read, UNREAD, copy_of};

/// The owners of the descriptors that a lane writes. They are lent to the kernel for one call.
#[derive(Clone, Copy)]
pub(super) struct Lenders<'a> {
    pub rules: &'a Rules<OwnedFd>,
    pub listeners: &'a Listeners,
}

/// See the module.
pub struct Lane {
    channel: Channel,
    waiting: VecDeque<Letter>,
    /// How many bytes `waiting` takes.
    unread: usize,
    pub(super) offers: Offers,
    /// Whether epoll tells of room in the socket.
    watches_room: bool,
}

/// What waits to be written.
enum Letter {
    Reply { body: Vec<u8>, shared: Option<ListenKey> },
    Connection(SlotIndex, Generation),
    Probe,
}

impl Letter {
    /// What a letter that waits costs the primary, in bytes.
    fn price(&self) -> usize {
        let body = if let Self::Reply { body, .. } = self { body.len() } else { 0 };
        body + size_of::<Self>()
    }
}

/// How many bytes a number takes on the wire.
const NUMBER: usize = 4;

impl Lane {
    /// How many connections one frame carries: the most that a worker is offered at once, twice.
    const AT_ONCE: usize = Limits::CONNECTIONS as usize;

    /// How many reads one turn makes, so that a worker that never stops talking keeps nobody
    /// waiting. That is more than a socket holds by default: what was said before a turn is read in it.
    const READS: usize = 4;

    /// Takes the primary's end, and the ledger where there is one.
    ///
    /// # Errors
    /// As fcntl(2).
    pub fn new(socket: UnixStream, ledger: Option<Ledger>) -> io::Result<Self> {
        let channel = Channel::new(socket, Limits::LANE_OF_PRIMARY)?;
        Ok(Self {
            channel,
            waiting: VecDeque::new(),
            unread: 0,
            offers: Offers::new(ledger),
            watches_room: false,
        })
    }

    /// Reads what has come. True: there may be more.
    ///
    /// # Errors
    /// The lane has ended: nothing where the worker closed it, else the nonsense that it spoke.
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
            while let Some(frame) = self.channel.incoming().next_frame().map_err(protocol_error)? {
                self.understand(worker, &frame, inputs).map_err(protocol_error)?;
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
        frame: &Frame,
        inputs: &mut Vec<Input<OwnedFd>>,
    ) -> Result<(), Error> {
        let kind = frame.head.kind;
        let body = self.channel.incoming().body(frame.body.clone());
        let bad = Error::BadBody(kind);
        match kind {
            Kind::Query => {
                let (seq, json) = body.split_first_chunk::<NUMBER>().ok_or(bad)?;
                let query: Query = serde_json::from_slice(json).map_err(|_| bad)?;
                let seq = Seq(u32::from_le_bytes(*seq));
                inputs.push(Input::Queried { worker, seq, query: Box::new(query) });
            }
            Kind::Closed => {
                let [key] = numbers(body).ok_or(bad)?;
                inputs.push(Input::Closed { worker, key: ListenKey(key) });
            }
            Kind::Room => {
                let [key] = numbers(body).ok_or(bad)?;
                inputs.push(Input::Room { worker, key: ListenKey(key) });
            }
            Kind::Claimed => {
                let [slot, generation] = numbers(body).ok_or(bad)?;
                self.offers.woken();
                // Where there is a page, it has the last word, and is looked at in each turn.
                if !self.offers.has_page() && self.offers.answered(SlotIndex(slot), Generation(generation)) {
                    inputs.push(Input::Claimed { worker, slot: SlotIndex(slot) });
                }
            }
            Kind::Refused => {
                let [slot, generation] = numbers(body).ok_or(bad)?;
                if self.offers.answered(SlotIndex(slot), Generation(generation)) {
                    inputs.push(Input::Refused { worker, slot: SlotIndex(slot) });
                }
            }
            Kind::Alive => {
                inputs.push(Input::Alive { worker });
            }
            Kind::Hello
            | Kind::Act
            | Kind::Json
            | Kind::JsonList
            | Kind::AdvancedList
            | Kind::Advanced
            | Kind::Reply
            | Kind::Connections
            | Kind::Probe => return Err(Error::UnknownKind(kind as u8)),
        }
        Ok(())
    }

    /// Queues the answer to a query.
    pub(super) fn reply(&mut self, seq: Seq, reply: &Reply) {
        let (answer, shared) = match reply {
            Reply::Listening { key, mode, sockname, data } => {
                let (mode, shared) = match mode {
                    Mode::Dealt => ("dealt", None),
                    Mode::Shared => ("shared", Some(*key)),
                };
                let answer = json!({
                    "seq": seq.0, "errno": 0, "mode": mode, "key": key.0, "sockname": sockname, "data": data,
                });
                (answer, shared)
            }
            Reply::Failed(errno) => (json!({ "seq": seq.0, "errno": -errno.0 }), None),
        };
        self.push(Letter::Reply { body: answer.to_string().into_bytes(), shared });
    }

    fn push(&mut self, letter: Letter) {
        self.unread += letter.price();
        // One read brings hundreds of queries: what is over the bound is not even kept.
        if !self.is_unread() {
            self.waiting.push_back(letter);
        }
    }

    /// The first `count` letters are written, or need not be.
    fn pop(&mut self, count: usize) {
        self.unread -= self.waiting.drain(..count).map(|letter| letter.price()).sum::<usize>();
    }

    /// Whether more replies wait than an honest worker leaves unread: the lane is to be closed.
    pub(super) fn is_unread(&self) -> bool {
        self.unread + self.channel.pending() > UNREAD
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
    /// [`Scribbled`]: the page holds what neither of us may write.
    pub(super) fn look(
        &mut self,
        worker: WorkerId,
        inputs: &mut Vec<Input<OwnedFd>>,
    ) -> Result<(), Scribbled> {
        inputs.extend(self.offers.claimed()?.into_iter().map(|slot| Input::Claimed { worker, slot }));
        Ok(())
    }

    /// Writes what waits, as far as the socket takes it.
    pub(super) fn write(&mut self, worker: WorkerId, lenders: Lenders) -> io::Result<()> {
        self.channel.flush()?;
        while self.channel.pending() == 0 {
            let written = match self.waiting.front() {
                None => break,
                Some(Letter::Reply { .. }) => self.write_reply(lenders)?,
                Some(Letter::Probe) => {
                    self.pop(1);
                    self.channel.send(Head::plain(Kind::Probe), copy_of(b""))?;
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
    fn write_reply(&mut self, Lenders { listeners, .. }: Lenders) -> io::Result<bool> {
        let Some(Letter::Reply { body, shared }) = self.waiting.front() else { return Ok(false) };
        let written = match shared {
            None => self.channel.send(Head::plain(Kind::Reply), copy_of(body)).map(|()| true)?,
            Some(key) => match listeners.get(*key) {
                Some(listener) => self.channel.lend(Kind::Reply, body, &[listener.as_fd()])?,
                // It was closed meanwhile: the worker is leaving, and gets no answer.
                None => true,
            },
        };
        if written {
            self.pop(1);
        }
        Ok(written)
    }

    /// Whether something did not fit the socket.
    pub(super) fn has_waiting(&self) -> bool {
        self.channel.pending() > 0 || !self.waiting.is_empty()
    }

    /// Whether something waits that nobody tells of when it can leave.
    pub(super) fn is_crowded(&self) -> bool {
        self.has_waiting() && self.channel.is_crowded()
    }

    /// Watches for room only where something waits for it: the kernel tells of room whenever the
    /// worker has read. In a crowded lane it would tell of it after each attempt.
    pub(super) fn watch_room(&mut self, registry: &Registry, worker: WorkerId) -> io::Result<()> {
        let waits = self.has_waiting() && !self.channel.is_crowded();
        if std::mem::replace(&mut self.watches_room, waits) == waits {
            return Ok(());
        }
        let interest = if waits { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        Source::Lane(worker).rewatch(registry, self, interest)
    }

    /// Writes the connections that are first in line, in one frame. False: the socket is full.
    fn write_connections(&mut self, worker: WorkerId, Lenders { rules, .. }: Lenders) -> io::Result<bool> {
        let (mut body, mut descriptors, mut count) = (Vec::new(), Vec::new(), 0);
        for letter in self.waiting.iter().take(Self::AT_ONCE) {
            let Letter::Connection(slot, generation) = letter else { break };
            count += 1;
            // What was revoked before it was written need not be written.
            let open = self.offers.is_open(*slot, *generation);
            if let Some((key, connection)) = rules.connection(worker, *slot).filter(|_| open) {
                body.extend([key.0, slot.0, generation.0].into_iter().flat_map(u32::to_le_bytes));
                descriptors.push(connection.as_fd());
            }
        }
        let written = descriptors.is_empty() || self.channel.lend(Kind::Connections, &body, &descriptors)?;
        if written {
            self.pop(count);
        }
        Ok(written)
    }
}

impl AsFd for Lane {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}

fn numbers<const N: usize>(body: &[u8]) -> Option<[u32; N]> {
    let (chunks, []) = body.as_chunks::<NUMBER>() else { return None };
    let numbers: &[[u8; NUMBER]; N] = chunks.try_into().ok()?;
    Some(numbers.map(u32::from_le_bytes))
}
