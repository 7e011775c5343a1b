//! A failed system call with its name: what an exception in JavaScript says as `code`, `errno` and
//! `syscall`.

use std::io;

use nix::errno::Errno;

use super::errno;

/// See the module.
#[derive(Debug)]
pub struct Failure {
    /// The call, in the kernel's or libuv's words.
    pub syscall: &'static str,
    error: io::Error,
}

impl Failure {
    /// The error number; `EIO` if the error has none.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
    }

    /// The process, the system or its memory is full: the same call may succeed later.
    #[must_use]
    pub fn is_shortage(&self) -> bool {
        errno::is_shortage(self.errno())
    }
}

/// Names the call that an error comes from.
pub trait Called<T> {
    /// # Errors
    /// The error of `self`, with the name of its call.
    fn called(self, syscall: &'static str) -> Result<T, Failure>;
}

impl<T> Called<T> for io::Result<T> {
    fn called(self, syscall: &'static str) -> Result<T, Failure> {
        self.map_err(|error| Failure { syscall, error })
    }
}

impl<T> Called<T> for nix::Result<T> {
    fn called(self, syscall: &'static str) -> Result<T, Failure> {
        self.map_err(io::Error::from).called(syscall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_number_and_its_call() {
        let failure = nix::Result::<()>::Err(Errno::EMFILE).called("socketpair").unwrap_err();
        assert_eq!((failure.errno(), failure.syscall), (Errno::EMFILE, "socketpair"));
        assert!(failure.is_shortage());
        let failure = io::Result::<()>::Err(Errno::EPERM.into()).called("memfd_create").unwrap_err();
        assert_eq!(failure.errno(), Errno::EPERM);
        assert!(!failure.is_shortage());
        let failure = io::Result::<()>::Err(io::Error::other("no number")).called("read").unwrap_err();
        assert_eq!(failure.errno(), Errno::EIO);
    }
}
