//! One step of a random walk: anything that may happen in the world of the tests.

use std::time::Duration;

use super::pulse::Pulse;
use super::world::{CLAIM_TIMEOUT, Offered, World};
use super::{Input, Query, Seq, SlotIndex, WorkerId};
use crate::random::Random;

impl World {
    pub fn step(&mut self, random: &mut Random) {
        self.trail.step();
        let time = match random.below(80) {
            0 => Pulse::STALLED,
            1..6 => CLAIM_TIMEOUT,
            _ => Duration::from_micros(random.below(500) as u64),
        };
        self.wait(time, random);
        match random.below(60) {
            20 | 21 if self.workers().len() < 6 => {
                let worker = WorkerId(self.next_worker);
                self.next_worker += 1;
                self.apply(Input::Joined { worker, revocable: true }, random);
            }
            1 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    let (own, others) = self.offered.iter().partition(|sent| sent.worker == worker);
                    self.offered = others;
                    self.probed.remove(&worker);
                    self.looked.remove(&worker);
                    self.paused.remove(&worker);
                    let own: Vec<Offered> = own;
                    let claimed = own.iter().filter(|it| it.claimed).map(|it| it.slot).collect();
                    self.apply(Input::Gone { worker, claimed }, random);
                }
            }
            2 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    self.apply(Input::Leaving { worker }, random);
                }
            }
            3..6 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    let query = Query {
                        port: Some(80 + i32::try_from(random.below(3)).unwrap()),
                        ..Query::default()
                    };
                    self.apply(Input::Queried { worker, seq: Seq(0), query: Box::new(query) }, random);
                }
            }
            6 if random.below(4) == 0 => {
                // Also for handles that this worker does not share, because it is not trusted.
                if let (Some(worker), Some(key)) = (random.pick(&self.workers()), random.pick(&self.keys())) {
                    self.apply(Input::Closed { worker, key }, random);
                }
            }
            7..13 | 22..30 => {
                if let Some(key) = random.pick(&self.keys()) {
                    self.accept(key, random);
                }
            }
            13..17 | 30..39 => self.claim(random),
            39..48 => self.look(random),
            17 => self.refuse(random),
            48..58 => {
                let probed: Vec<WorkerId> = self.probed.keys().chain(&self.looked).copied().collect();
                if let Some(worker) = random.pick(&probed) {
                    self.answer(worker, random);
                }
            }
            0 => self.apply(Input::Looked, random),
            59 if random.below(3) == 0 => self.apply(Input::Released, random),
            59 => self.apply(Input::Keep { yes: random.below(4) > 0 }, random),
            58 => {
                // An answer to a probe that was not sent.
                let is_probed = |it: &WorkerId| self.probed.contains_key(it) || self.looked.contains(it);
                if let Some(worker) = random.pick(&self.workers()).filter(|it| !is_probed(it)) {
                    self.apply(Input::Alive { worker }, random);
                }
            }
            // Also one that is paused already, or is not.
            19 => {
                if let Some(worker) = random.pick(&self.workers()) {
                    let yes = random.below(3) == 0;
                    self.pause(worker, yes, random);
                }
            }
            18 => {
                if let (Some(worker), Some(key)) = (random.pick(&self.workers()), random.pick(&self.keys())) {
                    self.apply(Input::Room { worker, key }, random);
                }
            }
            _ => {
                // Answers for slots in which nothing stands.
                if let Some(worker) = random.pick(&self.workers()) {
                    let slot = SlotIndex(1000 + u32::try_from(random.below(1000)).unwrap());
                    self.apply(Input::Claimed { worker, slot }, random);
                    self.apply(Input::Refused { worker, slot: SlotIndex(u32::MAX) }, random);
                }
            }
        }
    }

    /// A worker claims a connection. The rules do not know it yet.
    fn claim(&mut self, random: &mut Random) {
        let open: Vec<usize> = (0..self.offered.len()).filter(|at| !self.offered[*at].claimed).collect();
        if let Some(at) = random.pick(&open) {
            self.offered[at].claimed = true;
            assert!(self.claimed.insert(self.offered[at].connection), "a connection is answered twice");
        }
    }

    /// The primary looks at the ledger, and then reports one claim after the other to the rules.
    pub fn look(&mut self, random: &mut Random) {
        (self.coming, self.offered) =
            std::mem::take(&mut self.offered).into_iter().partition(|sent| sent.claimed);
        while let Some(Offered { worker, slot, .. }) = self.coming.pop() {
            self.apply(Input::Claimed { worker, slot }, random);
        }
    }

    fn refuse(&mut self, random: &mut Random) {
        let open: Vec<usize> = (0..self.offered.len()).filter(|at| !self.offered[*at].claimed).collect();
        if let Some(at) = random.pick(&open) {
            let Offered { worker, slot, .. } = self.offered.remove(at);
            self.apply(Input::Refused { worker, slot }, random);
        }
    }
}
