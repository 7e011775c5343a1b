//! `Cluster`: the primary's reactor.

use std::cell::RefCell;
use std::iter;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Float64Array, FnArgs, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Error, Result};
use napi_derive::napi;

use super::exception;
use super::notifier::Notifier;
use super::worker::Worker;
use crate::cluster::{Balance, ListenKey, Mode, Waits, WorkerId};
use crate::ledger::Ledger;
use crate::reactor::{Account, Event, Lane, Reactor, Stats, Udp, WorkerStats};
use crate::sys::failure::{Called, Failure};

/// The primary's native half. Its thread starts here, and stops with the environment.
#[napi]
pub struct Cluster {
    reactor: Rc<RefCell<Option<Reactor>>>,
}

#[napi]
impl Cluster {
    /// `dealt` means `SCHED_RR`; otherwise it is `SCHED_NONE`. `claim_timeout` says how many
    /// milliseconds an offer may stay unclaimed while another worker has room. Zero means no limit.
    /// `by_flow`: each worker has a UDP socket of its own.
    /// `report` is called with a worker's number and a text if that worker violates the protocol.
    /// It is called with zero and a text if the thread dies. `balance` names the policy that says
    /// which worker is next; by default it is 'round-robin'.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        dealt: bool,
        claim_timeout: u32,
        by_flow: bool,
        report: Function<FnArgs<(u32, String)>, ()>,
        balance: Option<String>,
    ) -> Result<Self> {
        let balance = balance.map_or(Ok(Balance::RoundRobin), |name| balance_of(&name))?;
        // Weak: the thread does not keep the process alive. napi-rs leaks what is queued when the
        // environment ends, so only texts are passed.
        let report = report.build_threadsafe_function().callee_handled::<false>().weak::<true>().build()?;
        let mode = if dealt { Mode::Dealt } else { Mode::Shared };
        let udp = if by_flow { Udp::Flow } else { Udp::Shared };
        let claim_timeout =
            if claim_timeout == 0 { Duration::MAX } else { Duration::from_millis(claim_timeout.into()) };
        let reactor = Reactor::start(mode, balance, claim_timeout, udp, move |event| {
            let arguments = match event {
                Event::Failed(text) => (0, text),
                Event::ProtocolError(worker, text) => (worker.0, text),
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
    /// descriptors for them; in that case nothing stays open. `may_listen`: whether Node's
    /// permission model lets this process use the network, now.
    #[napi]
    pub fn fork(&self, env: Env, id: u32, may_listen: bool) -> Result<Worker> {
        let (lane, there, memory) = new_lane().map_err(|failure| exception(env, &failure))?;
        let worker = Worker::fork(env, there, memory)?;
        self.with(|reactor| reactor.add(WorkerId(id), lane, may_listen));
        Ok(worker)
    }

    /// The worker is disconnecting or gone: it gets nothing new. What only it listened on is closed
    /// when this returns, so another process can listen on that port.
    #[napi]
    pub fn leave(&self, id: u32) {
        self.with(|reactor| reactor.leave(WorkerId(id)));
    }

    /// The worker is offered no new connection as long as it is paused.
    #[napi]
    pub fn pause(&self, id: u32, paused: bool) {
        self.with(|reactor| reactor.pause(WorkerId(id), paused));
    }

    /// The worker has closed a server. What only it listened on is closed when this returns.
    #[napi]
    pub fn closed(&self, id: u32, key: u32) {
        self.with(|reactor| reactor.close(WorkerId(id), ListenKey(key)));
    }

    /// Whether a socket stays open when its last worker leaves or dies: its connections wait for the next
    /// worker. If not, those that no worker shares are closed when this returns.
    #[napi]
    pub fn keep(&self, yes: bool) {
        self.with(|reactor| reactor.keep(yes));
    }

    /// No worker will come for the sockets that none shares. They are closed when this returns.
    #[napi]
    pub fn release(&self) {
        self.with(Reactor::release);
    }

    /// The thread tells the service manager that this process works. Called by a timer of JavaScript, it says
    /// that both threads do.
    #[napi]
    pub fn feed_watchdog(&self, notifier: &Notifier) {
        self.with(|reactor| reactor.feed_watchdog(Arc::clone(&notifier.0)));
    }

    /// What has become of the connections so far: the figures of the whole cluster, then for each
    /// worker its number and its figures. `figureNames` has their names. It also asks the workers for a
    /// heartbeat, which the next call finds. One array, because setting one property from Rust costs as much as building
    /// a whole worker's object in JavaScript.
    #[napi]
    pub fn figures(&self) -> Float64Array {
        let read = |reactor: &Reactor| {
            let stats = reactor.stats();
            reactor.look();
            stats
        };
        let stats = self.with(read).unwrap_or_default();
        let worker = |(worker, stats): &(WorkerId, WorkerStats)| {
            iter::once(f64::from(worker.0)).chain(stats.numbers())
        };
        let numbers = stats.numbers().chain(stats.workers.iter().flat_map(worker));
        Float64Array::new(numbers.collect())
    }

    /// The figures of one worker, for as long as JavaScript keeps them. Nothing if it is gone.
    #[napi]
    pub fn account(&self, id: u32) -> Option<WorkerAccount> {
        self.with(|reactor| reactor.account(WorkerId(id))).flatten().map(WorkerAccount)
    }

    /// How long connections have waited until a worker has claimed them: the sum in seconds, then how
    /// many there are in each bucket. `waitBounds` has the bounds of the buckets.
    #[napi]
    pub fn waits(&self) -> Float64Array {
        let waits = self.with(|reactor| reactor.waits().collect());
        Float64Array::new(waits.unwrap_or_else(|| vec![0.; Waits::LEN]))
    }

    /// The longest wait of each bucket in seconds; the last bucket has no bound.
    #[napi]
    pub fn wait_bounds() -> Vec<f64> {
        Waits::BOUNDS.iter().map(|micros| Duration::from_micros(*micros).as_secs_f64()).collect()
    }

    /// What the figures are called, in their order.
    #[napi]
    pub fn figure_names() -> FigureNames {
        FigureNames { totals: Stats::names().collect(), worker: WorkerStats::names().collect() }
    }

    /// Nothing if the environment is ending.
    fn with<T>(&self, act: impl FnOnce(&Reactor) -> T) -> Option<T> {
        self.reactor.borrow().as_ref().map(act)
    }
}

/// The policy of this name.
fn balance_of(name: &str) -> Result<Balance> {
    let found = Balance::ALL.into_iter().find(|(_, other)| *other == name);
    found.map(|(balance, _)| balance).ok_or_else(|| {
        let names = Balance::ALL.map(|(_, name)| name).join(", ");
        Error::from_reason(format!("rs-cluster has no policy '{name}'. It has: {names}"))
    })
}

/// The figures of one worker. They remain when it is gone.
#[napi]
pub struct WorkerAccount(Account);

#[napi]
impl WorkerAccount {
    /// Whether the worker is gone. What is read after that are its last figures.
    #[napi]
    pub fn has_ended(&self) -> bool {
        self.0.has_ended()
    }

    /// Its figures, in the order of their names.
    #[napi]
    pub fn read(&self) -> Float64Array {
        Float64Array::new(self.0.read().numbers().collect())
    }
}

/// The names of the figures, as `figures` orders them.
#[napi(object, object_from_js = false)]
pub struct FigureNames {
    /// Of the whole cluster.
    pub totals: Vec<&'static str>,
    /// Of each worker.
    pub worker: Vec<&'static str>,
}

/// The two ends of a lane, and the memory that they share.
fn new_lane() -> std::result::Result<(Lane, OwnedFd, Option<OwnedFd>), Failure> {
    let (here, there) = UnixStream::pair().called("socketpair")?;
    // If no memory can be shared, a worker reports its claims in frames.
    let (ledger, memory) = Ledger::new()?.unzip();
    let lane = Lane::new(here, ledger).called("ioctl")?;
    Ok((lane, there.into(), memory))
}
