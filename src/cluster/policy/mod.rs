//! Who is next. A policy gives each worker of a handle its place in line; a connection goes to the
//! first one in line that can take it.
//!
//! A worker's place changes only when it joins and when it was given a connection, so a policy costs
//! the same with any number of workers. Who can take a connection at all (it is not leaving, not
//! full, not slow, and has a free slot) is no business of a policy.
//!
//! A new policy is a file here, a variant of [`Balance`], and its arm (CONTRIBUTING.md, "Add a policy").

mod round_robin;

use std::fmt::Debug;

use round_robin::RoundRobin;

/// Where a worker stands in line. Smaller places come first; no two workers have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub u64, pub u64);

/// What gives the workers of one handle their places.
pub trait Policy: Debug + Send {
    /// A worker joins the line. `last` is the place of the last one in it, if there is one.
    fn joins(&mut self, last: Option<Place>) -> Place;

    /// The worker at `place` was given a connection. Returns its new place.
    fn served(&mut self, place: Place) -> Place;
}

/// The policies, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// Each in turn.
    RoundRobin,
}

impl Balance {
    /// A policy for one handle.
    #[must_use]
    pub fn policy(self) -> Box<dyn Policy> {
        match self {
            Self::RoundRobin => Box::<RoundRobin>::default(),
        }
    }
}
