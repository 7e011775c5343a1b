//! A worker's pulse: how soon its event loop turns, as far as is known.

use std::time::{Duration, Instant};

/// What is known of a worker's heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heartbeat {
    /// Soon enough.
    Quick,
    /// The worker did not claim something in time, was probed, and has not answered: it may be blocked.
    Probed,
    /// It answered, but later than the claim timeout. It was probed again.
    Slow,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Pulse {
    pub heartbeat: Heartbeat,
    /// The worker has answered none of its offers for long, and was not probed: the claim timeout may be longer.
    pub stalled: bool,
    /// When the probe was sent that has no answer yet.
    probed_at: Option<Instant>,
    /// The same for the probe of a look. It was sent when no other had no answer, so the next answer
    /// is that to this one.
    looked_at: Option<Instant>,
    /// How long the last answer took, if that was longer than the claim timeout.
    slow_turn: Option<Duration>,
    /// Since when the worker has answered none of its offers; nothing if it has none.
    unanswered: Option<Instant>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            heartbeat: Heartbeat::Quick,
            stalled: false,
            probed_at: None,
            looked_at: None,
            slow_turn: None,
            unanswered: None,
        }
    }
}

impl Pulse {
    /// A worker that answers none of its offers for this time does not count as one that runs.
    pub const STALLED: Duration = Duration::from_millis(100);
    /// A slow worker is overdue if its event loop takes this many times as long as for its last
    /// turn.
    const OVERDUE: u32 = 4;

    pub fn is_probed(&self) -> bool {
        self.heartbeat == Heartbeat::Probed
    }

    /// A probe is sent.
    pub fn probe(&mut self, now: Instant) {
        self.probed_at = Some(now);
    }

    /// Somebody looks whether the event loop turns. Returns whether a probe is to be sent: not if one
    /// has no answer yet.
    pub fn look(&mut self, now: Instant) -> bool {
        let asks = self.unanswered_probe().is_none();
        if asks {
            self.looked_at = Some(now);
        }
        asks
    }

    /// Since when the event loop has not answered a probe, for whatever reason that was sent.
    pub fn unanswered_probe(&self) -> Option<Instant> {
        self.looked_at.or(self.probed_at)
    }

    /// The worker answers a probe. Returns whether that was within the claim timeout; nothing if it was
    /// not probed, or only looked at: that probe was sent before its offers, so its answer says
    /// nothing of them.
    pub fn alive(&mut self, now: Instant, claim_timeout: Duration) -> Option<bool> {
        if self.looked_at.take().is_some() {
            return None;
        }
        let turn = now.saturating_duration_since(self.probed_at.take()?);
        let is_quick = turn < claim_timeout;
        self.slow_turn = (!is_quick).then_some(turn);
        self.heartbeat = if is_quick { Heartbeat::Quick } else { Heartbeat::Slow };
        Some(is_quick)
    }

    /// The worker is offered a connection. Returns whether it had none before.
    pub fn offered(&mut self, now: Instant) -> bool {
        let is_first = self.unanswered.is_none();
        self.unanswered.get_or_insert(now);
        is_first
    }

    /// One of its offers is answered. `is_last`: it has no other.
    pub fn answered(&mut self, now: Instant, is_last: bool) {
        self.stalled = false;
        self.unanswered = (!is_last).then_some(now);
    }

    /// When the worker will count as stalled.
    pub fn stalled_at(&self) -> Option<Instant> {
        self.unanswered.filter(|_| !self.stalled)?.checked_add(Self::STALLED)
    }

    /// When the next answer of a slow worker will be overdue.
    pub fn overdue_at(&self) -> Option<Instant> {
        let allowed = self.slow_turn?.saturating_mul(Self::OVERDUE);
        self.probed_at.filter(|_| self.heartbeat == Heartbeat::Slow)?.checked_add(allowed)
    }
}
