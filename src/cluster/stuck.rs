//! Tests of the rules in small worlds in which a worker does not claim: it is blocked, slow,
//! stopped, or has no slot free.

use super::member::Member;
use super::world::{CLAIM_TIMEOUT, Offered, PROCESSORS, World, rules_of};
use super::{Input, Lapse, ListenKey, Query, Seq, SlotIndex, WorkerId};
use crate::random::Random;

#[expect(clippy::cast_possible_truncation, reason = "it is small")]
const CREDIT: u32 = Member::<u32>::CREDIT as u32;

/// A worker listens on one more port, and a connection comes there.
fn listen(world: &mut World, worker: WorkerId, port: i32, random: &mut Random) {
    let query = Box::new(Query { port: Some(port), ..Query::default() });
    world.apply(Input::Queried { worker, seq: Seq(0), query }, random);
}

fn last_sent(world: &World) -> Offered {
    *world.offered.last().unwrap()
}

/// The worker refuses what it was sent last.
fn refuse(world: &mut World, random: &mut Random) {
    let Offered { worker, slot, .. } = world.offered.pop().unwrap();
    world.apply(Input::Refused { worker, slot }, random);
}

/// A worker has not claimed in time.
fn late(world: &mut World, worker: WorkerId, slot: SlotIndex, random: &mut Random) {
    world.lapse(Lapse::Late { worker, slot }, random);
}

/// A worker answers a probe, in time or not. Nothing else is due meanwhile.
fn alive(world: &mut World, worker: WorkerId, quick: bool, random: &mut Random) {
    if !world.probed.contains_key(&worker) {
        let mut outputs = Vec::new();
        world.rules.probe(worker, &mut outputs);
        world.probed.insert(worker, world.now);
    }
    if quick {
        world.rules.members.get_mut(worker).unwrap().pulse.probe(world.now);
        world.probed.insert(worker, world.now);
    } else {
        world.now += CLAIM_TIMEOUT;
    }
    world.answer(worker, random);
    assert_eq!(world.probed.contains_key(&worker), !quick, "a slow one is probed again");
}

#[test]
fn a_worker_that_stands_still_takes_the_place_of_nobody_who_runs() {
    let (mut world, mut random) = rules_of(5);
    for _ in 0..=PROCESSORS {
        world.accept(ListenKey(0), &mut random);
    }
    let [one, three] = [1, 3].map(WorkerId);
    assert_eq!(last_sent(&world).worker, one, "as many are awake as can run");
    world.lapse(Lapse::Stalled { worker: one }, &mut random);
    world.accept(ListenKey(0), &mut random);
    assert_eq!(last_sent(&world).worker, three);
    // It has claimed something, and is awake again.
    let slot = SlotIndex(0);
    world.offered.retain(|sent| (sent.worker, sent.slot) != (one, slot));
    world.apply(Input::Claimed { worker: one, slot }, &mut random);
    world.accept(ListenKey(0), &mut random);
    assert!(last_sent(&world).worker <= three);
    world.check_books();
}

#[test]
fn what_an_asked_worker_lets_wait_on_a_port_that_it_closed_goes_to_one_that_is_alive() {
    let (mut world, mut random) = rules_of(2);
    let [one, two] = [1, 2].map(WorkerId);
    let [shared, own] = [0, 1].map(ListenKey);
    listen(&mut world, one, 81, &mut random);
    world.accept(shared, &mut random);
    let held = last_sent(&world);
    world.accept(own, &mut random);
    let other = last_sent(&world);
    world.accept(shared, &mut random);
    assert_eq!((held.worker, other.worker, last_sent(&world).worker), (one, one, two));
    refuse(&mut world, &mut random);
    world.apply(Input::Closed { worker: one, key: shared }, &mut random);
    late(&mut world, one, held.slot, &mut random);
    alive(&mut world, one, true, &mut random);
    alive(&mut world, two, false, &mut random);
    world.apply(Input::Room { worker: two, key: shared }, &mut random);
    assert_eq!(world.revoked, 0, "from one slow worker to the next");
    // Another of its offers is late, and it does not answer the probe.
    late(&mut world, one, other.slot, &mut random);
    assert_eq!((world.revoked, last_sent(&world).worker), (1, two));
    world.check();
}

