//! Descriptors that have come, and the frame to which each belongs. No socket.
//!
//! One rule decides: **the descriptors of one read belong to the one frame that begins in that read
//! and announces some.** It rests on two facts:
//!
//! - A sender attaches descriptors to the first byte of the one frame that announces them.
//! - The kernel hands them over with that byte, and ends a read at the end of what was sent with
//!   them. So the descriptors of two frames never come in one read.
//!
//! Therefore, if a read was truncated, it is known at once which frame lost descriptors. That frame
//! never gets those of the next one. Descriptors that no frame of their own read announces are a
//! protocol error, as soon as the heads of that read are there. At any time, this keeps the
//! descriptors of one `recvmsg` at most.

use std::cmp::Ordering;
use std::ops::Range;
use std::os::fd::OwnedFd;

use super::frame::Error;

/// What one read brought beside its bytes.
struct Arrival {
    /// Which bytes of the stream that read brought.
    bytes: Range<u64>,
    descriptors: Vec<OwnedFd>,
    truncated: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Arrivals {
    /// There are two only if a read ended in the middle of a head.
    waiting: Vec<Arrival>,
}

impl Arrivals {
    /// A read brought `bytes` of the stream and these descriptors. `truncated`: there were more,
    /// but this process had no room for them.
    pub fn came(&mut self, bytes: Range<u64>, descriptors: Vec<OwnedFd>, truncated: bool) {
        if truncated || !descriptors.is_empty() {
            self.waiting.push(Arrival { bytes, descriptors, truncated });
        }
    }

    /// The descriptors of the frame that begins at `start` and announces `announced` of them. There
    /// are fewer only if its read was truncated. Then they are its first ones.
    ///
    /// # Errors
    /// More or fewer descriptors came than the frame announces.
    pub fn claim(&mut self, start: u64, announced: u8) -> Result<Vec<OwnedFd>, Error> {
        let announced = usize::from(announced);
        if announced == 0 {
            return Ok(Vec::new());
        }
        if !self.waiting.first().is_some_and(|arrival| arrival.bytes.contains(&start)) {
            return Err(Error::MissingDescriptors);
        }
        let Arrival { descriptors, truncated, .. } = self.waiting.remove(0);
        match descriptors.len().cmp(&announced) {
            Ordering::Greater => Err(Error::StrayDescriptors),
            Ordering::Less if !truncated => Err(Error::MissingDescriptors),
            Ordering::Less | Ordering::Equal => Ok(descriptors),
        }
    }

    /// Checks that no descriptors remain of the frames before `next`, at which another frame
    /// begins.
    ///
    /// # Errors
    /// There are descriptors that came with earlier bytes only.
    pub fn none_before(&self, next: u64) -> Result<(), Error> {
        self.all(|arrival| arrival.bytes.end > next)
    }

    /// Checks the descriptors while the head of the frame at `start` is not complete. They may only
    /// be those of that frame, `most` at the most.
    ///
    /// # Errors
    /// There are descriptors that did not come with the first byte of that frame, or too many.
    pub fn only_for(&self, start: u64, most: usize) -> Result<(), Error> {
        self.all(|arrival| arrival.bytes.contains(&start) && arrival.descriptors.len() <= most)
    }

    fn all(&self, may_wait: impl Fn(&Arrival) -> bool) -> Result<(), Error> {
        if self.waiting.iter().all(may_wait) { Ok(()) } else { Err(Error::StrayDescriptors) }
    }
}
