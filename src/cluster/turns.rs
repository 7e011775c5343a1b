//! Whose turn it is among the workers that share one handle: he who had fewest turns, and of
//! those with equally many the one whose last turn was longest ago.
//!
//! Those that can take a connection stand in line, by what is known of each here; all others do not,
//! so nobody is passed over again and again. Whether a worker has something of another handle in
//! flight is not known here: that changes with each connection, and would have to be told to all handles.

use std::collections::{BTreeMap, BTreeSet};

use super::WorkerId;
use super::member::{Health, Load};
use super::table::{Table, looked_at};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Turns {
    sharers: Table<WorkerId, Sharer>,
    quick: Able,
    slow: Able,
    /// How many are quick and have not refused, in line or not.
    quick_takers: usize,
    /// Who had fewer turns than this has the rest of them forgotten.
    forgotten: u64,
    next_place: u64,
}

/// A worker that shares the handle.
#[derive(Debug)]
struct Sharer {
    turn: Turn,
    /// Refused a connection and has not said that it has room again.
    full: bool,
    health: Health,
    load: Load,
}

/// Earlier ones are smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    /// How many turns the worker has had, next to the others.
    count: u64,
    /// Counts all turns of this handle; the last one of this worker, or when it joined.
    place: u64,
}

/// Those of one health that can take a connection.
#[derive(Debug, Default)]
struct Able {
    /// Nothing of this handle is in flight to them.
    empty: Line,
    /// Something is, and there is room for more.
    filling: Line,
}

/// Workers in the order of their turns.
#[derive(Debug, Default)]
struct Line {
    /// Those who have turns forgotten, or would have: they count equally many. By place.
    behind: BTreeMap<u64, WorkerId>,
    rest: BTreeMap<Turn, WorkerId>,
}

impl Line {
    fn add(&mut self, worker: WorkerId, turn: Turn, forgotten: u64) {
        if turn.count <= forgotten {
            self.behind.insert(turn.place, worker);
        } else {
            self.rest.insert(turn, worker);
        }
    }

    fn remove(&mut self, turn: Turn, forgotten: u64) {
        if turn.count <= forgotten {
            self.behind.remove(&turn.place);
        } else {
            self.rest.remove(&turn);
        }
    }

    /// Those who had no more turns than this are equal from now on. Each is moved once for each turn it has.
    fn forget(&mut self, forgotten: u64) {
        while let Some(first) = self.rest.first_entry().filter(|first| first.key().count <= forgotten) {
            looked_at(1);
            let (turn, worker) = first.remove_entry();
            self.behind.insert(turn.place, worker);
        }
    }

    fn iter(&self) -> impl Iterator<Item = WorkerId> {
        self.behind.values().chain(self.rest.values()).inspect(|_| looked_at(1)).copied()
    }
}

impl Turns {
    /// A worker that was busy when its turn came has that many turns made good, so that shares
    /// stay equal; but one that stood still for long is not flooded when it is back.
    const MADE_GOOD: u64 = 32;

    pub fn has(&self, worker: WorkerId) -> bool {
        self.sharers.has(worker)
    }

    /// All who share the handle.
    pub fn workers(&self) -> impl Iterator<Item = WorkerId> {
        self.sharers.iter().map(|(worker, _)| worker)
    }

    pub fn is_empty(&self) -> bool {
        self.sharers.is_empty()
    }

    /// A worker that joins has had as many turns as the one that had most: it owes nothing, and
    /// nothing is owed to it.
    pub fn add(&mut self, worker: WorkerId, health: Health, load: Load) {
        let count = self.sharers.iter().map(|(_, sharer)| sharer.turn.count).max().unwrap_or(0);
        let turn = Turn { count: count.max(self.forgotten), place: self.next_place() };
        self.sharers.insert(worker, Sharer { turn, full: false, health, load });
        self.step_in(worker);
    }

    /// Says whether the worker was there.
    pub fn remove(&mut self, worker: WorkerId) -> bool {
        self.step_out(worker);
        self.sharers.remove(worker).is_some()
    }

    pub fn set_full(&mut self, worker: WorkerId, full: bool) {
        self.change(worker, |sharer| sharer.full = full);
    }

    pub fn set_health(&mut self, worker: WorkerId, health: Health) {
        self.change(worker, |sharer| sharer.health = health);
    }

    pub fn set_load(&mut self, worker: WorkerId, load: Load) {
        self.change(worker, |sharer| sharer.load = load);
    }

