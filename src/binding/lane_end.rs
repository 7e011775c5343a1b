//! `LaneEnd`: a worker's end of its lane to the reactor.
//!
//! Events: 'reply' (text, a shared handle's descriptor, or -1 where there is none, or -EMFILE where
//! there was no room for it), 'connections' (key, ticket, key, ticket, …; 4294967295 in the place of
//! a ticket where there was no room for the connection, which was refused), 'end'.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::{Rc, Weak};

use napi::bindgen_prelude::{ToNapiValue, Uint32ArraySlice};
use napi::{Env, JsString, Result};
use napi_derive::napi;
use nix::errno::Errno;

use super::emitter::{Emit, Emitter};
use super::{counter, event_loop, exception, negative_errno, text};
use crate::cluster::SlotIndex;
use crate::ledger::{Generation, Ledger};
use crate::sys::failure::Called;
use crate::sys::handle_type;
use crate::uv::{Endpoint, Receiver};
use crate::wire::frame::{self, Head, Kind};
use crate::wire::{Channel, Limits, UNREAD};

/// A worker's lane.
#[napi]
pub struct LaneEnd {
    receiver: Rc<LaneReceiver>,
    endpoint: Rc<Endpoint>,
    ledger: Option<Rc<Ledger>>,
}

#[napi]
impl LaneEnd {
    pub(super) fn open(env: Env, socket: UnixStream, ledger: Option<OwnedFd>) -> Result<Self> {
        let io = |failure| exception(env, &failure);
        let ledger = ledger.map(|memory| Ledger::open(&memory).map(Rc::new)).transpose().map_err(io)?;
        let channel = Channel::new(socket, Limits::LANE_OF_WORKER).called("ioctl").map_err(io)?;
        let receiver = Rc::new(LaneReceiver::default());
        let weak: Weak<LaneReceiver> = Rc::downgrade(&receiver);
        let endpoint = Endpoint::new(event_loop(env)?, channel, weak).called("uv_poll_init").map_err(io)?;
        drop(receiver.endpoint.set(Rc::downgrade(&endpoint)));
        Ok(Self { receiver, endpoint, ledger })
    }

    /// Begins to read; events come out through `emit`.
    #[napi]
    pub fn start(&self, env: Env, emit: Emit) -> Result<()> {
        self.receiver.emitter.open(env, &emit)?;
        self.endpoint.start();
        Ok(())
    }

    /// A server wants to listen. The reply carries `seq`. A negative error number: there will be
    /// none.
    #[napi]
    pub fn query(&self, seq: u32, query: JsString) -> i32 {
        let sent = self.endpoint.send(Head::plain(Kind::Query), |bytes| {
            bytes.extend_from_slice(&seq.to_le_bytes());
            text::append(&query, bytes)
        });
        sent.map_or_else(|error| negative_errno(&error), |_| 0)
    }

    /// A server has closed.
    #[napi]
    pub fn closed(&self, key: u32) {
        self.post(Kind::Closed, numbers([key]));
    }

    /// A server that refused has room again.
    #[napi]
    pub fn room(&self, key: u32) {
        self.post(Kind::Room, numbers([key]));
    }

    /// Takes a connection: its descriptor is JavaScript's from now on. -1 where the primary has
    /// taken it back, or is gone. The claim comes before the server sees the connection, so that
    /// nobody else will ever be given it.
    #[napi]
    pub fn claim(&self, ticket: u32) -> i32 {
        let offer = self.receiver.offers.borrow_mut().remove(&ticket);
        match offer {
            Some(offer) if self.mark_claimed(&offer) => offer.descriptor.into_raw_fd(),
            _ => -1,
        }
    }

    fn mark_claimed(&self, Ticket { slot, generation, .. }: &Ticket) -> bool {
        let tell = match &self.ledger {
            Some(ledger) if ledger.claim(*slot, *generation) => {
                let remaining = self.receiver.offers.borrow().len();
                ledger.is_awaited(u32::try_from(remaining).unwrap_or(u32::MAX))
            }
            Some(_) => return false,
            None => true,
        };
        // Where the primary cannot be told, it is gone; the connection is ours all the same.
        if tell {
            self.post(Kind::Claimed, numbers([slot.0, generation.0]));
        }
        true
    }

    /// Refuses a connection: the primary gives it to another worker.
    #[napi]
    pub fn refuse(&self, ticket: u32) {
        let offer = self.receiver.offers.borrow_mut().remove(&ticket);
        if let Some(Ticket { slot, generation, .. }) = offer {
            self.post(Kind::Refused, numbers([slot.0, generation.0]));
        }
    }

    /// Where JavaScript counts the connections that are open here, for the primary to read; nothing
    /// where no memory is shared.
    #[napi]
    pub fn open_connections<'a>(&self, env: &'a Env) -> Result<Option<Uint32ArraySlice<'a>>> {
        self.ledger.as_ref().map_or(Ok(None), |ledger| counter::of_open_connections(env, ledger))
    }

    /// Whether the lane keeps the process alive: as long as a server listens.
    #[napi]
    pub fn hold(&self, yes: bool) {
        self.endpoint.hold(yes);
    }

    /// Takes no more connections. Those that were not taken go to other workers.
    #[napi]
    pub fn close(&self) {
        self.receiver.offers.take();
        self.endpoint.close();
    }

    /// A write that fails says what the end of the lane says as well: the primary is gone.
    fn post(&self, kind: Kind, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> bool {
        self.endpoint.send(Head::plain(kind), write).is_ok()
    }
}

