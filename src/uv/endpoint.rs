//! One end of a channel, polled on the loop of the thread that made it.
//!
//! It reads when bytes come, and writes what did not fit at once. The [`Receiver`] handles the
//! frames, and may run JavaScript, which may call back into the endpoint and even close it. So
//! nothing stays borrowed across those calls, and the frames that are being read are lifted out.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::rc::{Rc, Weak};

use super::phase::Phase;
use super::receiver::Receiver;
use crate::sys::uv::{Loop, Ready};
use crate::wire::frame::{Error, Head, ToFrame};
use crate::wire::{Channel, Incoming, Outgoing, Read};

/// See the module.
pub struct Endpoint {
    phase: RefCell<Phase>,
    receiver: Weak<dyn Receiver>,
}

impl Endpoint {
    /// How many reads one callback makes, so that other handles on the loop are not delayed.
    const READS: usize = 16;
    /// How many reads empty a socket after its process has ended. There is a bound because another
    /// process may hold that end, and go on writing.
    const LAST_READS: usize = 1024;

    /// Puts a channel on the loop. It reads after [`Endpoint::start`]. It does not keep the loop
    /// alive.
    ///
    /// # Errors
    /// As `uv_poll_init`.
    pub fn new(event_loop: Loop, channel: Channel, receiver: Weak<dyn Receiver>) -> io::Result<Rc<Self>> {
        let endpoint = Rc::new(Self { phase: RefCell::new(Phase::Gone), receiver });
        let this: Weak<Self> = Rc::downgrade(&endpoint);
        *endpoint.phase.borrow_mut() = Phase::new(event_loop, channel, this)?;
        Ok(endpoint)
    }

    /// Begins to read.
    pub fn start(&self) {
        self.phase.borrow_mut().start();
    }

    /// Sends a frame. Returns how many bytes are pending.
    ///
    /// # Errors
    /// The errors of the frame's body, those of writev(2), and `NotConnected` once closed.
    pub fn send(&self, frame: &impl ToFrame) -> io::Result<usize> {
        self.write_with(|outgoing| outgoing.send(frame))
    }

    /// Sends a frame with a long body. Returns how many bytes are pending.
    ///
    /// # Errors
    /// As [`Endpoint::send`].
    pub fn send_long(&self, head: Head, body: &[u8]) -> io::Result<usize> {
        self.write_with(|outgoing| outgoing.send_long(head, body))
    }

    /// Sends a frame with a copy of `descriptor`, which stays the caller's. Returns how many bytes
    /// are pending.
    ///
    /// # Errors
    /// As [`Endpoint::send`]; `EMFILE` if it cannot be written now, and there is no room for the
    /// copy. Then nothing is sent.
    pub fn send_descriptor(&self, frame: &impl ToFrame, descriptor: BorrowedFd) -> io::Result<usize> {
        self.write_with(|outgoing| outgoing.send_descriptor(frame, descriptor))
    }

