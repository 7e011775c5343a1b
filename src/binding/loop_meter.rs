//! `LoopMeter`: how much of the time a worker's event loop is busy. It is read when the worker answers
//! a probe, and reported in the ledger.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::ledger::Ledger;
use crate::sys::uv::{self, Loop};

/// See the module.
pub(super) struct LoopMeter {
    event_loop: Loop,
    ledger: Rc<Ledger>,
    /// When the worker attached, which it does before its program is loaded.
    first: Reading,
    last: Cell<Option<Reading>>,
}

/// What the meter shows at one moment.
#[derive(Clone, Copy)]
struct Reading {
    at: Instant,
    /// How long the loop has been idle until then.
    idle: Duration,
}

impl Reading {
    /// The claim timeout may cause many probes in a short time, which says little of the loop.
    const SHORTEST: Duration = Duration::from_millis(500);

    fn now(event_loop: Loop) -> Self {
        Self { at: Instant::now(), idle: uv::idle_time(event_loop) }
    }

    /// For how long the loop was not idle since `last`.
    fn busy_since(self, last: Self) -> Duration {
        let time = self.at.saturating_duration_since(last.at);
        time.saturating_sub(self.idle.saturating_sub(last.idle))
    }

    /// The part of the time since `last` in which the loop was not idle, in millionths. Nothing if
    /// that was just before.
    fn utilization_since(self, last: Self) -> Option<u32> {
        let time = self.at.saturating_duration_since(last.at);
        let busy = self.busy_since(last).as_nanos();
        let part = busy.checked_mul(Ledger::WHOLE.into())?.checked_div(time.as_nanos())?;
        u32::try_from(part).ok().filter(|_| time >= Self::SHORTEST)
    }
}

impl LoopMeter {
    pub fn new(event_loop: Loop, ledger: Rc<Ledger>) -> Self {
        Self { event_loop, ledger, first: Reading::now(event_loop), last: Cell::new(None) }
    }

    /// The worker answers a probe.
    pub fn read(&self) {
        let now = Reading::now(self.event_loop);
        let busy = now.busy_since(self.first).as_millis() % (1 << 32);
        self.ledger.set_busy(u32::try_from(busy).unwrap_or_default());
        let Some(last) = self.last.get() else { return self.last.set(Some(now)) };
        if let Some(utilization) = now.utilization_since(last) {
            self.ledger.set_utilization(utilization);
            self.last.set(Some(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utilization(time: u64, idle: u64) -> Option<u32> {
        let last = Reading { at: Instant::now(), idle: Duration::from_secs(7) };
        let at = last.at + Duration::from_millis(time);
        Reading { at, idle: last.idle + Duration::from_millis(idle) }.utilization_since(last)
    }

    #[test]
    fn utilization_is_the_part_of_the_time_that_is_not_idle() {
        assert_eq!(utilization(1000, 1000), Some(0));
        assert_eq!(utilization(1000, 250), Some(750_000));
        assert_eq!(utilization(1_000_000_000, 0), Some(Ledger::WHOLE));
        // Two clocks may differ a little.
        assert_eq!(utilization(1000, 1001), Some(0));
        assert_eq!(utilization(499, 0), None);
        assert_eq!(utilization(0, 0), None);
    }
}
