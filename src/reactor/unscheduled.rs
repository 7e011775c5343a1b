//! JavaScript's thread beside a reactor that does not run: it waits for nothing.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Event, Lane, Reactor};
use crate::cluster::{ListenKey, Mode, SlotIndex, WorkerId};
use crate::ledger::{Generation, Ledger};
use crate::wire::frame::{Head, Kind};
use crate::wire::{Channel, Limits, Read, copy_of};

const WORKER: WorkerId = WorkerId(1);
const HOSTILE: WorkerId = WorkerId(2);

/// An address on which nobody else is given a free port meanwhile.
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

    /// The next frame.
    fn read(&mut self, kind: Kind) -> Vec<u8> {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            assert!(Instant::now() < end, "no {kind:?} comes");
            if let Some(frame) = self.lane.incoming().next_frame().unwrap() {
                assert_eq!(frame.head.kind, kind);
                return self.lane.incoming().body(frame.body).to_vec();
            }
            if self.lane.read().unwrap() == Read::Empty {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    fn listen(&mut self, port: u16) -> Result<(ListenKey, u16), Value> {
        let query = json!({ "address": host(), "port": port, "addressType": 4 });
        let body = [&1u32.to_le_bytes(), query.to_string().as_bytes()].concat();
        self.lane.send(Head::plain(Kind::Query), copy_of(&body)).unwrap();
        let reply: Value = serde_json::from_slice(&self.read(Kind::Reply)).unwrap();
        let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
        if reply["errno"] != 0 {
            return Err(reply);
        }
        Ok((ListenKey(number(&reply["key"])), u16::try_from(number(&reply["sockname"]["port"])).unwrap()))
    }
}

/// A reactor whose thread can be made to stand still, until `go_on` is dropped.
struct Stopped {
    /// First, because to drop the reactor is to wait for its thread.
    go_on: mpsc::Sender<()>,
    reactor: Reactor,
    reached: mpsc::Receiver<()>,
}

impl Stopped {
    fn new() -> Self {
        let (stop, reached) = mpsc::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        // What the thread reports is where it can be held.
        let report = move |event| {
            assert!(matches!(event, Event::ProtocolError(HOSTILE, _)));
            stop.send(()).unwrap();
            let _ = wait.recv();
        };
        let reactor = Reactor::start(Mode::Dealt, Duration::from_secs(60), report).unwrap();
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
        let (key, port) = worker.listen(0).unwrap();
        assert!(!is_free(port));
        held.stop();
        act(&held.reactor, key);
        assert!(is_free(port));
        drop(held.go_on);
        // It would accept on what has that number now.
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
    let (key, port) = first.listen(free).unwrap();
    let mut second = FakeWorker::fork(&held.reactor, WorkerId(3));
    held.stop();
    held.reactor.close(WORKER, key);
    drop(held.go_on);
    // The rules still believe that the first one shares it, who has not said otherwise.
    let (again, same) = second.listen(port).unwrap();
    assert_ne!(again, key);
    assert_eq!(same, port);
    drop(TcpStream::connect((host(), port)).unwrap());
    second.read(Kind::Connections);
    // The first one's belated word does not concern it.
    first.lane.send(Head::plain(Kind::Closed), copy_of(&key.0.to_le_bytes())).unwrap();
    held.reactor.close(WORKER, again);
    assert!(!is_free(port));
    held.reactor.close(WorkerId(3), again);
    assert!(is_free(port));
}

#[test]
fn figures_are_read_and_not_asked_for() {
    let held = Stopped::new();
    let mut worker = FakeWorker::fork(&held.reactor, WORKER);
    let (_, port) = worker.listen(0).unwrap();
    let client = TcpStream::connect((host(), port)).unwrap();
    let body = worker.read(Kind::Connections);
    held.stop();
    let figures = || {
        let stats = held.reactor.stats();
        assert_eq!((stats.accepted, stats.queued), (1, 0));
        let worker = stats.workers.iter().find(|(id, _)| *id == WORKER);
        worker.map(|(_, worker)| worker.numbers().collect::<Vec<u64>>())
    };
    // Offered, claimed, …, in flight, open.
    assert_eq!(figures(), Some(vec![1, 0, 0, 0, 0, 1, 0]));
    let number = |at: usize| u32::from_le_bytes(body[at..at + 4].try_into().unwrap());
    assert!(worker.ledger.claim(SlotIndex(number(4)), Generation(number(8))));
    let claimed = vec![1, 1, 0, 0, 0, 0, 0];
    assert_eq!(figures().as_ref(), Some(&claimed));
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
    let (key, port) = worker.listen(0).unwrap();
    held.stop();
    worker.lane.send(Head::plain(Kind::Room), copy_of(&key.0.to_le_bytes())).unwrap();
    drop(worker);
    drop(held.go_on);
    let end = Instant::now() + Duration::from_secs(10);
    while !held.reactor.stats().workers.is_empty() || !is_free(port) {
        assert!(Instant::now() < end, "it is still there");
        thread::yield_now();
    }
}
