//! How long a frame's body may be. The sender refuses what its peer would refuse, so that a message
//! which is too long is the error of whoever sends it, and costs nobody the channel.

/// The longest bodies of one end, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longer ones that come are a protocol error.
    pub incoming: u32,
    /// Longer ones that are sent are refused with `EMSGSIZE`.
    pub outgoing: u32,
}

impl Limits {
    /// User messages. V8's longest string is half of it.
    pub const CHANNEL: Self = Self::both(1 << 30);
    /// The primary's end of a lane: a query has some hundred bytes, TLS ticket keys included.
    pub const LANE_OF_PRIMARY: Self = Self { incoming: Self::QUERY, outgoing: Self::REPLY };
    /// A worker's end of its lane.
    pub const LANE_OF_WORKER: Self = Self { incoming: Self::REPLY, outgoing: Self::QUERY };

    const QUERY: u32 = 64 * 1024;
    /// It repeats what the first server's query passed on, and says more.
    const REPLY: u32 = 2 * Self::QUERY;

    /// The same in both directions.
    #[must_use]
    pub const fn both(limit: u32) -> Self {
        Self { incoming: limit, outgoing: limit }
    }
}
