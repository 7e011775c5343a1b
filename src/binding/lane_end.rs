//! `LaneEnd`: a worker's end of its lane to the reactor.
//!
//! Its events are made by the [`LaneInbox`].

use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::{Rc, Weak};

use napi::bindgen_prelude::Uint32ArraySlice;
use napi::{Env, JsString, Result};
use napi_derive::napi;

use super::acceptor::Acceptor;
use super::emitter::{Emit, Emitter};
use super::lane_inbox::{LaneInbox, Ticket};
use super::loop_meter::LoopMeter;
use super::{counter, event_loop, exception, negative_errno};
use crate::cluster::ListenKey;
use crate::ledger::Ledger;
use crate::sys::failure::Called;
use crate::sys::inherited;
use crate::uv::{self, Endpoint};
use crate::wire::lane::ToPrimary;
use crate::wire::message::Content;
use crate::wire::{Channel, Limits};

/// A worker's lane.
#[napi]
pub struct LaneEnd {
    inbox: Rc<LaneInbox>,
    endpoint: Rc<Endpoint>,
    ledger: Option<Rc<Ledger>>,
}

#[napi]
impl LaneEnd {
    pub(super) fn open(env: Env, socket: UnixStream, ledger: Option<OwnedFd>) -> Result<Self> {
        let io = |failure| exception(env, &failure);
        let ledger = ledger.map(|memory| Ledger::open(&memory).map(Rc::new)).transpose().map_err(io)?;
        let channel = Channel::new(socket, Limits::LANE_OF_WORKER).called("ioctl").map_err(io)?;
        let inbox = Rc::new(LaneInbox::default());
        let weak: Weak<LaneInbox> = Rc::downgrade(&inbox);
        let event_loop = event_loop(env)?;
        if let Some(ledger) = &ledger {
            drop(inbox.meter.set(LoopMeter::new(event_loop, Rc::clone(ledger))));
        }
        let endpoint = Endpoint::new(event_loop, channel, weak).called("uv_poll_init").map_err(io)?;
        drop(inbox.endpoint.set(Rc::downgrade(&endpoint)));
        Ok(Self { inbox, endpoint, ledger })
    }

    /// Begins to read; events come out through `emit`.
    #[napi]
    pub fn start(&self, env: Env, emit: Emit) -> Result<()> {
        self.inbox.emitter.open(env, &emit)?;
        self.endpoint.start();
        Ok(())
    }

    /// A server wants to listen. The reply carries `seq`. A negative error number means that no
    /// reply will come.
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

    /// Claims a connection. Returns its descriptor, which JavaScript owns from now on; -1 if the
    /// offer was revoked, or the lane is closed. The claim comes before the server sees the
    /// connection, so no other worker can get it as well.
    #[napi]
    pub fn claim(&self, ticket: u32) -> i32 {
        let offer = self.inbox.offers.borrow_mut().remove(&ticket);
        match offer {
            Some(offer) if self.mark_claimed(&offer) => offer.descriptor.into_raw_fd(),
            _ => -1,
        }
    }

    fn mark_claimed(&self, Ticket { slot, generation, .. }: &Ticket) -> bool {
        let tell = match &self.ledger {
            Some(ledger) if ledger.claim(*slot, *generation) => {
                let remaining = self.inbox.offers.borrow().len();
                ledger.is_awaited(u32::try_from(remaining).unwrap_or(u32::MAX))
            }
            Some(_) => return false,
            None => true,
        };
        // If this cannot be sent, the primary is gone. The connection is claimed all the same.
        if tell {
            self.say(&ToPrimary::Claimed { slot: slot.0, generation: generation.0 });
        }
        true
    }

    /// Refuses a connection: the primary offers it to another worker.
    #[napi]
    pub fn refuse(&self, ticket: u32) {
        let offer = self.inbox.offers.borrow_mut().remove(&ticket);
        if let Some(Ticket { slot, generation, .. }) = offer {
            self.say(&ToPrimary::Refused { slot: slot.0, generation: generation.0 });
        }
    }

    /// Accepts from a shared listening socket, which JavaScript gives up. The connections are counted in
    /// the ledger.
    #[napi]
    pub fn acceptor(&self, env: Env, key: u32, descriptor: i32) -> Result<Acceptor> {
        let io = |failure| exception(env, &failure);
        let socket = inherited::own(descriptor).called("fcntl").map_err(io)?;
        let emitter = Rc::new(Emitter::default());
        let on_turn = {
            let emitter = Rc::clone(&emitter);
            move || emitter.emit("turn", |_| Ok(Vec::new()))
        };
        let line = uv::Acceptor::new(event_loop(env)?, socket, on_turn).called("uv_poll_init").map_err(io)?;
        Ok(Acceptor { emitter, line, ledger: self.ledger.clone(), key: ListenKey(key) })
    }

    /// The word in which JavaScript counts the open connections of this worker. The primary reads
    /// it. Nothing if no memory is shared.
    #[napi]
    pub fn open_connections<'a>(&self, env: &'a Env) -> Result<Option<Uint32ArraySlice<'a>>> {
        self.ledger.as_ref().map_or(Ok(None), |ledger| counter::of_open_connections(env, ledger))
    }

    /// Whether the lane keeps the process alive: as long as a server listens.
    #[napi]
    pub fn hold(&self, yes: bool) {
        self.endpoint.hold(yes);
    }

    /// Accepts no more offers. Those that were not claimed go to other workers.
    #[napi]
    pub fn close(&self) {
        self.inbox.offers.take();
        self.endpoint.close();
    }

    /// A failed write needs no handling: the primary is gone, and the end of the lane reports that.
    fn say(&self, said: &ToPrimary) {
        drop(self.endpoint.send(said));
    }
}
