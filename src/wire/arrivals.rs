//! Descriptors that have come, and the frame to which each belongs. No socket.
//!
//! One rule decides: **the descriptors of one read belong to the one frame that begins in that read
//! and announces some.** It rests on two facts:
//!
//! - A sender attaches descriptors to the first byte of the one frame that announces them.
//! - The kernel hands them over with that byte, and ends a read at the end of what was sent with
//!   them. So the descriptors of two frames never come in one read.
//!
//! Therefore a frame that lost descriptors is known at once when its read was truncated, and what it
//! lost is never made up from the next frame's. What no frame of its own read announces is a
//! protocol error, as soon as the heads of that read are there. At most the descriptors of one
//! `recvmsg` are in hand at any time.

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
    /// There are two only while the first bytes of a head were the last ones of their read.
    waiting: Vec<Arrival>,
}

impl Arrivals {
    /// A read brought `bytes` of the stream and these descriptors. `truncated`: and more, for which
    /// there was no room.
    pub fn came(&mut self, bytes: Range<u64>, descriptors: Vec<OwnedFd>, truncated: bool) {
        if truncated || !descriptors.is_empty() {
            self.waiting.push(Arrival { bytes, descriptors, truncated });
        }
    }

    /// The descriptors of the frame that begins at `start` and announces so many. They are fewer
    /// only if its read was truncated: then they are its first ones.
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

    /// Every frame that begins before `next` has claimed its own, and another one begins there.
    ///
    /// # Errors
    /// Descriptors wait that came with earlier bytes only.
    pub fn none_before(&self, next: u64) -> Result<(), Error> {
        self.all(|arrival| arrival.bytes.end > next)
    }

    /// Nothing is known yet of the frame that begins at `start`, and no other begins among the bytes
    /// that have come. It has at most so many descriptors.
    ///
    /// # Errors
    /// Descriptors wait that did not come with the first byte of that frame, or too many.
    pub fn only_for(&self, start: u64, most: usize) -> Result<(), Error> {
        self.all(|arrival| arrival.bytes.contains(&start) && arrival.descriptors.len() <= most)
    }

    fn all(&self, may_wait: impl Fn(&Arrival) -> bool) -> Result<(), Error> {
        if self.waiting.iter().all(may_wait) { Ok(()) } else { Err(Error::StrayDescriptors) }
    }
}
