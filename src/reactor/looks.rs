//! How often workers are probed because somebody reads the figures. Without a reader no timer wakes a
//! worker.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// See the module.
#[derive(Default)]
pub(super) struct Looks {
    last: Cell<Option<Instant>>,
}

impl Looks {
    /// A second, and room for a timer of one second that is a little early.
    const INTERVAL: Duration = Duration::from_millis(950);

    /// Whether the last look was long ago. If so, this is one.
    pub fn is_due(&self, now: Instant) -> bool {
        let is_due = self.last.get().is_none_or(|last| now.saturating_duration_since(last) >= Self::INTERVAL);
        if is_due {
            self.last.set(Some(now));
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_reads_all_the_time_looks_once_a_second() {
        let (looks, start) = (Looks::default(), Instant::now());
        let due = (0..10_000).filter(|at| looks.is_due(start + Duration::from_millis(*at)));
        assert_eq!(due.collect::<Vec<_>>(), (0..10_000).step_by(950).collect::<Vec<_>>());
    }
}
