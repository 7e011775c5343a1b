//! Turns the frames of a lane into JavaScript events.
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
use std::rc::Weak;

use napi::bindgen_prelude::ToNapiValue;

use super::emitter::Emitter;
use super::loop_meter::LoopMeter;
use super::text;
use crate::cluster::SlotIndex;
use crate::ledger::Generation;
use crate::sys::{errno, handle_type};
use crate::uv::{Endpoint, Receiver};
use crate::wire::UNREAD;
use crate::wire::frame::{self, Head};
use crate::wire::lane::{Connection, Connections, Reply, ToPrimary, ToWorker};

/// Stands in the place of a ticket if the connection was refused, because this process is out of
/// descriptors.
const NO_TICKET: u32 = u32::MAX;

/// An offered connection that JavaScript has neither claimed nor refused.
pub(super) struct Ticket {
    pub slot: SlotIndex,
    pub generation: Generation,
    pub descriptor: OwnedFd,
}

/// See the module.
#[derive(Default)]
pub(super) struct LaneInbox {
    /// Open as long as JavaScript listens and the endpoint is there.
    pub emitter: Emitter,
    /// Key and ticket of connections that JavaScript has not seen.
    arrived: RefCell<Vec<[u32; 2]>>,
    /// By ticket. A slot could not be the key, because it may be used again while JavaScript still
    /// holds the earlier offer.
    pub offers: RefCell<HashMap<u32, Ticket>>,
    tickets: Cell<u32>,
    /// The lane, for answers that need no JavaScript.
    pub endpoint: OnceCell<Weak<Endpoint>>,
    /// Nothing if no memory is shared.
    pub meter: OnceCell<LoopMeter>,
}

impl LaneInbox {
    fn hold(&self, offer: Ticket) -> u32 {
        let ticket = self.tickets.get();
        self.tickets.set((ticket + 1) % NO_TICKET);
        self.offers.borrow_mut().insert(ticket, offer);
        ticket
    }

    /// A connection came. It is refused at once if its descriptor did not come.
    fn arrive(
        &self,
        Connection { key, slot, generation }: Connection,
        descriptor: Option<OwnedFd>,
    ) -> Result<(), frame::Error> {
        let ticket = if let Some(descriptor) = descriptor {
            self.hold(Ticket { slot: SlotIndex(slot), generation: Generation(generation), descriptor })
        } else {
            self.answer(&ToPrimary::Refused { slot, generation })?;
            NO_TICKET
        };
        self.arrived.borrow_mut().push([key, ticket]);
        Ok(())
    }

    /// Sends an answer that needs no JavaScript. A failed write needs no handling: the end of the
    /// lane reports it.
    fn answer(&self, answer: &ToPrimary) -> Result<(), frame::Error> {
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
            // If it is missing, this process had no room for it.
            Reply::Shared(listening) => ("shared", listening, -(errno::OUT_OF_DESCRIPTORS as i32)),
            Reply::Failed { errno } => {
                let errno = i64::from(errno);
                return self
                    .emitter
                    .emit("failed", |env| Ok(vec![seq.into_unknown(env)?, (-errno).into_unknown(env)?]));
            }
        };
        self.emitter.emit("listening", |env| {
            let (seq, key) = (seq.into_unknown(env)?, listening.key.into_unknown(env)?);
            let mode = text::new(env, mode)?;
            let (sockname, data) = (text::new(env, listening.sockname)?, text::new(env, listening.data)?);
            // Converted last: if anything before it fails, the descriptor is closed.
            let number = descriptor.map_or(without, IntoRawFd::into_raw_fd).into_unknown(env)?;
            Ok(vec![seq, mode, key, sockname, data, number])
        });
    }

    /// Connections came, each with its descriptor. The last ones lack theirs if this process had no
    /// room for them.
    fn arrive_all(&self, connections: Connections, descriptors: Vec<OwnedFd>) -> Result<(), frame::Error> {
        let mut descriptors = descriptors.into_iter();
        for connection in connections {
            self.arrive(connection, descriptors.next())?;
        }
        Ok(())
    }
}

impl Receiver for LaneInbox {
    fn frame(&self, head: Head, body: &[u8], mut descriptors: Vec<OwnedFd>) -> Result<(), frame::Error> {
        match ToWorker::decode(head, body)? {
            ToWorker::Reply { seq, reply } => self.reply(seq, reply, descriptors.pop()),
            // Node would wrap anything that comes, and libuv aborts the process if epoll refuses a
            // descriptor.
            ToWorker::Connections(_) if !descriptors.iter().all(handle_type::is_connection) => {
                return Err(frame::Error::BadBody(head.kind));
            }
            ToWorker::Connections(connections) => self.arrive_all(connections, descriptors)?,
            ToWorker::Probe => {
                // Before the answer, so that a program which sees the answer finds this.
                if let Some(meter) = self.meter.get() {
                    meter.read();
                }
                self.answer(&ToPrimary::Alive)?;
            }
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
