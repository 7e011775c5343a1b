//! How JavaScript's thread reaches the reactor's: a queue, and a `Waker` that wakes the thread.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use mio::{Registry, Waker};

use super::Lane;
use super::figures::Block;
use super::source::Source;
use crate::cluster::WorkerId;
use crate::sys::datagram;

/// What JavaScript can ask for. There is no answer.
pub(super) enum Command {
    /// A worker is about to be spawned.
    Add {
        /// Its number.
        worker: WorkerId,
        /// The primary's end of its lane.
        lane: Box<Lane>,
        /// The block for its figures.
        block: Arc<Block>,
        /// Whether Node lets this process use the network from now on.
        may_listen: bool,
    },
    /// A worker is disconnecting: nothing new for it.
    Leave {
        /// Its number.
        worker: WorkerId,
    },
    /// A worker is offered nothing new, until this is said with `paused: false`.
    Pause {
        /// Its number.
        worker: WorkerId,
        /// Whether it is paused from now on.
        paused: bool,
    },
    /// Whether a socket stays open when its last worker leaves or dies.
    Keep {
        /// If not, those that no worker shares are closed.
        yes: bool,
    },
    /// Sockets that no worker shares are closed.
    Release,
    /// Somebody reads the figures: workers whose event loops turn shall say so.
    Look,
    /// A service manager shall learn that this thread works.
    FeedWatchdog {
        /// Where it listens.
        manager: Arc<datagram::Sender>,
    },
    /// The environment ends.
    Stop,
}

/// The reactor's end.
pub(super) type Letters = Receiver<Command>;

/// JavaScript's end.
pub(super) struct Mailbox {
    queue: Sender<Command>,
    bell: Waker,
}

pub(super) fn new(registry: &Registry) -> io::Result<(Mailbox, Letters)> {
    let bell = Waker::new(registry, Source::Mailbox.token())?;
    let (queue, letters) = mpsc::channel();
    Ok((Mailbox { queue, bell }, letters))
}

impl Mailbox {
    /// Never blocks. If the thread has ended, it has reported that by an event.
    pub(super) fn send(&self, command: Command) {
        if self.queue.send(command).is_ok() {
            drop(self.bell.wake());
        }
    }
}
