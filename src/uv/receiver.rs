//! The border between an endpoint and the code that handles its frames.

use std::io;
use std::os::fd::OwnedFd;

use crate::wire::frame::{Error, Head};

/// Handles the frames of an endpoint.
pub trait Receiver {
    /// A frame came. `body` is borrowed from the read buffer. JavaScript may run.
    ///
    /// # Errors
    /// The peer broke the protocol; `ended` follows.
    fn frame(&self, head: Head, body: &[u8], descriptors: Vec<OwnedFd>) -> Result<(), Error>;
    /// There are no more frames for now: the receiver emits what it has gathered. JavaScript may
    /// run.
    fn pause(&self);
    /// Pending bytes were written. JavaScript runs.
    fn written(&self);
    /// The peer has closed, or there is an error. The endpoint is closed already. JavaScript runs.
    fn ended(&self, error: Option<io::Error>);
    /// The endpoint is gone, whichever side closed it: nothing is read or written any more. This is
    /// the last call. JavaScript may run.
    fn gone(&self);
}
