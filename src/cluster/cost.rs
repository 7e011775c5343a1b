//! What a step costs, counted and not measured: how many workers, handles and places in a line it
//! looks at. That must not grow with those that have no part in it. `benches/rules.rs` has the times.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

use super::table::counting;
use super::{Balance, Input, Lapse, ListenKey, Mode, Output, Query, Rules, Seq, SlotIndex, WorkerId};
use crate::random::Random;

/// No step looks at more than this, in the mean.
const MOST: usize = 64;

const CLAIM_TIMEOUT: Duration = Duration::from_millis(5);

struct Crowd {
    rules: Rules<u32>,
    processors: usize,
    workers: u32,
    ports: u32,
    offered: VecDeque<(WorkerId, SlotIndex)>,
    /// How many steps there were, and how much they have looked at.
    steps: usize,
    looked_at: usize,
    now: Instant,
}

impl Crowd {
    /// Every worker listens on every port.
    fn new(workers: u32, ports: u32, processors: usize) -> Self {
        let rules = Rules::new(Mode::Dealt, Balance::RoundRobin, processors, CLAIM_TIMEOUT, Instant::now());
        let mut crowd = Self {
            rules,
            processors,
            workers,
            ports,
            offered: VecDeque::new(),
            steps: 0,
            looked_at: 0,
            now: Instant::now(),
        };
        for worker in (1..=workers).map(WorkerId) {
            crowd.apply(Input::Joined { worker, revocable: true });
            for port in 0..ports {
                let query = Box::new(Query { port: i32::try_from(port).ok(), ..Query::default() });
                crowd.apply(Input::Queried { worker, seq: Seq(0), query });
            }
        }
        crowd.start();
        crowd
    }

    fn apply(&mut self, input: Input<u32>) {
        let mut outputs = Vec::new();
        counting::count();
        self.rules.apply(self.now, input, &mut outputs);
        black_box(self.rules.next_wake());
        // The reactor asks after each turn.
        black_box((self.rules.queued(), self.rules.is_busy(ListenKey(0))));
        self.looked_at += counting::count();
        self.steps += 1;
        self.now += Duration::from_micros(1);
        for output in outputs {
            match output {
                Output::Offer { worker, slot } => self.offered.push_back((worker, slot)),
                Output::Listen { key, .. } => {
                    self.apply(Input::Listening { key, outcome: Ok(serde_json::Value::Null) });
                }
                Output::Revoke { worker, slot } => {
                    self.offered.retain(|sent| *sent != (worker, slot));
                    self.apply(Input::Revoked { worker, slot });
                }
                Output::Unlisten { .. }
                | Output::Rest { .. }
                | Output::Resume { .. }
                | Output::Reply { .. }
                | Output::Probe { .. } => {}
            }
        }
    }

    fn start(&mut self) {
        (self.steps, self.looked_at) = (0, 0);
    }

    fn accept(&mut self, key: ListenKey) {
        self.apply(Input::Accepted { key, connection: 0 });
    }

    fn claim(&mut self) {
        if let Some((worker, slot)) = self.offered.pop_front() {
            self.apply(Input::Claimed { worker, slot });
        }
    }

    fn any_port(&self, random: &mut Random) -> ListenKey {
        ListenKey(u32::try_from(random.below(self.ports as usize)).unwrap())
    }

    /// The offers of all workers up to this one are late, and they do not answer probes.
    fn stop(&mut self, last: u32) {
        for (worker, slot) in self.offered.clone().into_iter().filter(|(worker, _)| worker.0 <= last) {
            if self.offered.contains(&(worker, slot)) {
                self.apply(Input::Lapsed(Lapse::Late { worker, slot }));
            }
        }
    }
}

/// Small and large crowds, with few processors and with many.
fn crowds() -> impl Iterator<Item = Crowd> {
    let sizes = [(2, 1), (2, 500), (64, 1), (64, 500), (512, 1), (512, 60)];
    sizes.into_iter().flat_map(|(workers, ports)| [2, 64].map(|it| Crowd::new(workers, ports, it)))
}

fn check(crowd: &Crowd, what: &str) {
    check_below(crowd, MOST, what);
}

fn check_below(crowd: &Crowd, most: usize, what: &str) {
    let Crowd { steps, looked_at, workers, ports, .. } = crowd;
    let mean = looked_at / steps;
    assert!(mean <= most, "{what}: with {workers} workers and {ports} ports, a step looks at {mean}");
}

#[test]
fn a_connection_to_an_idle_worker() {
    for mut crowd in crowds() {
        for _ in 0..1000 {
            crowd.accept(ListenKey(0));
            crowd.claim();
        }
        check(&crowd, "one port");
    }
}

#[test]
fn a_connection_beside_others_on_any_port() {
    for in_flight in [40, 3000] {
        for mut crowd in crowds() {
            let mut random = Random::new(in_flight as u64);
            for _ in 0..8000 {
                let key = crowd.any_port(&mut random);
                crowd.accept(key);
                if crowd.offered.len() > in_flight {
                    crowd.claim();
                }
            }
            // The rules have to find the worker whose turn it is here among those that are awake on
            // other ports.
            check_below(&crowd, MOST + 2 * crowd.processors, "beside others");
        }
    }
}

#[test]
fn a_connection_where_all_workers_have_enough() {
    for mut crowd in crowds() {
        for _ in 0..crowd.workers * 40 {
            crowd.accept(ListenKey(0));
        }
        assert!(crowd.rules.queued() > 0);
        crowd.start();
        for _ in 0..crowd.workers {
            crowd.accept(ListenKey(0));
        }
        check(&crowd, "no worker has room");
    }
}

#[test]
fn a_connection_where_half_of_the_workers_are_stopped() {
    for mut crowd in crowds() {
        for _ in 0..crowd.workers * 34 {
            crowd.accept(ListenKey(0));
        }
        crowd.stop(crowd.workers / 2);
        while !crowd.offered.is_empty() && crowd.rules.queued() > 0 {
            crowd.offered.retain(|(worker, _)| worker.0 > crowd.workers / 2);
            crowd.claim();
        }
        crowd.start();
        for _ in 0..2000 {
            crowd.accept(ListenKey(0));
            while crowd.offered.len() > 40 {
                crowd.claim();
            }
        }
        check(&crowd, "half are stopped");
    }
}
