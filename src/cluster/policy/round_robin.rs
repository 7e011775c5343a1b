//! Each in turn: the worker that had fewest turns is next, and of those with equally many the one
//! whose last turn was longest ago.

use super::place::{Place, Policy};

/// See the module. A place is how many turns a worker has had, and when it had the last one.
#[derive(Debug, Default)]
pub(super) struct RoundRobin {
    /// Counts all turns.
    turns: u64,
    /// A worker that had fewer turns than this counts as having had this many.
    forgotten: u64,
}

impl RoundRobin {
    /// A worker that was busy when its turn came gets at most this many turns later, so that shares
    /// stay equal. The limit keeps a worker that was blocked for long from getting all connections
    /// afterwards.
    const MADE_GOOD: u64 = 32;
}

impl Policy for RoundRobin {
    /// It counts as having had as many turns as the worker with most, so it neither catches up nor
    /// falls behind.
    fn joins(&mut self, last: Option<Place>) -> Place {
        self.turns += 1;
        Place(last.map_or(0, |Place(count, _)| count).max(self.forgotten), self.turns)
    }

    fn served(&mut self, Place(count, _): Place) -> Place {
        self.turns += 1;
        let count = count.max(self.forgotten) + 1;
        self.forgotten = self.forgotten.max(count.saturating_sub(Self::MADE_GOOD));
        Place(count, self.turns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many turns each of these places has of the next ones.
    fn shares(policy: &mut RoundRobin, places: &mut [Place], turns: usize) -> Vec<usize> {
        let mut shares = vec![0; places.len()];
        for _ in 0..turns {
            let (next, _) = places.iter().enumerate().min_by_key(|(_, place)| **place).unwrap();
            places[next] = policy.served(places[next]);
            shares[next] += 1;
        }
        shares
    }

    #[test]
    fn each_has_its_turn() {
        let mut policy = RoundRobin::default();
        let mut places = [policy.joins(None), policy.joins(None), policy.joins(None)];
        assert_eq!(shares(&mut policy, &mut places, 9), [3, 3, 3]);
        // One that joins has its turn after the others.
        let last = places.iter().copied().max();
        let mut all = [places[0], places[1], places[2], policy.joins(last)];
        assert_eq!(shares(&mut policy, &mut all, 3), [1, 1, 1, 0]);
    }

    #[test]
    fn what_a_busy_worker_missed_is_made_good_but_not_what_it_missed_for_long() {
        let mut policy = RoundRobin::default();
        let mut places = [policy.joins(None), policy.joins(None)];
        assert_eq!(shares(&mut policy, &mut places[..1], 10), [10]);
        assert_eq!(shares(&mut policy, &mut places, 10), [0, 10]);
        assert_eq!(shares(&mut policy, &mut places[..1], 1000), [1000]);
        let [first, second] = shares(&mut policy, &mut places, 64)[..] else { panic!() };
        assert!(second - first <= 33, "{first} {second}");
    }
}