#[test]
fn a_worker_without_a_free_slot_has_what_waits_once_one_is_revoked() {
    let (mut world, mut random) = rules_of(2);
    let [one, two] = [1, 2].map(WorkerId);
    for port in 81..85 {
        listen(&mut world, one, port, &mut random);
    }
    let [shared, waits] = [0, 4].map(ListenKey);
    world.accept(shared, &mut random);
    world.accept(shared, &mut random);
    assert_eq!(last_sent(&world).worker, two);
    refuse(&mut world, &mut random);
    for key in (0..4).map(ListenKey) {
        while world.member(one).in_flight(key) < Member::<u32>::CREDIT {
            world.accept(key, &mut random);
        }
    }
    world.accept(waits, &mut random);
    assert_eq!((world.offered.len(), world.rules.queued()), (SlotIndex::COUNT, 1));
    alive(&mut world, one, false, &mut random);
    world.apply(Input::Room { worker: two, key: shared }, &mut random);
    late(&mut world, one, SlotIndex(0), &mut random);
    assert_eq!((world.revoked, world.rules.queued()), (1, 0));
    world.check();
}

#[test]
fn what_a_blocked_worker_lets_wait_goes_to_one_that_has_room() {
    let (mut world, mut random) = rules_of(2);
    let [one, two] = [1, 2].map(WorkerId);
    for connection in 0..2 * CREDIT {
        world.apply(Input::Accepted { key: ListenKey(0), connection }, &mut random);
    }
    // Even ones stand at worker 1, which is blocked; odd ones at worker 2, which takes them.
    for slot in 0..CREDIT {
        late(&mut world, one, SlotIndex(slot), &mut random);
    }
    assert_eq!(world.revoked, 0, "no worker had room");
    let take_all = |world: &mut World, random: &mut Random| {
        world.offered.iter_mut().filter(|sent| sent.worker == two).for_each(|sent| sent.claimed = true);
        world.look(random);
    };
    take_all(&mut world, &mut random);
    let mut there: Vec<u32> = world.offered.iter().map(|sent| sent.connection).collect();
    there.sort_unstable();
    assert_eq!(there, (0..2 * CREDIT).step_by(2).collect::<Vec<_>>());
    assert_eq!(world.revoked, Member::<u32>::CREDIT - Member::<u32>::LOW as usize, "what it had room for");
    take_all(&mut world, &mut random);
    assert_eq!(world.revoked, Member::<u32>::CREDIT);
    assert!(world.offered.iter().all(|sent| sent.worker == two));
    // Nothing new for worker 1 before it has answered.
    assert!(world.probed.contains_key(&one));
    world.apply(Input::Accepted { key: ListenKey(0), connection: 1000 }, &mut random);
    world.apply(Input::Accepted { key: ListenKey(0), connection: 1001 }, &mut random);
    assert!(world.offered.iter().all(|sent| sent.worker == two));
    alive(&mut world, one, true, &mut random);
    world.apply(Input::Accepted { key: ListenKey(0), connection: 1002 }, &mut random);
    assert_eq!(world.offered.last().unwrap().worker, one);
}

#[test]
fn where_all_are_slow_a_connection_stays_and_only_a_quick_worker_is_given_it() {
    let (mut world, mut random) = rules_of(3);
    let [one, two, three] = [1, 2, 3].map(WorkerId);
    // Each has one late offer, and no other is quick when the last one has.
    for connection in 0..3 {
        world.apply(Input::Accepted { key: ListenKey(0), connection }, &mut random);
    }
    for worker in [one, two, three] {
        let own: Vec<Offered> = world.offered.iter().filter(|sent| sent.worker == worker).copied().collect();
        for Offered { slot, .. } in own {
            late(&mut world, worker, slot, &mut random);
        }
    }
    assert_eq!(world.probed.len(), 3);
    let at_three = |world: &World| world.offered.iter().filter(|sent| sent.worker == three).count();
    assert_eq!(at_three(&world), 3, "the last to be late has what the others did not claim");
    // None has answered its probe.
    world.apply(Input::Accepted { key: ListenKey(0), connection: 3 }, &mut random);
    world.apply(Input::Accepted { key: ListenKey(0), connection: 4 }, &mut random);
    assert_eq!(world.offered.len(), 3);
    // A loop that took its time is asked again. It is alive, so it gets what is queued, and what
    // was offered to workers that do not answer.
    let count = |world: &World, worker| world.offered.iter().filter(|sent| sent.worker == worker).count();
    alive(&mut world, one, false, &mut random);
    assert_eq!(count(&world, one), 5);
    for Offered { slot, .. } in world.offered.clone() {
        late(&mut world, one, slot, &mut random);
    }
    // From one slow worker nothing goes to the next, but to one that is quick.
    alive(&mut world, two, false, &mut random);
    assert_eq!(count(&world, one), 5);
    // Or to one that gives signs of life, when the one that has it gives none any more.
    world.lapse(Lapse::Overdue { worker: one }, &mut random);
    assert_eq!(count(&world, two), 5);
    for Offered { slot, .. } in world.offered.clone() {
        late(&mut world, two, slot, &mut random);
    }
    assert_eq!(count(&world, two), 5);
    alive(&mut world, three, true, &mut random);
    assert_eq!(count(&world, three), 5);
}
