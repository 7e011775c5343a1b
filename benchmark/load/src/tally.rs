//! What has been answered: how often, by which worker, how soon; and what went wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

/// See the module. Every latency is kept, so percentiles are exact.
#[derive(Debug, Default)]
pub struct Tally {
    latencies: Vec<Duration>,
    by_worker: BTreeMap<u32, u64>,
    errors: BTreeMap<String, u64>,
}

impl Tally {
    /// A worker has answered, so long after the connection was due.
    pub fn answered(&mut self, worker: u32, latency: Duration) {
        self.latencies.push(latency);
        *self.by_worker.entry(worker).or_default() += 1;
    }

    /// There will be no answer. What kind of error, and how long it took at least: who waits in vain
    /// counts among the slowest.
    pub fn failed(&mut self, kind: impl Into<String>, latency: Duration) {
        self.latencies.push(latency);
        *self.errors.entry(kind.into()).or_default() += 1;
    }

    /// How many answers came.
    pub fn count(&self) -> u64 {
        self.by_worker.values().sum()
    }

    /// The report's part: `count`, `errors` by kind, `byWorker`, and `latency` in µs.
    pub fn report(mut self) -> Value {
        self.latencies.sort_unstable();
        let at = |share| microseconds(percentile(&self.latencies, share));
        json!({
            "count": self.count(),
            "errors": self.errors,
            "byWorker": self.by_worker,
            "latency": { "p50": at(0.5), "p99": at(0.99), "p999": at(0.999), "max": at(1.0) },
        })
    }
}

fn microseconds(duration: Option<Duration>) -> Option<f64> {
    duration.map(|duration| duration.as_secs_f64() * 1e6)
}

/// The smallest value that is not exceeded by at least this share of all; nothing of nothing.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a rank is a whole number from 1 to the number of values"
)]
fn percentile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values = milliseconds(1..=1000);
        for (share, expected) in [(0.5, 500), (0.99, 990), (0.999, 999), (1.0, 1000), (0.0, 1)] {
            assert_eq!(percentile(&values, share), Some(Duration::from_millis(expected)), "{share}");
        }
        assert_eq!(percentile(&milliseconds([7]), 0.5), Some(Duration::from_millis(7)));
        assert_eq!(percentile(&milliseconds([7, 9]), 0.5), Some(Duration::from_millis(7)));
        assert_eq!(percentile(&milliseconds([7, 9]), 0.99), Some(Duration::from_millis(9)));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn latencies_need_no_order_and_workers_are_counted() {
        let mut tally = Tally::default();
        for (worker, latency) in [(2, 30), (1, 10), (2, 20)] {
            tally.answered(worker, Duration::from_millis(latency));
        }
        tally.failed("ended early", Duration::from_millis(40));
        assert_eq!(tally.count(), 3);
        assert_eq!(
            tally.report(),
            json!({
                "count": 3,
                "errors": { "ended early": 1 },
                "byWorker": { "1": 1, "2": 2 },
                "latency": { "p50": 20_000.0, "p99": 40_000.0, "p999": 40_000.0, "max": 40_000.0 },
            })
        );
    }

    #[test]
    fn nothing_came() {
        let report = Tally::default().report();
        assert_eq!(report["count"], 0);
        assert_eq!(report["latency"]["p99"], Value::Null);
    }
}
