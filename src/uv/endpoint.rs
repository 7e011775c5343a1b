//! One end of a channel, polled on the loop of the thread that made it.
//!
//! It reads when bytes come and writes what did not fit at once. What frames mean is the
//! [`Receiver`]'s business. JavaScript that runs there may call back into the endpoint, close it
//! even, so nothing stays borrowed across those calls, and what is being read is lifted out.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::{Rc, Weak};

use crate::sys::uv::{Loop, Poll, Ready, Timer};
use crate::wire::frame::{Error, Head, ToFrame};
use crate::wire::{Channel, Incoming, Outgoing, Read};

/// Who understands the frames of an endpoint.
pub trait Receiver {
    /// A frame came; `body` stands where it was read to. JavaScript may run.
    ///
    /// # Errors
    /// The peer spoke nonsense; `ended` follows.
    fn frame(&self, head: Head, body: &[u8], descriptors: Vec<OwnedFd>) -> Result<(), Error>;
    /// No more frames for now: what the receiver holds back has its time. JavaScript may run.
    fn pause(&self);
    /// Bytes that had waited were written. JavaScript runs.
    fn written(&self);
    /// The peer has closed, or there is an error. The endpoint is closed already. JavaScript runs.
    fn ended(&self, error: Option<io::Error>);
    /// The endpoint is gone, whoever closed it: nothing comes or leaves any more. The last call.
    /// JavaScript may run.
    fn gone(&self);
}

/// See the module.
pub struct Endpoint {
    state: RefCell<Option<Open>>,
    receiver: Weak<dyn Receiver>,
}

/// What an open endpoint has. The poll goes before the socket that it watches.
struct Open {
    poll: Poll,
    /// Runs where the channel is crowded: nobody tells when it no longer is.
    again: Timer,
    channel: Channel,
    reading: bool,
    /// Whether the user of this end wants it to keep the loop alive.
    held: bool,
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
        let poll = Poll::new(event_loop, channel.as_fd(), this.clone())?;
        let again = Timer::new(event_loop, this)?;
        let state = Open { poll, again, channel, reading: false, held: false, closing: false };
        state.watch();
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
    /// What the frame says of its body; as writev(2); `NotConnected` once closed.
    pub fn send(&self, frame: &impl ToFrame) -> io::Result<usize> {
        self.write_with(|outgoing| outgoing.send(frame))
    }

    /// Sends a frame with a long body. Returns how many bytes wait.
    ///
    /// # Errors
    /// As [`Endpoint::send`].
    pub fn send_long(&self, head: Head, body: &[u8]) -> io::Result<usize> {
        self.write_with(|outgoing| outgoing.send_long(head, body))
    }

    /// Sends a frame with a copy of `descriptor`, which stays the caller's. Returns how many bytes
    /// wait.
    ///
    /// # Errors
    /// As [`Endpoint::send`]; `EMFILE` if it has to wait and there is no room for the copy.
    /// Nothing is sent then.
    pub fn send_descriptor(&self, frame: &impl ToFrame, descriptor: BorrowedFd) -> io::Result<usize> {
        self.write_with(|outgoing| outgoing.send_descriptor(frame, descriptor))
    }

    fn write_with(&self, act: impl FnOnce(&mut Outgoing) -> io::Result<()>) -> io::Result<usize> {
        let mut slot = self.state.borrow_mut();
        let open = slot.as_mut().filter(|state| !state.closing);
        open.ok_or(io::ErrorKind::NotConnected)?.write_with(act)
    }

    /// Writes what waits, as far as the socket takes it. Returns how many bytes still wait.
    ///
    /// # Errors
    /// As sendmsg(2); `NotConnected` once closed.
    pub fn flush(&self) -> io::Result<usize> {
        self.state.borrow_mut().as_mut().ok_or(io::ErrorKind::NotConnected)?.flush()
    }

    /// How many bytes have been written, ever; none once closed.
    pub fn written(&self) -> u64 {
        self.state.borrow().as_ref().map_or(0, |state| state.channel.outgoing.written())
    }

    /// The socket's number; nothing once closed.
    pub fn number(&self) -> Option<RawFd> {
        self.state.borrow().as_ref().map(|state| state.channel.as_fd().as_raw_fd())
    }

    /// Whether this end keeps the loop, and with it the process, alive. Bytes that wait do so in
    /// any case.
    pub fn hold(&self, yes: bool) {
        if let Some(state) = self.state.borrow_mut().as_mut() {
            state.held = yes;
            state.watch();
        }
    }

    /// Reads no more, writes what waits, and closes. `ended` is not called.
    pub fn close(&self) {
        let waits = {
            let mut slot = self.state.borrow_mut();
            let Some(state) = slot.as_mut() else { return };
            state.reading = false;
            state.closing = true;
            state.flush().is_ok_and(|waiting| waiting > 0)
        };
        if !waits {
            self.end(None);
        }
    }

