//! The primary's end of a worker's lane: queries, answers and closings in; replies and
//! connections out.
//!
//! What is queued here keeps its order, for a connection must not overtake the reply that tells
//! the worker of its listener. Connections wait as slots, not as descriptors: the rules own those
//! and lend them for the `sendmsg`.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use serde_json::json;

use crate::cluster::{Input, ListenKey, Policy, Query, Reply, Seq, SlotIndex, WorkerId};
use crate::sys::rights::MOST_AT_ONCE;
use crate::wire::channel::{Channel, Frame, Read, copy_of};
use crate::wire::frame::{Error, Head, Kind};

/// See the module.
pub struct Lane {
    channel: Channel,
    waiting: VecDeque<Letter>,
}

/// What waits to be written.
enum Letter {
    Reply { body: Vec<u8>, shared: Option<OwnedFd> },
    Connection(SlotIndex),
}

/// How many bytes the number of a listener or a slot takes on the wire.
const NUMBER: usize = 4;

impl Lane {
    /// The longest body a worker may send; a query is some hundred bytes, TLS ticket keys included.
    const LIMIT: u32 = 64 * 1024;

    /// Takes the primary's end.
    ///
    /// # Errors
    /// As fcntl(2).
    pub fn new(socket: UnixStream) -> io::Result<Self> {
        Ok(Self { channel: Channel::new(socket, Self::LIMIT)?, waiting: VecDeque::new() })
    }

    /// Reads all that has come.
    ///
    /// # Errors
    /// The lane has ended: nothing where the worker closed it, else the nonsense that it spoke.
    pub(super) fn read(
        &mut self,
        worker: WorkerId,
        inputs: &mut Vec<Input<OwnedFd>>,
    ) -> Result<(), Option<Error>> {
        loop {
            match self.channel.read() {
                Ok(Read::Empty) => return Ok(()),
                Ok(Read::End) | Err(_) => return Err(None),
                Ok(Read::Bytes | Read::Last) => {}
            }
            while let Some(frame) = self.channel.incoming().next_frame().map_err(Some)? {
                self.understand(worker, &frame, inputs).map_err(Some)?;
            }
        }
    }

    fn understand(
        &mut self,
        worker: WorkerId,
        frame: &Frame,
        inputs: &mut Vec<Input<OwnedFd>>,
    ) -> Result<(), Error> {
        let kind = frame.head.kind;
        let body = self.channel.incoming().body(frame.body.clone());
        let numbers = || numbers(body).ok_or(Error::BadBody(kind));
        match kind {
            Kind::Query => {
                let (seq, json) = body.split_first_chunk::<NUMBER>().ok_or(Error::BadBody(kind))?;
                let query: Query = serde_json::from_slice(json).map_err(|_| Error::BadBody(kind))?;
                let seq = Seq(u32::from_le_bytes(*seq));
                inputs.push(Input::Queried { worker, seq, query: Box::new(query) });
            }
            Kind::Close => {
                inputs.extend(numbers()?.map(|key| Input::Closed { worker, key: ListenKey(key) }));
            }
            Kind::Room => {
                inputs.extend(numbers()?.map(|key| Input::Room { worker, key: ListenKey(key) }));
            }
            Kind::Taken => {
                inputs.extend(numbers()?.map(|slot| Input::Taken { worker, slot: SlotIndex(slot) }));
            }
            Kind::Refused => {
                inputs.extend(numbers()?.map(|slot| Input::Refused { worker, slot: SlotIndex(slot) }));
            }
            Kind::Hello
            | Kind::Act
            | Kind::Json
            | Kind::JsonList
            | Kind::Advanced
            | Kind::Reply
            | Kind::Connection => {
                return Err(Error::UnknownKind(kind as u8));
            }
        }
        Ok(())
    }

    /// Queues the answer to a query. `copy` gives a listener that the worker is to share.
    pub(super) fn reply(&mut self, seq: Seq, reply: &Reply, copy: impl FnOnce(ListenKey) -> Option<OwnedFd>) {
        let mut shared = None;
        let answer = match reply {
            Reply::Listening { key, policy, sockname, data } => {
                if *policy == Policy::Shared {
                    shared = copy(*key);
                }
                json!({ "seq": seq.0, "errno": 0, "key": key.0, "sockname": sockname, "data": data })
            }
            Reply::Failed(errno) => json!({ "seq": seq.0, "errno": -errno.0 }),
        };
        self.waiting.push_back(Letter::Reply { body: answer.to_string().into_bytes(), shared });
    }

    /// Queues a connection.
    pub(super) fn send(&mut self, slot: SlotIndex) {
        self.waiting.push_back(Letter::Connection(slot));
    }

    /// Writes what waits, as far as the socket takes it; `lend` gives the connection of a slot,
    /// or nothing where the worker has answered for it already (which a good worker does not).
    pub(super) fn write<'a>(
        &mut self,
        lend: impl Fn(SlotIndex) -> Option<(ListenKey, &'a OwnedFd)>,
    ) -> io::Result<()> {
        self.channel.flush()?;
        while self.channel.pending() == 0 && !self.waiting.is_empty() {
            if let Some(Letter::Reply { .. }) = self.waiting.front() {
                if let Some(Letter::Reply { body, shared }) = self.waiting.pop_front() {
                    let head = Head { kind: Kind::Reply, descriptors: u8::from(shared.is_some()), note: 0 };
                    self.channel.queue(head, shared.into_iter().collect(), copy_of(&body))?;
                    self.channel.flush()?;
                }
                continue;
            }
            let (mut bytes, mut descriptors, mut count) = (Vec::new(), Vec::new(), 0);
            for letter in &self.waiting {
                let Letter::Connection(slot) = letter else { break };
                if descriptors.len() == MOST_AT_ONCE {
                    break;
                }
                count += 1;
                if let Some((key, connection)) = lend(*slot) {
                    connection_frame(key, *slot, &mut bytes);
                    descriptors.push(connection.as_fd());
                }
            }
            if !descriptors.is_empty() && !self.channel.lend(&bytes, &descriptors)? {
                return Ok(());
            }
            self.waiting.drain(..count);
        }
        Ok(())
    }
}

impl AsFd for Lane {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}

fn connection_frame(key: ListenKey, slot: SlotIndex, bytes: &mut Vec<u8>) {
    let head = Head { kind: Kind::Connection, descriptors: 1, note: 0 };
    if let Ok(head) = head.encode(2 * NUMBER) {
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&key.0.to_le_bytes());
        bytes.extend_from_slice(&slot.0.to_le_bytes());
    }
}

fn numbers(body: &[u8]) -> Option<impl Iterator<Item = u32> + '_> {
    let (chunks, rest) = body.as_chunks::<NUMBER>();
    rest.is_empty().then(|| chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)))
}
