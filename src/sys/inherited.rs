//! Descriptors that this process knows by number only.

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::socket::{getsockopt, sockopt};

/// Owns a socket that was inherited from the parent process, which passed on its number. Child
/// processes of this one do not inherit it. Call this once for a number.
///
/// # Errors
/// `EBADF` if it is not open, `ENOTSOCK` if it is no socket. If a wrapper closed the socket, Node's
/// own epoll has its number: libuv aborts if that is closed (`__test__/preload/wrappers.js`).
pub fn own(number: RawFd) -> io::Result<OwnedFd> {
    if number < 0 {
        return Err(Errno::EBADF.into());
    }
    // SAFETY: not -1; getsockopt says whether it is open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    getsockopt(&borrowed, sockopt::SockType)?;
    fcntl(borrowed, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    // SAFETY: it is an open socket. Node makes no socket before its first JavaScript, so the parent
    // made it for us, and nothing else in this process owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Lends a descriptor that JavaScript has, and keeps meanwhile, to `act`.
///
/// # Errors
/// `EBADF` if it is not open, and the errors of `act`.
pub fn lend<T>(number: RawFd, act: impl FnOnce(BorrowedFd) -> io::Result<T>) -> io::Result<T> {
    if number < 0 {
        return Err(Errno::EBADF.into());
    }
    // SAFETY: not -1; whatever `act` does with it fails if it is not open.
    act(unsafe { BorrowedFd::borrow_raw(number) })
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn what_is_not_open_is_not_owned() {
        for number in [-1, 1_000_000] {
            assert_eq!(own(number).unwrap_err().raw_os_error(), Some(Errno::EBADF as i32));
            let copy = lend(number, |descriptor| descriptor.try_clone_to_owned());
            assert_eq!(copy.unwrap_err().raw_os_error(), Some(Errno::EBADF as i32));
        }
    }

    #[test]
    fn what_is_no_socket_is_not_owned_and_stays_open() {
        let (reader, _writer) = io::pipe().unwrap();
        let error = own(reader.as_raw_fd()).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(Errno::ENOTSOCK as i32));
        assert!(lend(reader.as_raw_fd(), |descriptor| descriptor.try_clone_to_owned()).is_ok());
    }
}
