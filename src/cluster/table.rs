//! A table by number: the workers, the handles, the workers of one handle.
//!
//! In tests it counts the entries that are looked at: the cost of a step must not grow with the
//! workers and ports that it does not concern (`cost.rs`).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// See the module.
#[derive(Debug)]
pub(super) struct Table<K, V>(HashMap<K, V, BuildHasherDefault<Spread>>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Copy + Eq + Hash, V> Table<K, V> {
    pub fn get(&self, key: K) -> Option<&V> {
        looked_at(1);
        self.0.get(&key)
    }

    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        looked_at(1);
        self.0.get_mut(&key)
    }

    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        looked_at(1);
        self.0.entry(key).or_default()
    }

    pub fn insert(&mut self, key: K, value: V) {
        looked_at(1);
        self.0.insert(key, value);
    }

    pub fn remove(&mut self, key: K) -> Option<V> {
        looked_at(1);
        self.0.remove(&key)
    }

    pub fn has(&self, key: K) -> bool {
        looked_at(1);
        self.0.contains_key(&key)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All entries, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().inspect(|_| looked_at(1)).map(|(key, value)| (*key, value))
    }

    /// The same, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (K, &mut V)> {
        self.0.iter_mut().inspect(|_| looked_at(1)).map(|(key, value)| (*key, value))
    }
}

/// The numbers are our own and count upwards, so no one can choose them to make the table slow.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(not(test))]
pub(super) fn looked_at(_: usize) {}

#[cfg(test)]
pub(super) use counting::looked_at;

#[cfg(test)]
pub(super) mod counting {
    use std::cell::Cell;

    thread_local! {
        static LOOKED_AT: Cell<usize> = const { Cell::new(0) };
    }

    pub fn looked_at(entries: usize) {
        LOOKED_AT.set(LOOKED_AT.get() + entries);
    }

    /// How many entries were looked at since the last call, on this thread.
    pub fn count() -> usize {
        LOOKED_AT.take()
    }
}
