//! Which process accepts the connections of a handle.

/// What `cluster.schedulingPolicy` says. If the reactor deals, `policy/` says which worker is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `SCHED_RR`: the reactor accepts, and deals connections to the workers.
    Dealt,
    /// `SCHED_NONE`: the workers share the listening socket and accept by themselves. The kernel picks one.
    Shared,
}
