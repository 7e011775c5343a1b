//! Tests of the rules in small worlds in which somebody looks whether event loops turn.

use std::time::{Duration, Instant};

use super::pulse::Heartbeat;
use super::world::{CLAIM_TIMEOUT, World, rules_of};
use super::{Input, Lapse, ListenKey, SlotIndex, WorkerId};

const ONE: WorkerId = WorkerId(1);
const TWO: WorkerId = WorkerId(2);

fn since(world: &World, worker: WorkerId) -> Option<Instant> {
    world.rules.unanswered_probe(worker)
}

#[test]
fn nobody_is_probed_while_nobody_looks() {
    let (mut world, mut random) = rules_of(2);
    world.accept(ListenKey(0), &mut random);
    world.apply(Input::Claimed { worker: ONE, slot: SlotIndex(0) }, &mut random);
    world.offered.clear();
    for _ in 0..1000 {
        world.wait(Duration::from_secs(1), &mut random);
    }
    assert_eq!(world.rules.next_wake(), None, "the thread sleeps");
    assert!(world.looked.is_empty() && world.probed.is_empty());
}

#[test]
fn a_worker_that_does_not_answer_is_probed_by_the_first_look_only() {
    let (mut world, mut random) = rules_of(2);
    let start = world.now;
    world.apply(Input::Looked, &mut random);
    world.answer(TWO, &mut random);
    world.wait(Duration::from_secs(3), &mut random);
    assert_eq!([ONE, TWO].map(|worker| since(&world, worker)), [Some(start), None]);
    // The world fails if a worker is looked at that has not answered.
    world.apply(Input::Looked, &mut random);
    assert_eq!([ONE, TWO].map(|worker| since(&world, worker)), [Some(start), Some(world.now)]);
    world.answer(ONE, &mut random);
    assert_eq!(since(&world, ONE), None);
    assert_eq!(world.member(ONE).pulse.heartbeat, Heartbeat::Quick, "it had nothing to claim");
    world.check();
}

#[test]
fn a_worker_that_is_looked_at_and_does_not_claim_is_probed_as_well_and_answers_both() {
    let (mut world, mut random) = rules_of(2);
    let start = world.now;
    world.apply(Input::Looked, &mut random);
    world.wait(CLAIM_TIMEOUT * 2, &mut random);
    world.accept(ListenKey(0), &mut random);
    world.now += CLAIM_TIMEOUT;
    let probed_at = world.now;
    world.lapse(Lapse::Late { worker: ONE, slot: SlotIndex(0) }, &mut random);
    assert_eq!(since(&world, ONE), Some(start));
    // The first answer was on its way perhaps, and says nothing of the offer.
    world.answer(ONE, &mut random);
    assert_eq!(world.member(ONE).pulse.heartbeat, Heartbeat::Probed);
    assert_eq!(since(&world, ONE), Some(probed_at));
    world.answer(ONE, &mut random);
    assert_eq!(world.member(ONE).pulse.heartbeat, Heartbeat::Quick, "it took no time since it was probed");
    assert_eq!(since(&world, ONE), None);
    world.check();
}

#[test]
fn a_look_sends_nothing_to_a_worker_that_was_probed_and_finds_since_when() {
    let (mut world, mut random) = rules_of(2);
    world.accept(ListenKey(0), &mut random);
    world.now += CLAIM_TIMEOUT;
    let probed_at = world.now;
    world.lapse(Lapse::Late { worker: ONE, slot: SlotIndex(0) }, &mut random);
    world.now += CLAIM_TIMEOUT;
    world.apply(Input::Looked, &mut random);
    assert_eq!(since(&world, ONE), Some(probed_at));
    // It is slow, as without the look, and is probed again.
    world.answer(ONE, &mut random);
    assert_eq!(world.member(ONE).pulse.heartbeat, Heartbeat::Slow);
    assert_eq!(since(&world, ONE), Some(world.now));
}
