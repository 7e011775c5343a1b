//! What a step costs, counted and not measured: how many workers, listeners and places in a line it
//! looks at. That must not grow with those that have no part in it. `benches/rules.rs` has the times.

use std::collections::VecDeque;
use std::hint::black_box;

use super::table::counting;
use super::{Cluster, Input, ListenKey, Output, Policy, Query, Seq, SlotIndex, WorkerId};
use crate::random::Random;

/// No step looks at more than this, in the mean: where turns are forgotten, one step moves many in line,
/// each of which has had a turn for it.
const MOST: usize = 64;

struct World {
    cluster: Cluster<u32>,
    processors: usize,
    workers: u32,
    ports: u32,
    sent: VecDeque<(WorkerId, SlotIndex)>,
    /// How many steps there were, and how much they have looked at.
    steps: usize,
    looked_at: usize,
}

impl World {
    /// Every worker listens on every port.
    fn new(workers: u32, ports: u32, processors: usize) -> Self {
        let cluster = Cluster::new(Policy::RoundRobin, processors);
        let mut world =
            Self { cluster, processors, workers, ports, sent: VecDeque::new(), steps: 0, looked_at: 0 };
        for worker in (1..=workers).map(WorkerId) {
            world.handle(Input::Joined { worker });
            for port in 0..ports {
                let query = Box::new(Query { port: i32::try_from(port).ok(), ..Query::default() });
                world.handle(Input::Queried { worker, seq: Seq(0), query });
            }
        }
        world.start();
        world
    }

    fn handle(&mut self, input: Input<u32>) {
        let mut outputs = Vec::new();
        counting::count();
        self.cluster.handle(input, &mut outputs);
        // The reactor asks after each turn.
        black_box((self.cluster.waiting(), self.cluster.is_busy(ListenKey(0))));
        self.looked_at += counting::count();
        self.steps += 1;
        for output in outputs {
            match output {
                Output::Send { worker, slot } => self.sent.push_back((worker, slot)),
                Output::Listen { key, .. } => {
                    self.handle(Input::Listening { key, outcome: Ok(serde_json::Value::Null) });
                }
                Output::Revoke { worker, slot } => {
                    self.sent.retain(|sent| *sent != (worker, slot));
                    self.handle(Input::Revoked { worker, slot });
                }
                Output::Unlisten { .. } | Output::Reply { .. } | Output::Ping { .. } => {}
            }
        }
    }

    fn start(&mut self) {
        (self.steps, self.looked_at) = (0, 0);
    }

    fn accept(&mut self, key: ListenKey) {
        self.handle(Input::Accepted { key, connection: 0 });
    }

    fn claim(&mut self) {
        if let Some((worker, slot)) = self.sent.pop_front() {
            self.handle(Input::Taken { worker, slot });
        }
    }

    fn any_port(&self, random: &mut Random) -> ListenKey {
        ListenKey(u32::try_from(random.below(self.ports as usize)).unwrap())
    }

    /// All workers up to this one let their connections wait, and give no sign of life.
    fn stop(&mut self, last: u32) {
        for (worker, slot) in self.sent.clone().into_iter().filter(|(worker, _)| worker.0 <= last) {
            if self.sent.contains(&(worker, slot)) {
                self.handle(Input::Late { worker, slot });
            }
        }
    }
}

/// Small and large worlds, with few processors and with many.
fn worlds() -> impl Iterator<Item = World> {
    let sizes = [(2, 1), (2, 500), (64, 1), (64, 500), (512, 1), (512, 60)];
    sizes.into_iter().flat_map(|(workers, ports)| [2, 64].map(|it| World::new(workers, ports, it)))
}

fn check(world: &World, what: &str) {
    check_below(world, MOST, what);
}

fn check_below(world: &World, most: usize, what: &str) {
    let World { steps, looked_at, workers, ports, .. } = world;
    let mean = looked_at / steps;
    assert!(mean <= most, "{what}: with {workers} workers and {ports} ports, a step looks at {mean}");
}

#[test]
fn a_connection_to_an_idle_worker() {
    for mut world in worlds() {
        for _ in 0..1000 {
            world.accept(ListenKey(0));
            world.claim();
        }
        check(&world, "one port");
    }
}

#[test]
fn a_connection_beside_others_on_any_port() {
    for in_flight in [40, 3000] {
        for mut world in worlds() {
            let mut random = Random::new(in_flight as u64);
            for _ in 0..8000 {
                let key = world.any_port(&mut random);
                world.accept(key);
                if world.sent.len() > in_flight {
                    world.claim();
                }
            }
            // Of those that are awake on other ports, the one whose turn it is here has to be found.
            check_below(&world, MOST + 2 * world.processors, "beside others");
        }
    }
}

#[test]
fn a_connection_where_all_workers_have_enough() {
    for mut world in worlds() {
        for _ in 0..world.workers * 40 {
            world.accept(ListenKey(0));
        }
        assert!(world.cluster.waiting() > 0);
        world.start();
        for _ in 0..world.workers {
            world.accept(ListenKey(0));
        }
        check(&world, "nobody has room");
    }
}

#[test]
fn a_connection_where_half_of_the_workers_are_stopped() {
    for mut world in worlds() {
        for _ in 0..world.workers * 34 {
            world.accept(ListenKey(0));
        }
        world.stop(world.workers / 2);
        while !world.sent.is_empty() && world.cluster.waiting() > 0 {
            world.sent.retain(|(worker, _)| worker.0 > world.workers / 2);
            world.claim();
        }
        world.start();
        for _ in 0..2000 {
            world.accept(ListenKey(0));
            while world.sent.len() > 40 {
                world.claim();
            }
        }
        check(&world, "half are stopped");
    }
}