    /// The worker has its turn, and goes to the end. `load` is what it has then.
    pub fn take(&mut self, worker: WorkerId, load: Load) {
        let (place, forgotten) = (self.next_place(), self.forgotten);
        let mut count = 0;
        self.change(worker, |sharer| {
            count = sharer.turn.count.max(forgotten) + 1;
            sharer.turn = Turn { count, place };
            sharer.load = load;
        });
        self.forgotten = forgotten.max(count.saturating_sub(Self::MADE_GOOD));
        for line in
            [&mut self.quick, &mut self.slow].into_iter().flat_map(|it| [&mut it.empty, &mut it.filling])
        {
            line.forget(self.forgotten);
        }
    }

    /// Whether none of those who have not refused is quick.
    pub fn all_slow(&self) -> bool {
        self.quick_takers == 0
    }

    /// Those that can take a connection.
    pub fn able(&self) -> impl Iterator<Item = WorkerId> {
        let able = self.in_line();
        able.filling.iter().chain(able.empty.iter())
    }

    /// Whose turn it is of `these`, if nothing of this handle is in flight to them.
    pub fn first_empty(&self, these: &BTreeSet<WorkerId>) -> Option<WorkerId> {
        self.first(&self.in_line().empty, Load::Nothing, these)
    }

    /// Whose turn it is of `these`, if something of this handle is in flight to them.
    pub fn first_filling(&self, these: &BTreeSet<WorkerId>) -> Option<WorkerId> {
        self.first(&self.in_line().filling, Load::Some, these)
    }

    /// The first in line that is one of these, or the first of these that are in line: what is found
    /// sooner, because either may be few among many.
    fn first(&self, line: &Line, load: Load, these: &BTreeSet<WorkerId>) -> Option<WorkerId> {
        let mut first = None;
        for (in_line, worker) in line.iter().zip(these) {
            if these.contains(&in_line) {
                return Some(in_line);
            }
            if self.sharers.get(*worker).is_some_and(|sharer| self.is_in_line(sharer, load)) {
                first = self.earlier(first, Some(*worker));
            }
        }
        first
    }

    fn is_in_line(&self, sharer: &Sharer, load: Load) -> bool {
        let health = if self.all_slow() { Health::Slow } else { Health::Quick };
        !sharer.full && sharer.health == health && sharer.load == load
    }

    /// Whose turn comes before the other's.
    pub fn earlier(&self, a: Option<WorkerId>, b: Option<WorkerId>) -> Option<WorkerId> {
        let turn = |worker: &WorkerId| {
            let turn = self.sharers.get(*worker)?.turn;
            Some(Turn { count: turn.count.max(self.forgotten), ..turn })
        };
        match (a, b) {
            (Some(a), Some(b)) => Some(if turn(&b) < turn(&a) { b } else { a }),
            (one, other) => one.or(other),
        }
    }

    fn in_line(&self) -> &Able {
        if self.all_slow() { &self.slow } else { &self.quick }
    }

    fn next_place(&mut self) -> u64 {
        self.next_place += 1;
        self.next_place
    }

    fn change(&mut self, worker: WorkerId, change: impl FnOnce(&mut Sharer)) {
        self.step_out(worker);
        if let Some(sharer) = self.sharers.get_mut(worker) {
            change(sharer);
        }
        self.step_in(worker);
    }

    fn step_out(&mut self, worker: WorkerId) {
        let Some(sharer) = self.sharers.get(worker).filter(|sharer| !sharer.full) else { return };
        self.quick_takers -= usize::from(sharer.health == Health::Quick);
        let turn = sharer.turn;
        if let Some(line) = line(&mut self.quick, &mut self.slow, sharer) {
            line.remove(turn, self.forgotten);
        }
    }

    fn step_in(&mut self, worker: WorkerId) {
        let Some(sharer) = self.sharers.get(worker).filter(|sharer| !sharer.full) else { return };
        self.quick_takers += usize::from(sharer.health == Health::Quick);
        let turn = sharer.turn;
        if let Some(line) = line(&mut self.quick, &mut self.slow, sharer) {
            line.add(worker, turn, self.forgotten);
        }
    }
}

/// Where a worker stands that has not refused; nothing if it can take no connection.
fn line<'a>(quick: &'a mut Able, slow: &'a mut Able, sharer: &Sharer) -> Option<&'a mut Line> {
    let able = match sharer.health {
        Health::Quick => quick,
        Health::Slow => slow,
        Health::Stuck => return None,
    };
    match sharer.load {
        Load::Nothing => Some(&mut able.empty),
        Load::Some => Some(&mut able.filling),
        Load::Enough => None,
    }
}

#[cfg(test)]
impl Turns {
    pub fn sharers(&self) -> impl Iterator<Item = (WorkerId, bool, Health, Load)> {
        self.sharers.iter().map(|(worker, it)| (worker, it.full, it.health, it.load))
    }
}
