//! The life of an endpoint.
//!
//! ```text
//! Idle → Reading → Closing → Gone
//!   └───────┴──────────────────↑
//! ```

use std::io;
use std::os::fd::AsFd;
use std::rc::Weak;

use crate::sys::uv::{Loop, Poll, Ready, Timer};
use crate::wire::{Channel, Outgoing};

/// See the module.
#[derive(Default)]
pub(super) enum Phase {
    /// It does not read yet. It can be written.
    Idle(Line),
    /// It reads, and can be written.
    Reading(Line),
    /// JavaScript has closed it while bytes were pending: gone as soon as they are written.
    Closing(Line),
    /// Nothing is read or written any more.
    #[default]
    Gone,
}

/// What an endpoint has until it is gone. The poll goes before the socket that it watches.
pub(super) struct Line {
    poll: Poll,
    /// Runs while the channel is crowded, because no event says when that ends.
    again: Timer,
    pub channel: Channel,
    /// Whether the user of this end wants it to keep the loop alive.
    held: bool,
}

impl Phase {
    /// Puts a channel on the loop.
    ///
    /// # Errors
    /// As `uv_poll_init`.
    pub fn new<T: Ready + 'static>(event_loop: Loop, channel: Channel, target: Weak<T>) -> io::Result<Self> {
        let poll = Poll::new(event_loop, channel.as_fd(), target.clone())?;
        let again = Timer::new(event_loop, target)?;
        let phase = Self::Idle(Line { poll, again, channel, held: false });
        phase.watch();
        Ok(phase)
    }

    /// What the endpoint has; nothing once it is gone.
    pub fn line(&self) -> Option<&Line> {
        match self {
            Self::Idle(line) | Self::Reading(line) | Self::Closing(line) => Some(line),
            Self::Gone => None,
        }
    }

    /// See [`Phase::line`].
    pub fn line_mut(&mut self) -> Option<&mut Line> {
        match self {
            Self::Idle(line) | Self::Reading(line) | Self::Closing(line) => Some(line),
            Self::Gone => None,
        }
    }

    /// Begins to read, unless it does already, or is closed.
    pub fn start(&mut self) {
        *self = match std::mem::take(self) {
            Self::Idle(line) => Self::Reading(line),
            other => other,
        };
        self.watch();
    }

    /// Reads no more, and accepts nothing more to be written.
    pub fn close(&mut self) {
        *self = match std::mem::take(self) {
            Self::Idle(line) | Self::Reading(line) | Self::Closing(line) => Self::Closing(line),
            Self::Gone => Self::Gone,
        };
    }

    /// Whether the user of this end wants it to keep the loop alive.
    pub fn hold(&mut self, yes: bool) {
        if let Some(line) = self.line_mut() {
            line.held = yes;
        }
        self.watch();
    }

    /// Writes what is pending, until the socket is full. Returns how many bytes are still pending.
    pub fn flush(&mut self) -> io::Result<usize> {
        self.write_with(Outgoing::flush)
    }

    /// Returns how many bytes are pending after `act`.
    pub fn write_with(&mut self, act: impl FnOnce(&mut Outgoing) -> io::Result<()>) -> io::Result<usize> {
        let line = self.line_mut().ok_or(io::ErrorKind::NotConnected)?;
        let outcome = act(&mut line.channel.outgoing);
        let pending = line.channel.outgoing.pending();
        self.watch();
        outcome.map(|()| pending)
    }

    fn watch(&self) {
        match self {
            Self::Reading(line) => line.watch(true),
            Self::Idle(line) | Self::Closing(line) => line.watch(false),
            Self::Gone => {}
        }
    }
}

impl Line {
    /// When a crowded channel tries again, in ms.
    const AGAIN: u64 = 10;

    fn watch(&self, reads: bool) {
        let waits = self.channel.outgoing.pending() > 0;
        // Same as in libuv: an active write request keeps the loop alive, even if its handle does
        // not (unref-with-bytes-pending.js).
        self.poll.hold(self.held || waits);
        // The socket of a crowded channel is always writable, so watching it would loop.
        let crowded = waits && self.channel.outgoing.is_crowded();
        self.poll.watch(reads, waits && !crowded);
        if crowded {
            self.again.start(Self::AGAIN);
        }
    }
}
