//! The standard error of this process.

use std::io;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd;

/// Writes all bytes, and waits as long as it takes. Node may have made the descriptor non-blocking.
///
/// # Errors
/// `EPIPE` if nobody reads any more, and the other errors of write(2).
pub fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    let stderr = io::stderr();
    while !bytes.is_empty() {
        match unistd::write(&stderr, bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::EAGAIN) => {
                let mut ready = [PollFd::new(stderr.as_fd(), PollFlags::POLLOUT)];
                poll(&mut ready, PollTimeout::NONE).or_else(interrupted)?;
            }
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn interrupted(error: Errno) -> nix::Result<i32> {
    if error == Errno::EINTR { Ok(0) } else { Err(error) }
}
