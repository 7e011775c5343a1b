//! Process to process: frames on a socket.

mod arrivals;
mod channel;
pub mod clone;
mod decoder;
pub mod frame;
mod incoming;
mod limits;
mod outgoing;

pub use channel::Channel;
pub use incoming::{Frame, Incoming, Read};
pub use limits::{Limits, UNREAD};
pub use outgoing::copy_of;
