//! What leaves over a socket: frames, and the descriptors that ride beside them. What does not fit
//! at once waits here, in order.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use nix::errno::Errno;

#[cfg(doc)]
use super::channel::Channel;
use super::frame::{HEAD, Head, Kind};
use super::limits::Bounds;
use crate::sys::rights;

/// What waits to be written: bytes, and the descriptors that ride on the first of them.
#[derive(Default)]
struct Packet {
    bytes: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

/// See the module. Whoever has one writes all of it to the same socket.
pub(super) struct Outgoing {
    /// What the peer takes.
    bounds: &'static Bounds,
    waiting: VecDeque<Packet>,
    /// How many bytes of the first packet have left.
    left: usize,
    /// How many bytes wait in all.
    pending: usize,
    /// How many have left, ever.
    written: u64,
    /// The kernel took less than it was given: no sense in trying before it has room.
    full: bool,
    /// As [`Channel::is_crowded`].
    crowded: bool,
    /// The memory of a packet that has left, for the next one.
    spare: Vec<u8>,
}

impl Outgoing {
    /// A packet that gathers frames is closed at this size.
    const PACKET: usize = 64 * 1024;
    /// Memory of a packet that is larger than this is given back.
    const KEEP: usize = 4 * 1024 * 1024;

    pub fn new(bounds: &'static Bounds) -> Self {
        Self {
            bounds,
            waiting: VecDeque::new(),
            left: 0,
            pending: 0,
            written: 0,
            full: false,
            crowded: false,
            spare: Vec::new(),
        }
    }

    /// As [`Channel::queue`].
    pub fn queue(
        &mut self,
        head: Head,
        descriptors: Vec<OwnedFd>,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        // A frame with descriptors starts a packet, for they ride on its first byte.
        let gathers = |packet: &Packet| descriptors.is_empty() && packet.bytes.len() < Self::PACKET;
        let gathering = if self.waiting.back().is_some_and(gathers) { self.waiting.pop_back() } else { None };
        let mut packet =
            gathering.unwrap_or_else(|| Packet { bytes: std::mem::take(&mut self.spare), descriptors });
        let start = packet.bytes.len();
        let written = self.append(head, &mut packet.bytes, write);
        if written.is_err() {
            packet.bytes.truncate(start);
        }
        self.pending += packet.bytes.len() - start;
        if packet.bytes.is_empty() {
            self.spare = packet.bytes;
        } else {
            self.waiting.push_back(packet);
        }
        written
    }

    /// As [`Channel::send`].
    pub fn send(
        &mut self,
        socket: &UnixStream,
        head: Head,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.queue(head, Vec::new(), write)?;
        if self.full { Ok(()) } else { self.flush(socket) }
    }

    /// As [`Channel::send_long`].
    pub fn send_long(&mut self, socket: &UnixStream, head: Head, body: &[u8]) -> io::Result<()> {
        if self.pending > 0 {
            return self.send(socket, head, copy_of(body));
        }
        let head = self.encode(head, body.len())?;
        let sent = (&*socket).write_vectored(&[IoSlice::new(&head), IoSlice::new(body)]);
        let count = allowed(sent)?.unwrap_or(0);
        self.written += count as u64;
        if count < HEAD + body.len() {
            let mut bytes = std::mem::take(&mut self.spare);
            bytes.extend_from_slice(head.get(count..).unwrap_or_default());
            bytes.extend_from_slice(body.get(count.saturating_sub(HEAD)..).unwrap_or_default());
            self.pending = bytes.len();
            self.full = true;
            self.waiting.push_back(Packet { bytes, descriptors: Vec::new() });
        }
        Ok(())
    }

    /// As [`Channel::send_descriptor`].
    pub fn send_descriptor(
        &mut self,
        socket: &UnixStream,
        head: Head,
        descriptor: BorrowedFd,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.append(head, &mut bytes, write)?;
        let first = self.pending == 0;
        if self.lend_bytes(socket, &bytes, &[descriptor])? {
            return Ok(());
        }
        let descriptors = vec![descriptor.try_clone_to_owned()?];
        self.pending += bytes.len();
        self.waiting.push_back(Packet { bytes, descriptors });
        // It was tried just now.
        self.full |= first;
        if self.full { Ok(()) } else { self.flush(socket) }
    }

