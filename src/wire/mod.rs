//! Process to process: frames on a socket.

mod arrivals;
mod channel;
pub mod clone;
mod decoder;
pub mod frame;
#[cfg(test)]
mod fuzz;
mod incoming;
pub mod lane;
mod limits;
pub mod message;
mod outgoing;

pub use channel::Channel;
pub use incoming::{Frame, Incoming, Read};
pub use limits::{Limits, UNREAD};
pub use outgoing::Outgoing;
