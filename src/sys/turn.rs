//! The line in which several processes wait for the next connection of one listening socket.
//!
//! The kernel wakes all that wait in epoll, unless their entries are exclusive (`EPOLLEXCLUSIVE`).
//! Then it wakes the first one in line that sleeps. libuv has no word for this, so its entry is
//! replaced by an exclusive one of the same number, which libuv does not notice: it finds its
//! watcher by that number, and changes an entry only if other events are wanted.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::libc;

use super::libuv::Api;
use super::uv::Loop;

/// This process becomes the last in the line of `socket`, which a started poll of `event_loop` watches
/// for reading.
///
/// # Errors
/// As `epoll_ctl(2)`; `Unsupported` if libuv's functions are not found. A kernel without exclusive
/// entries is no error: there all are woken, same as with libuv's own.
pub fn go_last(event_loop: Loop, socket: BorrowedFd) -> io::Result<()> {
    // SAFETY: the loop is Node's, and lives as long as its environment.
    let epoll = unsafe { (Api::get()?.backend_fd)(event_loop.as_ptr()) };
    let control = |act, flags: libc::c_int| {
        let mut number = [0; 8];
        let (first, _) = number.split_at_mut(4);
        first.copy_from_slice(&socket.as_raw_fd().to_ne_bytes());
        let mut entry = libc::epoll_event { events: flags.cast_unsigned(), u64: u64::from_ne_bytes(number) };
        // SAFETY: both descriptors are open, and the entry lives longer than the call.
        Errno::result(unsafe { libc::epoll_ctl(epoll, act, socket.as_raw_fd(), &raw mut entry) })
    };
    // It is not there before libuv has polled for the first time.
    if control(libc::EPOLL_CTL_DEL, 0) == Err(Errno::ENOENT) {
        return Ok(());
    }
    match control(libc::EPOLL_CTL_ADD, libc::EPOLLIN | libc::EPOLLEXCLUSIVE) {
        Err(Errno::EINVAL) => control(libc::EPOLL_CTL_ADD, libc::EPOLLIN)?,
        outcome => outcome?,
    };
    Ok(())
}
