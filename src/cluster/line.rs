//! The workers that share one handle, in the order in which its policy wants them.
//!
//! Only workers that can take a connection stand in line, so a step does not pass over the others
//! again and again. Whether a worker holds an offer of another handle is not known here. It changes
//! with each connection, and every handle would have to be updated.

use std::collections::{BTreeMap, BTreeSet};

use super::ids::WorkerId;
use super::policy::{Place, Policy};
use super::standing::{Health, Load};
use super::table::{Table, looked_at};

/// See the module.
#[derive(Debug)]
pub(super) struct Line {
    policy: Box<dyn Policy>,
    sharers: Table<WorkerId, Sharer>,
    quick: Able,
    slow: Able,
    /// How many are quick and have not refused, in line or not.
    quick_takers: usize,
}

/// A worker that shares the handle.
#[derive(Debug)]
struct Sharer {
    place: Place,
    /// Refused a connection and has not said that it has room again.
    full: bool,
    health: Health,
    load: Load,
}

/// Those of one health that can take a connection.
#[derive(Debug, Default)]
struct Able {
    /// Nothing of this handle is in flight to them.
    empty: Places,
    /// Something is, and there is room for more.
    filling: Places,
}

/// Workers by their places.
#[derive(Debug, Default)]
struct Places(BTreeMap<Place, WorkerId>);

impl Places {
    fn iter(&self) -> impl Iterator<Item = WorkerId> {
        self.0.values().inspect(|_| looked_at(1)).copied()
    }
}

impl Line {
    pub fn new(policy: Box<dyn Policy>) -> Self {
        Self {
            policy,
            sharers: Table::default(),
            quick: Able::default(),
            slow: Able::default(),
            quick_takers: 0,
        }
    }

    pub fn has(&self, worker: WorkerId) -> bool {
        self.sharers.has(worker)
    }

    /// All workers that share the handle.
    pub fn workers(&self) -> impl Iterator<Item = WorkerId> {
        self.sharers.iter().map(|(worker, _)| worker)
    }

    pub fn is_empty(&self) -> bool {
        self.sharers.is_empty()
    }

    /// A worker joins.
    pub fn add(&mut self, worker: WorkerId, health: Health, load: Load) {
        let last = self.sharers.iter().map(|(_, sharer)| sharer.place).max();
        let place = self.policy.joins(last);
        self.sharers.insert(worker, Sharer { place, full: false, health, load });
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

    /// The worker is offered a connection. `load` is what it has then.
    pub fn serve(&mut self, worker: WorkerId, load: Load) {
        let Some(sharer) = self.sharers.get(worker) else { return };
        let place = self.policy.served(sharer.place);
        self.change(worker, |sharer| {
            sharer.place = place;
            sharer.load = load;
        });
    }

    /// Whether no worker is quick, among those that have not refused.
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
    fn first(&self, line: &Places, load: Load, these: &BTreeSet<WorkerId>) -> Option<WorkerId> {
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

    /// Which of two workers comes first in line.
    pub fn earlier(&self, a: Option<WorkerId>, b: Option<WorkerId>) -> Option<WorkerId> {
        let place = |worker: &WorkerId| self.sharers.get(*worker).map(|sharer| sharer.place);
        match (a, b) {
            (Some(a), Some(b)) => Some(if place(&b) < place(&a) { b } else { a }),
            (one, other) => one.or(other),
        }
    }

    fn in_line(&self) -> &Able {
        if self.all_slow() { &self.slow } else { &self.quick }
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
        if let Some(places) = places(&mut self.quick, &mut self.slow, sharer) {
            places.0.remove(&sharer.place);
        }
    }

    fn step_in(&mut self, worker: WorkerId) {
        let Some(sharer) = self.sharers.get(worker).filter(|sharer| !sharer.full) else { return };
        self.quick_takers += usize::from(sharer.health == Health::Quick);
        if let Some(places) = places(&mut self.quick, &mut self.slow, sharer) {
            places.0.insert(sharer.place, worker);
        }
    }
}

/// The places to which a worker belongs that has not refused; nothing if it can take no connection.
fn places<'a>(quick: &'a mut Able, slow: &'a mut Able, sharer: &Sharer) -> Option<&'a mut Places> {
    let able = match sharer.health {
        Health::Quick => quick,
        Health::Slow => slow,
        Health::Stuck | Health::Paused => return None,
    };
    match sharer.load {
        Load::Nothing => Some(&mut able.empty),
        Load::Some => Some(&mut able.filling),
        Load::Enough => None,
    }
}

#[cfg(test)]
impl Line {
    pub fn sharers(&self) -> impl Iterator<Item = (WorkerId, bool, Health, Load)> {
        self.sharers.iter().map(|(worker, it)| (worker, it.full, it.health, it.load))
    }
}