fn numbers<const N: usize>(numbers: [u32; N]) -> impl FnOnce(&mut Vec<u8>) -> io::Result<()> {
    move |bytes| {
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        Ok(())
    }
}

/// How many bytes a connection takes in the body of its frame: key, slot, generation.
const CONNECTION: usize = 12;

/// In the place of a ticket: the connection was refused, for this process is out of descriptors.
const NO_TICKET: u32 = u32::MAX;

/// A connection that JavaScript has neither taken nor refused.
struct Ticket {
    slot: SlotIndex,
    generation: Generation,
    descriptor: OwnedFd,
}

/// What came, on its way to JavaScript.
#[derive(Default)]
struct LaneReceiver {
    emitter: Emitter,
    /// Key and ticket of connections that JavaScript has not seen.
    arrived: RefCell<Vec<[u32; 2]>>,
    /// By ticket: a number of ours, for a slot may be used again while JavaScript still holds it.
    offers: RefCell<HashMap<u32, Ticket>>,
    tickets: Cell<u32>,
    /// Where to answer without JavaScript.
    endpoint: OnceCell<Weak<Endpoint>>,
}

impl LaneReceiver {
    fn hold(&self, offer: Ticket) -> u32 {
        let ticket = self.tickets.get();
        self.tickets.set((ticket + 1) % NO_TICKET);
        self.offers.borrow_mut().insert(ticket, offer);
        ticket
    }

    /// A connection came, or without its descriptor is refused at once.
    fn arrive(
        &self,
        [key, slot, generation]: [u32; 3],
        descriptor: Option<OwnedFd>,
    ) -> std::result::Result<(), frame::Error> {
        let ticket = if let Some(descriptor) = descriptor {
            self.hold(Ticket { slot: SlotIndex(slot), generation: Generation(generation), descriptor })
        } else {
            self.answer(Kind::Refused, numbers([slot, generation]))?;
            NO_TICKET
        };
        self.arrived.borrow_mut().push([key, ticket]);
        Ok(())
    }

    /// What needs no JavaScript. A write that fails says what the end of the lane says as well.
    fn answer(
        &self,
        kind: Kind,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> std::result::Result<(), frame::Error> {
        let Some(endpoint) = self.endpoint.get().and_then(Weak::upgrade) else { return Ok(()) };
        match endpoint.send(Head::plain(kind), write) {
            Ok(pending) if pending > UNREAD => Err(frame::Error::Unread),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl Receiver for LaneReceiver {
    fn frame(
        &self,
        head: Head,
        body: &[u8],
        mut descriptors: Vec<OwnedFd>,
    ) -> std::result::Result<(), frame::Error> {
        let bad = frame::Error::BadBody(head.kind);
        match head.kind {
            Kind::Reply => {
                let reply = str::from_utf8(body).map_err(|_| bad)?;
                if head.descriptors > 1 {
                    return Err(bad);
                }
                self.emitter.emit("reply", |env| {
                    let missing = if head.descriptors > 0 { -(Errno::EMFILE as i32) } else { -1 };
                    let number = descriptors.pop().map_or(missing, IntoRawFd::into_raw_fd);
                    Ok(vec![text::new(env, reply)?, number.into_unknown(env)?])
                });
            }
            Kind::Connections => {
                let (connections, []) = body.as_chunks::<CONNECTION>() else { return Err(bad) };
                if connections.len() != usize::from(head.descriptors) {
                    return Err(bad);
                }
                // Node would wrap it, and libuv aborts over what epoll refuses.
                if !descriptors.iter().all(handle_type::is_connection) {
                    return Err(bad);
                }
                // There are fewer descriptors if this process had no room for the last ones.
                let mut descriptors = descriptors.into_iter();
                for connection in connections {
                    let &[key, slot, generation] = connection.as_chunks().0 else { return Err(bad) };
                    self.arrive([key, slot, generation].map(u32::from_le_bytes), descriptors.next())?;
                }
            }
            Kind::Probe => self.answer(Kind::Alive, numbers([]))?,
            other => return Err(frame::Error::UnknownKind(other as u8)),
        }
        Ok(())
    }

    fn pause(&self) {
        let arrived = self.arrived.take();
        if !arrived.is_empty() {
            self.emitter.emit("connections", |env| {
                arrived.into_iter().flatten().map(|number| number.into_unknown(env)).collect()
            });
        }
    }

    fn written(&self) {}

    fn ended(&self, error: Option<io::Error>) {
        self.offers.take();
        self.emitter.emit("end", |env| match error {
            Some(error) => Ok(vec![text::new(env, &error.to_string())?]),
            None => Ok(Vec::new()),
        });
    }

    fn gone(&self) {
        self.emitter.close();
    }
}
