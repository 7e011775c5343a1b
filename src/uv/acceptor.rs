//! A worker accepts by itself, from a listening socket that it shares with other workers.
//!
//! It takes one connection each time it is woken, and then goes to the end of the line of those that
//! wait ([`epoll::go_last`]). So workers that sleep are woken one after the other. One that runs is passed
//! over, and so is one that is blocked or stopped.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::rc::{Rc, Weak};

use crate::sys::uv::{Loop, Poll, Ready, Timer};
use crate::sys::{epoll, listen};

/// See the module.
pub struct Acceptor {
    event_loop: Loop,
    /// Nothing once it is closed.
    open: RefCell<Option<Open>>,
    on_turn: Box<dyn Fn()>,
}

/// The poll goes before the socket that it watches.
struct Open {
    poll: Poll,
    again: Timer,
    socket: OwnedFd,
}

impl Acceptor {
    /// How soon it tries again if the process has no descriptor for a connection, in ms.
    const AGAIN: u64 = 10;

    /// `on_turn` is called when there may be a connection. It calls [`Acceptor::accept`], and may run
    /// JavaScript. It does not keep the loop alive.
    ///
    /// # Errors
    /// As `uv_poll_init`.
    pub fn new(event_loop: Loop, socket: OwnedFd, on_turn: impl Fn() + 'static) -> io::Result<Rc<Self>> {
        let this = Rc::new(Self { event_loop, open: RefCell::default(), on_turn: Box::new(on_turn) });
        let target: Weak<Self> = Rc::downgrade(&this);
        let poll = Poll::new(event_loop, socket.as_fd(), target.clone())?;
        poll.hold(false);
        let again = Timer::new(event_loop, target)?;
        *this.open.borrow_mut() = Some(Open { poll, again, socket });
        Ok(this)
    }

    /// Takes part, or no longer: a full server leaves its connections to other workers.
    pub fn watch(&self, yes: bool) {
        if let Some(open) = &*self.open.borrow() {
            open.poll.watch(yes, false);
        }
    }

    /// The socket's number; nothing once closed.
    #[must_use]
    pub fn number(&self) -> Option<RawFd> {
        self.open.borrow().as_ref().map(|open| open.socket.as_raw_fd())
    }

    /// The next connection; nothing if another worker was faster. A connection that broke before is
    /// passed over: if there are more, there will be another turn.
    #[must_use]
    pub fn accept(&self) -> Option<OwnedFd> {
        let open = self.open.borrow();
        let Open { poll, again, socket } = open.as_ref()?;
        match listen::accept(socket.as_fd()) {
            Ok(connection) => Some(connection),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) if listen::is_of_one_connection(&error) => None,
            Err(_) => {
                // The kernel keeps it, and it would be reported again and again.
                poll.watch(false, false);
                again.start(Self::AGAIN);
                None
            }
        }
    }

    /// Closes this process's copy of the socket, at once.
    pub fn close(&self) {
        drop(self.open.take());
    }
}

impl Ready for Acceptor {
    fn ready(self: Rc<Self>, _readable: bool, _writable: bool) {
        (self.on_turn)();
        if let Some(open) = self.open.borrow().as_ref().filter(|open| open.poll.is_watching()) {
            // If this fails, the process keeps the place that it has.
            drop(epoll::go_last(self.event_loop, open.socket.as_fd()));
        }
    }

    fn failed(self: Rc<Self>) {
        if let Some(Open { poll, again, .. }) = &*self.open.borrow() {
            poll.watch(false, false);
            again.start(Self::AGAIN);
        }
    }

    fn due(self: Rc<Self>) {
        self.watch(true);
    }
}
