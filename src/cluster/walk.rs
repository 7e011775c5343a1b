//! The rules in a world of chance: whatever happens, each connection is in one place. And in small
//! worlds in which one thing happens.

use std::collections::BTreeSet;

use super::member::Member;
use super::world::{PROCESSORS, Sent, World, cluster_of};
use super::{Errno, Input, ListenKey, Output, Query, Seq, SlotIndex, WorkerId};
use crate::random::Random;

#[expect(clippy::cast_possible_truncation, reason = "it is small")]
const CREDIT: u32 = Member::<u32>::CREDIT as u32;

#[test]
fn a_random_walk_keeps_every_connection_in_one_place() {
    let mut revoked = 0;
    for seed in 1..=40 {
        let mut random = Random::new(seed);
        let mut world = World::new();
        world.failing_binds = 5;
        for _ in 0..3000 {
            world.step(&mut random);
            world.check();
        }
        assert!(world.taken.len() > 100, "the walk went nowhere");
        revoked += world.revoked;
    }
    assert!(revoked > 200, "{revoked}");
}

#[test]
fn workers_take_turns() {
    let (mut world, mut random) = cluster_of(4);
    let mut turns = Vec::new();
    for connection in 0..40 {
        world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
        let Sent { worker, slot, .. } = world.sent.pop().unwrap();
        turns.push(worker.0);
        world.handle(Input::Taken { worker, slot }, &mut random);
    }
    assert!(turns.chunks(4).all(|round| round == [1, 2, 3, 4]));
}

#[test]
fn a_worker_that_was_busy_has_its_turns_made_good() {
    let (mut world, mut random) = cluster_of(2);
    let mut shares = [0, 0];
    for connection in 0..200 {
        world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
        // Worker 1 answers late now and then, worker 2 at once.
        let late = (20..26).contains(&(connection % 100));
        for sent in std::mem::take(&mut world.sent) {
            if sent.worker == WorkerId(1) && late {
                world.sent.push(sent);
            } else {
                shares[sent.worker.0 as usize - 1] += 1;
                world.handle(Input::Taken { worker: sent.worker, slot: sent.slot }, &mut random);
            }
        }
    }
    assert_eq!(shares, [100, 100]);
}

#[test]
fn what_a_dead_worker_had_is_first_in_line_in_its_old_order() {
    let (mut world, mut random) = cluster_of(2);
    for connection in 0..2 * CREDIT + 3 {
        world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
    }
    // Even ones are in flight to worker 1, odd ones to worker 2; three wait.
    world.handle(Input::Left { worker: WorkerId(1), claimed: vec![] }, &mut random);
    let waiting = world.cluster.listeners[&ListenKey(0)].waiting.iter();
    let waiting: Vec<u32> = waiting.map(|waiting| waiting.connection).collect();
    let evens = (0..2 * CREDIT).step_by(2);
    assert_eq!(waiting, evens.chain(2 * CREDIT..2 * CREDIT + 3).collect::<Vec<_>>());
}

#[test]
fn a_refused_connection_goes_to_another_worker_and_waits_where_all_are_full() {
    let (mut world, mut random) = cluster_of(2);
    world.handle(Input::Accepted { key: ListenKey(0), connection: 7 }, &mut random);
    let Sent { worker: first, slot, .. } = world.sent.pop().unwrap();
    world.handle(Input::Refused { worker: first, slot }, &mut random);
    let Sent { worker: second, slot, connection, .. } = world.sent.pop().unwrap();
    assert_ne!(first, second);
    assert_eq!(connection, 7);
    world.handle(Input::Refused { worker: second, slot }, &mut random);
    assert!(world.sent.is_empty());
    world.handle(Input::Room { worker: first, key: ListenKey(0) }, &mut random);
    assert_eq!(world.sent.pop().unwrap().worker, first);
}

#[test]
fn what_a_blocked_worker_lets_wait_goes_to_one_that_has_room() {
    let (mut world, mut random) = cluster_of(2);
    let [one, two] = [1, 2].map(WorkerId);
    for connection in 0..2 * CREDIT {
        world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
    }
    // Even ones stand at worker 1, which is blocked; odd ones at worker 2, which takes them.
    for slot in 0..CREDIT {
        world.handle(Input::Late { worker: one, slot: SlotIndex(slot) }, &mut random);
    }
    assert_eq!(world.revoked, 0, "nobody had room");
    let take_all = |world: &mut World, random: &mut Random| {
        world.sent.iter_mut().filter(|sent| sent.worker == two).for_each(|sent| sent.claimed = true);
        world.look(random);
    };
    take_all(&mut world, &mut random);
    let mut there: Vec<u32> = world.sent.iter().map(|sent| sent.connection).collect();
    there.sort_unstable();
    assert_eq!(there, (0..2 * CREDIT).step_by(2).collect::<Vec<_>>());
    assert_eq!(world.revoked, Member::<u32>::CREDIT - Member::<u32>::LOW as usize, "what it had room for");
    take_all(&mut world, &mut random);
    assert_eq!(world.revoked, Member::<u32>::CREDIT);
    assert!(world.sent.iter().all(|sent| sent.worker == two));
    // Nothing new for worker 1 before it has answered.
    assert!(world.pinged.contains(&one));
    world.handle(Input::Accepted { key: ListenKey(0), connection: 1000 }, &mut random);
    world.handle(Input::Accepted { key: ListenKey(0), connection: 1001 }, &mut random);
    assert!(world.sent.iter().all(|sent| sent.worker == two));
    world.handle(Input::Pong { worker: one, quick: true }, &mut random);
    world.handle(Input::Accepted { key: ListenKey(0), connection: 1002 }, &mut random);
    assert_eq!(world.sent.last().unwrap().worker, one);
}

