//! The listening sockets on which the workers accept by themselves, and connections that none of
//! them takes.
//!
//! The kernel wakes one worker for a connection. That one may be stopped right then, or be blocked
//! before it comes to the connection, and nobody else is woken for it. So while a socket is in use,
//! the thread looks at it each time the claim timeout has passed. If connections wait, and no worker
//! has taken any since the last look, the thread accepts them and deals them. While a socket is not
//! in use, epoll watches it for the next connection, and costs nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::cluster::ListenKey;

/// See the module.
pub(super) struct Guard {
    /// How long a connection may wait.
    timeout: Option<Duration>,
    /// By socket what the workers had accepted at the last look; nothing while epoll watches.
    sockets: BTreeMap<ListenKey, Option<u64>>,
    next_look: Option<Instant>,
}

/// What a look has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The workers accept.
    Progress,
    /// Connections wait, and no worker takes them.
    Standstill,
    /// Nothing comes: epoll is to watch.
    Nothing,
}

impl Guard {
    /// Without a limit for claims, there is none here.
    pub fn new(claim_timeout: Duration) -> Self {
        let timeout = (claim_timeout < Duration::MAX).then_some(claim_timeout);
        Self { timeout, sockets: BTreeMap::new(), next_look: None }
    }

    /// A socket was opened, or a worker is there again. True: epoll is to watch it.
    #[must_use]
    pub fn add(&mut self, key: ListenKey) -> bool {
        if self.timeout.is_some() {
            self.sockets.insert(key, None);
        }
        self.timeout.is_some()
    }

    /// A socket was closed, or no worker is there to accept.
    pub fn remove(&mut self, key: ListenKey) {
        self.sockets.remove(&key);
    }

    /// Whether the workers accept on this one.
    pub fn has(&self, key: ListenKey) -> bool {
        self.sockets.contains_key(&key)
    }

    /// A connection has come while epoll watched. `count`: what the workers have accepted so far.
    pub fn begin(&mut self, key: ListenKey, count: u64, now: Instant) {
        self.sockets.insert(key, Some(count));
        self.next_look = self.next_look.or_else(|| now.checked_add(self.timeout?));
    }

    /// When the next look is due; nothing if epoll watches all sockets.
    pub fn next_look(&self) -> Option<Instant> {
        self.next_look
    }

    /// The sockets at which to look now.
    pub fn due(&mut self, now: Instant) -> Vec<ListenKey> {
        if self.next_look.is_none_or(|at| at > now) {
            return Vec::new();
        }
        let used = self.sockets.iter().filter(|(_, count)| count.is_some());
        let used: Vec<ListenKey> = used.map(|(key, _)| *key).collect();
        self.next_look =
            if used.is_empty() { None } else { self.timeout.and_then(|time| now.checked_add(time)) };
        used
    }

    /// Looks at a socket. `count`: what the workers have accepted so far. `waits` says whether a
    /// connection waits there; it is asked only if `count` has not changed.
    pub fn look(&mut self, key: ListenKey, count: u64, waits: impl FnOnce() -> bool) -> Found {
        let Some(last) = self.sockets.get_mut(&key) else { return Found::Progress };
        if last.replace(count) != Some(count) {
            return Found::Progress;
        }
        if waits() {
            return Found::Standstill;
        }
        *last = None;
        Found::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const TIMEOUT: Duration = Duration::from_millis(5);

    /// Workers that accept, or do not, on two sockets, by a clock of the test. Epoll reports a
    /// connection only while the guard watches.
    #[test]
    fn in_a_random_walk_no_connection_waits_while_nobody_accepts() {
        let mut random = Random::new(18);
        let mut now = Instant::now();
        let mut guard = Guard::new(TIMEOUT);
        assert!([0, 1].into_iter().all(|key| guard.add(ListenKey(key))));
        let mut sockets: [Socket; 2] = Default::default();
        let (mut dealt, mut idle) = (0, 0);
        for _ in 0..100_000 {
            now += Duration::from_micros(random.below(2000) as u64);
            let number = random.below(2);
            let key = ListenKey(u32::try_from(number).unwrap());
            let socket = &mut sockets[number];
            match random.below(8) {
                0..3 => {
                    socket.waiting.push(now);
                    if !socket.is_used {
                        socket.is_used = true;
                        guard.begin(key, socket.accepted, now);
                    }
                }
                3..6 if !socket.waiting.is_empty() && !socket.is_blocked => {
                    socket.waiting.remove(0);
                    socket.accepted += 1;
                    socket.progress = now;
                }
                6 => socket.is_blocked = random.below(4) == 0,
                _ => {}
            }
            for key in guard.due(now) {
                let socket = &mut sockets[key.0 as usize];
                match guard.look(key, socket.accepted, || !socket.waiting.is_empty()) {
                    Found::Progress => {}
                    Found::Standstill => {
                        dealt += socket.waiting.len();
                        socket.waiting.clear();
                    }
                    Found::Nothing => {
                        assert!(socket.waiting.is_empty());
                        socket.is_used = false;
                        idle += 1;
                    }
                }
            }
            // A look comes at most a step late.
            let limit = 2 * TIMEOUT + Duration::from_millis(4);
            for socket in &sockets {
                let Some(first) = socket.waiting.first() else { continue };
                assert!(now - *first.max(&socket.progress) < limit);
                assert!(guard.next_look().is_some());
            }
        }
        assert!(dealt > 100 && idle > 100, "{dealt}, {idle}");
    }

    struct Socket {
        waiting: Vec<Instant>,
        accepted: u64,
        /// When a worker has accepted last.
        progress: Instant,
        is_blocked: bool,
        is_used: bool,
    }

    impl Default for Socket {
        fn default() -> Self {
            let progress = Instant::now();
            Self { waiting: Vec::new(), accepted: 0, progress, is_blocked: false, is_used: false }
        }
    }

    #[test]
    fn without_a_claim_timeout_nothing_is_due() {
        let mut guard = Guard::new(Duration::MAX);
        assert!(!guard.add(ListenKey(1)));
        assert!(!guard.has(ListenKey(1)));
        assert_eq!(guard.next_look(), None);
    }
}