    /// As [`Channel::flush`].
    pub fn flush(&mut self, socket: &UnixStream) -> io::Result<()> {
        self.full = false;
        while let Some(packet) = self.waiting.front_mut() {
            let rest = packet.bytes.get(self.left..).unwrap_or_default();
            let sent = if packet.descriptors.is_empty() {
                (&*socket).write(rest)
            } else {
                let lent: Vec<BorrowedFd> = packet.descriptors.iter().map(AsFd::as_fd).collect();
                rights::send(socket, rest, &lent)
            };
            self.crowded = is_crowded(&sent);
            let count = allowed(sent)?;
            self.full = count.is_none_or(|count| count < rest.len());
            if let Some(count) = count {
                packet.descriptors.clear();
                self.left += count;
                self.pending -= count;
                self.written += count as u64;
            }
            if self.full {
                return Ok(());
            }
            self.left = 0;
            let Packet { bytes, .. } = self.waiting.pop_front().unwrap_or_default();
            self.recycle(bytes);
        }
        Ok(())
    }

    fn recycle(&mut self, mut bytes: Vec<u8>) {
        if bytes.capacity() <= Self::KEEP && bytes.capacity() > self.spare.capacity() {
            bytes.clear();
            self.spare = bytes;
        }
    }

    /// As [`Channel::lend`].
    pub fn lend(
        &mut self,
        socket: &UnixStream,
        kind: Kind,
        body: &[u8],
        descriptors: &[BorrowedFd],
    ) -> io::Result<bool> {
        let count = u8::try_from(descriptors.len()).map_err(|_| Errno::EMSGSIZE)?;
        let mut bytes = Vec::with_capacity(HEAD + body.len());
        self.append(Head { kind, descriptors: count, note: 0 }, &mut bytes, copy_of(body))?;
        self.lend_bytes(socket, &bytes, descriptors)
    }

    fn lend_bytes(
        &mut self,
        socket: &UnixStream,
        bytes: &[u8],
        descriptors: &[BorrowedFd],
    ) -> io::Result<bool> {
        if self.pending > 0 {
            return Ok(false);
        }
        let sent = rights::send(socket, bytes, descriptors);
        self.crowded = is_crowded(&sent);
        let Some(count) = allowed(sent)? else { return Ok(false) };
        self.written += count as u64;
        let rest = bytes.get(count..).unwrap_or_default();
        if !rest.is_empty() {
            self.pending = rest.len();
            self.full = true;
            self.waiting.push_back(Packet { bytes: rest.to_vec(), descriptors: Vec::new() });
        }
        Ok(true)
    }

    fn append(
        &self,
        head: Head,
        bytes: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        let start = bytes.len();
        bytes.extend_from_slice(&[0; HEAD]);
        write(bytes)?;
        let head = self.encode(head, bytes.len() - start - HEAD)?;
        if let Some(place) = bytes.get_mut(start..start + HEAD) {
            place.copy_from_slice(&head);
        }
        Ok(())
    }

    fn encode(&self, head: Head, length: usize) -> io::Result<[u8; HEAD]> {
        let length = u32::try_from(length).map_err(|_| Errno::EMSGSIZE)?;
        self.bounds.check(head, length).map_err(|_| Errno::EMSGSIZE)?;
        Ok(head.encode(length))
    }

    /// As [`Channel::written`].
    pub fn written(&self) -> u64 {
        self.written
    }

    /// As [`Channel::pending`].
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// As [`Channel::is_crowded`].
    pub fn is_crowded(&self) -> bool {
        self.crowded
    }
}

/// Writes a body that stands elsewhere, for [`Channel::queue`] and [`Channel::send`].
pub fn copy_of(body: &[u8]) -> impl FnOnce(&mut Vec<u8>) -> io::Result<()> + '_ {
    |bytes| {
        bytes.extend_from_slice(body);
        Ok(())
    }
}

/// A socket that takes nothing now is no error: `None`.
fn allowed(sent: io::Result<usize>) -> io::Result<Option<usize>> {
    match sent {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        crowded if is_crowded(&crowded) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether too many descriptors are on their way: of those that nobody has received yet, a user may
/// have no more than `RLIMIT_NOFILE` (unix(7)).
fn is_crowded(sent: &io::Result<usize>) -> bool {
    sent.as_ref().is_err_and(|error| error.raw_os_error() == Some(Errno::ETOOMANYREFS as i32))
}
