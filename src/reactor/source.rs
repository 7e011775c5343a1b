//! Sources of events: what the thread waits for, and how epoll is told of it.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};

use crate::cluster::{ListenKey, WorkerId};

/// Which source an epoll event means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Mailbox,
    Lane(WorkerId),
    Listener(ListenKey),
}

impl Source {
    /// The two kinds take turns in the numbers; the mailbox has the last one.
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

    /// Epoll tells of this source from now on: of each change once.
    pub(super) fn watch(self, registry: &Registry, what: &impl AsFd, interest: Interest) -> io::Result<()> {
        registry.register(&mut SourceFd(&what.as_fd().as_raw_fd()), self.token(), interest)
    }

    /// Epoll tells of other changes than before.
    pub(super) fn rewatch(self, registry: &Registry, what: &impl AsFd, interest: Interest) -> io::Result<()> {
        registry.reregister(&mut SourceFd(&what.as_fd().as_raw_fd()), self.token(), interest)
    }
}

/// Epoll tells of it no more.
pub(super) fn unwatch(registry: &Registry, what: &impl AsFd) -> io::Result<()> {
    registry.deregister(&mut SourceFd(&what.as_fd().as_raw_fd()))
}
