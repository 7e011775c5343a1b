//! The ledger: a page of memory that the primary shares with one worker. Both record in it what
//! becomes of each offer.
//!
//! The primary keeps its copy of a connection until the worker claims it. The claim is a
//! compare-and-swap, made right before a server gets the connection. The revocation of an offer is
//! a compare-and-swap as well. Exactly one of the two succeeds, so no connection is answered twice,
//! and none is lost. A claim sends no message: the primary looks at the page while it is awake, and
//! asks to be woken (`await_claims`) before it sleeps.
//!
//! The page (some two hundred words of 32 bits):
//!
//! | word | what | written by |
//! |------|------|------------|
//! | 0 | wake threshold: if it is not zero, the worker notifies the primary when a claim leaves fewer open offers than this | both |
//! | 1 | connections that are open in the worker | the worker |
//! | 2 | connections that the worker has claimed, modulo 2³² | the worker |
//! | 3 | the part of the last seconds in which the worker's event loop was not idle, in millionths | the worker |
//! | 4 | for how long the worker's event loop was not idle so far, in milliseconds modulo 2³² | the worker |
//! | 5 | connections that the worker has accepted by itself (`SCHED_NONE`), modulo 2³² | the worker |
//! | 16.. | slots: `generation << 2 \| state` ([`State`]) | both |
//! | 144.. | as word 5, for one listening socket each: the one of key k is counted in word 144 + k mod 64 | the worker |
//!
//! A slot is used again and again. Its generation differs for each use, so a worker that claims too
//! late finds another generation. The page was written by another process and is not trusted: the
//! primary keeps its own account ([`Offers`]), and anything that does not fit is a protocol error.

mod offers;

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;

use crate::cluster::{ListenKey, SlotIndex};
use crate::sys::failure::Failure;
use crate::sys::memory::Shared;

pub use offers::{Corrupted, Offers};

/// How often a slot has been used, modulo what its word has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation(pub u32);

impl Generation {
    const BITS: u32 = 30;

    fn next(self) -> Self {
        Self((self.0 + 1) % (1 << Self::BITS))
    }
}

/// What has become of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The worker may claim it.
    Offered = 1,
    /// The worker has it.
    Claimed = 2,
    /// The primary has revoked the offer.
    Revoked = 3,
}

fn word(generation: Generation, state: State) -> u32 {
    generation.0 << 2 | state as u32
}

/// One mapping of the page, on either side.
pub struct Ledger {
    page: Shared,
}

impl Ledger {
    const AWAITED: usize = 0;
    const OPEN: usize = 1;
    const CLAIMED: usize = 2;
    const UTILIZATION: usize = 3;
    const BUSY: usize = 4;
    const ACCEPTED: usize = 5;
    /// On a cache line of their own.
    const FIRST_SLOT: usize = 16;
    /// A utilization of 1.
    pub const WHOLE: u32 = 1_000_000;
    const FIRST_KEY: usize = Self::FIRST_SLOT + SlotIndex::COUNT;
    /// With more sockets than this, some share a word.
    const KEYS: u32 = 64;
    const WORDS: usize = Self::FIRST_KEY + Self::KEYS as usize;

    /// The primary's end, and the descriptor for the worker; nothing if processes cannot share
    /// memory here.
    ///
    /// # Errors
    /// As [`Shared::new`], if the same call may succeed later.
    pub fn new() -> Result<Option<(Self, OwnedFd)>, Failure> {
        match Shared::new(Self::WORDS) {
            Ok((page, memory)) => Ok(Some((Self { page }, memory))),
            Err(failure) if failure.is_shortage() => Err(failure),
            Err(_) => Ok(None),
        }
    }

    /// The worker's end.
    ///
    /// # Errors
    /// As [`Shared::map`].
    pub fn open(memory: &impl AsFd) -> Result<Self, Failure> {
        Ok(Self { page: Shared::map(memory, Self::WORDS)? })
    }

    fn at(&self, index: usize) -> Option<&AtomicU32> {
        self.page.words().get(index)
    }

    fn slot(&self, slot: SlotIndex) -> Option<&AtomicU32> {
        self.at(Self::FIRST_SLOT.checked_add(slot.0 as usize)?)
    }

    fn offer(&self, slot: SlotIndex, generation: Generation) {
        if let Some(place) = self.slot(slot) {
            place.store(word(generation, State::Offered), SeqCst);
        }
    }

    /// What has become of an offer; nothing if the word is none that we write.
    fn state(&self, slot: SlotIndex, generation: Generation) -> Option<State> {
        let word_now = self.slot(slot)?.load(SeqCst);
        [State::Offered, State::Claimed, State::Revoked]
            .into_iter()
            .find(|state| word_now == word(generation, *state))
    }

