//! Process to process: frames on a socket.

pub mod channel;
pub mod frame;
