//! Process to process: frames on a socket.

mod channel;
mod decoder;
pub mod frame;
mod incoming;
mod outgoing;

pub use channel::Channel;
pub use incoming::{Frame, Incoming, Read};
pub use outgoing::copy_of;