    /// Closes, and does not write what waits: the peer might never read it. `ended` is not called.
    pub fn cut(&self) {
        if let Some(state) = self.state.borrow_mut().as_mut() {
            state.reading = false;
        }
        self.end(None);
    }

    /// Reads all that has come, and closes: the peer is gone, though nothing shows it here. What is
    /// pending will never be written. `ended` is called, unless JavaScript has closed it before.
    pub fn finish(&self) {
        let Some(receiver) = self.receiver.upgrade() else { return };
        let end = loop {
            match self.read(&*receiver) {
                Ok(Read::Bytes | Read::Last) => {}
                Ok(Read::Empty | Read::End) => break None,
                Err(error) => break error,
            }
        };
        self.end(end);
    }

    /// The end of the endpoint, which the receiver is told of unless JavaScript closed it.
    fn end(&self, error: Option<io::Error>) {
        let Some(reading) = self.state.borrow_mut().take().map(|state| state.reading) else { return };
        let Some(receiver) = self.receiver.upgrade() else { return };
        if reading {
            receiver.ended(error);
        }
        receiver.gone();
    }

    /// Reads once and hands the frames over. Says what it read.
    fn read(&self, receiver: &dyn Receiver) -> Result<Read, Option<io::Error>> {
        let (read, mut incoming) = {
            let mut slot = self.state.borrow_mut();
            let Some(state) = slot.as_mut().filter(|state| state.reading) else { return Ok(Read::Empty) };
            match state.channel.read().map_err(Some)? {
                Read::Empty => return Ok(Read::Empty),
                Read::End => return Err(None),
                read => (read, state.channel.lift()),
            }
        };
        let outcome = self.hand_over(receiver, &mut incoming);
        if let Some(state) = self.state.borrow_mut().as_mut() {
            state.channel.put_back(incoming);
        }
        receiver.pause();
        outcome.map_err(|error| Some(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        Ok(read)
    }

    /// Hands over whole frames, until there are no more or JavaScript has closed the endpoint.
    fn hand_over(&self, receiver: &dyn Receiver, incoming: &mut Incoming) -> Result<(), Error> {
        while let Some(frame) = incoming.next_frame()? {
            receiver.frame(frame.head, incoming.body(frame.body), frame.descriptors)?;
            if !self.state.borrow().as_ref().is_some_and(|state| state.reading) {
                break;
            }
        }
        Ok(())
    }

    /// Writes what waited. False: the endpoint is gone, or going.
    ///
    /// # Errors
    /// The peer takes nothing any more.
    fn write(&self, receiver: &dyn Receiver) -> io::Result<bool> {
        let (done, closing) = {
            let mut slot = self.state.borrow_mut();
            let Some(state) = slot.as_mut() else { return Ok(false) };
            (state.flush()? == 0, state.closing)
        };
        if !closing {
            receiver.written();
        } else if done {
            self.end(None);
        }
        Ok(!closing)
    }
}

impl Open {
    /// When a crowded channel tries again, in ms.
    const AGAIN: u64 = 10;

    fn flush(&mut self) -> io::Result<usize> {
        self.write_with(Outgoing::flush)
    }

    /// Returns how many bytes wait after `act`.
    fn write_with(&mut self, act: impl FnOnce(&mut Outgoing) -> io::Result<()>) -> io::Result<usize> {
        let outcome = act(&mut self.channel.outgoing);
        self.watch();
        outcome.map(|()| self.channel.outgoing.pending())
    }

    fn watch(&self) {
        let waits = self.channel.outgoing.pending() > 0;
        // As in libuv, where an active write request keeps the loop alive whatever became of the
        // handle (unref-with-bytes-pending.js).
        self.poll.hold(self.held || waits);
        // The socket of a crowded channel has room all the time.
        let crowded = waits && self.channel.outgoing.is_crowded();
        self.poll.watch(self.reading, waits && !crowded);
        if crowded {
            self.again.start(Self::AGAIN);
        }
    }
}

impl Ready for Endpoint {
    fn failed(self: Rc<Self>) {
        // Nobody will call again, so all that there is has to be read now.
        self.finish();
    }

    fn due(self: Rc<Self>) {
        self.ready(false, true);
    }

    fn ready(self: Rc<Self>, readable: bool, writable: bool) {
        let Some(receiver) = self.receiver.upgrade() else { return };
        if writable {
            match self.write(&*receiver) {
                Ok(true) => {}
                Ok(false) => return,
                // The peer may have shut only this direction, and then the next read would not show it.
                Err(_) => return self.finish(),
            }
        }
        if !readable {
            return;
        }
        for _ in 0..Self::READS {
            match self.read(&*receiver) {
                Ok(Read::Bytes) => {}
                Ok(Read::Last | Read::Empty | Read::End) => return,
                Err(error) => return self.end(error),
            }
        }
    }
}
