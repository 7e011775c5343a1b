//! The primary's own record of what it has offered to one worker. It does not trust the page for
//! this.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Generation, Ledger, State};
use crate::cluster::SlotIndex;

/// Offers that the worker has not answered, as far as the primary knows.
pub struct Offers {
    /// Nothing if no memory can be shared. Then the worker sends a frame for each claim, and no
    /// offer is revoked while the worker lives.
    ledger: Option<Arc<Ledger>>,
    generations: Vec<Generation>,
    open: BTreeMap<SlotIndex, OpenOffer>,
    /// The wake threshold that is set in the page: a claim that leaves fewer open offers than this
    /// notifies the primary.
    awaiting: u32,
}

struct OpenOffer {
    generation: Generation,
    since: Instant,
}

/// The page holds a word that neither side may write.
#[derive(Debug, PartialEq, Eq)]
pub struct Corrupted;

impl Offers {
    /// The primary asks to be notified of a claim if it did not come within this time. Most claims
    /// come sooner, and the worker saves a system call. It must be short, because the primary's
    /// copy keeps a connection open that the worker has closed.
    pub const SOON: Duration = Duration::from_millis(2);

    /// No offers yet.
    #[must_use]
    pub fn new(ledger: Option<Ledger>) -> Self {
        let generations = vec![Generation(0); SlotIndex::COUNT];
        Self { ledger: ledger.map(Arc::new), generations, open: BTreeMap::new(), awaiting: 0 }
    }

    /// The page, in which the worker counts its connections.
    #[must_use]
    pub fn ledger(&self) -> Option<Arc<Ledger>> {
        self.ledger.clone()
    }

    /// The connection in `slot` may be claimed from now on.
    pub fn offer(&mut self, slot: SlotIndex, now: Instant) -> Generation {
        let generation = self.generations.get(slot.0 as usize).map_or(Generation(0), |last| last.next());
        if let Some(place) = self.generations.get_mut(slot.0 as usize) {
            *place = generation;
        }
        if let Some(ledger) = &self.ledger {
            ledger.offer(slot, generation);
        }
        self.open.insert(slot, OpenOffer { generation, since: now });
        generation
    }

    /// Whether an offer is still open, and not a later one in the same slot.
    #[must_use]
    pub fn is_open(&self, slot: SlotIndex, generation: Generation) -> bool {
        self.open.get(&slot).is_some_and(|offer| offer.generation == generation)
    }

    /// Whether there are open offers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The worker has answered by a frame: it has claimed (if there is no page), or it refuses.
    /// False if that offer is no longer open.
    pub fn answered(&mut self, slot: SlotIndex, generation: Generation) -> bool {
        let open = self.is_open(slot, generation);
        if open {
            self.open.remove(&slot);
        }
        open
    }

    /// The worker has notified the primary, as it was asked to.
    pub fn woken(&mut self) {
        self.awaiting = 0;
    }

    /// Whether claims are made in the page, and not by frames.
    #[must_use]
    pub fn has_page(&self) -> bool {
        self.ledger.is_some()
    }

    /// Takes out the offers that were claimed.
    ///
    /// # Errors
    /// [`Corrupted`]: a slot holds what neither of us may write.
    pub fn claimed(&mut self) -> Result<Vec<SlotIndex>, Corrupted> {
        let Some(ledger) = &self.ledger else { return Ok(Vec::new()) };
        let mut claimed = Vec::new();
        for (slot, offer) in &self.open {
            match ledger.state(*slot, offer.generation) {
                Some(State::Offered) => {}
                Some(State::Claimed) => claimed.push(*slot),
                Some(State::Revoked) | None => return Err(Corrupted),
            }
        }
        for slot in &claimed {
            self.open.remove(slot);
        }
        if self.open.is_empty() && self.awaiting > 0 {
            self.awaiting = 0;
            ledger.await_claims(0);
        }
        Ok(claimed)
    }

    /// Revokes an offer. False: the worker has claimed it. Nothing if it is no longer open, because
    /// its answer has been read and will reach the rules.
    pub fn revoke(&mut self, slot: SlotIndex) -> Option<bool> {
        let offer = self.open.remove(&slot)?;
        Some(self.ledger.as_ref().is_none_or(|ledger| ledger.revoke(slot, offer.generation)))
    }

