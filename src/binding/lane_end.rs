//! `LaneEnd`: a worker's end of its lane to the reactor.
//!
//! Events:
//! - 'listening': number of the query, mode ('dealt' or 'shared'), key, sockname and data as JSON, and a
//!   descriptor: of mode 'shared' the listening socket, or -EMFILE if there was no room for it; else -1.
//! - 'failed': number of the query, negative error number.
//! - 'connections': key, ticket, key, ticket, …; 4294967295 in the place of a ticket if there was no
//!   room for the connection, which was refused.
//! - 'end': an error's text, or nothing.

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
use crate::wire::frame::{self, Head};
use crate::wire::lane::{Connection, Connections, Reply, ToPrimary, ToWorker};
use crate::wire::message::Content;
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
        let mut json = Vec::new();
        let sent =
            query.write(&mut json).and_then(|()| self.endpoint.send(&ToPrimary::Query { seq, query: &json }));
        sent.map_or_else(|error| negative_errno(&error), |_| 0)
    }

    /// A server has closed.
    #[napi]
    pub fn closed(&self, key: u32) {
        self.say(&ToPrimary::Closed { key });
    }

    /// A server that refused has room again.
    #[napi]
    pub fn room(&self, key: u32) {
        self.say(&ToPrimary::Room { key });
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
            self.say(&ToPrimary::Claimed { slot: slot.0, generation: generation.0 });
        }
        true
    }

    /// Refuses a connection: the primary gives it to another worker.
    #[napi]
    pub fn refuse(&self, ticket: u32) {
        let offer = self.receiver.offers.borrow_mut().remove(&ticket);
        if let Some(Ticket { slot, generation, .. }) = offer {
            self.say(&ToPrimary::Refused { slot: slot.0, generation: generation.0 });
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
    fn say(&self, said: &ToPrimary) {
        drop(self.endpoint.send(said));
    }
}

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
        Connection { key, slot, generation }: Connection,
        descriptor: Option<OwnedFd>,
    ) -> std::result::Result<(), frame::Error> {
        let ticket = if let Some(descriptor) = descriptor {
            self.hold(Ticket { slot: SlotIndex(slot), generation: Generation(generation), descriptor })
        } else {
            self.answer(&ToPrimary::Refused { slot, generation })?;
            NO_TICKET
        };
        self.arrived.borrow_mut().push([key, ticket]);
        Ok(())
    }

    /// What needs no JavaScript. A write that fails says what the end of the lane says as well.
    fn answer(&self, answer: &ToPrimary) -> std::result::Result<(), frame::Error> {
        let Some(endpoint) = self.endpoint.get().and_then(Weak::upgrade) else { return Ok(()) };
        match endpoint.send(answer) {
            Ok(pending) if pending > UNREAD => Err(frame::Error::Unread),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The answer to a query. `descriptor` came with it.
    fn reply(&self, seq: u32, reply: Reply, descriptor: Option<OwnedFd>) {
        let (mode, listening, without) = match reply {
            Reply::Dealt(listening) => ("dealt", listening, -1),
            // It was sent, and this process had no room for it.
            Reply::Shared(listening) => ("shared", listening, -(Errno::EMFILE as i32)),
            Reply::Failed { errno } => {
                let errno = i64::from(errno);
                return self
                    .emitter
                    .emit("failed", |env| Ok(vec![seq.into_unknown(env)?, (-errno).into_unknown(env)?]));
            }
        };
        self.emitter.emit("listening", |env| {
            let number = descriptor.map_or(without, IntoRawFd::into_raw_fd);
            Ok(vec![
                seq.into_unknown(env)?,
                text::new(env, mode)?,
                listening.key.into_unknown(env)?,
                text::new(env, listening.sockname)?,
                text::new(env, listening.data)?,
                number.into_unknown(env)?,
            ])
        });
    }

    /// Connections came, each with its descriptor; without, if this process had no room for the last
    /// ones.
    fn arrive_all(
        &self,
        connections: Connections,
        descriptors: Vec<OwnedFd>,
    ) -> std::result::Result<(), frame::Error> {
        let mut descriptors = descriptors.into_iter();
        for connection in connections {
            self.arrive(connection, descriptors.next())?;
        }
        Ok(())
    }
}

impl Receiver for LaneReceiver {
    fn frame(
        &self,
        head: Head,
        body: &[u8],
        mut descriptors: Vec<OwnedFd>,
    ) -> std::result::Result<(), frame::Error> {
        match ToWorker::decode(head, body)? {
            ToWorker::Reply { seq, reply } => self.reply(seq, reply, descriptors.pop()),
            // Node would wrap it, and libuv aborts over what epoll refuses.
            ToWorker::Connections(_) if !descriptors.iter().all(handle_type::is_connection) => {
                return Err(frame::Error::BadBody(head.kind));
            }
            ToWorker::Connections(connections) => self.arrive_all(connections, descriptors)?,
            ToWorker::Probe => self.answer(&ToPrimary::Alive)?,
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
