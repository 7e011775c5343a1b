//! Sources of events: what the thread waits for, and how it is registered with epoll.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};

use crate::cluster::{ListenKey, WorkerId};
use crate::sys::epoll;

/// Which source an epoll event means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Mailbox,
    Lane(WorkerId),
    Listener(ListenKey),
}

impl Source {
    /// Even numbers are lanes, odd ones listeners. The mailbox has the last one.
    pub(super) fn token(self) -> Token {
        match self {
            Self::Mailbox => Token(usize::MAX),
            Self::Lane(worker) => Token(worker.0 as usize * 2),
            Self::Listener(key) => Token(key.0 as usize * 2 + 1),
        }
    }

    pub(super) fn of(token: Token) -> Self {
        if token == Self::Mailbox.token() {
            return Self::Mailbox;
        }
        let number = u32::try_from(token.0 / 2).unwrap_or(u32::MAX);
        if token.0.is_multiple_of(2) {
            Self::Lane(WorkerId(number))
        } else {
            Self::Listener(ListenKey(number))
        }
    }

    /// Epoll reports changes of this source from now on, each once.
    pub(super) fn watch(self, registry: &Registry, what: &impl AsFd, interest: Interest) -> io::Result<()> {
        registry.register(&mut SourceFd(&what.as_fd().as_raw_fd()), self.token(), interest)
    }

    /// Epoll reports this source as long as it can be read.
    pub(super) fn watch_level(self, registry: &Registry, what: &impl AsFd) -> io::Result<()> {
        epoll::watch_level(registry, what.as_fd(), self.token().0 as u64)
    }

    /// Changes what epoll reports of this source.
    pub(super) fn rewatch(self, registry: &Registry, what: &impl AsFd, interest: Interest) -> io::Result<()> {
        registry.reregister(&mut SourceFd(&what.as_fd().as_raw_fd()), self.token(), interest)
    }
}

/// Epoll reports no more changes of it.
pub(super) fn unwatch(registry: &Registry, what: &impl AsFd) -> io::Result<()> {
    registry.deregister(&mut SourceFd(&what.as_fd().as_raw_fd()))
}
