//! Channels on Node's own loop: a worker's channel and lane, and the primary's end of channels.
//!
//! No thread stands between the socket and JavaScript. Measured: a thread with a
//! `ThreadsafeFunction` makes a round trip 1.6 times slower than the builtin's.

mod endpoint;
mod phase;
mod receiver;

pub use endpoint::Endpoint;
pub use receiver::Receiver;
