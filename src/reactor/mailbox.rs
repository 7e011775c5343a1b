//! How JavaScript's thread reaches the reactor's: a queue, and a bell that ends its wait.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use mio::{Registry, Waker};

use super::Lane;
use super::figures::Block;
use super::source::Source;
use crate::cluster::WorkerId;

/// What JavaScript can ask for. It waits for no answer.
pub(super) enum Command {
    /// A worker is about to be spawned.
    Add {
        /// Its number.
        worker: WorkerId,
        /// The primary's end of its lane.
        lane: Box<Lane>,
        /// Where to count what it does.
        block: Arc<Block>,
        /// Whether Node lets this process use the network from now on.
        may_listen: bool,
    },
    /// A worker is disconnecting: nothing new for it.
    Leave {
        /// Its number.
        worker: WorkerId,
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
    /// Never blocks. A thread that has died has told so by an event of its own.
    pub(super) fn send(&self, command: Command) {
        if self.queue.send(command).is_ok() {
            drop(self.bell.wake());
        }
    }
}
