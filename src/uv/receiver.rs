//! The border between an endpoint and whoever understands its frames.

use std::io;
use std::os::fd::OwnedFd;

use crate::wire::frame::{Error, Head};

/// Who understands the frames of an endpoint.
pub trait Receiver {
    /// A frame came; `body` stands where it was read to. JavaScript may run.
    ///
    /// # Errors
    /// The peer broke the protocol; `ended` follows.
    fn frame(&self, head: Head, body: &[u8], descriptors: Vec<OwnedFd>) -> Result<(), Error>;
    /// No more frames for now: what the receiver holds back has its time. JavaScript may run.
    fn pause(&self);
    /// Bytes that had waited were written. JavaScript runs.
    fn written(&self);
    /// The peer has closed, or there is an error. The endpoint is closed already. JavaScript runs.
    fn ended(&self, error: Option<io::Error>);
    /// The endpoint is gone, whoever closed it: nothing comes or leaves any more. The last call.
    /// JavaScript may run.
    fn gone(&self);
}
