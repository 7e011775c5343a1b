//! Tests of the rules in small worlds in which a worker is paused.

use super::member::Member;
use super::world::{CLAIM_TIMEOUT, Offered, World, rules_of};
use super::{Input, Lapse, ListenKey, Query, Seq, WorkerId};

#[test]
fn a_paused_worker_is_offered_nothing_and_what_is_queued_then_is_dealt_when_it_is_resumed() {
    let (mut world, mut random) = rules_of(2);
    let [one, two] = [1, 2].map(WorkerId);
    world.pause(one, true, &mut random);
    world.pause(one, true, &mut random);
    for _ in 0..=Member::<u32>::CREDIT {
        world.accept(ListenKey(0), &mut random);
    }
    assert!(world.offered.iter().all(|sent| sent.worker == two));
    assert_eq!(world.rules.queued(), 1, "the other has no room for more");
    // One that listens on another port later gets nothing there, either.
    let query = Box::new(Query { port: Some(81), ..Query::default() });
    world.apply(Input::Queried { worker: one, seq: Seq(1), query }, &mut random);
    world.accept(ListenKey(1), &mut random);
    assert_eq!(world.rules.queued(), 2);
    world.check();
    world.pause(one, false, &mut random);
    assert_eq!(world.rules.queued(), 0);
    assert_eq!(world.offered.iter().filter(|sent| sent.worker == one).count(), 2);
    world.check();
}

#[test]
fn a_paused_worker_keeps_what_it_was_offered_and_has_no_room_for_what_others_do_not_claim() {
    let (mut world, mut random) = rules_of(2);
    let [one, two] = [1, 2].map(WorkerId);
    for _ in 0..2 {
        world.accept(ListenKey(0), &mut random);
    }
    let count = |world: &World, worker| world.offered.iter().filter(|sent| sent.worker == worker).count();
    world.pause(one, true, &mut random);
    assert_eq!((count(&world, one), count(&world, two)), (1, 1));
    let late = world.offered.iter().find(|sent| sent.worker == two).unwrap().slot;
    world.lapse(Lapse::Late { worker: two, slot: late }, &mut random);
    assert_eq!(world.revoked, 0, "no worker that may be offered something has room");
    world.pause(one, false, &mut random);
    assert_eq!((world.revoked, count(&world, one)), (1, 2));
    world.check();
}

#[test]
fn a_slow_worker_is_offered_what_is_queued_when_the_last_quick_one_is_paused() {
    let (mut world, mut random) = rules_of(2);
    let [one, two] = [1, 2].map(WorkerId);
    for _ in 0..2 {
        world.accept(ListenKey(0), &mut random);
    }
    let Offered { worker, slot, .. } = world.offered.pop().unwrap();
    assert_eq!(worker, two);
    world.apply(Input::Refused { worker, slot }, &mut random);
    let late = world.offered.first().unwrap().slot;
    world.lapse(Lapse::Late { worker: one, slot: late }, &mut random);
    world.now += CLAIM_TIMEOUT;
    world.answer(one, &mut random);
    while let Some(Offered { worker, slot, connection, .. }) = world.offered.pop() {
        world.claimed.insert(connection);
        world.apply(Input::Claimed { worker, slot }, &mut random);
    }
    // Worker 1 is slow, worker 2 is quick and has room again.
    world.apply(Input::Room { worker: two, key: ListenKey(0) }, &mut random);
    for _ in 0..=Member::<u32>::CREDIT {
        world.accept(ListenKey(0), &mut random);
    }
    assert_eq!(world.rules.queued(), 1);
    world.pause(two, true, &mut random);
    assert_eq!(world.offered.last().unwrap().worker, one);
    world.check();
}
