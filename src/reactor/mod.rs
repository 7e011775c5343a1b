//! The primary's thread. One turn: wait → accept and read → `cluster.handle` → write.
//!
//! It owns the listening sockets and the primary's end of every lane, and moves bytes and
//! descriptors between them and the rules in `cluster/`; it decides nothing itself. JavaScript
//! reaches it through a [`Mailbox`], never the other way round, save to say that the thread has
//! died ([`Event`]). So connections flow while the primary's JavaScript is blocked.

mod lane;
mod listener;
mod listeners;
mod mailbox;
mod source;
mod turn;

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mio::Poll;

use crate::cluster::{Policy, WorkerId};
use crate::sys::failure::{Called, Failure};
pub use lane::Lane;
pub use mailbox::{Command, Mailbox, Stats};
use turn::Shell;

/// What the thread tells JavaScript.
#[derive(Debug)]
pub enum Event {
    /// The thread has ended though nobody asked for it; no connection will be accepted any more.
    Failed(String),
    /// A worker spoke nonsense on its lane, and was cut off.
    Nonsense(WorkerId, String),
}

/// The running thread, from outside. Dropping it stops and joins the thread.
pub struct Reactor {
    mailbox: Mailbox,
    thread: Option<JoinHandle<()>>,
}

impl Reactor {
    /// Starts the thread. A worker may let a connection wait for as long as `patience` while
    /// another has room. `report` is called on the thread.
    ///
    /// # Errors
    /// As `epoll_create1(2)`, eventfd(2) and `pthread_create(3)`.
    pub fn start(
        policy: Policy,
        patience: Duration,
        report: impl Fn(Event) + Send + 'static,
    ) -> Result<Self, Failure> {
        let poll = Poll::new().called("epoll_create1")?;
        let (mailbox, letters) = mailbox::new(poll.registry()).called("eventfd")?;
        let run = move || {
            let mut shell = Shell::new(poll, policy, patience, &report);
            // A panic must not end in silence: the workers would wait for ever.
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| shell.run(&letters)));
            match outcome {
                Ok(Ok(())) => {}
                Ok(Err(error)) => report(Event::Failed(error.to_string())),
                Err(_) => report(Event::Failed("a panic in rs-cluster's reactor".into())),
            }
        };
        let thread = thread::Builder::new().name("rs-cluster".into()).spawn(run).called("pthread_create")?;
        Ok(Self { mailbox, thread: Some(thread) })
    }

    /// Tells the thread something.
    pub fn tell(&self, command: Command) {
        self.mailbox.send(command);
    }

    /// Waits until all that was told before, and all that the worker has said so far on its lane,
    /// is done. The thread never waits for anybody, so this is a matter of microseconds.
    pub fn settle(&self, worker: WorkerId) {
        let (done, settled) = mpsc::sync_channel(1);
        self.tell(Command::Settle { worker, done });
        // An error means that the thread has died, and has told so.
        let _ = settled.recv();
    }

    /// What has become of the connections so far; the thread answers in microseconds.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (reply, stats) = mpsc::sync_channel(1);
        self.tell(Command::Stats { reply });
        stats.recv().unwrap_or_default()
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        self.tell(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // The thread reports its own failures.
            drop(thread.join());
        }
    }
}
