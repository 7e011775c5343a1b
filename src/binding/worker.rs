//! `Worker`: one end of the channel between the primary and a worker, on either side.
//!
//! Its events are made by the [`Inbox`].

use std::cell::Cell;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::{Rc, Weak};
use std::{fmt, io, iter};

use napi::bindgen_prelude::{BufferSlice, Either, FnArgs, Function};
use napi::{Env, Error, JsString, Result};
use napi_derive::napi;

use super::emitter::Emit;
use super::inbox::Inbox;
use super::lane_end::LaneEnd;
use super::{event_loop, exception, negative_errno};
use crate::sys::failure::{Called, Failure};
use crate::sys::{errno, inherited};
use crate::uv::Endpoint;
use crate::wire::message::{Hello, Message, NoHello};
use crate::wire::{Channel, Limits, Read};

/// A message as JavaScript has it.
type Sent<'a> = Message<'a, &'a JsString<'a>, &'a [u8]>;

/// One end of a channel.
#[napi]
pub struct Worker {
    inbox: Rc<Inbox>,
    endpoint: Rc<Endpoint>,
    /// The primary: the worker's end, until it was spawned with it.
    descriptor: Cell<Option<OwnedFd>>,
    /// The worker: its lane and its ledger, until JavaScript asks for them.
    lane: Cell<Option<(OwnedFd, Option<OwnedFd>)>>,
}

#[napi]
impl Worker {
    /// Makes the primary's end. The worker's end is kept until the worker inherits it. Its first
    /// frame, with the lane and the ledger, is already in it.
    pub(super) fn fork(env: Env, lane: OwnedFd, ledger: Option<OwnedFd>) -> Result<Self> {
        let (channel, there) = said_hello(lane, ledger).map_err(|failure| exception(env, &failure))?;
        let worker = Self::on_loop(env, channel)?;
        worker.descriptor.set(Some(there));
        Ok(worker)
    }

    /// The worker's end: the descriptor that this process was spawned with.
    #[napi(factory)]
    pub fn attach(env: Env, descriptor: i32) -> Result<Self> {
        let io = |failure| exception(env, &failure);
        let socket = UnixStream::from(inherited::own(descriptor).called("fcntl").map_err(io)?);
        let mut channel = Channel::new(socket, Limits::CHANNEL_OF_WORKER).called("ioctl").map_err(io)?;
        // The primary wrote it before it spawned us.
        let protocol = |error: &dyn fmt::Display| Error::from_reason(error.to_string());
        let frame = match channel.read().called("recvmsg").map_err(io)? {
            Read::Bytes | Read::Last => channel.incoming.next_frame().map_err(|error| protocol(&error))?,
            Read::Empty | Read::End => None,
        };
        let frame = frame.ok_or_else(|| protocol(&NoHello::Missing))?;
        let hello = Hello::decode(frame.head, channel.incoming.body(frame.body));
        let Hello { has_ledger } = hello.map_err(|error| protocol(&error))?;
        let mut descriptors = frame.descriptors.into_iter();
        let lane = match (descriptors.next(), descriptors.next()) {
            (Some(lane), Some(ledger)) => (lane, Some(ledger)),
            (Some(lane), None) if !has_ledger => (lane, None),
            // There was no room for one of them. A worker without the ledger could answer a
            // connection that the primary gives to another worker.
            _ => return Err(errno::OUT_OF_DESCRIPTORS).called("recvmsg").map_err(io),
        };
        let worker = Self::on_loop(env, channel)?;
        worker.lane.set(Some(lane));
        Ok(worker)
    }

    fn on_loop(env: Env, channel: Channel) -> Result<Self> {
        let inbox = Rc::new(Inbox::default());
        let receiver: Weak<Inbox> = Rc::downgrade(&inbox);
        let endpoint = Endpoint::new(event_loop(env)?, channel, receiver);
        let endpoint = endpoint.called("uv_poll_init").map_err(|failure| exception(env, &failure))?;
        Ok(Self { inbox, endpoint, descriptor: Cell::new(None), lane: Cell::new(None) })
    }

    /// The socket's number. Node compares it before it opens `process.stdin` and `process.stdout`,
    /// because they may be the channel.
    #[napi(getter)]
    pub fn fd(&self) -> Option<i32> {
        self.endpoint.number()
    }

    /// The number to spawn the worker with, at the place of 'ipc' in `stdio`.
    #[napi(getter)]
    pub fn descriptor(&self) -> Option<i32> {
        let descriptor = self.descriptor.take();
        let number = descriptor.as_ref().map(AsRawFd::as_raw_fd);
        self.descriptor.set(descriptor);
        number
    }

    /// The worker runs, or will not: its end is closed here.
    #[napi]
    pub fn spawned(&self) {
        drop(self.descriptor.take());
    }

    /// The worker's lane, once.
    #[napi]
    pub fn lane(&self, env: Env) -> Result<LaneEnd> {
        let (socket, ledger) = self.lane.take().ok_or_else(|| {
            Error::from_reason(
                "this end has no lane: a worker opens its lane once, and the primary's end has none",
            )
        })?;
        LaneEnd::open(env, socket.into(), ledger)
    }

