//! A channel: frames and descriptors on one unix stream socket, either end.
//!
//! It owns the socket, the bytes that came and were not yet handled, and the bytes that are
//! pending. It never blocks: the reactor and the libuv loop call it when the socket is ready.
//!
//! A descriptor travels attached to the first byte of its frame. The kernel never merges bytes
//! across descriptors, so it arrives no later than that byte. Descriptors arrive in the order of
//! the frames that announced them.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use super::incoming::{Incoming, Read};
use super::limits::Limits;
use super::outgoing::Outgoing;
use crate::sys::rights::Control;

/// See the module.
pub struct Channel {
    /// What has been read.
    pub incoming: Incoming,
    /// What is to be written. It has the socket.
    pub outgoing: Outgoing,
    limits: Limits,
    control: Control,
}

impl Channel {
    /// Takes a connected socket.
    ///
    /// # Errors
    /// As fcntl(2).
    pub fn new(socket: UnixStream, limits: Limits) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            incoming: Incoming::new(limits.incoming),
            outgoing: Outgoing::new(socket, limits.outgoing),
            limits,
            control: Control::default(),
        })
    }

    /// Reads once.
    ///
    /// # Errors
    /// As recvmsg(2); if the peer is gone, this returns `End` and no error.
    pub fn read(&mut self) -> io::Result<Read> {
        self.incoming.read(&self.outgoing.socket, &mut self.control)
    }

    /// Lifts out what has been read. Call [`Channel::put_back`] before the next read.
    pub fn lift(&mut self) -> Incoming {
        std::mem::replace(&mut self.incoming, Incoming::new(self.limits.incoming))
    }

    /// The counterpart of [`Channel::lift`].
    pub fn put_back(&mut self, incoming: Incoming) {
        self.incoming = incoming;
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.outgoing.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::os::fd::OwnedFd;

    use crate::random::Random;
    use crate::sys::rights;
    use crate::wire::frame::{Error, Head, Kind, Plain};

    fn pair() -> (Channel, Channel) {
        let (left, right) = UnixStream::pair().unwrap();
        let limits = Limits::ANY;
        (Channel::new(left, limits).unwrap(), Channel::new(right, limits).unwrap())
    }

    fn plain(head: Head, body: &[u8]) -> Plain<'_> {
        Plain { head, body }
    }

    fn descriptor() -> OwnedFd {
        UnixStream::pair().unwrap().0.into()
    }

    #[test]
    fn descriptors_belong_to_the_frame_that_announced_them() {
        let (mut left, mut right) = pair();
        let one = Head { kind: Kind::Json, descriptors: 1, note: 9 };
        left.outgoing.queue(&plain(Head::plain(Kind::Json), b"a"), vec![]).unwrap();
        left.outgoing.queue(&plain(one, &vec![b'b'; 300_000]), vec![descriptor()]).unwrap();
        left.outgoing.queue(&plain(Head::plain(Kind::Json), b"c"), vec![]).unwrap();
        let mut got = Vec::new();
        while got.len() < 3 {
            left.outgoing.flush().unwrap();
            assert_ne!(right.read().unwrap(), Read::End);
            while let Some(frame) = right.incoming.next_frame().unwrap() {
                got.push((
                    right.incoming.body(frame.body.clone()).len(),
                    frame.descriptors.len(),
                    frame.head.note,
                ));
            }
        }
        assert_eq!(got, [(1, 0, 0), (300_000, 1, 9), (1, 0, 0)]);
        assert_eq!(left.outgoing.pending(), 0);
    }

    #[test]
    fn what_does_not_fit_at_once_follows_in_order() {
        let (mut left, mut right) = pair();
        let bodies: Vec<Vec<u8>> = (0..20).map(|i| vec![i; 70_000]).collect();
        for bytes in &bodies {
            left.outgoing.send(&plain(Head::plain(Kind::Json), bytes)).unwrap();
        }
        assert!(left.outgoing.pending() > 0);
        let mut got = Vec::new();
        while got.len() < bodies.len() {
            left.outgoing.flush().unwrap();
            right.read().unwrap();
            while let Some(frame) = right.incoming.next_frame().unwrap() {
                got.push(right.incoming.body(frame.body).to_vec());
            }
        }
        assert_eq!(got, bodies);
    }

    #[test]
    fn lent_descriptors_go_in_one_call_or_not_at_all() {
        let (mut left, mut right) = pair();
        let own = descriptor();
        let two = [own.as_fd(), own.as_fd()];
        let connections = Head { kind: Kind::Connections, descriptors: 2, note: 0 };
        assert!(left.outgoing.lend(&plain(connections, b"body"), &two).unwrap());
        right.read().unwrap();
        assert_eq!(right.incoming.next_frame().unwrap().unwrap().descriptors.len(), 2);
        left.outgoing.queue(&plain(Head::plain(Kind::Json), b""), vec![]).unwrap();
        assert!(!left.outgoing.lend(&plain(connections, b"body"), &two).unwrap());
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
        is_refused(left.outgoing.send(&plain(json, &long)));
        is_refused(left.outgoing.send_long(json, &long));
        is_refused(left.outgoing.send_descriptor(&plain(one, &long), descriptor().as_fd()));
        is_refused(left.outgoing.lend(&plain(one, &long), &[descriptor().as_fd()]).map(drop));
        left.outgoing.queue(&plain(json, b"first"), vec![]).unwrap();
        is_refused(left.outgoing.queue(&plain(json, &long), vec![]));
        is_refused(left.outgoing.send_long(json, &long));
        left.outgoing.flush().unwrap();
        right.read().unwrap();
        let frame = right.incoming.next_frame().unwrap().unwrap();
        assert_eq!(right.incoming.body(frame.body), b"first");
        assert!(right.incoming.next_frame().unwrap().is_none());
    }

    #[test]
    fn descriptors_that_nobody_announced_and_those_that_do_not_come() {
        let (left, mut right) = pair();
        let plain = Head::plain(Kind::Json).encode(0);
        rights::send(&left.outgoing.socket, &plain, &[descriptor().as_fd()]).unwrap();
        right.read().unwrap();
        assert_eq!(right.incoming.next_frame().unwrap_err(), Error::StrayDescriptors);

        let (left, mut right) = pair();
        let two = Head { kind: Kind::Json, descriptors: 2, note: 0 }.encode(0);
        rights::send(&left.outgoing.socket, &two, &[descriptor().as_fd()]).unwrap();
        right.read().unwrap();
        assert_eq!(right.incoming.next_frame().unwrap_err(), Error::MissingDescriptors);
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
                rights::send(&left.outgoing.socket, &bytes, &vec![one.as_fd(); sent]).unwrap();
            }
            drop(left);
            while let Ok(Read::Bytes | Read::Last) = right.read() {
                let end = loop {
                    match right.incoming.next_frame() {
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
        (&left.outgoing.socket).write_all(&[1, 0]).unwrap();
        drop(left);
        assert_eq!(right.read().unwrap(), Read::Last);
        assert!(right.incoming.next_frame().unwrap().is_none());
        assert_eq!(right.read().unwrap(), Read::End);
    }
}
