//! Bytes and descriptors over a unix stream socket (`SCM_RIGHTS`, unix(7)).

use std::collections::VecDeque;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use sendfd::SendWithFd;

/// The most descriptors that one `sendmsg` carries. The kernel's own limit (`SCM_MAX_FD`) is 253.
pub const MOST_AT_ONCE: usize = 64;

/// What one `recvmsg` brought.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// Bytes written to the buffer. Zero is the end of the stream.
    pub bytes: usize,
    /// Descriptors that came with them.
    pub descriptors: usize,
    /// The kernel had more descriptors than we had room for and closed the rest.
    pub truncated: bool,
}

/// Sends `bytes`, with `descriptors` attached to the first of them. Partial writes carry all of
/// the descriptors, so what is left is to be sent without any.
///
/// # Errors
/// As sendmsg(2); `WouldBlock` when the socket is full.
pub fn send(socket: &UnixStream, bytes: &[u8], descriptors: &[BorrowedFd]) -> io::Result<usize> {
    let raw: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    socket.send_with_fd(bytes, &raw)
}

/// Where descriptors land, on their way into this process.
pub struct Control {
    /// The kernel writes their numbers here. Made once: an allocation of this size at each read
    /// is dear, for it makes malloc sort its free lists.
    room: Vec<u8>,
}

impl Default for Control {
    fn default() -> Self {
        Self { room: nix::cmsg_space!([RawFd; 253]) }
    }
}

impl Control {
    /// Receives into `buffer`; descriptors are appended to `descriptors`, close-on-exec from birth
    /// so that a child spawned at this very moment cannot inherit one.
    ///
    /// # Errors
    /// As recvmsg(2); `WouldBlock` when nothing is there.
    pub fn receive(
        &mut self,
        socket: &UnixStream,
        buffer: &mut [u8],
        descriptors: &mut VecDeque<OwnedFd>,
    ) -> io::Result<Received> {
        let mut slices = [IoSliceMut::new(buffer)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC | MsgFlags::MSG_DONTWAIT;
        let message = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut self.room), flags)?;
        let truncated = message.flags.contains(MsgFlags::MSG_CTRUNC);
        let (bytes, before) = (message.bytes, descriptors.len());
        // A failure to walk the control messages means that there are none that we could own.
        for part in message.cmsgs().into_iter().flatten() {
            if let ControlMessageOwned::ScmRights(numbers) = part {
                // SAFETY: the kernel made these numbers for this process in this call, nobody else
                // knows them, and each is wrapped once.
                descriptors.extend(numbers.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
            }
        }
        Ok(Received { bytes, descriptors: descriptors.len() - before, truncated })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    use nix::fcntl::{FcntlArg, FdFlag, fcntl};

    #[test]
    fn descriptors_arrive_in_order_and_close_on_exec() {
        let (left, right) = UnixStream::pair().unwrap();
        let (first, second) = UnixStream::pair().unwrap();
        assert_eq!(send(&left, b"ab", &[first.as_fd(), second.as_fd()]).unwrap(), 2);
        let mut got = VecDeque::new();
        let mut buffer = [0; 16];
        let mut control = Control::default();
        let received = control.receive(&right, &mut buffer, &mut got).unwrap();
        assert_eq!(received, Received { bytes: 2, descriptors: 2, truncated: false });
        assert_eq!(got.len(), 2);
        for fd in &got {
            let flags = FdFlag::from_bits_truncate(fcntl(fd, FcntlArg::F_GETFD).unwrap());
            assert!(flags.contains(FdFlag::FD_CLOEXEC));
        }
        drop(left);
        assert_eq!(control.receive(&right, &mut buffer, &mut got).unwrap().bytes, 0);
    }
}
