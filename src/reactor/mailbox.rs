//! How JavaScript's thread reaches the reactor's: a queue, and a bell that ends its wait.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};

use mio::{Registry, Waker};

use super::Lane;
use super::source::Source;
use crate::cluster::{Figures, WorkerId};

/// What JavaScript can ask for.
pub enum Command {
    /// A worker is about to be spawned.
    Add {
        /// Its number.
        worker: WorkerId,
        /// The primary's end of its lane.
        lane: Box<Lane>,
        /// Whether Node lets this process use the network from now on.
        may_listen: bool,
    },
    /// A worker is disconnecting: nothing new for it.
    Retire {
        /// Its number.
        worker: WorkerId,
    },
    /// Handle all that a worker has said so far, then say so.
    Settle {
        /// Its number.
        worker: WorkerId,
        /// Hangs up, or is told, when it is done.
        done: SyncSender<()>,
    },
    /// Say what has become of the connections so far.
    Stats {
        /// Gets them.
        reply: SyncSender<Stats>,
    },
    /// The environment ends.
    Stop,
}

/// What has become of the connections so far.
#[derive(Debug, Default)]
pub struct Stats {
    /// How many the primary has accepted.
    pub accepted: u64,
    /// How many of those no worker was offered yet, or is offered any more.
    pub waiting: usize,
    /// By worker: its figures, and how many connections are open there, by its own account.
    pub workers: Vec<(WorkerId, Figures, u32)>,
}

/// The reactor's end.
pub(super) type Letters = Receiver<Command>;

/// JavaScript's end.
pub struct Mailbox {
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
    pub fn send(&self, command: Command) {
        if self.queue.send(command).is_ok() {
            drop(self.bell.wake());
        }
    }
}
