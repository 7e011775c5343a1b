//! The numbers by which the rules and the reactor name things.

/// A worker, by the number that `cluster.fork()` gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId(pub u32);

/// One listening socket of the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListenKey(pub u32);

/// A worker's number for one of its queries. The reply repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seq(pub u32);

/// An error number, positive, as errno(3) has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

/// The place of a connection in flight, among those of its worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotIndex(pub u32);

impl SlotIndex {
    /// How many slots a worker has: one for each bit of a word (`Slots`).
    pub const COUNT: usize = u128::BITS as usize;

    pub(super) fn bit(self) -> u128 {
        1u128.checked_shl(self.0).unwrap_or(0)
    }
}
