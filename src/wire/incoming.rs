//! Reads a socket: whole frames, each with the descriptors that it announced.

use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::arrivals::Arrivals;
use super::decoder::Decoder;
use super::frame::{Error, Head};
use super::limits::Bounds;
use crate::sys::rights::{Control, Received};

/// A frame that came.
#[derive(Debug)]
pub struct Frame {
    /// What it is.
    pub head: Head,
    /// The range of its body, for [`Incoming::body`].
    pub body: Range<usize>,
    /// What rode beside it.
    pub descriptors: Vec<OwnedFd>,
}

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Bytes came. Frames may be complete now, and there may be more bytes to read.
    Bytes,
    /// Bytes came, either all that there were, or all that were sent with their descriptors.
    /// Another read would mostly find nothing, and the poll reports more.
    Last,
    /// Nothing more for now.
    Empty,
    /// The peer has closed, or was killed, maybe in the middle of a frame.
    End,
}

/// The bytes that came and were not yet handled. It can be lifted out of its channel while
/// JavaScript runs, because JavaScript may send on the channel, or close it.
pub struct Incoming {
    decoder: Decoder,
    bounds: &'static Bounds,
    /// How many bytes have come, ever.
    came: u64,
    arrivals: Arrivals,
    /// Of the next frame, once its head is there.
    descriptors: Option<Vec<OwnedFd>>,
}

impl Incoming {
    pub(super) fn new(bounds: &'static Bounds) -> Self {
        Self {
            decoder: Decoder::new(bounds),
            bounds,
            came: 0,
            arrivals: Arrivals::default(),
            descriptors: None,
        }
    }

    /// Reads once.
    ///
    /// # Errors
    /// As recvmsg(2); if the peer is gone, this returns `End` and no error.
    pub(super) fn read(&mut self, socket: &UnixStream, control: &mut Control) -> io::Result<Read> {
        self.read_at_most(usize::MAX, socket, control)
    }

    fn read_at_most(&mut self, most: usize, socket: &UnixStream, control: &mut Control) -> io::Result<Read> {
        let space = self.decoder.space();
        let room = space.len().min(most);
        match control.receive(socket, space.get_mut(..room).unwrap_or_default()) {
            Ok(received) if received.bytes == 0 => Ok(Read::End),
            Ok(Received { bytes, descriptors, truncated }) => {
                self.decoder.filled(bytes);
                let start = self.came;
                self.came += bytes as u64;
                self.arrivals.came(start..self.came, descriptors, truncated);
                Ok(if bytes < room { Read::Last } else { Read::Bytes })
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(Read::Empty),
                ErrorKind::ConnectionReset => Ok(Read::End),
                _ => Err(error),
            },
        }
    }