    fn swap(&self, slot: SlotIndex, generation: Generation, state: State) -> bool {
        let [offered, wanted] = [State::Offered, state].map(|state| word(generation, state));
        self.slot(slot).is_some_and(|place| place.compare_exchange(offered, wanted, SeqCst, SeqCst).is_ok())
    }

    /// The worker takes what it was offered. False: the primary has it back.
    #[must_use]
    pub fn claim(&self, slot: SlotIndex, generation: Generation) -> bool {
        let claimed = self.swap(slot, generation, State::Claimed);
        if let Some(count) = self.at(Self::CLAIMED).filter(|_| claimed) {
            count.fetch_add(1, SeqCst);
        }
        claimed
    }

    /// How many more claims the worker has counted than the `seen` ones. None if the primary has
    /// seen a claim that the worker has not counted yet.
    #[must_use]
    pub fn unseen_claims(&self, seen: u64) -> u64 {
        unseen(self.at(Self::CLAIMED), seen)
    }

    fn accepted_word(&self, key: ListenKey) -> Option<&AtomicU32> {
        self.at(Self::FIRST_KEY.checked_add((key.0 % Self::KEYS) as usize)?)
    }

    /// The worker has accepted a connection by itself.
    pub fn count_accepted(&self, key: ListenKey) {
        for count in [self.at(Self::ACCEPTED), self.accepted_word(key)].into_iter().flatten() {
            count.fetch_add(1, SeqCst);
        }
    }

    /// How many more connections the worker has accepted by itself than the `seen` ones.
    #[must_use]
    pub fn unseen_accepted(&self, seen: u64) -> u64 {
        unseen(self.at(Self::ACCEPTED), seen)
    }

    /// A number that changes with each connection that the worker accepts by itself from this socket,
    /// and perhaps from others.
    #[must_use]
    pub fn accepted_from(&self, key: ListenKey) -> u32 {
        self.accepted_word(key).map_or(0, |count| count.load(SeqCst))
    }

    /// Revokes an offer. False: the worker has claimed it.
    fn revoke(&self, slot: SlotIndex, generation: Generation) -> bool {
        self.swap(slot, generation, State::Revoked)
    }

    /// The worker has to notify the primary of the next claim that leaves fewer than `below` open
    /// offers. The primary has to look at the page once more after this, because a claim in between
    /// sent no notification.
    fn await_claims(&self, below: u32) {
        if let Some(place) = self.at(Self::AWAITED) {
            place.store(below, SeqCst);
        }
    }

    /// The worker has claimed something, and has `remaining` open offers. Returns whether it has to
    /// notify the primary, which is said once.
    #[must_use]
    pub fn is_awaited(&self, remaining: u32) -> bool {
        // Reading is cheap; writing takes the line from the primary's processor.
        self.at(Self::AWAITED)
            .is_some_and(|place| remaining < place.load(SeqCst) && place.swap(0, SeqCst) != 0)
    }

    /// The word in which the worker counts its open connections. It is mapped while `self` lives.
    #[must_use]
    pub fn open_word(&self) -> Option<*mut u32> {
        self.at(Self::OPEN).map(AtomicU32::as_ptr)
    }

    /// How many connections are open in the worker, by its own account.
    #[must_use]
    pub fn open_connections(&self) -> u32 {
        self.at(Self::OPEN).map_or(0, |place| place.load(SeqCst))
    }

    /// The worker reports the part of a time in which its event loop was not idle: at most
    /// [`Ledger::WHOLE`].
    pub fn set_utilization(&self, utilization: u32) {
        if let Some(place) = self.at(Self::UTILIZATION) {
            place.store(utilization, SeqCst);
        }
    }

    /// The worker reports for how long its event loop was not idle so far: milliseconds modulo 2³².
    pub fn set_busy(&self, millis: u32) {
        if let Some(place) = self.at(Self::BUSY) {
            place.store(millis, SeqCst);
        }
    }

    /// How many more of those milliseconds there are than the `seen` ones. None if the worker has
    /// written a smaller number.
    #[must_use]
    pub fn unseen_busy(&self, seen: u64) -> u64 {
        unseen(self.at(Self::BUSY), seen)
    }

    /// That part, at most [`Ledger::WHOLE`] whatever the worker has written.
    #[must_use]
    pub fn utilization(&self) -> u32 {
        self.at(Self::UTILIZATION).map_or(0, |place| place.load(SeqCst).min(Self::WHOLE))
    }
}

/// How much a counter in the page is ahead of `seen`. Nothing if it is behind.
fn unseen(count: Option<&AtomicU32>, seen: u64) -> u64 {
    let counted = count.map_or(0, |count| count.load(SeqCst));
    // Both modulo 2³², as the page has it.
    let [counted, seen] = [u64::from(counted), seen % (1 << 32)];
    let unseen = counted.wrapping_sub(seen) % (1 << 32);
    if unseen < 1 << 31 { unseen } else { 0 }
}
