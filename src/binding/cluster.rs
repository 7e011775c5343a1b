//! `Cluster`: the primary's reactor.

use std::cell::RefCell;
use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Result};
use napi_derive::napi;

use super::exception;
use super::worker::Worker;
use crate::cluster::{Figures, Policy, WorkerId};
use crate::ledger::Ledger;
use crate::reactor::{self, Command, Event, Lane, Reactor};
use crate::sys::failure::{Called, Failure};

/// The primary's native half. Its thread starts here, and stops with the environment.
#[napi]
pub struct Cluster {
    reactor: Rc<RefCell<Option<Reactor>>>,
}

#[napi]
impl Cluster {
    /// `round_robin` is `SCHED_RR`, else it is `SCHED_NONE`. `patience` is in milliseconds: so long
    /// a worker may let a connection wait while another has room; for ever, if zero. `report` is called with a worker's
    /// number and a text when that worker spoke nonsense, and with zero and a text if the thread
    /// dies, which it must not.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        round_robin: bool,
        patience: u32,
        report: Function<FnArgs<(u32, String)>, ()>,
    ) -> Result<Self> {
        // Weak: the thread keeps no process alive. What is queued when the environment ends is
        // leaked by napi-rs, so nothing but a text ever goes through here.
        let report = report.build_threadsafe_function().callee_handled::<false>().weak::<true>().build()?;
        let policy = if round_robin { Policy::RoundRobin } else { Policy::Shared };
        let patience = if patience == 0 { Duration::MAX } else { Duration::from_millis(patience.into()) };
        let reactor = Reactor::start(policy, patience, move |event| {
            let arguments = match event {
                Event::Failed(text) => (0, text),
                Event::Nonsense(worker, text) => (worker.0, text),
            };
            report.call(arguments.into(), ThreadsafeFunctionCallMode::NonBlocking);
        });
        let reactor = reactor.map_err(|failure| exception(env, &failure))?;
        let reactor = Rc::new(RefCell::new(Some(reactor)));
        // Set after the ThreadsafeFunction, so that it runs before that one is torn down.
        env.add_env_cleanup_hook(reactor.clone(), |reactor| drop(reactor.borrow_mut().take()))?;
        Ok(Self { reactor })
    }

    /// Makes the sockets of a worker that is about to be spawned. Throws if the process has no
    /// descriptors for them; nothing is left open then.
    /// `may_listen`: whether Node's permission model lets this process use the network, now.
    #[napi]
    pub fn fork(&self, env: Env, id: u32, may_listen: bool) -> Result<Worker> {
        let (lane, there, memory) = new_lane().map_err(|failure| exception(env, &failure))?;
        let worker = Worker::fork(env, there, memory)?;
        self.tell(Command::Add { worker: WorkerId(id), lane: Box::new(lane), may_listen });
        Ok(worker)
    }

    /// The worker is disconnecting or gone: it gets nothing new. What only it listened on is
    /// closed when this returns, so that the port can be taken by somebody else.
    #[napi]
    pub fn retire(&self, id: u32) {
        self.tell(Command::Retire { worker: WorkerId(id) });
        self.settle(id);
    }

    /// The worker has closed a server, and said so on its lane: waits until that is done.
    #[napi]
    pub fn settle(&self, id: u32) {
        if let Some(reactor) = self.reactor.borrow().as_ref() {
            reactor.settle(WorkerId(id));
        }
    }

    /// What has become of the connections so far.
    #[napi]
    pub fn stats(&self) -> Stats {
        self.reactor.borrow().as_ref().map(Reactor::stats).unwrap_or_default().into()
    }

    fn tell(&self, command: Command) {
        if let Some(reactor) = self.reactor.borrow().as_ref() {
            reactor.tell(command);
        }
    }
}

/// The two ends of a lane, and the memory that they share.
fn new_lane() -> std::result::Result<(Lane, OwnedFd, Option<OwnedFd>), Failure> {
    let (here, there) = UnixStream::pair().called("socketpair")?;
    // If no memory can be shared, a worker says by frames what it claims.
    let (ledger, memory) = Ledger::new()?.unzip();
    let lane = Lane::new(here, ledger).called("ioctl")?;
    Ok((lane, there.into(), memory))
}

/// See `index.d.ts`.
#[napi(object)]
pub struct Stats {
    pub accepted: f64,
    pub waiting: f64,
    pub workers: HashMap<String, WorkerStats>,
}

/// See `index.d.ts`.
#[napi(object)]
pub struct WorkerStats {
    pub accepted: f64,
    pub claimed: f64,
    pub refused: f64,
    pub revoked: f64,
    pub redispatched: f64,
    pub waiting: f64,
    pub open: f64,
}

#[expect(clippy::cast_precision_loss, reason = "JavaScript counts in doubles, too")]
impl From<reactor::Stats> for Stats {
    fn from(stats: reactor::Stats) -> Self {
        let worker = |(worker, figures, open): (WorkerId, Figures, u32)| {
            let Figures { accepted, claimed, refused, revoked, redispatched, waiting } = figures;
            let stats = WorkerStats {
                accepted: accepted as f64,
                claimed: claimed as f64,
                refused: refused as f64,
                revoked: revoked as f64,
                redispatched: redispatched as f64,
                waiting: waiting as f64,
                open: open.into(),
            };
            (worker.0.to_string(), stats)
        };
        Self {
            accepted: stats.accepted as f64,
            waiting: stats.waiting as f64,
            workers: stats.workers.into_iter().map(worker).collect(),
        }
    }
}
