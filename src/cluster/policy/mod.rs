//! Who is next. A policy gives each worker of a handle its place in line; a connection goes to the
//! first one in line that can take it.
//!
//! A worker's place changes only when it joins and when it was given a connection, so a policy costs
//! the same with any number of workers. Who can take a connection at all (it is not leaving, not
//! full, not slow, and has a free slot) is no business of a policy.
//!
//! A new policy is a file here, a variant of [`Balance`], and its arm (CONTRIBUTING.md, "Add a policy").

mod place;
mod round_robin;

pub use place::{Place, Policy};
use round_robin::RoundRobin;

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
