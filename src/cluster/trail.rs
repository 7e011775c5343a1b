//! The last inputs of a test of the rules. They are printed if it fails, so that it can be repeated.

use std::collections::VecDeque;
use std::thread;
use std::time::Instant;

use super::{Balance, Input};

pub struct Trail {
    balance: Balance,
    /// Of the test's random numbers.
    seed: u64,
    /// How many steps of the random walk were made.
    steps: usize,
    start: Instant,
    inputs: VecDeque<String>,
}

impl Trail {
    /// How many inputs are printed.
    const INPUTS: usize = 20;

    pub fn new(seed: u64, balance: Balance, start: Instant) -> Self {
        Self { balance, seed, steps: 0, start, inputs: VecDeque::new() }
    }

    /// A step begins.
    pub fn step(&mut self) {
        self.steps += 1;
    }

    /// An input is about to be applied.
    pub fn input(&mut self, now: Instant, input: &Input<u32>) {
        if self.inputs.len() == Self::INPUTS {
            self.inputs.pop_front();
        }
        self.inputs.push_back(format!("step {}, {:?}: {input:?}", self.steps, now - self.start));
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        if thread::panicking() {
            let Self { balance, seed, steps, .. } = self;
            eprintln!("{balance:?}, seed {seed}, step {steps}; the last inputs, the newest at the end:");
            self.inputs.iter().for_each(|input| eprintln!("  {input}"));
        }
    }
}
