//! Bytes and descriptors over a unix stream socket (`SCM_RIGHTS`, unix(7)).

use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use nix::libc::{self, cmsghdr, msghdr};
use sendfd::SendWithFd;

/// The most descriptors that the kernel lets one `sendmsg` carry (`SCM_MAX_FD`).
pub const MOST: usize = 253;

/// What one `recvmsg` brought.
#[derive(Debug)]
pub struct Received {
    /// Bytes written to the buffer. Zero is the end of the stream.
    pub bytes: usize,
    /// Descriptors that came with them, in the sender's order.
    pub descriptors: Vec<OwnedFd>,
    /// There were more descriptors than this process has room for. The kernel closed the rest:
    /// what arrived is the beginning of what was sent.
    pub truncated: bool,
}

/// Sends `bytes`, with `descriptors` attached to the first of them. A partial write carries all of
/// the descriptors, so the remaining bytes are sent without any.
///
/// # Errors
/// As sendmsg(2); `WouldBlock` when the socket is full.
pub fn send(socket: &UnixStream, bytes: &[u8], descriptors: &[BorrowedFd]) -> io::Result<usize> {
    let raw: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    socket.send_with_fd(bytes, &raw)
}

/// The memory to which the kernel writes the numbers of received descriptors. Made once: an
/// allocation of this size at each read is expensive, because it makes malloc sort its free lists.
pub struct Control {
    /// Words, because the kernel's structures are aligned like them.
    room: Vec<u64>,
    /// How many bytes of it the kernel may use.
    length: usize,
}

impl Default for Control {
    fn default() -> Self {
        Self::with_room(MOST)
    }
}

impl Control {
    /// Has room for this many descriptors. If more are sent, they are truncated.
    #[must_use]
    pub fn with_room(descriptors: usize) -> Self {
        let data = u32::try_from(descriptors * size_of::<RawFd>()).unwrap_or(u32::MAX);
        // SAFETY: it computes a length.
        let length = unsafe { libc::CMSG_LEN(data) } as usize;
        Self { room: vec![0; length.div_ceil(size_of::<u64>())], length }
    }

    /// Receives into `buffer`. Descriptors are close-on-exec from birth, so a child that is spawned
    /// at the same moment cannot inherit one. They are owned before this returns.
    ///
    /// # Errors
    /// As recvmsg(2); `WouldBlock` when nothing is there.
    pub fn receive(&mut self, socket: &UnixStream, buffer: &mut [u8]) -> io::Result<Received> {
        let mut place = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
        // SAFETY: it is plain data, and all zeros say that there is nothing.
        let mut message: msghdr = unsafe { MaybeUninit::zeroed().assume_init() };
        message.msg_iov = &raw mut place;
        message.msg_iovlen = 1;
        message.msg_control = self.room.as_mut_ptr().cast();
        message.msg_controllen = self.length as _;
        let flags = libc::MSG_CMSG_CLOEXEC | libc::MSG_DONTWAIT;
        // SAFETY: `message` names the buffer and the room with lengths that they have.
        let count = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, flags) };
        let Ok(bytes) = usize::try_from(count) else { return Err(io::Error::last_os_error()) };
        let truncated = message.msg_flags & libc::MSG_CTRUNC != 0;
        Ok(Received { bytes, descriptors: own(&message), truncated })
    }
}

/// Owns the descriptors that a `recvmsg` brought, also those of a truncated message: nix walks no
/// such message, and the descriptors that did arrive would never be closed.
fn own(message: &msghdr) -> Vec<OwnedFd> {
    let mut descriptors = Vec::new();
    // SAFETY: the kernel has written the control messages and their length.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(message) };
    // SAFETY: null, or a control message in the room, which the caller keeps.
    while let Some(part) = unsafe { next.as_ref() } {
        if part.cmsg_level == libc::SOL_SOCKET && part.cmsg_type == libc::SCM_RIGHTS {
            descriptors.extend(numbers(part).map(|number| {
                // SAFETY: the kernel made this number for this process in this call. Nobody else
                // knows it, and it is wrapped once.
                unsafe { OwnedFd::from_raw_fd(number) }
            }));
        }
        // SAFETY: `part` stands in this message.
        next = unsafe { libc::CMSG_NXTHDR(message, part) };
    }
    descriptors
}

