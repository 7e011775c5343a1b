//! `Lane`: a worker's end of its lane to the reactor.
//!
//! Events: 'reply' (text, a shared handle's descriptor or -1), 'connections' (key, slot, key,
//! slot, …), 'end'.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::{Rc, Weak};

use napi::bindgen_prelude::ToNapiValue;
use napi::{Env, JsString, Result, Unknown};
use napi_derive::napi;

use super::emitter::{Emit, Emitter};
use super::{event_loop, exception, text};
use crate::uv::{Endpoint, Receiver};
use crate::wire::channel::{Channel, copy_of};
use crate::wire::frame::{self, Head, Kind};

/// The longest reply; a sockname and the first server's TLS ticket keys.
const LIMIT: u32 = 64 * 1024;

/// A worker's lane.
#[napi]
pub struct Lane {
    inbox: Rc<Inbox>,
    endpoint: Rc<Endpoint>,
}

#[napi]
impl Lane {
    pub(super) fn open(env: Env, socket: UnixStream) -> Result<Self> {
        let io = |error| exception(&error);
        let channel = Channel::new(socket, LIMIT).map_err(io)?;
        let inbox = Rc::new(Inbox::default());
        let receiver: Weak<Inbox> = Rc::downgrade(&inbox);
        let endpoint = Endpoint::new(event_loop(env)?, channel, receiver).map_err(io)?;
        Ok(Self { inbox, endpoint })
    }

    /// Begins to read; events come out through `emit`.
    #[napi]
    pub fn start(&self, env: Env, emit: Emit) -> Result<()> {
        drop(self.inbox.emitter.set(Emitter::new(env, &emit)?));
        self.endpoint.start();
        Ok(())
    }

    /// A server wants to listen. The reply carries `seq`.
    #[napi]
    pub fn query(&self, seq: u32, query: JsString) {
        self.post(Kind::Query, |bytes| {
            bytes.extend_from_slice(&seq.to_le_bytes());
            text::append(&query, bytes)
        });
    }

    /// A server has closed.
    #[napi]
    pub fn closed(&self, key: u32) {
        self.post(Kind::Close, copy_of(&key.to_le_bytes()));
    }

    /// A server that refused has room again.
    #[napi]
    pub fn room(&self, key: u32) {
        self.post(Kind::Room, copy_of(&key.to_le_bytes()));
    }

    /// Takes a connection: its descriptor is JavaScript's from now on. -1 where there is none, or
    /// the primary is gone. The answer is on the wire before the server sees the connection, so
    /// the primary never gives it to another worker as well.
    #[napi]
    pub fn take(&self, slot: u32) -> i32 {
        let connection = self.inbox.connections.borrow_mut().remove(&slot);
        match connection {
            Some(connection) if self.post(Kind::Taken, copy_of(&slot.to_le_bytes())) => {
                connection.into_raw_fd()
            }
            _ => -1,
        }
    }

    /// Refuses a connection: the primary gives it to another worker.
    #[napi]
    pub fn refuse(&self, slot: u32) {
        self.inbox.connections.borrow_mut().remove(&slot);
        self.post(Kind::Refused, copy_of(&slot.to_le_bytes()));
    }

    /// Whether the lane keeps the process alive: as long as a server listens.
    #[napi]
    pub fn hold(&self, yes: bool) {
        self.endpoint.hold(yes);
    }

    /// Takes no more connections. Those that were not taken go to other workers.
    #[napi]
    pub fn close(&self) {
        self.inbox.connections.take();
        self.endpoint.close();
    }

    /// A write that fails says what the end of the lane says as well: the primary is gone.
    fn post(&self, kind: Kind, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> bool {
        self.endpoint.send(Head::plain(kind), write).is_ok()
    }
}

/// What came, on its way to JavaScript.
#[derive(Default)]
struct Inbox {
    emitter: OnceCell<Emitter>,
    /// Key and slot of connections that JavaScript has not seen.
    arrived: RefCell<Vec<[u32; 2]>>,
    /// Connections by slot, until JavaScript takes or refuses them.
    connections: RefCell<HashMap<u32, OwnedFd>>,
}

impl Inbox {
    fn emit<'a>(&'a self, event: &str, arguments: impl FnOnce(&'a Env) -> Result<Vec<Unknown<'a>>>) {
        if let Some(emitter) = self.emitter.get() {
            emitter.emit(event, arguments);
        }
    }
}

impl Receiver for Inbox {
    fn frame(
        &self,
        head: Head,
        body: &[u8],
        mut descriptors: Vec<OwnedFd>,
    ) -> std::result::Result<(), frame::Error> {
        let bad = frame::Error::BadBody(head.kind);
        let descriptor = descriptors.pop();
        match head.kind {
            Kind::Reply => {
                let reply = str::from_utf8(body).map_err(|_| bad)?;
                self.emit("reply", |env| {
                    let number = descriptor.map_or(-1, IntoRawFd::into_raw_fd);
                    Ok(vec![text::new(env, reply)?, number.into_unknown(env)?])
                });
            }
            Kind::Connection => {
                let ([key, slot], []) = body.as_chunks() else { return Err(bad) };
                let [key, slot] = [key, slot].map(|number| u32::from_le_bytes(*number));
                let descriptor = descriptor.ok_or(frame::Error::MissingDescriptors)?;
                self.connections.borrow_mut().insert(slot, descriptor);
                self.arrived.borrow_mut().push([key, slot]);
            }
            other => return Err(frame::Error::UnknownKind(other as u8)),
        }
        Ok(())
    }

    fn pause(&self) {
        let arrived = self.arrived.take();
        if !arrived.is_empty() {
            self.emit("connections", |env| {
                arrived.into_iter().flatten().map(|number| number.into_unknown(env)).collect()
            });
        }
    }

    fn written(&self) {}

    fn ended(&self, error: Option<io::Error>) {
        self.connections.take();
        self.emit("end", |env| match error {
            Some(error) => Ok(vec![text::new(env, &error.to_string())?]),
            None => Ok(Vec::new()),
        });
    }
}
