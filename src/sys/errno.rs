//! Errors of the system by what they mean. Above `sys/`, nobody names a number.

use std::io;

use nix::errno::Errno;

/// This process has no room for another descriptor.
pub const OUT_OF_DESCRIPTORS: Errno = Errno::EMFILE;
/// Too many descriptors of this user are on their way: of those that nobody has received yet, a user
/// may have no more than `RLIMIT_NOFILE` (unix(7)). That passes.
pub const CROWDED: Errno = Errno::ETOOMANYREFS;
/// A message is longer than the peer takes.
pub const TOO_LONG: Errno = Errno::EMSGSIZE;
/// Node's permission model, or the system, does not let this process do it.
pub const NOT_PERMITTED: Errno = Errno::EACCES;
/// An argument has a value that it cannot have.
pub const INVALID: Errno = Errno::EINVAL;
/// The peer is gone.
pub const PEER_GONE: Errno = Errno::EPIPE;

/// Whether a call failed because too many descriptors are on their way ([`CROWDED`]).
#[must_use]
pub fn is_crowded(error: &io::Error) -> bool {
    error.raw_os_error() == Some(CROWDED as i32)
}

/// The number of an error, positive; `otherwise` if it has none, because it is not the system's.
#[must_use]
pub fn number(error: &io::Error, otherwise: Errno) -> i32 {
    error.raw_os_error().unwrap_or(otherwise as i32)
}

/// The process, the system or its memory is full: the same call may succeed later.
#[must_use]
pub fn is_shortage(errno: Errno) -> bool {
    matches!(errno, Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM)
}