/// The numbers in a control message of type `SCM_RIGHTS`.
fn numbers(part: &cmsghdr) -> impl Iterator<Item = RawFd> {
    // SAFETY: it computes a length.
    let head = unsafe { libc::CMSG_LEN(0) } as usize;
    #[allow(clippy::unnecessary_cast, reason = "musl has a narrower type")]
    let length = (part.cmsg_len as usize).saturating_sub(head);
    // SAFETY: it computes the address behind the head.
    let data = unsafe { libc::CMSG_DATA(part) };
    // SAFETY: the kernel wrote so many bytes there.
    let bytes = unsafe { std::slice::from_raw_parts(data, length) };
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().copied().map(RawFd::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    use nix::fcntl::{FcntlArg, FdFlag, fcntl};
    use nix::sys::stat::fstat;

    fn inode(descriptor: &impl AsFd) -> u64 {
        fstat(descriptor).unwrap().st_ino
    }

    #[test]
    fn descriptors_arrive_in_order_and_close_on_exec() {
        let (left, right) = UnixStream::pair().unwrap();
        let (first, second) = UnixStream::pair().unwrap();
        assert_eq!(send(&left, b"ab", &[first.as_fd(), second.as_fd()]).unwrap(), 2);
        let mut buffer = [0; 16];
        let mut control = Control::default();
        let got = control.receive(&right, &mut buffer).unwrap();
        assert_eq!((got.bytes, got.truncated), (2, false));
        assert_eq!(got.descriptors.iter().map(inode).collect::<Vec<_>>(), [inode(&first), inode(&second)]);
        for fd in &got.descriptors {
            let flags = FdFlag::from_bits_truncate(fcntl(fd, FcntlArg::F_GETFD).unwrap());
            assert!(flags.contains(FdFlag::FD_CLOEXEC));
        }
        drop(left);
        assert_eq!(control.receive(&right, &mut buffer).unwrap().bytes, 0);
    }

    #[test]
    fn of_a_truncated_message_the_first_descriptors_arrive_and_are_owned() {
        const SENT: usize = 9;
        for room in 0..=SENT + 1 {
            let (left, right) = UnixStream::pair().unwrap();
            let sent: Vec<UnixStream> = (0..SENT).map(|_| UnixStream::pair().unwrap().0).collect();
            send(&left, b"a", &sent.iter().map(AsFd::as_fd).collect::<Vec<_>>()).unwrap();
            let got = Control::with_room(room).receive(&right, &mut [0; 16]).unwrap();
            let arrived = room.min(SENT);
            assert_eq!((got.bytes, got.truncated), (1, room < SENT));
            let inodes = |sockets: &[UnixStream]| sockets.iter().map(inode).collect::<Vec<_>>();
            assert_eq!(got.descriptors.iter().map(inode).collect::<Vec<_>>(), inodes(&sent[..arrived]));
        }
    }

    #[test]
    fn no_descriptor_of_a_truncated_message_stays_open() {
        use std::io::Read;

        // Each descriptor that travels is a copy of `one`: `other` sees its end when all are closed.
        let (one, mut other) = UnixStream::pair().unwrap();
        for room in 0..10 {
            let (left, right) = UnixStream::pair().unwrap();
            send(&left, b"a", &[one.as_fd(); 9]).unwrap();
            drop(Control::with_room(room).receive(&right, &mut [0; 16]).unwrap());
        }
        drop(one);
        other.set_nonblocking(true).unwrap();
        assert_eq!(other.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn the_most_descriptors_that_the_kernel_carries_find_room() {
        let (left, right) = UnixStream::pair().unwrap();
        send(&left, b"a", &[left.as_fd(); MOST]).unwrap();
        assert!(send(&left, b"a", &[left.as_fd(); MOST + 1]).is_err());
        let got = Control::default().receive(&right, &mut [0; 16]).unwrap();
        assert_eq!((got.descriptors.len(), got.truncated), (MOST, false));
    }
}
