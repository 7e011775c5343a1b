//! The rules: who listens where, and whose turn it is. Pure: no socket, clock or thread, nothing
//! of Node-API, no `unsafe`.
//!
//! [`Cluster::handle`] takes one [`Input`] at a time and answers with [`Output`]s in the order in
//! which they are to be carried out. What a connection is, the rules do not care: the reactor
//! gives them `OwnedFd`s, the tests plain numbers. Dropping one closes it, so "who owns it" and
//! "is it lost" are the same question, and the random walk in `walk.rs` asks it
//! after every step.
//!
//! Node's counterparts: [`Cluster`] is `queryServer`, `close` and `removeHandlesForWorker` of its
//! primary; `listener` is `RoundRobinHandle` and `SharedHandle`; a `member` is what the rules
//! know of a worker.

#[allow(clippy::module_inception, reason = "the noun of this folder has a file of its own")]
mod cluster;
mod input;
mod listener;
mod member;
mod output;
mod query;

pub use cluster::Cluster;
pub use input::Input;
pub use member::{Figures, SlotIndex};
pub use output::{Output, Reply};
pub use query::{AddressType, Policy, Query};

/// A worker, by the number that `cluster.fork()` gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId(pub u32);

/// One listening socket of the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListenKey(pub u32);

/// A worker's number for one of its queries, given back with the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seq(pub u32);

/// An error number, positive, as errno(3) has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);
