//! Closing a socket that another thread may be using.
//!
//! close(2) would free its number. That thread, which has read the number before, could then accept
//! on whatever this process opens next. So the number stays in use, for a socket that is neither
//! bound nor connected. dup3(2) closes the earlier socket and replaces it in one step.

use std::io;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd};

use nix::fcntl::OFlag;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use nix::unistd::dup3_raw;

/// A socket that is neither bound nor listens: accepting on it is `EINVAL`.
pub struct Nothing(OwnedFd);

impl Nothing {
    /// Makes one. It is made in advance, because closing must not fail when the process is out of
    /// descriptors.
    ///
    /// # Errors
    /// As socket(2).
    pub fn new() -> io::Result<Self> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        Ok(Self(socket(AddressFamily::Unix, SockType::Stream, flags, None)?))
    }

    /// Closes the socket of `descriptor`. On every thread, the number now stands for a socket that
    /// is not bound.
    pub fn replace(&self, descriptor: &OwnedFd) {
        // SAFETY: its owner keeps the number, so no other descriptor is closed.
        let same = unsafe { dup3_raw(self.0.as_fd(), descriptor.as_raw_fd(), OFlag::O_CLOEXEC) };
        // The number has its owner already.
        let _ = same.map(OwnedFd::into_raw_fd);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, FdFlag, fcntl};

    use super::*;
    use crate::sys::listen;

    #[test]
    fn a_port_is_free_and_its_number_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let socket = OwnedFd::from(listener);
        let number = socket.as_raw_fd();
        let nothing = Nothing::new().unwrap();
        for _ in 0..2 {
            nothing.replace(&socket);
            let again = TcpListener::bind(address).unwrap();
            assert_ne!(again.as_raw_fd(), number);
            let error = listen::accept(socket.as_fd()).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(Errno::EINVAL as i32));
            let flags = FdFlag::from_bits_retain(fcntl(&socket, FcntlArg::F_GETFD).unwrap());
            assert!(flags.contains(FdFlag::FD_CLOEXEC));
        }
    }
}
