//! What the thread tells JavaScript.

use crate::cluster::WorkerId;

/// What the thread tells JavaScript.
#[derive(Debug)]
pub enum Event {
    /// The thread has ended though nobody asked for it; no connection will be accepted any more.
    Failed(String),
    /// A worker broke the protocol on its lane, and was disconnected. The text says how.
    ProtocolError(WorkerId, String),
}
