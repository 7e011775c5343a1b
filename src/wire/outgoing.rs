//! Writes a socket: frames, and the descriptors that ride beside them. What does not fit at once is
//! kept here as pending, in order.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use super::frame::{HEAD, Head, Plain, ToFrame};
use super::limits::Bounds;
use crate::sys::{errno, rights};

/// Bytes, and the descriptors that ride on the first of them.
#[derive(Default)]
struct Packet {
    bytes: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

/// See the module.
pub struct Outgoing {
    pub(super) socket: UnixStream,
    /// What the peer accepts.
    bounds: &'static Bounds,
    waiting: VecDeque<Packet>,
    /// How many bytes of the first packet are written.
    taken: usize,
    pending: usize,
    written: u64,
    /// The last write was partial: another one would fail until the socket has room.
    full: bool,
    crowded: bool,
    /// The memory of a packet that was written, for the next one.
    spare: Vec<u8>,
}

impl Outgoing {
    /// A packet that gathers frames is closed at this size.
    const PACKET: usize = 64 * 1024;
    /// Memory of a packet that is larger than this is freed.
    const KEEP: usize = 4 * 1024 * 1024;

    /// Writes to `socket`, which does not block.
    pub(super) fn new(socket: UnixStream, bounds: &'static Bounds) -> Self {
        Self {
            socket,
            bounds,
            waiting: VecDeque::new(),
            taken: 0,
            pending: 0,
            written: 0,
            full: false,
            crowded: false,
            spare: Vec::new(),
        }
    }

    /// Queues a frame with its descriptors. [`Outgoing::flush`] sends it.
    ///
    /// # Errors
    /// Those of the frame's body, and `EMSGSIZE` if it is too long. Then nothing is queued.
    pub fn queue(&mut self, frame: &impl ToFrame, descriptors: Vec<OwnedFd>) -> io::Result<()> {
        // A frame with descriptors starts a packet, because they ride on its first byte.
        let gathers = |packet: &Packet| descriptors.is_empty() && packet.bytes.len() < Self::PACKET;
        let gathering = if self.waiting.back().is_some_and(gathers) { self.waiting.pop_back() } else { None };
        let mut packet =
            gathering.unwrap_or_else(|| Packet { bytes: std::mem::take(&mut self.spare), descriptors });
        let start = packet.bytes.len();
        let written = self.append(frame, &mut packet.bytes);
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

    /// Sends a frame, after what is pending. What does not fit is pending then.
    ///
    /// # Errors
    /// As [`Outgoing::queue`] and [`Outgoing::flush`].
    pub fn send(&mut self, frame: &impl ToFrame) -> io::Result<()> {
        self.queue(frame, Vec::new())?;
        if self.full { Ok(()) } else { self.flush() }
    }

    /// Sends a frame with a long body. If nothing is pending, it is written from the caller's
    /// memory, and only what does not fit is copied.
    ///
    /// # Errors
    /// As [`Outgoing::send`].
    pub fn send_long(&mut self, head: Head, body: &[u8]) -> io::Result<()> {
        if self.pending > 0 {
            return self.send(&Plain { head, body });
        }
        let head = self.encode(head, body.len())?;
        let pieces = [IoSlice::new(&head), IoSlice::new(body)];
        let count = allowed((&self.socket).write_vectored(&pieces))?.unwrap_or(0);
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

    /// Sends a frame with a copy of `descriptor`, after what is pending. If nothing is pending, the
    /// kernel makes that copy. Otherwise it is made here.
    ///
    /// # Errors
    /// As [`Outgoing::send`]; `EMFILE` if there is no room for a copy. Then nothing is sent.
    pub fn send_descriptor(&mut self, frame: &impl ToFrame, descriptor: BorrowedFd) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.append(frame, &mut bytes)?;
        let first = self.pending == 0;
        if first && self.lend_bytes(&bytes, &[descriptor])? {
            return Ok(());
        }
        let descriptors = vec![descriptor.try_clone_to_owned()?];
        self.pending += bytes.len();
        self.waiting.push_back(Packet { bytes, descriptors });
        // The write above has just found the socket full.
        self.full |= first;
        if self.full { Ok(()) } else { self.flush() }
    }

    /// Writes what is pending, until the socket is full. Descriptors are closed here once the
    /// kernel has them.
    ///
    /// # Errors
    /// As sendmsg(2). A full socket is no error.
    pub fn flush(&mut self) -> io::Result<()> {
        self.full = false;
        while let Some(packet) = self.waiting.front_mut() {
            let rest = packet.bytes.get(self.taken..).unwrap_or_default();
            let sent = if packet.descriptors.is_empty() {
                (&self.socket).write(rest)
            } else {
                let lent: Vec<BorrowedFd> = packet.descriptors.iter().map(AsFd::as_fd).collect();
                rights::send(&self.socket, rest, &lent)
            };
            self.crowded = sent.as_ref().is_err_and(errno::is_crowded);
            let count = allowed(sent)?;
            self.full = count.is_none_or(|count| count < rest.len());
            if let Some(count) = count {
                packet.descriptors.clear();
                self.taken += count;
                self.pending -= count;
                self.written += count as u64;
            }
            if self.full {
                return Ok(());
            }
            self.taken = 0;
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

    /// Sends one frame with descriptors that stay the caller's, if nothing is pending. Says whether
    /// the kernel has the descriptors. Bytes that did not fit are pending.
    ///
    /// # Errors
    /// As sendmsg(2). A full socket is no error.
    pub fn lend(&mut self, frame: &impl ToFrame, descriptors: &[BorrowedFd]) -> io::Result<bool> {
        if self.pending > 0 {
            return Ok(false);
        }
        let mut bytes = std::mem::take(&mut self.spare);
        let lent = self.append(frame, &mut bytes).and_then(|()| self.lend_bytes(&bytes, descriptors));
        self.recycle(bytes);
        lent
    }

    /// Requires that nothing is pending.
    fn lend_bytes(&mut self, bytes: &[u8], descriptors: &[BorrowedFd]) -> io::Result<bool> {
        let sent = rights::send(&self.socket, bytes, descriptors);
        self.crowded = sent.as_ref().is_err_and(errno::is_crowded);
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

    fn append(&self, frame: &impl ToFrame, bytes: &mut Vec<u8>) -> io::Result<()> {
        let start = bytes.len();
        bytes.extend_from_slice(&[0; HEAD]);
        frame.write_body(bytes)?;
        let head = self.encode(frame.head(), bytes.len() - start - HEAD)?;
        if let Some(place) = bytes.get_mut(start..start + HEAD) {
            place.copy_from_slice(&head);
        }
        Ok(())
    }

    fn encode(&self, head: Head, length: usize) -> io::Result<[u8; HEAD]> {
        let length = u32::try_from(length).map_err(|_| errno::TOO_LONG)?;
        self.bounds.check(head, length).map_err(|_| errno::TOO_LONG)?;
        Ok(head.encode(length))
    }

    /// How many bytes have been written, ever.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How many bytes are pending.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// Whether the last write failed because of [`errno::CROWDED`]. No event says when that passes.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.crowded
    }
}

/// A full socket is no error: `None`.
fn allowed(sent: io::Result<usize>) -> io::Result<Option<usize>> {
    match sent {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        Err(error) if errno::is_crowded(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
