//! Who accepts the connections of a handle.

/// What `cluster.schedulingPolicy` says. Who is next, if the reactor deals, is another question (`policy/`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `SCHED_RR`: the reactor accepts, and deals connections to the workers.
    Dealt,
    /// `SCHED_NONE`: the workers share the listening socket, and the kernel picks one.
    Shared,
}
