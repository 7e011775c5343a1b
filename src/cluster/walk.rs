//! Random walks through the rules: whatever happens, each connection is in one place. Then small
//! worlds in which one thing happens.

use std::collections::BTreeSet;

use super::member::Member;
use super::world::{Offered, PROCESSORS, World, rules_of};
use super::{Balance, Errno, Input, ListenKey, Output, Query, Seq, WorkerId};
use crate::random::Random;

#[expect(clippy::cast_possible_truncation, reason = "it is small")]
const CREDIT: u32 = Member::<u32>::CREDIT as u32;

#[test]
fn a_random_walk_keeps_every_connection_in_one_place() {
    for (balance, _) in Balance::ALL {
        walk(balance);
    }
}

fn walk(balance: Balance) {
    let (mut revoked, mut sends, mut lapses) = (0, 0, [0; 3]);
    for seed in 1..=40 {
        let mut random = Random::new(seed);
        let mut world = World::new(seed, balance);
        world.failing_binds = 5;
        for _ in 0..3000 {
            world.step(&mut random);
            world.check();
            world.check_time();
        }
        assert!(world.claimed.len() > 100, "the walk went nowhere");
        revoked += world.revoked;
        lapses.iter_mut().zip(world.lapses).for_each(|(sum, count)| *sum += count);
        sends += world.model.sends;
    }
    assert!(revoked > 200, "{balance:?}: {revoked}");
    assert!(sends > 5000, "{balance:?}: {sends}");
    assert!(lapses.iter().all(|count| *count > 100), "{balance:?}: {lapses:?}");
}

#[test]
fn workers_take_turns() {
    let (mut world, mut random) = rules_of(4);
    let mut turns = Vec::new();
    for connection in 0..40 {
        world.apply(Input::Accepted { key: ListenKey(0), connection }, &mut random);
        let Offered { worker, slot, .. } = world.offered.pop().unwrap();
        turns.push(worker.0);
        world.apply(Input::Claimed { worker, slot }, &mut random);
    }
    assert!(turns.chunks(4).all(|round| round == [1, 2, 3, 4]));
}

#[test]
fn a_worker_that_was_busy_has_its_turns_made_good() {
    let (mut world, mut random) = rules_of(2);
    let mut shares = [0, 0];
    for connection in 0..200 {
        world.apply(Input::Accepted { key: ListenKey(0), connection }, &mut random);
        // Worker 1 answers late now and then, worker 2 at once.
        let late = (20..26).contains(&(connection % 100));
        for sent in std::mem::take(&mut world.offered) {
            if sent.worker == WorkerId(1) && late {
                world.offered.push(sent);
            } else {
                shares[sent.worker.0 as usize - 1] += 1;
                world.apply(Input::Claimed { worker: sent.worker, slot: sent.slot }, &mut random);
            }
        }
    }
    assert_eq!(shares, [100, 100]);
}

#[test]
fn what_a_dead_worker_had_is_first_in_line_in_its_old_order() {
    let (mut world, mut random) = rules_of(2);
    for connection in 0..2 * CREDIT + 3 {
        world.apply(Input::Accepted { key: ListenKey(0), connection }, &mut random);
    }
    // Even ones are in flight to worker 1, odd ones to worker 2; three are queued.
    world.apply(Input::Gone { worker: WorkerId(1), claimed: vec![] }, &mut random);
    let queued = world.rules.handles.get(ListenKey(0)).unwrap().queued.iter();
    let queued: Vec<u32> = queued.map(|queued| queued.connection).collect();
    let evens = (0..2 * CREDIT).step_by(2);
    assert_eq!(queued, evens.chain(2 * CREDIT..2 * CREDIT + 3).collect::<Vec<_>>());
}

#[test]
fn a_refused_connection_goes_to_another_worker_and_waits_where_all_are_full() {
    let (mut world, mut random) = rules_of(2);
    world.apply(Input::Accepted { key: ListenKey(0), connection: 7 }, &mut random);
    let Offered { worker: first, slot, .. } = world.offered.pop().unwrap();
    world.apply(Input::Refused { worker: first, slot }, &mut random);
    let Offered { worker: second, slot, connection, .. } = world.offered.pop().unwrap();
    assert_ne!(first, second);
    assert_eq!(connection, 7);
    world.apply(Input::Refused { worker: second, slot }, &mut random);
    assert!(world.offered.is_empty());
    world.apply(Input::Room { worker: first, key: ListenKey(0) }, &mut random);
    assert_eq!(world.offered.pop().unwrap().worker, first);
}

#[test]
fn a_connection_may_stay_in_the_kernel_only_if_it_would_wake_nobody() {
    let mut busy = 0;
    for seed in 1..=20 {
        let mut random = Random::new(seed);
        let mut world = World::new(seed, Balance::RoundRobin);
        for _ in 0..2000 {
            world.step(&mut random);
            let Some(key) = random.pick(&world.keys()).filter(|key| world.rules.is_busy(*key)) else {
                continue;
            };
            busy += 1;
            let idle: Vec<WorkerId> = world.workers();
            let is_idle = |worker: &WorkerId| world.member(*worker).is_idle();
            let idle: Vec<WorkerId> = idle.into_iter().filter(is_idle).collect();
            let before = world.offered.len();
            world.accept(key, &mut random);
            let woken = world.offered.get(before).is_some_and(|sent| idle.contains(&sent.worker));
            assert!(!woken, "it would have woken a worker");
        }
    }
    assert!(busy > 500, "{busy}");
}

#[test]
fn no_more_workers_are_woken_than_can_run_and_those_that_are_get_batches() {
    let (mut world, mut random) = rules_of(8);
    for connection in 0..2 * CREDIT {
        world.apply(Input::Accepted { key: ListenKey(0), connection }, &mut random);
    }
    let woken: BTreeSet<WorkerId> = world.offered.iter().map(|sent| sent.worker).collect();
    assert_eq!(woken.len(), PROCESSORS);
    // A worker that has room gets what is queued all the same.
    world.apply(Input::Accepted { key: ListenKey(0), connection: 1000 }, &mut random);
    assert_eq!(world.offered.last().unwrap().worker, WorkerId(3));
    // The next batch goes to another worker.
    let claimed = world.offered.iter_mut().filter(|sent| sent.worker.0 <= 2);
    claimed.for_each(|sent| sent.claimed = true);
    world.look(&mut random);
    world.apply(Input::Accepted { key: ListenKey(0), connection: 1001 }, &mut random);
    assert_eq!(world.offered.last().unwrap().worker, WorkerId(4));
}

#[test]
fn the_same_name_twice_in_one_worker_is_a_socket_of_its_own() {
    let (mut world, mut random) = rules_of(1);
    let query = Box::new(Query { port: Some(80), ..Query::default() });
    let mut outputs = Vec::new();
    world.rules.apply(world.now, Input::Queried { worker: WorkerId(1), seq: Seq(1), query }, &mut outputs);
    assert!(matches!(outputs[..], [Output::Listen { key: ListenKey(1), .. }]));
    world.apply(Input::Listening { key: ListenKey(1), outcome: Err(Errno(98)) }, &mut random);
    assert_eq!(world.rules.handles.iter().count(), 1);
}
