//! Tests of JavaScript's thread while the reactor's thread does not run: no call blocks.

use std::collections::HashMap;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Event, Lane, Reactor, Stats, Udp, WorkerStats};
use crate::cluster::{Balance, ListenKey, Mode, SlotIndex, WorkerId};
use crate::ledger::{Generation, Ledger};
use crate::wire::lane::{Reply, ToPrimary, ToWorker};
use crate::wire::{Channel, Limits, Read};

const WORKER: WorkerId = WorkerId(1);
const HOSTILE: WorkerId = WorkerId(2);

/// An address on which no other process is assigned a port meanwhile.
fn host() -> Ipv4Addr {
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high, low, 41)
}

/// A worker's end.
struct FakeWorker {
    lane: Channel,
    ledger: Ledger,
}

impl FakeWorker {
    fn fork(reactor: &Reactor, id: WorkerId) -> Self {
        let (here, there) = UnixStream::pair().unwrap();
        let (ledger, memory) = Ledger::new().unwrap().unwrap();
        reactor.add(id, Lane::new(here, Some(ledger)).unwrap(), true);
        Self {
            lane: Channel::new(there, Limits::LANE_OF_WORKER).unwrap(),
            ledger: Ledger::open(&memory).unwrap(),
        }
    }

    /// What `understand` makes of the next frame.
    fn read<T>(&mut self, understand: impl Fn(ToWorker) -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            assert!(Instant::now() < end, "no frame comes");
            if let Some(frame) = self.lane.incoming.next_frame().unwrap() {
                let said = ToWorker::decode(frame.head, self.lane.incoming.body(frame.body)).unwrap();
                return understand(said).unwrap_or_else(|| panic!("unexpected {said:?}"));
            }
            if self.lane.read().unwrap() == Read::Empty {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Slot and generation of a connection.
    fn connection(&mut self) -> (SlotIndex, Generation) {
        self.read(|said| {
            let ToWorker::Connections(connections) = said else { return None };
            let first = connections.into_iter().next()?;
            Some((SlotIndex(first.slot), Generation(first.generation)))
        })
    }

    fn say(&mut self, said: ToPrimary) {
        self.lane.outgoing.send(&said).unwrap();
    }

    fn listen(&mut self, port: u16) -> (ListenKey, u16) {
        let query = json!({ "address": host(), "port": port, "addressType": 4 }).to_string();
        self.say(ToPrimary::Query { seq: 1, query: query.as_bytes() });
        self.read(|said| {
            let ToWorker::Reply { seq: 1, reply: Reply::Dealt(listening) } = said else { return None };
            let sockname: Value = serde_json::from_str(listening.sockname).unwrap();
            let port = u16::try_from(sockname["port"].as_u64().unwrap()).unwrap();
            Some((ListenKey(listening.key), port))
        })
    }
}

/// A reactor whose thread can be stopped, until `go_on` is dropped.
struct Stopped {
    /// The first field, because dropping the reactor joins its thread.
    go_on: mpsc::Sender<()>,
    reactor: Reactor,
    reached: mpsc::Receiver<()>,
}

impl Stopped {
    fn new() -> Self {
        let (stop, reached) = mpsc::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        // The thread blocks in the callback that reports an event.
        let report = move |event| {
            assert!(matches!(event, Event::ProtocolError(HOSTILE, _)));
            stop.send(()).unwrap();
            let _ = wait.recv();
        };
        let reactor =
            Reactor::start(Mode::Dealt, Balance::RoundRobin, Duration::from_secs(60), Udp::Flow, report)
                .unwrap();
        Self { go_on, reactor, reached }
    }

    fn stop(&self) {
        let (here, mut there) = UnixStream::pair().unwrap();
        self.reactor.add(HOSTILE, Lane::new(here, None).unwrap(), true);
        there.write_all(&[0xff; 64]).unwrap();
        self.reached.recv().unwrap();
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((host(), port)).is_ok()
}

#[test]
fn a_port_is_free_when_its_server_has_closed_or_its_worker_is_retired() {
    let acts: [fn(&Reactor, ListenKey); 2] =
        [|reactor, key| reactor.close(WORKER, key), |reactor, _| reactor.leave(WORKER)];
    for act in acts {
        let held = Stopped::new();
        let mut worker = FakeWorker::fork(&held.reactor, WORKER);
        let (key, port) = worker.listen(0);
        assert!(!is_free(port));
        held.stop();
        act(&held.reactor, key);
        assert!(is_free(port));
        drop(held.go_on);
        // The reactor would accept on the socket that has that number now.
        let other = TcpListener::bind((host(), port)).unwrap();
        let client = TcpStream::connect((host(), port)).unwrap();
        drop((other.accept().unwrap(), client));
    }
}

#[test]
fn who_asks_for_a_socket_that_is_closed_gets_another() {
    let held = Stopped::new();
    let mut first = FakeWorker::fork(&held.reactor, WORKER);
    let free = TcpListener::bind((host(), 0)).unwrap().local_addr().unwrap().port();
    let (key, port) = first.listen(free);
    let mut second = FakeWorker::fork(&held.reactor, WorkerId(3));
    held.stop();
    held.reactor.close(WORKER, key);
    drop(held.go_on);
    // For the rules the first worker still shares it, because its own report has not come.
    let (again, same) = second.listen(port);
    assert_ne!(again, key);
    assert_eq!(same, port);
    drop(TcpStream::connect((host(), port)).unwrap());
    second.connection();
    // The late report of the first worker does not concern it.
    first.say(ToPrimary::Closed { key: key.0 });
    held.reactor.close(WORKER, again);
    assert!(!is_free(port));
    held.reactor.close(WorkerId(3), again);
    assert!(is_free(port));
}

fn figures_of(stats: &Stats) -> Option<HashMap<&'static str, f64>> {
    let (_, worker) = stats.workers.iter().find(|(id, _)| *id == WORKER)?;
    Some(WorkerStats::names().zip(worker.numbers()).collect())
}

/// Waits until the time for which the worker has not answered is as it should be.
fn await_blocked(reactor: &Reactor, is_right: impl Fn(f64) -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !figures_of(&reactor.stats()).is_some_and(|figures| is_right(figures["blocked"])) {
        assert!(Instant::now() < end, "it is not blocked, or still is");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_time_for_which_a_worker_has_not_answered_grows_until_it_answers() {
    let held = Stopped::new();
    let mut worker = FakeWorker::fork(&held.reactor, WORKER);
    held.reactor.look();
    worker.read(|said| matches!(said, ToWorker::Probe).then_some(()));
    held.stop();
    await_blocked(&held.reactor, |blocked| blocked > 20.0);
    worker.say(ToPrimary::Alive);
    await_blocked(&held.reactor, |blocked| blocked > 40.0);
    drop(held.go_on);
    await_blocked(&held.reactor, |blocked| blocked <= 0.0);
}

#[test]
#[expect(clippy::float_cmp, reason = "counts are whole numbers")]
fn figures_are_read_and_not_asked_for() {
    let held = Stopped::new();
    let mut worker = FakeWorker::fork(&held.reactor, WORKER);
    let (_, port) = worker.listen(0);
    let client = TcpStream::connect((host(), port)).unwrap();
    let (slot, generation) = worker.connection();
    held.stop();
    let figures = || {
        let stats = held.reactor.stats();
        assert_eq!((stats.accepted, stats.queued), (1, 0));
        figures_of(&stats)
    };
    let offered = figures().unwrap();
    assert_eq!(["offered", "claimed", "inFlight"].map(|name| offered[name]), [1.0, 0.0, 1.0]);
    assert!(worker.ledger.claim(slot, generation));
    let claimed = figures().unwrap();
    assert_eq!(["offered", "claimed", "inFlight"].map(|name| claimed[name]), [1.0, 1.0, 0.0]);
    drop(held.go_on);
    // The same when the reactor has seen it, and nothing once the worker is gone.
    drop((client, worker));
    let end = Instant::now() + Duration::from_secs(10);
    while let Some(figures) = figures() {
        assert_eq!(figures, claimed);
        assert!(Instant::now() < end, "it is still there");
        thread::yield_now();
    }
}

#[test]
fn a_worker_whose_last_words_and_end_are_found_at_once_is_gone() {
    let held = Stopped::new();
    let mut worker = FakeWorker::fork(&held.reactor, WORKER);
    let (key, port) = worker.listen(0);
    held.stop();
    worker.say(ToPrimary::Room { key: key.0 });
    drop(worker);
    drop(held.go_on);
    let end = Instant::now() + Duration::from_secs(10);
    while !held.reactor.stats().workers.is_empty() || !is_free(port) {
        assert!(Instant::now() < end, "it is still there");
        thread::yield_now();
    }
}
