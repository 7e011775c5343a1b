//! Who is next. A policy gives each worker of a handle its place in line; a connection goes to the
//! first one in line that can take it.
//!
//! A worker's place changes only when it joins and when it is offered a connection. So a policy
//! costs the same with any number of workers. A policy does not decide which workers can take a
//! connection at all: those that are not leaving, full or slow, and have a free slot.
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
