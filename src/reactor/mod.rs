//! The primary's thread. One turn: wait → accept and read → `rules.apply` → write.
//!
//! It owns the listening sockets and the primary's end of every lane. It moves bytes and descriptors
//! between them and the rules in `cluster/`, and decides nothing itself. JavaScript reaches it through
//! a `Mailbox`. `shell` is the thread itself, with all that it owns. The thread calls JavaScript only to report an [`Event`], so connections are dealt while
//! the primary's JavaScript is blocked.
//!
//! JavaScript never blocks on the thread, because busy workers can keep it from being scheduled for
//! long. Figures are published, so JavaScript reads them without the thread (`figures`). If a
//! program may rely on something as soon as a call returns, JavaScript's own thread does it
//! (`shares`).

mod event;
mod figures;
mod flows;
mod group;
mod guard;
mod lane;
mod lenders;
mod listener;
mod listeners;
mod looks;
mod mailbox;
mod outbox;
mod published;
mod shares;
mod shell;
mod source;
mod totals;
#[cfg(test)]
mod unscheduled;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::Poll;

use crate::cluster::{Balance, ListenKey, Mode, WorkerId};
use crate::sys::datagram::Sender;
use crate::sys::failure::{Called, Failure};
pub use event::Event;
use figures::Block;
pub use figures::{Stats, WorkerStats};
use flows::Flows;
pub use flows::Udp;
pub use lane::Lane;
use looks::Looks;
use mailbox::{Command, Mailbox};
pub use published::Account;
use published::Published;
use shares::Shares;
use shell::Shell;

/// The running thread, from outside. Dropping it stops and joins the thread.
pub struct Reactor {
    mailbox: Mailbox,
    shares: Arc<Shares>,
    published: Published,
    looks: Looks,
    thread: Option<JoinHandle<()>>,
}

impl Reactor {
    /// Starts the thread. An offer may stay unclaimed for `claim_timeout` while
    /// another worker has room. `report` is called on the thread.
    ///
    /// # Errors
    /// As `epoll_create1(2)`, eventfd(2), socket(2) and `pthread_create(3)`.
    pub fn start(
        mode: Mode,
        balance: Balance,
        claim_timeout: Duration,
        udp: Udp,
        report: impl Fn(Event) + Send + 'static,
    ) -> Result<Self, Failure> {
        let poll = Poll::new().called("epoll_create1")?;
        let (mailbox, letters) = mailbox::new(poll.registry()).called("eventfd")?;
        let (shares, published) = (Arc::new(Shares::new().called("socket")?), Published::default());
        let common = (Arc::clone(&shares), Arc::clone(&published.totals));
        let run = move || {
            let mut shell =
                Shell::new(poll, (mode, balance), claim_timeout, Flows::new(udp), common, &report);
            // A panic must be reported: otherwise the workers would get no more connections, and no
            // error.
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| shell.run(&letters)));
            match outcome {
                Ok(Ok(())) => {}
                Ok(Err(error)) => report(Event::Failed(error.to_string())),
                Err(_) => report(Event::Failed(
                    "the reactor of rs-cluster panicked, which is a bug in rs-cluster".into(),
                )),
            }
        };
        let thread = thread::Builder::new().name("rs-cluster".into()).spawn(run).called("pthread_create")?;
        Ok(Self { mailbox, shares, published, looks: Looks::default(), thread: Some(thread) })
    }

    /// A worker is about to be spawned, with the other end of `lane`. `may_listen`: whether Node's
    /// permission model lets this process use the network, now.
    pub fn add(&self, worker: WorkerId, lane: Lane, may_listen: bool) {
        let block = Arc::new(Block::new(lane.offers.ledger()));
        self.shares.add(worker);
        self.published.add(worker, &block);
        self.mailbox.send(Command::Add { worker, lane: Box::new(lane), block, may_listen });
    }

    /// A worker is leaving, or gone. It gets nothing new, and has closed all its servers. A port on
    /// which no other worker listens is free on return.
    pub fn leave(&self, worker: WorkerId) {
        if self.shares.leave(worker) {
            self.mailbox.send(Command::Leave { worker });
        }
    }

    /// A worker is offered no new connection as long as it is paused.
    pub fn pause(&self, worker: WorkerId, paused: bool) {
        self.mailbox.send(Command::Pause { worker, paused });
    }

    /// A worker has closed a server, and will also report it on its lane. If no other worker
    /// listens there, the port is free on return.
    pub fn close(&self, worker: WorkerId, key: ListenKey) {
        self.shares.close(key, worker);
    }

    /// Whether a socket stays open when its last worker leaves or dies, so that its connections wait for
    /// the next worker. If not, those that no worker shares are closed on return.
    pub fn keep(&self, yes: bool) {
        self.shares.keep(yes);
        self.mailbox.send(Command::Keep { yes });
    }

    /// No worker will come for the sockets that none shares. They are closed on return.
    pub fn release(&self) {
        self.shares.release();
        self.mailbox.send(Command::Release);
    }

    /// Tells a service manager that this process works, from the thread.
    pub fn feed_watchdog(&self, manager: Arc<Sender>) {
        self.mailbox.send(Command::FeedWatchdog { manager });
    }

    /// Somebody reads the figures. Those that are read later say which event loops have turned since.
    pub fn look(&self) {
        if self.looks.is_due(Instant::now()) {
            self.mailbox.send(Command::Look);
        }
    }

    /// What has become of the connections so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.published.read()
    }

    /// The figures of one worker, also when it is gone. Nothing if it is gone already.
    #[must_use]
    pub fn account(&self, worker: WorkerId) -> Option<Account> {
        self.published.account(worker)
    }

    /// How long connections have waited until they were claimed: the sum in seconds, then how many
    /// there are in each bucket.
    pub fn waits(&self) -> impl Iterator<Item = f64> {
        self.published.waits()
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        self.mailbox.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // The thread reports its own failures.
            drop(thread.join());
        }
    }
}
