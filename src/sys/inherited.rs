//! Descriptors that this process knows by number only.

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};

/// Owns a descriptor that was inherited from the parent process under a number that the parent
/// told, and keeps it from grandchildren. To be called once for a number.
///
/// # Errors
/// `EBADF` where it is not open.
pub fn own(number: RawFd) -> io::Result<OwnedFd> {
    if number < 0 {
        return Err(Errno::EBADF.into());
    }
    // SAFETY: not -1; fcntl says whether it is open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl(borrowed, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    // SAFETY: it is open, and the parent made it for us: nobody else in this process owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Lends a descriptor that JavaScript has, and keeps meanwhile, to `act`.
///
/// # Errors
/// `EBADF` where it is not open, and what `act` says.
pub fn lend<T>(number: RawFd, act: impl FnOnce(BorrowedFd) -> io::Result<T>) -> io::Result<T> {
    if number < 0 {
        return Err(Errno::EBADF.into());
    }
    // SAFETY: not -1; whatever `act` does with it fails where it is not open.
    act(unsafe { BorrowedFd::borrow_raw(number) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_open_is_not_owned() {
        for number in [-1, 1_000_000] {
            assert_eq!(own(number).unwrap_err().raw_os_error(), Some(Errno::EBADF as i32));
            let copy = lend(number, |descriptor| descriptor.try_clone_to_owned());
            assert_eq!(copy.unwrap_err().raw_os_error(), Some(Errno::EBADF as i32));
        }
    }
}
