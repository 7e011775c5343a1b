//! A channel: frames and descriptors on one unix stream socket, either end.
//!
//! It owns the socket, what has been read but not cut, descriptors that have come but whose frame
//! has not, and what waits to be written. It never blocks and never waits: the reactor and the
//! libuv loop call it when the socket is ready.
//!
//! A descriptor travels attached to the first byte of its frame. The kernel never merges bytes
//! across descriptors, so it arrives no later than that byte, and descriptors arrive in the order
//! of the frames that announced them.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use nix::errno::Errno;

use super::frame::{Decoder, Error, HEAD, Head};
use crate::sys::rights::{self, Control};

/// A frame that came.
#[derive(Debug)]
pub struct Frame {
    /// What it is.
    pub head: Head,
    /// Where its body stands ([`Incoming::body`]).
    pub body: Range<usize>,
    /// What rode beside it.
    pub descriptors: Vec<OwnedFd>,
}

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Bytes came; frames may be whole now, and more bytes may wait.
    Bytes,
    /// Bytes came, all that there were, or as many as came with their descriptors: another read
    /// would mostly be in vain, and who polls is told of more.
    Last,
    /// Nothing more for now.
    Empty,
    /// The peer has closed, or was killed, maybe in the middle of a frame.
    End,
}

/// What has come and is not taken yet. It can be lifted out of its channel while JavaScript runs,
/// which may send on the channel, or close it.
pub struct Incoming {
    decoder: Decoder,
    arrived: VecDeque<OwnedFd>,
    /// This process had no room for all descriptors: the last frames come without theirs.
    lost: bool,
}

impl Incoming {
    fn new(limit: u32) -> Self {
        Self { decoder: Decoder::new(limit), arrived: VecDeque::new(), lost: false }
    }

    fn read(&mut self, socket: &UnixStream, control: &mut Control) -> io::Result<Read> {
        // All frames of a read are taken before the next one, so none of theirs are left.
        self.lost &= !self.decoder.is_between_frames();
        let space = self.decoder.space();
        let room = space.len();
        match control.receive(socket, space, &mut self.arrived) {
            Ok(received) if received.bytes == 0 => Ok(Read::End),
            Ok(received) => {
                self.lost |= received.truncated;
                self.decoder.filled(received.bytes);
                Ok(if received.bytes < room { Read::Last } else { Read::Bytes })
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(Read::Empty),
                ErrorKind::ConnectionReset => Ok(Read::End),
                _ => Err(error),
            },
        }
    }

    /// The next whole frame of what has been read. It has fewer descriptors than its head says only
    /// where this process has no room for more.
    ///
    /// # Errors
    /// The peer spoke nonsense; the channel is to be closed.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Error> {
        let Some((head, body)) = self.decoder.next_frame()? else {
            return if self.arrived.is_empty() || !self.decoder.is_between_frames() {
                Ok(None)
            } else {
                Err(Error::StrayDescriptors)
            };
        };
        let announced = usize::from(head.descriptors);
        let count = announced.min(self.arrived.len());
        if count < announced && !self.lost {
            return Err(Error::MissingDescriptors);
        }
        Ok(Some(Frame { head, body, descriptors: self.arrived.drain(..count).collect() }))
    }

    /// The body of a frame that `next_frame` gave, until the next read.
    #[must_use]
    pub fn body(&self, range: Range<usize>) -> &[u8] {
        self.decoder.body(range)
    }
}

/// What waits to be written: bytes, and the descriptors that ride on the first of them.
#[derive(Default)]
struct Packet {
    bytes: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

/// See the module.
pub struct Channel {
    socket: UnixStream,
    limit: u32,
    control: Control,
    incoming: Incoming,
    waiting: VecDeque<Packet>,
    /// How many bytes of the first packet have left.
    left: usize,
    /// How many bytes wait in all.
    pending: usize,
    /// How many have left, ever.
    written: u64,
    /// The kernel took less than it was given: no sense in trying before it has room.
    full: bool,
    /// The memory of a packet that has left, for the next one.
    spare: Vec<u8>,
}

impl Channel {
    /// A packet that gathers frames is closed at this size.
    const PACKET: usize = 64 * 1024;
    /// Memory of a packet that is larger than this is given back.
    const KEEP: usize = 4 * 1024 * 1024;