    /// Revokes all offers, because the worker is gone. Returns those that it has claimed.
    pub fn revoke_all(&mut self) -> Vec<SlotIndex> {
        let all: Vec<SlotIndex> = self.open.keys().copied().collect();
        all.into_iter().filter(|slot| self.revoke(*slot) == Some(false)).collect()
    }

    /// Asks the worker for a notification, if that was not asked already. If the oldest offer is
    /// older than [`Offers::SOON`], any claim notifies. Otherwise, if `room_below` is set, a claim
    /// notifies that leaves fewer open offers than that. True: look at the page once more, because
    /// a claim in between sent no notification.
    pub fn await_claims(&mut self, now: Instant, room_below: Option<u32>) -> bool {
        let Some(ledger) = &self.ledger else { return false };
        let old = self.open.values().any(|offer| now.duration_since(offer.since) >= Self::SOON);
        let wanted = if old { u32::MAX } else { room_below.unwrap_or(0) };
        if self.open.is_empty() || self.awaiting >= wanted {
            return false;
        }
        self.awaiting = wanted;
        ledger.await_claims(wanted);
        true
    }

    /// When to look again, if nothing happens before; nothing if the worker will report its claims.
    #[must_use]
    pub fn next_look(&self) -> Option<Instant> {
        let is_notified = self.ledger.is_none() || self.awaiting == u32::MAX;
        self.open.values().filter(|_| !is_notified).map(|offer| offer.since + Self::SOON).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: SlotIndex = SlotIndex(3);

    /// The primary's end and the worker's.
    fn pair() -> (Offers, Ledger) {
        let (ledger, memory) = Ledger::new().unwrap().unwrap();
        (Offers::new(Some(ledger)), Ledger::open(&memory).unwrap())
    }

    #[test]
    fn claims_are_counted_before_the_primary_has_seen_them_and_no_more_than_once() {
        let (mut offers, worker) = pair();
        let mut seen = 0;
        for round in 0..10 {
            let generation = offers.offer(SLOT, Instant::now());
            assert_eq!(worker.unseen_claims(seen), 0);
            assert!(worker.claim(SLOT, generation));
            assert!(!worker.claim(SLOT, generation));
            assert_eq!(worker.unseen_claims(seen), 1, "round {round}");
            seen += offers.claimed().unwrap().len() as u64;
        }
        // One that the primary has seen, and the worker is about to count.
        assert_eq!(worker.unseen_claims(seen + 1), 0);
        // A worker that has claimed so many that its word began anew.
        assert_eq!(worker.unseen_claims((1 << 32) + seen - 3), 3);
    }

    /// One step of the worker or the primary, in every order in which they can follow one another.
    fn interleavings(worker: usize, primary: usize) -> Vec<Vec<bool>> {
        if worker == 0 || primary == 0 {
            return vec![[vec![true; worker], vec![false; primary]].concat()];
        }
        let first = |who: bool, rest: Vec<Vec<bool>>| {
            rest.into_iter().map(move |rest| [vec![who], rest].concat()).collect::<Vec<_>>()
        };
        let mut all = first(true, interleavings(worker - 1, primary));
        all.extend(first(false, interleavings(worker, primary - 1)));
        all
    }

    #[test]
    fn a_claim_and_a_revocation_never_both_succeed_and_one_does() {
        // Each is one compare-and-swap, so these orders are all that there are.
        for order in interleavings(1, 1) {
            let (mut offers, worker) = pair();
            let generation = offers.offer(SLOT, Instant::now());
            let (mut claimed, mut revoked) = (false, false);
            for is_worker in order {
                if is_worker {
                    claimed = worker.claim(SLOT, generation);
                } else {
                    revoked = offers.revoke(SLOT) == Some(true);
                }
            }
            assert!(claimed != revoked);
        }
    }

    #[test]
    fn a_late_claim_of_an_earlier_offer_in_the_same_slot_takes_nothing() {
        // The worker holds a frame of the first offer, and one of the second; the primary revokes
        // the first, offers another connection in its slot, and looks.
        for order in interleavings(2, 3) {
            let (mut offers, worker) = pair();
            let mut generations = vec![offers.offer(SLOT, Instant::now())];
            let (mut claims, mut steps) = (Vec::new(), 0);
            let (mut revoked, mut seen) = (false, Vec::new());
            for is_worker in order {
                if is_worker {
                    let wanted = generations[claims.len().min(generations.len() - 1)];
                    claims.push((wanted, worker.claim(SLOT, wanted)));
                    continue;
                }
                match steps {
                    0 => revoked = offers.revoke(SLOT) == Some(true),
                    1 => generations.push(offers.offer(SLOT, Instant::now())),
                    _ => seen = offers.claimed().unwrap(),
                }
                steps += 1;
            }
            let claims_of = |generation| claims.iter().filter(|claim| **claim == (generation, true)).count();
            assert_eq!(usize::from(revoked) + claims_of(generations[0]), 1, "{claims:?}");
            assert!(claims_of(generations[1]) <= 1);
            assert!(seen.len() <= claims_of(generations[1]));
        }
    }

    #[test]
    fn no_claim_is_slept_through() {
        // The worker claims, then looks whether it is to wake the primary. The primary asks for
        // that, then looks once more, then sleeps.
        for order in interleavings(2, 2) {
            let (mut offers, worker) = pair();
            let generation = offers.offer(SLOT, Instant::now());
            let (mut wakes, mut seen) = (false, false);
            let mut steps = [0, 0];
            for is_worker in order {
                let step = &mut steps[usize::from(is_worker)];
                match (is_worker, *step) {
                    (true, 0) => assert!(worker.claim(SLOT, generation)),
                    (true, _) => wakes = worker.is_awaited(0),
                    (false, 0) => assert!(offers.await_claims(Instant::now(), Some(1))),
                    (false, _) => seen = offers.claimed().unwrap() == [SLOT],
                }
                *step += 1;
            }
            assert!(wakes || seen);
        }
    }

    #[test]
    fn a_claim_is_awaited_once_it_does_not_come_soon() {
        let (mut offers, worker) = pair();
        let start = Instant::now();
        let generation = offers.offer(SLOT, start);
        assert_eq!(offers.next_look(), Some(start + Offers::SOON));
        assert!(!offers.await_claims(start, None));
        assert!(offers.await_claims(start + Offers::SOON, None));
        assert_eq!(offers.next_look(), None);
        assert!(worker.claim(SLOT, generation));
        assert!(worker.is_awaited(3));
        assert!(!worker.is_awaited(0), "it would wake the primary again and again");
        assert_eq!(offers.claimed(), Ok(vec![SLOT]));
    }

    #[test]
    fn whatever_a_worker_writes_is_a_claim_or_an_error() {
        use std::sync::atomic::Ordering::SeqCst;

        use crate::random::Random;

        let mut random = Random::new(3);
        let (mut offers, worker) = pair();
        let mut errors = 0;
        for _ in 0..10_000 {
            let generation = offers.offer(SLOT, Instant::now());
            for place in worker.page.words() {
                if random.below(4) == 0 {
                    place.store(u32::from_le_bytes([0; 4].map(|_: u8| random.byte())), SeqCst);
                }
            }
            assert!(worker.utilization() <= Ledger::WHOLE);
            errors += u32::from(offers.claimed() == Err(Corrupted));
            // Whatever the page holds, the offer is closed now.
            offers.revoke(SLOT);
            assert!(!offers.is_open(SLOT, generation));
        }
        assert!(errors > 1000);
    }

    #[test]
    fn without_a_page_nothing_is_revoked_but_what_a_dead_worker_had() {
        let mut offers = Offers::new(None);
        let start = Instant::now();
        let generation = offers.offer(SLOT, start);
        assert_eq!(offers.claimed(), Ok(vec![]));
        assert!(!offers.await_claims(start + Offers::SOON, Some(1)));
        assert!(!offers.answered(SLOT, generation.next()));
        assert!(offers.answered(SLOT, generation));
        offers.offer(SLOT, start);
        assert_eq!(offers.revoke_all(), []);
    }
}
