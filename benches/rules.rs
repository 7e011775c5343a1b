//! What a step of the rules costs: a connection is accepted, sent to a worker, and claimed there.
//!
//! It must not grow with workers and ports that have no part in it: `cargo bench --bench rules`
//! shows six sizes, which are to be the same within a factor of two. `src/cluster/cost.rs` holds
//! this without a clock.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rs_cluster::cluster::{Balance, Input, ListenKey, Mode, Output, Query, Rules, Seq, SlotIndex, WorkerId};

const WORKERS: [u32; 3] = [2, 64, 512];
const PORTS: [u32; 2] = [1, 500];
const PROCESSORS: usize = 2;
const CLAIM_TIMEOUT: Duration = Duration::from_millis(5);

struct World {
    rules: Rules<u32>,
    /// Offered and not claimed, the oldest first.
    sent: VecDeque<(WorkerId, SlotIndex)>,
    outputs: Vec<Output>,
    now: Instant,
}

impl World {
    /// Every worker listens on every port.
    fn new(workers: u32, ports: u32) -> Self {
        let (now, mut outputs) = (Instant::now(), Vec::new());
        let mut rules = Rules::new(Mode::Dealt, Balance::RoundRobin, PROCESSORS, CLAIM_TIMEOUT, now);
        for worker in (1..=workers).map(WorkerId) {
            rules.apply(now, Input::Joined { worker, revocable: true }, &mut outputs);
            for port in 1..=ports {
                let query = Box::new(Query { port: i32::try_from(port).ok(), ..Query::default() });
                rules.apply(now, Input::Queried { worker, seq: Seq(port), query }, &mut outputs);
                if let Some(Output::Listen { key, .. }) = outputs.pop() {
                    let outcome = Ok(serde_json::Value::Null);
                    rules.apply(now, Input::Listening { key, outcome }, &mut outputs);
                }
                outputs.clear();
            }
        }
        Self { rules, sent: VecDeque::new(), outputs, now }
    }

    fn apply(&mut self, input: Input<u32>) {
        self.rules.apply(self.now, input, &mut self.outputs);
        for output in self.outputs.drain(..) {
            if let Output::Offer { worker, slot } = output {
                self.sent.push_back((worker, slot));
            }
        }
    }

    /// A connection comes, and is claimed.
    fn step(&mut self, key: ListenKey) {
        self.now += Duration::from_micros(1);
        black_box(self.rules.next_wake());
        self.apply(Input::Accepted { key, connection: 0 });
        black_box(self.rules.is_busy(key));
        if let Some((worker, slot)) = self.sent.pop_front() {
            self.apply(Input::Claimed { worker, slot });
        }
    }
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a connection");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for workers in WORKERS {
        for ports in PORTS {
            let mut world = World::new(workers, ports);
            let size = BenchmarkId::from_parameter(format!("{workers} workers, {ports} ports"));
            group.bench_function(size, |bencher| bencher.iter(|| world.step(ListenKey(0))));
        }
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
