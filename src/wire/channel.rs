//! A channel: frames and descriptors on one unix stream socket, either end.
//!
//! It owns the socket, what has come and is not taken, and what waits to be written. It never
//! blocks and never waits: the reactor and the libuv loop call it when the socket is ready.
//!
//! A descriptor travels attached to the first byte of its frame. The kernel never merges bytes
//! across descriptors, so it arrives no later than that byte, and descriptors arrive in the order
//! of the frames that announced them.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use super::frame::{Head, Kind};
use super::incoming::{Incoming, Read};
use super::limits::Limits;
use super::outgoing::Outgoing;
use crate::sys::rights::Control;

/// See the module.
pub struct Channel {
    socket: UnixStream,
    limits: Limits,
    control: Control,
    incoming: Incoming,
    outgoing: Outgoing,
}

impl Channel {
    /// Takes a connected socket.
    ///
    /// # Errors
    /// As fcntl(2).
    pub fn new(socket: UnixStream, limits: Limits) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            limits,
            control: Control::default(),
            incoming: Incoming::new(limits.incoming),
            outgoing: Outgoing::new(limits.outgoing),
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
        std::mem::replace(&mut self.incoming, Incoming::new(self.limits.incoming))
    }

    /// The counterpart of [`Channel::lift`].
    pub fn put_back(&mut self, incoming: Incoming) {
        self.incoming = incoming;
    }

    /// Queues a frame, whose body `write` appends to the bytes that will be written: what is to be
    /// copied at all is copied once. [`Channel::flush`] sends it.
    ///
    /// # Errors
    /// What `write` says, and `EMSGSIZE` for a body longer than the limit. Nothing is queued then.
    pub fn queue(
        &mut self,
        head: Head,
        descriptors: Vec<OwnedFd>,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.outgoing.queue(head, descriptors, write)
    }

    /// Sends a frame, behind what waits; what does not fit waits.
    ///
    /// # Errors
    /// As [`Channel::queue`] and [`Channel::flush`].
    pub fn send(&mut self, head: Head, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        self.outgoing.send(&self.socket, head, write)
    }

    /// Sends a frame with a long body. Where nothing waits it goes to the kernel from where it
    /// stands, and only what does not fit is copied.
    ///
    /// # Errors
    /// As [`Channel::send`].
    pub fn send_long(&mut self, head: Head, body: &[u8]) -> io::Result<()> {
        self.outgoing.send_long(&self.socket, head, body)
    }

    /// Sends a frame with a copy of `descriptor`, behind what waits. Where nothing waits, the kernel
    /// makes that copy, and else it is made here.
    ///
    /// # Errors
    /// As [`Channel::send`]; `EMFILE` where there is no room for a copy. Nothing is sent then.
    pub fn send_descriptor(
        &mut self,
        head: Head,
        descriptor: BorrowedFd,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.outgoing.send_descriptor(&self.socket, head, descriptor, write)
    }

    /// Writes what waits, as far as the socket takes it. Descriptors are closed here once the
    /// kernel has them.
    ///
    /// # Errors
    /// As sendmsg(2); a socket that takes nothing now is none.
    pub fn flush(&mut self) -> io::Result<()> {
        self.outgoing.flush(&self.socket)
    }

    /// Sends one frame with descriptors that stay the caller's, if nothing waits before it. Says
    /// whether the kernel has the descriptors; bytes that did not fit wait for `flush`.
    ///
    /// # Errors
    /// As sendmsg(2); a socket that takes nothing now is none.
    pub fn lend(&mut self, kind: Kind, body: &[u8], descriptors: &[BorrowedFd]) -> io::Result<bool> {
        self.outgoing.lend(&self.socket, kind, body, descriptors)
    }

    /// How many bytes have been written, ever.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.outgoing.written()
    }

    /// How many bytes wait to be written.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.outgoing.pending()
    }

    /// Whether the last write took nothing because too many descriptors of this user are on their
    /// way, on whatever socket (`ETOOMANYREFS`, unix(7)). That passes, and nobody tells when.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.outgoing.is_crowded()
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    use crate::random::Random;
    use crate::sys::rights;
    use crate::wire::copy_of;
    use crate::wire::frame::{Error, Kind};

    fn pair() -> (Channel, Channel) {
        let (left, right) = UnixStream::pair().unwrap();
        let limits = Limits::ANY;
        (Channel::new(left, limits).unwrap(), Channel::new(right, limits).unwrap())
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
        let two = [own.as_fd(), own.as_fd()];
        assert!(left.lend(Kind::Connections, b"body", &two).unwrap());
        right.read().unwrap();
        assert_eq!(right.incoming().next_frame().unwrap().unwrap().descriptors.len(), 2);
        left.queue(Head::plain(Kind::Json), vec![], copy_of(b"")).unwrap();
        assert!(!left.lend(Kind::Connections, b"body", &two).unwrap());
    }

    #[test]
    fn a_body_that_the_peer_would_refuse_is_refused_here_and_the_channel_goes_on() {
        let (mut left, mut right) = pair();
        let long = vec![b'x'; (1 << 20) + 1];
        let json = Head::plain(Kind::Json);
        let one = Head { descriptors: 1, ..json };
        let is_refused = |sent: io::Result<()>| {
            assert_eq!(sent.unwrap_err().raw_os_error(), Some(nix::errno::Errno::EMSGSIZE as i32));
        };
        is_refused(left.send(json, copy_of(&long)));
        is_refused(left.send_long(json, &long));
        is_refused(left.send_descriptor(one, descriptor().as_fd(), copy_of(&long)));
        is_refused(left.lend(Kind::Json, &long, &[descriptor().as_fd()]).map(drop));
        left.queue(json, vec![], copy_of(b"first")).unwrap();
        is_refused(left.queue(json, vec![], copy_of(&long)));
        is_refused(left.send_long(json, &long));
        left.flush().unwrap();
        right.read().unwrap();
        let frame = right.incoming().next_frame().unwrap().unwrap();
        assert_eq!(right.incoming().body(frame.body), b"first");
        assert!(right.incoming().next_frame().unwrap().is_none());
    }

    #[test]
    fn descriptors_that_nobody_announced_and_those_that_do_not_come() {
        let (left, mut right) = pair();
        let plain = Head::plain(Kind::Json).encode(0);
        rights::send(&left.socket, &plain, &[descriptor().as_fd()]).unwrap();
        right.read().unwrap();
        assert_eq!(right.incoming().next_frame().unwrap_err(), Error::StrayDescriptors);

        let (left, mut right) = pair();
        let two = Head { kind: Kind::Json, descriptors: 2, note: 0 }.encode(0);
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
                let mut bytes = head.encode(u32::try_from(length).unwrap()).to_vec();
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
