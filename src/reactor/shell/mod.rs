//! The thread's state and its turns: wait → accept and read → `rules.apply` → write.

mod guarding;
mod lanes;
mod outputs;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use mio::{Interest, Poll};

use super::event::Event;
use super::figures::Block;
use super::flows::Flows;
use super::guard::Guard;
use super::lane::Lane;
use super::listeners::Listeners;
use super::mailbox::{Command, Letters};
use super::shares::Shares;
use super::source::Source;
use super::totals::Totals;
use crate::cluster::{Balance, Input, Mode, Output, Rules, WorkerId};

/// The thread's own state.
pub(super) struct Shell<'a> {
    poll: Poll,
    report: &'a dyn Fn(Event),
    rules: Rules<OwnedFd>,
    /// When this turn began, or began again.
    now: Instant,
    /// Whether Node's permission model lets this process use the network.
    may_listen: bool,
    listeners: Listeners,
    /// Of the listeners on which the workers accept.
    guard: Guard,
    flows: Flows,
    shares: Arc<Shares>,
    totals: Arc<Totals>,
    /// The block in which each worker's figures are published.
    blocks: BTreeMap<WorkerId, Arc<Block>>,
    lanes: BTreeMap<WorkerId, Lane>,
    /// Workers that may claim something in the page, without a frame.
    attended: BTreeSet<WorkerId>,
    /// Lanes that may have more to read: epoll reports each change only once.
    reading: BTreeSet<WorkerId>,
    /// Lanes with something to write at the end of the turn.
    writing: BTreeSet<WorkerId>,
    /// Lanes that have ended in this turn.
    ended: BTreeSet<WorkerId>,
    outputs: Vec<Output>,
}

impl<'a> Shell<'a> {
    /// How soon to retry after `EMFILE` or `ETOOMANYREFS`, and to check listeners that epoll does
    /// not watch. In this time the kernel can queue some hundred connections for each.
    const AGAIN: Duration = Duration::from_millis(10);

    pub(super) fn new(
        poll: Poll,
        (mode, balance): (Mode, Balance),
        claim_timeout: Duration,
        flows: Flows,
        (shares, totals): (Arc<Shares>, Arc<Totals>),
        report: &'a dyn Fn(Event),
    ) -> Self {
        let now = Instant::now();
        Self {
            poll,
            report,
            rules: Rules::new(
                mode,
                balance,
                available_parallelism().map_or(1, Into::into),
                claim_timeout,
                now,
            ),
            now,
            may_listen: true,
            listeners: Listeners::default(),
            guard: Guard::new(claim_timeout),
            flows,
            shares,
            totals,
            blocks: BTreeMap::new(),
            lanes: BTreeMap::new(),
            attended: BTreeSet::new(),
            reading: BTreeSet::new(),
            writing: BTreeSet::new(),
            ended: BTreeSet::new(),
            outputs: Vec::new(),
        }
    }

    pub(super) fn run(&mut self, letters: &Letters) -> io::Result<()> {
        let mut events = mio::Events::with_capacity(256);
        loop {
            let timeout = self.timeout();
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            self.now = Instant::now();
            for worker in std::mem::take(&mut self.reading) {
                self.lane_ready(worker);
            }
            let mut mail = false;
            for event in &events {
                match Source::of(event.token()) {
                    Source::Mailbox => mail = true,
                    Source::Lane(worker) => {
                        self.lane_ready(worker);
                        // The end may have come after bytes. Epoll reports both at once, and a read
                        // that returns bytes does not show the end (hostile/last-words.js).
                        if event.is_read_closed() {
                            self.reading.insert(worker);
                        }
                    }
                    Source::Listener(key) => self.arrived(key),
                }
            }
            if mail && self.read_mail(letters) == Flow::Stop {
                return Ok(());
            }
            self.look();
            self.look_at_guarded();
            self.flows.look(self.now);
            self.accept_all();
            self.write_all();
            self.bury();
            while self.await_claims() {
                self.look();
                self.write_all();
                self.bury();
            }
            self.totals.publish_waits(self.rules.waits());
        }
    }