    fn write_with(&self, act: impl FnOnce(&mut Outgoing) -> io::Result<()>) -> io::Result<usize> {
        let mut phase = self.phase.borrow_mut();
        match &*phase {
            Phase::Idle(_) | Phase::Reading(_) => phase.write_with(act),
            Phase::Closing(_) | Phase::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Writes what is pending, until the socket is full. Returns how many bytes are still pending.
    ///
    /// # Errors
    /// As sendmsg(2); `NotConnected` once gone.
    pub fn flush(&self) -> io::Result<usize> {
        self.phase.borrow_mut().flush()
    }

    /// How many bytes have been written, ever; none once gone.
    pub fn written(&self) -> u64 {
        self.phase.borrow().line().map_or(0, |line| line.channel.outgoing.written())
    }

    /// The socket's number; nothing once gone.
    pub fn number(&self) -> Option<RawFd> {
        self.phase.borrow().line().map(|line| line.channel.as_fd().as_raw_fd())
    }

    /// Whether this end keeps the loop, and with it the process, alive. Pending bytes do so in any
    /// case.
    pub fn hold(&self, yes: bool) {
        self.phase.borrow_mut().hold(yes);
    }

    /// Reads no more, writes what is pending, and closes. `ended` is not called.
    pub fn close(&self) {
        let waits = {
            let mut phase = self.phase.borrow_mut();
            phase.close();
            phase.flush().is_ok_and(|pending| pending > 0)
        };
        if !waits {
            self.end(None);
        }
    }

    /// Closes, and drops what is pending: the peer might never read it. `ended` is not called.
    pub fn cut(&self) {
        self.phase.borrow_mut().close();
        self.end(None);
    }

    /// Reads all that has come, and closes: the peer is gone, though nothing shows it here. What is
    /// pending will never be written. `ended` is called, unless JavaScript has closed it before.
    pub fn finish(&self) {
        let Some(receiver) = self.receiver.upgrade() else { return };
        let mut end = None;
        for _ in 0..Self::LAST_READS {
            match self.read(&*receiver) {
                Ok(Read::Bytes | Read::Last) => {}
                Ok(Read::Empty | Read::End) => break,
                Err(error) => {
                    end = error;
                    break;
                }
            }
        }
        self.end(end);
    }

    /// Ends the endpoint. The receiver is notified, unless JavaScript closed it.
    fn end(&self, error: Option<io::Error>) {
        // The socket is closed before JavaScript runs.
        let is_told = match self.phase.take() {
            Phase::Gone => return,
            Phase::Reading(_) => true,
            Phase::Idle(_) | Phase::Closing(_) => false,
        };
        let Some(receiver) = self.receiver.upgrade() else { return };
        if is_told {
            receiver.ended(error);
        }
        receiver.gone();
    }

    /// Reads once and hands the frames over. Says what it read.
    fn read(&self, receiver: &dyn Receiver) -> Result<Read, Option<io::Error>> {
        let (read, mut incoming) = match &mut *self.phase.borrow_mut() {
            Phase::Reading(line) => match line.channel.read().map_err(Some)? {
                Read::Empty => return Ok(Read::Empty),
                Read::End => return Err(None),
                read => (read, line.channel.lift()),
            },
            Phase::Idle(_) | Phase::Closing(_) | Phase::Gone => return Ok(Read::Empty),
        };
        let outcome = self.hand_over(receiver, &mut incoming);
        if let Some(line) = self.phase.borrow_mut().line_mut() {
            line.channel.put_back(incoming);
        }
        receiver.pause();
        outcome.map_err(|error| Some(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        Ok(read)
    }

    /// Hands over whole frames, until there are no more or JavaScript has closed the endpoint.
    fn hand_over(&self, receiver: &dyn Receiver, incoming: &mut Incoming) -> Result<(), Error> {
        while let Some(frame) = incoming.next_frame()? {
            receiver.frame(frame.head, incoming.body(frame.body), frame.descriptors)?;
            if !matches!(&*self.phase.borrow(), Phase::Reading(_)) {
                break;
            }
        }
        Ok(())
    }

    /// Writes what is pending. False: the endpoint is gone, or closing.
    ///
    /// # Errors
    /// The peer accepts nothing any more.
    fn write(&self, receiver: &dyn Receiver) -> io::Result<bool> {
        let (pending, is_closing) = match &mut *self.phase.borrow_mut() {
            Phase::Gone => return Ok(false),
            phase => (phase.flush()?, matches!(phase, Phase::Closing(_))),
        };
        if !is_closing {
            receiver.written();
        } else if pending == 0 {
            self.end(None);
        }
        Ok(!is_closing)
    }
}

impl Ready for Endpoint {
    fn failed(self: Rc<Self>) {
        // libuv will not call again, so everything has to be read now.
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
                // The peer may have shut down only this direction. Then the next read would not
                // show it.
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
