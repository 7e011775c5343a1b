//! What the thread reports to JavaScript.

use crate::cluster::WorkerId;

/// What the thread reports to JavaScript.
#[derive(Debug)]
pub enum Event {
    /// The thread has ended without being asked to. No more connections will be accepted.
    Failed(String),
    /// A worker broke the protocol on its lane, and was disconnected. The text says how.
    ProtocolError(WorkerId, String),
}