    /// The next whole frame of what has been read. It has fewer descriptors than its head says only
    /// if this process has no room for more; those that it has are the first ones.
    ///
    /// # Errors
    /// A protocol error; the channel is to be closed.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Error> {
        let start = self.decoder.position();
        let Some((head, length)) = self.decoder.peek()? else {
            self.arrivals.only_for(start, self.bounds.descriptors())?;
            return Ok(None);
        };
        // As soon as the head is there, because a peer may never end the frame and send more and
        // more descriptors.
        if self.descriptors.is_none() {
            self.descriptors = Some(self.arrivals.claim(start, head.descriptors)?);
        }
        self.arrivals.none_before(start + length as u64)?;
        let Some((head, body)) = self.decoder.next_frame()? else { return Ok(None) };
        Ok(Some(Frame { head, body, descriptors: self.descriptors.take().unwrap_or_default() }))
    }

    /// The body of a frame that `next_frame` returned. It is valid until the next read.
    #[must_use]
    pub fn body(&self, range: Range<usize>) -> &[u8] {
        self.decoder.body(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::{AsFd, BorrowedFd};

    use nix::sys::stat::fstat;

    use crate::random::Random;
    use crate::sys::rights;
    use crate::wire::frame::{HEAD, Kind};

    static BOUNDS: &Bounds = &Bounds::any(1 << 20);

    fn pair() -> (UnixStream, UnixStream) {
        let (left, right) = UnixStream::pair().unwrap();
        right.set_nonblocking(true).unwrap();
        (left, right)
    }

    fn frame(descriptors: usize, body: usize) -> Vec<u8> {
        let head = Head { kind: Kind::Json, descriptors: u8::try_from(descriptors).unwrap(), note: 0 };
        [&head.encode(u32::try_from(body).unwrap())[..], &vec![0; body]].concat()
    }

    fn inode(descriptor: &impl AsFd) -> u64 {
        fstat(descriptor).unwrap().st_ino
    }

    /// A frame as its sender knows it: where it begins, and what it sent with it.
    struct SentFrame {
        start: u64,
        inodes: Vec<u64>,
    }

    /// A read as its reader knows it: its bytes, and for how many descriptors it had room.
    struct Done {
        bytes: Range<u64>,
        room: usize,
    }

    /// Sends packets, each a frame with any number of descriptors and some frames without behind it.
    fn send(left: &UnixStream, random: &mut Random, handles: &[UnixStream]) -> Vec<SentFrame> {
        let (mut sent, mut at) = (Vec::new(), 0);
        for _ in 0..=random.below(6) {
            let with: Vec<&UnixStream> =
                (0..random.below(6)).map(|_| &handles[random.below(handles.len())]).collect();
            let borrowed: Vec<BorrowedFd> = with.iter().map(AsFd::as_fd).collect();
            let mut bytes = Vec::new();
            for index in 0..=random.below(3) {
                let inodes: Vec<u64> = if index == 0 { with.iter().map(inode).collect() } else { Vec::new() };
                let start = at + bytes.len() as u64;
                bytes.extend(frame(inodes.len(), random.below(40)));
                sent.push(SentFrame { start, inodes });
            }
            assert_eq!(rights::send(left, &bytes, &borrowed).unwrap(), bytes.len());
            at += bytes.len() as u64;
        }
        sent
    }

    #[test]
    fn each_frame_gets_its_own_descriptors_wherever_reads_end_and_whatever_is_truncated() {
        let mut random = Random::new(17);
        let handles: Vec<UnixStream> = (0..12).map(|_| UnixStream::pair().unwrap().0).collect();
        let (mut whole, mut shortened) = (0, 0);
        for _ in 0..5_000 {
            let (left, right) = pair();
            let sent = send(&left, &mut random, &handles);
            drop(left);
            let mut incoming = Incoming::new(BOUNDS);
            let (mut reads, mut got) = (Vec::new(), Vec::new());
            loop {
                let room = if random.below(3) == 0 { random.below(6) } else { rights::MOST };
                let (start, most) = (incoming.came, 1 + random.below(60));
                let read = incoming.read_at_most(most, &right, &mut Control::with_room(room)).unwrap();
                if read == Read::End {
                    break;
                }
                reads.push(Done { bytes: start..incoming.came, room });
                while let Some(frame) = incoming.next_frame().unwrap() {
                    got.push(frame.descriptors.iter().map(inode).collect::<Vec<_>>());
                }
            }
            let expected = sent.iter().map(|SentFrame { start, inodes }| {
                let read = reads.iter().find(|read| read.bytes.contains(start)).unwrap();
                let room = inodes.len().min(read.room);
                *(if room < inodes.len() { &mut shortened } else { &mut whole }) += 1;
                inodes[..room].to_vec()
            });
            assert_eq!(got, expected.collect::<Vec<_>>());
        }
        assert!(whole > 10_000 && shortened > 1_000, "{whole} {shortened}");
    }

    #[test]
    fn a_frame_that_never_ends_collects_no_descriptors() {
        let (left, right) = pair();
        let mut incoming = Incoming::new(BOUNDS);
        let mut control = Control::default();
        rights::send(&left, &frame(1, 60_000)[..100], &[left.as_fd()]).unwrap();
        incoming.read(&right, &mut control).unwrap();
        assert!(incoming.next_frame().unwrap().is_none());
        rights::send(&left, b" ", &[left.as_fd(); rights::MOST]).unwrap();
        incoming.read(&right, &mut control).unwrap();
        assert_eq!(incoming.next_frame().unwrap_err(), Error::StrayDescriptors);
    }

    #[test]
    fn a_head_that_never_ends_collects_no_descriptors() {
        let (left, right) = pair();
        let mut incoming = Incoming::new(BOUNDS);
        let mut control = Control::default();
        for (byte, is_stray) in [(0, false), (0, true)] {
            rights::send(&left, &[byte], &[left.as_fd(); rights::MOST]).unwrap();
            incoming.read(&right, &mut control).unwrap();
            assert_eq!(incoming.next_frame().is_err(), is_stray);
        }
    }

    #[test]
    fn more_descriptors_than_the_head_announces_are_refused_before_the_body_is_there() {
        let (left, right) = pair();
        let mut incoming = Incoming::new(BOUNDS);
        rights::send(&left, &frame(2, 60_000)[..HEAD], &[left.as_fd(); 3]).unwrap();
        incoming.read(&right, &mut Control::default()).unwrap();
        assert_eq!(incoming.next_frame().unwrap_err(), Error::StrayDescriptors);
    }
}
