//! The rules: which worker listens on which handle, and which worker gets a connection. Pure: no
//! socket, clock or thread, nothing of Node-API, no `unsafe`.
//!
//! [`Rules::apply`] takes one [`Input`] at a time and answers with [`Output`]s in the order in
//! which they are to be carried out. A connection is an `OwnedFd` in the reactor, and a number in
//! tests. Dropping it closes it, so a connection that is lost is one that no part of the rules
//! owns. The random walk in `walk.rs` checks this after every step.
//!
//! Node's counterparts: `sharing` is `queryServer`, `close` and `removeHandlesForWorker` of its
//! primary; a `Handle` is `RoundRobinHandle` and `SharedHandle`; `connections` is `distribute` and
//! `handoff`, and `line` its queue of free workers; a `member` is what the rules know of a worker.
//!
//! A step looks only at what it changes: what else it needs is kept by `bookkeeping`, and `cost.rs` counts.

mod alarms;
mod bookkeeping;
mod books;
#[cfg(test)]
mod check;
mod connections;
#[cfg(test)]
mod cost;
mod figures;
mod handle;
mod health;
mod ids;
mod input;
mod lapse;
mod late;
mod line;
#[cfg(test)]
mod looks;
mod member;
mod mode;
#[cfg(test)]
mod model;
mod output;
#[cfg(test)]
mod pauses;
mod policy;
mod pulse;
mod query;
mod rules;
mod sharing;
mod slots;
mod standing;
#[cfg(test)]
mod step;
#[cfg(test)]
mod stuck;
mod table;
#[cfg(test)]
mod trail;
mod waits;
#[cfg(test)]
mod walk;
#[cfg(test)]
mod world;

pub use figures::Figures;
pub use ids::{Errno, ListenKey, Seq, SlotIndex, WorkerId};
pub use input::Input;
pub use lapse::Lapse;
pub use mode::Mode;
pub use output::{Output, Reply};
pub use policy::Balance;
pub use query::{AddressType, Query};
pub use rules::Rules;
pub use waits::Waits;