    /// Takes a connected socket; bodies longer than `limit` bytes are refused.
    ///
    /// # Errors
    /// As fcntl(2).
    pub fn new(socket: UnixStream, limit: u32) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            limit,
            control: Control::default(),
            incoming: Incoming::new(limit),
            waiting: VecDeque::new(),
            left: 0,
            pending: 0,
            written: 0,
            full: false,
            spare: Vec::new(),
        })
    }

    /// Reads once.
    ///
    /// # Errors
    /// As recvmsg(2); a peer that is gone is `End`, not an error.
    pub fn read(&mut self) -> io::Result<Read> {
        self.incoming.read(&self.socket, &mut self.control)
    }

    /// What has been read.
    pub fn incoming(&mut self) -> &mut Incoming {
        &mut self.incoming
    }

    /// Takes out what has been read, until [`Channel::put_back`] and before the next read.
    pub fn lift(&mut self) -> Incoming {
        std::mem::replace(&mut self.incoming, Incoming::new(self.limit))
    }

    /// The counterpart of [`Channel::lift`].
    pub fn put_back(&mut self, incoming: Incoming) {
        self.incoming = incoming;
    }

    /// Queues a frame, whose body `write` appends to the bytes that will be written: what is to be
    /// copied at all is copied once. [`Channel::flush`] sends it.
    ///
    /// # Errors
    /// What `write` says, and [`Error::TooLong`]. Nothing is queued then.
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
        let written = append_frame(head, &mut packet.bytes, write);
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

    /// Sends a frame, behind what waits; what does not fit waits.
    ///
    /// # Errors
    /// As [`Channel::queue`] and [`Channel::flush`].
    pub fn send(&mut self, head: Head, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        self.queue(head, Vec::new(), write)?;
        if self.full { Ok(()) } else { self.flush() }
    }

    /// Sends a frame with a long body. Where nothing waits it goes to the kernel from where it
    /// stands, and only what does not fit is copied.
    ///
    /// # Errors
    /// As [`Channel::send`].
    pub fn send_long(&mut self, head: Head, body: &[u8]) -> io::Result<()> {
        if self.pending > 0 {
            return self.send(head, copy_of(body));
        }
        let head = head.encode(body.len()).map_err(io::Error::other)?;
        let sent = (&self.socket).write_vectored(&[IoSlice::new(&head), IoSlice::new(body)]);
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

    /// Writes what waits, as far as the socket takes it. Descriptors are closed here once the
    /// kernel has them.
    ///
    /// # Errors
    /// As sendmsg(2); a full socket is none.
    pub fn flush(&mut self) -> io::Result<()> {
        self.full = false;
        while let Some(packet) = self.waiting.front_mut() {
            let rest = packet.bytes.get(self.left..).unwrap_or_default();
            let sent = if packet.descriptors.is_empty() {
                (&self.socket).write(rest)
            } else {
                let lent: Vec<BorrowedFd> = packet.descriptors.iter().map(AsFd::as_fd).collect();
                rights::send(&self.socket, rest, &lent)
            };
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

    /// Sends whole frames whose descriptors stay the caller's, if nothing waits before them.
    /// Says whether the kernel has the descriptors; bytes that did not fit wait for `flush`.
    ///
    /// # Errors
    /// As sendmsg(2); a full socket is none.
    pub fn lend(&mut self, bytes: &[u8], descriptors: &[BorrowedFd]) -> io::Result<bool> {
        if self.pending > 0 {
            return Ok(false);
        }
        let sent = rights::send(&self.socket, bytes, descriptors);
        // Of descriptors that nobody has received yet, a user may have no more than RLIMIT_NOFILE
        // (unix(7)). That is no fault of this channel, and passes.
        if sent.as_ref().is_err_and(|error| error.raw_os_error() == Some(Errno::ETOOMANYREFS as i32)) {
            return Ok(false);
        }
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

    /// How many bytes have been written, ever.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How many bytes wait to be written.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Writes a body that stands elsewhere, for [`Channel::queue`] and [`Channel::send`].
pub fn copy_of(body: &[u8]) -> impl FnOnce(&mut Vec<u8>) -> io::Result<()> + '_ {
    |bytes| {
        bytes.extend_from_slice(body);
        Ok(())
    }
}

fn append_frame(
    head: Head,
    bytes: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; HEAD]);
    write(bytes)?;
    let head = head.encode(bytes.len() - start - HEAD).map_err(io::Error::other)?;
    if let Some(place) = bytes.get_mut(start..start + HEAD) {
        place.copy_from_slice(&head);
    }
    Ok(())
}

/// A full socket is no error: `None`.
fn allowed(sent: io::Result<usize>) -> io::Result<Option<usize>> {
    match sent {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    use crate::random::Random;
    use crate::wire::frame::Kind;

    fn pair() -> (Channel, Channel) {
        let (left, right) = UnixStream::pair().unwrap();
        (Channel::new(left, 1 << 20).unwrap(), Channel::new(right, 1 << 20).unwrap())
    }

    fn descriptor() -> OwnedFd {
        UnixStream::pair().unwrap().0.into()
    }

    #[test]
    fn descriptors_belong_to_the_frame_that_announced_them() {
        let (mut left, mut right) = pair();
        let one = Head { kind: Kind::Json, descriptors: 1, note: 9 };
        left.queue(Head::plain(Kind::Json), vec![], copy_of(b"a")).unwrap();
        left.queue(one, vec![descriptor()], copy_of(&vec![b'b'; 300_000])).unwrap();
        left.queue(Head::plain(Kind::Json), vec![], copy_of(b"c")).unwrap();
        let mut got = Vec::new();
        while got.len() < 3 {
            left.flush().unwrap();
            assert_ne!(right.read().unwrap(), Read::End);
            while let Some(frame) = right.incoming().next_frame().unwrap() {
                got.push((
                    right.incoming().body(frame.body.clone()).len(),
                    frame.descriptors.len(),
                    frame.head.note,
                ));
            }
        }
        assert_eq!(got, [(1, 0, 0), (300_000, 1, 9), (1, 0, 0)]);
        assert_eq!(left.pending(), 0);
    }

    #[test]
    fn what_does_not_fit_at_once_follows_in_order() {
        let (mut left, mut right) = pair();
        let bodies: Vec<Vec<u8>> = (0..20).map(|i| vec![i; 70_000]).collect();
        for bytes in &bodies {
            left.send(Head::plain(Kind::Json), copy_of(bytes)).unwrap();
        }
        assert!(left.pending() > 0);
        let mut got = Vec::new();
        while got.len() < bodies.len() {
            left.flush().unwrap();
            right.read().unwrap();
            while let Some(frame) = right.incoming().next_frame().unwrap() {
                got.push(right.incoming().body(frame.body).to_vec());
            }
        }
        assert_eq!(got, bodies);
    }

    #[test]
    fn lent_descriptors_go_in_one_call_or_not_at_all() {
        let (mut left, mut right) = pair();
        let own = descriptor();
        let head = Head { kind: Kind::Connection, descriptors: 1, note: 0 }.encode(0).unwrap();
        let two = [head, head].concat();
        assert!(left.lend(&two, &[own.as_fd(), own.as_fd()]).unwrap());
        right.read().unwrap();
        assert_eq!(right.incoming().next_frame().unwrap().unwrap().descriptors.len(), 1);
        assert_eq!(right.incoming().next_frame().unwrap().unwrap().descriptors.len(), 1);
        left.queue(Head::plain(Kind::Json), vec![], copy_of(b"")).unwrap();
        assert!(!left.lend(&two, &[own.as_fd(), own.as_fd()]).unwrap());
    }

    #[test]
    fn descriptors_that_nobody_announced_and_those_that_do_not_come() {
        let (left, mut right) = pair();
        let plain = Head::plain(Kind::Json).encode(0).unwrap();
        rights::send(&left.socket, &plain, &[descriptor().as_fd()]).unwrap();
        right.read().unwrap();
        assert!(right.incoming().next_frame().unwrap().is_some());
        assert_eq!(right.incoming().next_frame().unwrap_err(), Error::StrayDescriptors);

        let (left, mut right) = pair();
        let two = Head { kind: Kind::Json, descriptors: 2, note: 0 }.encode(0).unwrap();
        rights::send(&left.socket, &two, &[descriptor().as_fd()]).unwrap();
        right.read().unwrap();
        assert_eq!(right.incoming().next_frame().unwrap_err(), Error::MissingDescriptors);
    }

    #[test]
    fn descriptors_stay_nowhere_whatever_a_peer_says_of_them() {
        let mut random = Random::new(5);
        let (mut whole, mut nonsense) = (0, 0);
        // Every descriptor that travels is a copy of `one`: `other` sees its end when all are closed.
        let (one, other) = UnixStream::pair().unwrap();
        other.set_nonblocking(true).unwrap();
        for _ in 0..20_000 {
            let (left, mut right) = pair();
            for _ in 0..random.below(5) {
                let (said, sent) = (random.below(4), random.below(4));
                let sent = if random.below(3) > 0 { said } else { sent };
                let head = Head { kind: Kind::Json, descriptors: u8::try_from(said).unwrap(), note: 0 };
                let length = random.below(9);
                let mut bytes = head.encode(length).unwrap().to_vec();
                bytes.extend(vec![0; if random.below(9) == 0 { random.below(9) } else { length }]);
                rights::send(&left.socket, &bytes, &vec![one.as_fd(); sent]).unwrap();
            }
            drop(left);
            while let Ok(Read::Bytes | Read::Last) = right.read() {
                let end = loop {
                    match right.incoming().next_frame() {
                        Ok(Some(frame)) => whole += frame.descriptors.len(),
                        end => break end,
                    }
                };
                nonsense += u32::from(end.is_err());
            }
        }
        assert!(whole > 10_000 && nonsense > 2_000, "{whole} {nonsense}");
        drop(one);
        assert_eq!((&other).read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn the_end_in_the_middle_of_a_frame_is_an_end() {
        let (left, mut right) = pair();
        (&left.socket).write_all(&[1, 0]).unwrap();
        drop(left);
        assert_eq!(right.read().unwrap(), Read::Last);
        assert!(right.incoming().next_frame().unwrap().is_none());
        assert_eq!(right.read().unwrap(), Read::End);
    }
}