    /// Begins to read; events come out through `emit`.
    #[napi]
    pub fn start(&self, env: Env, emit: Emit) -> Result<()> {
        self.inbox.emitter.open(env, &emit)?;
        self.endpoint.start();
        Ok(())
    }

    /// A function that sends a user message as JSON, or several as one array. It returns how many
    /// bytes are pending, or a negative error number. It is not a method: napi-rs counts the
    /// borrows of an object at each call of a method, which doubles the cost.
    #[napi(ts_return_type = "(message: string, several: boolean) => number")]
    pub fn text_sender<'env>(
        &self,
        env: &'env Env,
    ) -> Result<Function<'env, FnArgs<(JsString<'env>, bool)>, i64>> {
        let endpoint = Rc::clone(&self.endpoint);
        env.create_function_from_closure("sendText", move |context| {
            let (message, several): (JsString, bool) = (context.get(0)?, context.get(1)?);
            let message = if several { Sent::JsonList(&message) } else { Sent::Json(&message) };
            Ok(waiting(endpoint.send(&message)))
        })
    }

    /// The same for serialized messages. If there are several, each follows its length in four
    /// bytes, little endian.
    #[napi(ts_return_type = "(message: Buffer, several: boolean) => number")]
    pub fn buffer_sender<'env>(
        &self,
        env: &'env Env,
    ) -> Result<Function<'env, FnArgs<(BufferSlice<'env>, bool)>, i64>> {
        let endpoint = Rc::clone(&self.endpoint);
        env.create_function_from_closure("sendBuffer", move |context| {
            let (message, several): (BufferSlice, bool) = (context.get(0)?, context.get(1)?);
            let body: &[u8] = &message;
            let message = if several { Sent::AdvancedList(body) } else { Sent::Advanced(body) };
            Ok(waiting(endpoint.send_long(message.head(), body)))
        })
    }

    /// Sends a user message with a copy of `descriptor`, which JavaScript keeps. `note` says what
    /// it is. Returns the same as the function of `textSender`.
    #[napi]
    pub fn send_handle(
        &self,
        message: Either<JsString, BufferSlice>,
        note: String,
        descriptor: i32,
    ) -> Result<i64> {
        if note.len() > Sent::LONGEST_NOTE {
            return Err(Error::from_reason(
                "the description of the handle is longer than 65,535 bytes, which is the most that a frame can carry",
            ));
        }
        let message = match &message {
            Either::A(json) => Sent::JsonWithHandle { note: &note, json },
            Either::B(bytes) => Sent::AdvancedWithHandle { note: &note, bytes },
        };
        let sent =
            inherited::lend(descriptor, |descriptor| self.endpoint.send_descriptor(&message, descriptor));
        Ok(waiting(sent))
    }

    /// Sends a lifecycle act, after all messages sent before. Returns the same as `sendHandle`.
    #[napi]
    pub fn act(&self, act: JsString) -> i64 {
        waiting(self.endpoint.send(&Sent::Act(&act)))
    }

    /// How many bytes this end has written, ever.
    #[napi(getter)]
    pub fn written(&self) -> i64 {
        i64::try_from(self.endpoint.written()).unwrap_or(i64::MAX)
    }

    /// Writes what is pending. Returns the same as `sendHandle`.
    #[napi]
    pub fn flush(&self) -> i64 {
        waiting(self.endpoint.flush())
    }

    /// Whether this end keeps the process alive.
    #[napi]
    pub fn hold(&self, yes: bool) {
        self.endpoint.hold(yes);
    }

    /// Reads no more, writes what is pending, and closes.
    #[napi]
    pub fn close(&self) {
        self.endpoint.close();
        self.spawned();
    }

    /// The process at the other end is gone: reads what it has written, and closes. Its end may
    /// still be open, because a child process of it may hold it.
    #[napi]
    pub fn finish(&self) {
        self.endpoint.finish();
    }

    /// Closes at once: the peer broke the protocol.
    #[napi]
    pub fn cut(&self) {
        self.endpoint.cut();
        self.spawned();
    }
}

/// A channel whose first frame carries the worker's lane and ledger, and the worker's end of it.
fn said_hello(lane: OwnedFd, ledger: Option<OwnedFd>) -> std::result::Result<(Channel, OwnedFd), Failure> {
    let (here, there) = UnixStream::pair().called("socketpair")?;
    let mut channel = Channel::new(here, Limits::CHANNEL_OF_PRIMARY).called("ioctl")?;
    let descriptors: Vec<OwnedFd> = iter::once(lane).chain(ledger).collect();
    let hello = Hello { has_ledger: descriptors.len() > 1 };
    channel.outgoing.queue(&hello, descriptors).called("sendmsg")?;
    channel.outgoing.flush().called("sendmsg")?;
    if channel.outgoing.is_crowded() {
        // The worker expects the hello as soon as it starts, so it cannot be sent later.
        return Err(errno::CROWDED).called("sendmsg");
    }
    Ok((channel, there.into()))
}

fn waiting(outcome: io::Result<usize>) -> i64 {
    match outcome {
        Ok(bytes) => i64::try_from(bytes).unwrap_or(i64::MAX),
        Err(error) => negative_errno(&error).into(),
    }
}
