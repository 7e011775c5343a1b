//! Errors of the system by their meaning. Outside of `sys/`, no code names an error number.

use std::io;

use nix::errno::Errno;

/// This process has no room for another descriptor.
pub const OUT_OF_DESCRIPTORS: Errno = Errno::EMFILE;
/// Too many descriptors of this user are sent and not yet received. The limit is `RLIMIT_NOFILE`
/// (unix(7)). It passes when some are received.
pub const CROWDED: Errno = Errno::ETOOMANYREFS;
/// A message is longer than the peer accepts.
pub const TOO_LONG: Errno = Errno::EMSGSIZE;
/// Node's permission model, or the system, does not let this process do it.
pub const NOT_PERMITTED: Errno = Errno::EACCES;
/// An argument has a value that it cannot have.
pub const INVALID: Errno = Errno::EINVAL;
/// The peer is gone.
pub const PEER_GONE: Errno = Errno::EPIPE;

/// Whether a call failed because too many descriptors are sent and not yet received ([`CROWDED`]).
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
