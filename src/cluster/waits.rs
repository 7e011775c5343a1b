//! How long connections wait until a worker claims them: a histogram.
//!
//! A wait begins when the primary accepts the connection. It ends when the primary sees the claim, with
//! the time of that turn. No clock is read for it. If nothing else wakes the primary, it looks at the
//! claims two milliseconds after the offer, so a figure may be that much too long.

use std::time::Duration;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// How many waits were not longer than each bound, and longer than the one before. The last one
    /// has no bound.
    counts: [u64; Self::BOUNDS.len() + 1],
    /// The sum of all waits, in microseconds.
    micros: u64,
}

impl Waits {
    /// In microseconds.
    pub const BOUNDS: [u64; 11] =
        [500, 1000, 2500, 5000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000, 10_000_000];
    /// How many numbers [`Waits::into_array`] has.
    pub const LEN: usize = Self::BOUNDS.len() + 2;

    /// One more.
    pub(super) fn count(&mut self, wait: Duration) {
        let micros = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        let bucket = Self::BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(Self::BOUNDS.len());
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.micros = self.micros.saturating_add(micros);
    }

    /// The sum in microseconds, and how many there are in each bucket.
    #[must_use]
    pub fn into_array(self) -> [u64; Self::LEN] {
        let mut numbers = [self.micros; Self::LEN];
        for (number, count) in numbers.iter_mut().skip(1).zip(self.counts) {
            *number = count;
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_counts_in_the_first_bucket_that_it_fits() {
        let mut waits = Waits::default();
        for micros in [0, 500, 501, 10_000_000, 10_000_001, 3_600_000_000] {
            waits.count(Duration::from_micros(micros));
        }
        assert_eq!(waits.into_array(), [3_620_001_002, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        waits.count(Duration::MAX);
        assert_eq!(waits.into_array().first(), Some(&u64::MAX));
    }
}