#[test]
fn where_all_are_slow_a_connection_stays_and_only_a_quick_worker_is_given_it() {
    let (mut world, mut random) = cluster_of(3);
    let [one, two, three] = [1, 2, 3].map(WorkerId);
    // Each lets one wait, and no other is quick when the last does.
    for connection in 0..3 {
        world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
    }
    for worker in [one, two, three] {
        let late: Vec<Sent> = world.sent.iter().filter(|sent| sent.worker == worker).copied().collect();
        for Sent { slot, .. } in late {
            world.handle(Input::Late { worker, slot }, &mut random);
        }
    }
    assert_eq!(world.pinged.len(), 3);
    let at_three = |world: &World| world.sent.iter().filter(|sent| sent.worker == three).count();
    assert_eq!(at_three(&world), 3, "the last to be late has what the others let wait");
    // Nobody has given a sign of life.
    world.handle(Input::Accepted { key: ListenKey(0), connection: 3 }, &mut random);
    world.handle(Input::Accepted { key: ListenKey(0), connection: 4 }, &mut random);
    assert_eq!(world.sent.len(), 3);
    // A loop that took its time is asked again. It is alive, so it has what stands nowhere, and what
    // stands where nobody has given a sign of life.
    let count = |world: &World, worker| world.sent.iter().filter(|sent| sent.worker == worker).count();
    let pong = |world: &mut World, worker, quick, random: &mut Random| {
        world.pinged.remove(&worker);
        world.handle(Input::Pong { worker, quick }, random);
        assert_eq!(world.pinged.contains(&worker), !quick);
    };
    pong(&mut world, one, false, &mut random);
    assert_eq!(count(&world, one), 5);
    for Sent { slot, .. } in world.sent.clone() {
        world.handle(Input::Late { worker: one, slot }, &mut random);
    }
    // From one slow worker nothing goes to the next, but to one that is quick.
    pong(&mut world, two, false, &mut random);
    assert_eq!(count(&world, one), 5);
    // Or to one that gives signs of life, when the one that has it gives none any more.
    world.handle(Input::Silent { worker: one }, &mut random);
    assert_eq!(count(&world, two), 5);
    for Sent { slot, .. } in world.sent.clone() {
        world.handle(Input::Late { worker: two, slot }, &mut random);
    }
    assert_eq!(count(&world, two), 5);
    pong(&mut world, three, true, &mut random);
    assert_eq!(count(&world, three), 5);
}

#[test]
fn a_connection_may_stay_in_the_kernel_only_if_it_would_wake_nobody() {
    let mut busy = 0;
    for seed in 1..=20 {
        let mut random = Random::new(seed);
        let mut world = World::new();
        for _ in 0..2000 {
            world.step(&mut random);
            let Some(key) = random.pick(&world.keys()).filter(|key| world.cluster.is_busy(*key)) else {
                continue;
            };
            busy += 1;
            assert!(world.cluster.wants_room_below().is_some(), "nobody would ask for it");
            let idle: Vec<WorkerId> = world.workers();
            let is_idle = |worker: &WorkerId| world.cluster.members[worker].is_idle();
            let idle: Vec<WorkerId> = idle.into_iter().filter(is_idle).collect();
            let before = world.sent.len();
            let connection = world.next_connection;
            world.next_connection += 1;
            world.accepted.insert(connection, key);
            world.handle(Input::Accepted { key, connection }, &mut random);
            let woken = world.sent.get(before).is_some_and(|sent| idle.contains(&sent.worker));
            assert!(!woken, "it would have woken somebody");
        }
    }
    assert!(busy > 500, "{busy}");
}

#[test]
fn no_more_workers_are_woken_than_can_run_and_those_that_are_get_batches() {
    let (mut world, mut random) = cluster_of(8);
    for connection in 0..2 * CREDIT {
        world.handle(Input::Accepted { key: ListenKey(0), connection }, &mut random);
    }
    let woken: BTreeSet<WorkerId> = world.sent.iter().map(|sent| sent.worker).collect();
    assert_eq!(woken.len(), PROCESSORS);
    // Whoever has room gets what waits, all the same.
    world.handle(Input::Accepted { key: ListenKey(0), connection: 1000 }, &mut random);
    assert_eq!(world.sent.last().unwrap().worker, WorkerId(3));
    // The next batch is somebody else's.
    let claimed = world.sent.iter_mut().filter(|sent| sent.worker.0 <= 2);
    claimed.for_each(|sent| sent.claimed = true);
    world.look(&mut random);
    world.handle(Input::Accepted { key: ListenKey(0), connection: 1001 }, &mut random);
    assert_eq!(world.sent.last().unwrap().worker, WorkerId(4));
}

#[test]
fn the_same_name_twice_in_one_worker_is_a_socket_of_its_own() {
    let (mut world, mut random) = cluster_of(1);
    let query = Box::new(Query { port: Some(80), ..Query::default() });
    let mut outputs = Vec::new();
    world.cluster.handle(Input::Queried { worker: WorkerId(1), seq: Seq(1), query }, &mut outputs);
    assert!(matches!(outputs[..], [Output::Listen { key: ListenKey(1), .. }]));
    world.handle(Input::Listening { key: ListenKey(1), outcome: Err(Errno(98)) }, &mut random);
    assert_eq!(world.cluster.listeners.len(), 1);
}
