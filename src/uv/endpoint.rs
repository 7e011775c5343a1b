//! One end of a channel, polled on the loop of the thread that made it.
//!
//! It reads when bytes come and writes what did not fit at once. What frames mean is the
//! [`Receiver`]'s business. JavaScript that runs in `deliver`, `written` or `ended` may call back
//! into the endpoint, close it even, so nothing stays borrowed across those calls.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::rc::{Rc, Weak};

use crate::sys::uv::{Loop, Poll, Ready};
use crate::wire::channel::{Channel, Read};
use crate::wire::frame::{Error, Head};

/// Who understands the frames of an endpoint.
pub trait Receiver {
    /// Bytes came: takes the whole frames out of the channel. JavaScript does not run here.
    ///
    /// # Errors
    /// The peer spoke nonsense; `ended` follows.
    fn take(&self, channel: &mut Channel) -> Result<(), Error>;
    /// Hands over what was taken. JavaScript runs.
    fn deliver(&self);
    /// Bytes that had waited were written. JavaScript runs.
    fn written(&self);
    /// The peer has closed, or there is an error. The endpoint is closed already. JavaScript runs.
    fn ended(&self, error: Option<io::Error>);
}

/// See the module.
pub struct Endpoint {
    state: RefCell<Option<State>>,
    receiver: Weak<dyn Receiver>,
}

/// What an open endpoint has. The poll goes before the socket that it watches.
struct State {
    poll: Poll,
    channel: Channel,
    reading: bool,
    /// Closed by JavaScript while bytes waited: gone as soon as they are written.
    closing: bool,
}

impl Endpoint {
    /// How many reads one callback makes before others on the loop have their turn.
    const READS: usize = 16;

    /// Puts a channel on the loop. It reads after [`Endpoint::start`], and does not hold the loop.
    ///
    /// # Errors
    /// As `uv_poll_init`.
    pub fn new(event_loop: Loop, channel: Channel, receiver: Weak<dyn Receiver>) -> io::Result<Rc<Self>> {
        let endpoint = Rc::new(Self { state: RefCell::new(None), receiver });
        let this: Weak<Self> = Rc::downgrade(&endpoint);
        let poll = Poll::new(event_loop, channel.as_fd(), this)?;
        poll.hold(false);
        let state = State { poll, channel, reading: false, closing: false };
        *endpoint.state.borrow_mut() = Some(state);
        Ok(endpoint)
    }

    /// Begins to read.
    pub fn start(&self) {
        if let Some(state) = self.state.borrow_mut().as_mut() {
            state.reading = true;
            state.watch();
        }
    }

    /// Sends a frame. Returns how many bytes wait.
    ///
    /// # Errors
    /// As writev(2); `NotConnected` once closed.
    pub fn send(&self, head: Head, body: &[u8]) -> io::Result<usize> {
        self.with(|state| {
            let outcome = state.channel.send(head, body);
            state.watch();
            outcome.map(|()| state.channel.pending())
        })
    }

    /// Queues a frame for the next [`Endpoint::flush`].
    ///
    /// # Errors
    /// `NotConnected` once closed; a body that is too long.
    pub fn queue(&self, head: Head, body: &[u8], descriptors: Vec<OwnedFd>) -> io::Result<()> {
        self.with(|state| state.channel.queue(head, body, descriptors).map_err(io::Error::other))
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.state.borrow_mut();
        act(state.as_mut().filter(|state| !state.closing).ok_or(io::ErrorKind::NotConnected)?)
    }

    /// Writes what waits, as far as the socket takes it. Returns how many bytes still wait.
    ///
    /// # Errors
    /// As sendmsg(2); `NotConnected` once closed.
    pub fn flush(&self) -> io::Result<usize> {
        self.state.borrow_mut().as_mut().ok_or(io::ErrorKind::NotConnected)?.flush()
    }

    /// The socket's number; nothing once closed.
    pub fn number(&self) -> Option<RawFd> {
        self.state.borrow().as_ref().map(|state| state.channel.as_fd().as_raw_fd())
    }

    /// Whether this end keeps the loop, and with it the process, alive.
    pub fn hold(&self, yes: bool) {
        if let Some(state) = self.state.borrow().as_ref() {
            state.poll.hold(yes);
        }
    }

    /// Reads no more, writes what waits, and closes. `ended` is not called.
    pub fn close(&self) {
        let mut slot = self.state.borrow_mut();
        let Some(state) = slot.as_mut() else { return };
        state.reading = false;
        state.closing = true;
        match state.flush() {
            Ok(waiting) if waiting > 0 => {}
            _ => *slot = None,
        }
    }

    fn end(&self, error: Option<io::Error>) {
        self.state.borrow_mut().take();
        if let Some(receiver) = self.receiver.upgrade() {
            receiver.ended(error);
        }
    }

    /// Reads once and takes the frames out. Says what it read.
    fn read(&self, receiver: &dyn Receiver) -> Result<Read, Option<io::Error>> {
        let mut slot = self.state.borrow_mut();
        let Some(state) = slot.as_mut().filter(|state| state.reading) else { return Ok(Read::Empty) };
        let read = state.channel.read().map_err(Some)?;
        match read {
            Read::End => return Err(None),
            Read::Empty => {}
            Read::Bytes | Read::Last => receiver
                .take(&mut state.channel)
                .map_err(|error| Some(io::Error::new(io::ErrorKind::InvalidData, error)))?,
        }
        Ok(read)
    }

    /// Writes what waited. False: the endpoint is gone.
    fn write(&self, receiver: &dyn Receiver) -> bool {
        {
            let mut slot = self.state.borrow_mut();
            let Some(state) = slot.as_mut() else { return false };
            // A write that fails says what the next read says as well: the peer is gone.
            let done = state.flush().unwrap_or(0) == 0;
            if state.closing {
                if done {
                    *slot = None;
                }
                return false;
            }
        }
        receiver.written();
        true
    }
}

impl State {
    fn flush(&mut self) -> io::Result<usize> {
        let outcome = self.channel.flush();
        self.watch();
        outcome.map(|()| self.channel.pending())
    }

    fn watch(&self) {
        self.poll.watch(self.reading, self.channel.pending() > 0);
    }
}

impl Ready for Endpoint {
    fn ready(self: Rc<Self>, readable: bool, writable: bool) {
        let Some(receiver) = self.receiver.upgrade() else { return };
        if writable && !self.write(&*receiver) {
            return;
        }
        if !readable {
            return;
        }
        for _ in 0..Self::READS {
            match self.read(&*receiver) {
                Ok(Read::Bytes) => receiver.deliver(),
                Ok(Read::Last) => return receiver.deliver(),
                Ok(Read::Empty | Read::End) => return,
                Err(error) => {
                    // Whole frames before the nonsense are still good.
                    receiver.deliver();
                    self.end(error);
                    return;
                }
            }
        }
    }
}
