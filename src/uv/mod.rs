//! What runs on Node's own loop: a worker's channel and lane, the primary's end of channels, and the
//! listening sockets on which a worker accepts by itself.
//!
//! No thread stands between the socket and JavaScript. Measured: a thread with a
//! `ThreadsafeFunction` makes a round trip 1.6 times slower than the builtin's.

mod acceptor;
mod endpoint;
mod phase;
mod receiver;

pub use acceptor::Acceptor;
pub use endpoint::Endpoint;
pub use receiver::Receiver;
