//! Entries of epoll for which neither mio nor libuv has a word.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use nix::errno::Errno;
use nix::libc;

use super::libuv::Api;
use super::uv::Loop;

/// `epoll` reports as long as `what` can be read, and not only each change. So a reader need not read
/// until there is nothing more: a call of accept(2) in vain costs more than one that succeeds.
///
/// # Errors
/// As `epoll_ctl(2)`.
pub fn watch_level(epoll: &impl AsRawFd, what: BorrowedFd, token: u64) -> io::Result<()> {
    control(epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, what, libc::EPOLLIN, token)?;
    Ok(())
}

/// This process becomes the last in the line of those that wait for `socket`, which a started poll of
/// `event_loop` watches for reading.
///
/// The kernel wakes all that wait in epoll, unless their entries are exclusive. Then it wakes the first
/// one in line that sleeps. So libuv's entry is replaced by an exclusive one. libuv does not notice: it
/// finds its watcher by the socket's number, and changes an entry only if other events are wanted.
///
/// # Errors
/// As `epoll_ctl(2)`; `Unsupported` if libuv's functions are not found. A kernel without exclusive
/// entries is no error: there all are woken, same as with libuv's own.
pub fn go_last(event_loop: Loop, socket: BorrowedFd) -> io::Result<()> {
    // SAFETY: the loop is Node's, and lives as long as its environment.
    let epoll = unsafe { (Api::get()?.backend_fd)(event_loop.as_ptr()) };
    // It is not there before libuv has polled for the first time.
    if control(epoll, libc::EPOLL_CTL_DEL, socket, 0, 0) == Err(Errno::ENOENT) {
        return Ok(());
    }
    let mut number = [0; 8];
    let (first, _) = number.split_at_mut(4);
    first.copy_from_slice(&socket.as_raw_fd().to_ne_bytes());
    // libuv reads only the first half, as an `int`.
    let data = u64::from_ne_bytes(number);
    let add = |flags| control(epoll, libc::EPOLL_CTL_ADD, socket, flags, data);
    match add(libc::EPOLLIN | libc::EPOLLEXCLUSIVE) {
        Err(Errno::EINVAL) => add(libc::EPOLLIN)?,
        outcome => outcome?,
    }
    Ok(())
}

fn control(
    epoll: RawFd,
    act: libc::c_int,
    what: BorrowedFd,
    flags: libc::c_int,
    data: u64,
) -> Result<(), Errno> {
    let mut entry = libc::epoll_event { events: flags.cast_unsigned(), u64: data };
    // SAFETY: both descriptors are open, and the entry lives longer than the call.
    Errno::result(unsafe { libc::epoll_ctl(epoll, act, what.as_raw_fd(), &raw mut entry) }).map(drop)
}
