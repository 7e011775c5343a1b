//! What has come over a socket: whole frames, each with the descriptors that it announced.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

#[cfg(doc)]
use super::channel::Channel;
use super::decoder::Decoder;
use super::frame::{Error, Head};
use crate::sys::rights::Control;

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
    pub(super) fn new(limit: u32) -> Self {
        Self { decoder: Decoder::new(limit), arrived: VecDeque::new(), lost: false }
    }

    /// As [`Channel::read`].
    pub(super) fn read(&mut self, socket: &UnixStream, control: &mut Control) -> io::Result<Read> {
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