    /// How long to sleep, if nothing happens.
    fn timeout(&mut self) -> Option<Duration> {
        if self.listeners.is_ready() || !self.reading.is_empty() {
            return Some(Duration::ZERO);
        }
        let mut next: Option<Instant> = None;
        self.attended.retain(|worker| {
            let look = self.lanes.get(worker).and_then(|lane| lane.offers.next_look());
            next = next.into_iter().chain(look).min();
            look.is_some()
        });
        let looks = [self.rules.next_wake(), self.guard.next_look(), self.flows.next_look()];
        let next = looks.into_iter().chain([next]).flatten().min();
        let look = next.map(|look| look.saturating_duration_since(Instant::now()));
        let is_crowded = |worker| self.lanes.get(worker).is_some_and(Lane::is_crowded);
        let again = self.listeners.needs_checks() || self.writing.iter().any(is_crowded);
        [again.then_some(Self::AGAIN), look].into_iter().flatten().min()
    }

    /// Looks at what the workers have claimed, and at what is due because they have not.
    fn look(&mut self) {
        self.now = Instant::now();
        // A claim that is already in the page is not late.
        self.attended.extend(self.rules.expired(self.now));
        let mut inputs = Vec::new();
        for &worker in &self.attended {
            let Some(lane) = self.lanes.get_mut(&worker) else { continue };
            // A protocol error is reported once.
            if self.ended.contains(&worker) || lane.look(worker, &mut inputs).is_ok() {
                continue;
            }
            self.ended.insert(worker);
            (self.report)(Event::ProtocolError(worker, "it wrote over its ledger".into()));
        }
        for input in inputs {
            self.apply(input);
        }
        while let Some(lapse) = self.rules.due(self.now) {
            self.apply(Input::Lapsed(lapse));
        }
    }

    /// Before the thread sleeps, it asks workers to notify it of claims. True: a worker was asked,
    /// and may have claimed something before that.
    fn await_claims(&mut self) -> bool {
        self.listeners.watch(self.poll.registry(), |key| self.rules.is_busy(key));
        let wants_room = self.rules.queued() > 0 || self.listeners.is_unwatched();
        let (now, room_below) = (self.now, wants_room.then_some(Rules::<OwnedFd>::ROOM_BELOW));
        let mut asked = false;
        for worker in &self.attended {
            let lane = self.lanes.get_mut(worker);
            asked |= lane.is_some_and(|lane| lane.offers.await_claims(now, room_below));
        }
        asked
    }

    fn read_mail(&mut self, letters: &Letters) -> Flow {
        for command in letters.try_iter() {
            match command {
                Command::Add { worker, lane, block, may_listen } => {
                    self.may_listen = may_listen;
                    self.add(worker, *lane, block);
                }
                Command::Leave { worker } => self.apply(Input::Leaving { worker }),
                Command::Pause { worker, paused: true } => self.apply(Input::Paused { worker }),
                Command::Pause { worker, paused: false } => self.apply(Input::Resumed { worker }),
                // The manager ends this process if it hears nothing for long. One datagram may be lost.
                Command::FeedWatchdog { manager } => drop(manager.send(b"WATCHDOG=1")),
                Command::Keep { yes } => self.apply(Input::Keep { yes }),
                Command::Release => self.apply(Input::Released),
                Command::Look => self.apply(Input::Looked),
                Command::Stop => return Flow::Stop,
            }
        }
        Flow::On
    }

    fn add(&mut self, worker: WorkerId, lane: Lane, block: Arc<Block>) {
        // If epoll refuses the lane, it is dropped: the worker sees its end, and exits.
        let Ok(()) = Source::Lane(worker).watch(self.poll.registry(), &lane, Interest::READABLE) else {
            return block.end(None);
        };
        let revocable = lane.offers.has_page();
        self.lanes.insert(worker, lane);
        self.blocks.insert(worker, block);
        self.apply(Input::Joined { worker, revocable });
    }

    fn accept_all(&mut self) {
        for (key, most) in self.listeners.candidates() {
            for _ in 0..most {
                let Some(connection) = self.listeners.accept(self.poll.registry(), key) else { break };
                self.apply(Input::Accepted { key, connection });
            }
        }
    }
}

/// Whether the thread goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    Stop,
}
