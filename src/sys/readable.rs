//! Waiting for a descriptor, outside of any event loop.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Whether there is something to read, or an end, within this time.
#[must_use]
pub fn within(descriptor: BorrowedFd, time: Duration) -> bool {
    let mut ready = [PollFd::new(descriptor, PollFlags::POLLIN)];
    let timeout = PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX);
    poll(&mut ready, timeout).is_ok_and(|count| count > 0)
}
