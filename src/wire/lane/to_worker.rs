//! What the reactor says to a worker. The table of bodies stands in `lane/mod.rs`.

use std::io;

use super::numbers::{NUMBER, number, numbers, write};
use crate::wire::frame::{Error, Head, Kind, ToFrame, with_head};

/// What the reactor says to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToWorker<'a> {
    /// The answer to a query.
    Reply {
        /// The number of that query.
        seq: u32,
        /// What became of it.
        reply: Reply<'a>,
    },
    /// Connections that the worker may claim. Their descriptors ride beside the frame, in this order.
    Connections(Connections<'a>),
    /// A probe: the worker answers when its event loop turns.
    Probe,
}

/// What became of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// The server listens: the reactor accepts, and deals connections out.
    Dealt(Listening<'a>),
    /// The server listens: it accepts by itself. The listening socket rides beside the frame.
    Shared(Listening<'a>),
    /// The handle could not be opened.
    Failed {
        /// The system's error number, from 1 to 4095.
        errno: u32,
    },
}

/// A handle that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening<'a> {
    /// Its key.
    pub key: u32,
    /// The address to which it is bound, JSON: what `getsockname()` of Node's handles gives; null
    /// for a unix socket.
    pub sockname: &'a str,
    /// What the first server of this key passed on, JSON.
    pub data: &'a str,
}

/// What a reply begins with. An error can never be read as a mode.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Outcome {
    Failed = 0,
    Dealt = 1,
    Shared = 2,
}

impl Outcome {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Failed, Self::Dealt, Self::Shared].into_iter().find(|outcome| *outcome as u8 == byte)
    }
}

/// A connection that a worker may claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The key of the handle at which it arrived.
    pub key: u32,
    /// Where the offer stands in the ledger.
    pub slot: u32,
    /// Which use of that slot it is.
    pub generation: u32,
}

/// A connection as it stands in the body of its frame.
pub type EncodedConnection = [u8; 3 * NUMBER];

impl Connection {
    /// Its bytes.
    #[must_use]
    pub fn encode(self) -> EncodedConnection {
        let [k0, k1, k2, k3] = self.key.to_le_bytes();
        let [s0, s1, s2, s3] = self.slot.to_le_bytes();
        let [g0, g1, g2, g3] = self.generation.to_le_bytes();
        [k0, k1, k2, k3, s0, s1, s2, s3, g0, g1, g2, g3]
    }

    fn decode(bytes: &EncodedConnection) -> Self {
        let &[k0, k1, k2, k3, s0, s1, s2, s3, g0, g1, g2, g3] = bytes;
        Self {
            key: u32::from_le_bytes([k0, k1, k2, k3]),
            slot: u32::from_le_bytes([s0, s1, s2, s3]),
            generation: u32::from_le_bytes([g0, g1, g2, g3]),
        }
    }
}

/// Connections as they stand in the body of their frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections<'a>(pub &'a [EncodedConnection]);

impl<'a> IntoIterator for Connections<'a> {
    type Item = Connection;
    type IntoIter =
        std::iter::Map<std::slice::Iter<'a, EncodedConnection>, fn(&EncodedConnection) -> Connection>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(Connection::decode)
    }
}

impl<'a> ToWorker<'a> {
    /// What a frame means.
    ///
    /// # Errors
    /// No correct primary sends it.
    pub fn decode(head: Head, body: &'a [u8]) -> Result<Self, Error> {
        let bad = Error::BadBody(head.kind);
        let said = match head.kind {
            Kind::Reply => {
                let (outcome, rest) = body.split_first().ok_or(bad)?;
                let (seq, rest) = number(rest).ok_or(bad)?;
                let reply = Reply::decode(*outcome, rest).ok_or(bad)?;
                Self::Reply { seq, reply }
            }
            Kind::Connections => {
                let (connections, []) = body.as_chunks() else { return Err(bad) };
                Self::Connections(Connections(connections))
            }
            Kind::Probe => {
                let [] = numbers(body).ok_or(bad)?;
                Self::Probe
            }
            Kind::Hello
            | Kind::Act
            | Kind::Json
            | Kind::Advanced
            | Kind::JsonList
            | Kind::AdvancedList
            | Kind::Query
            | Kind::Closed
            | Kind::Claimed
            | Kind::Refused
            | Kind::Room
            | Kind::Alive => return Err(Error::UnknownKind(head.kind as u8)),
        };
        with_head(said, head)
    }
}

impl ToFrame for ToWorker<'_> {
    fn head(&self) -> Head {
        let (kind, descriptors) = match self {
            Self::Reply { reply: Reply::Shared(_), .. } => (Kind::Reply, 1),
            Self::Reply { reply: Reply::Dealt(_) | Reply::Failed { .. }, .. } => (Kind::Reply, 0),
            // More than the limit are refused there.
            Self::Connections(Connections(all)) => {
                (Kind::Connections, u8::try_from(all.len()).unwrap_or(u8::MAX))
            }
            Self::Probe => (Kind::Probe, 0),
        };
        Head { kind, descriptors, note: 0 }
    }

    fn write_body(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        match *self {
            Self::Reply { seq, reply } => reply.write(seq, bytes)?,
            Self::Connections(Connections(all)) => bytes.extend_from_slice(all.as_flattened()),
            Self::Probe => {}
        }
        Ok(())
    }
}

impl<'a> Reply<'a> {
    /// The largest error number that the kernel has room for in a result.
    const LAST_ERRNO: u32 = 4095;

    fn decode(outcome: u8, rest: &'a [u8]) -> Option<Self> {
        let listening = || {
            let (key, rest) = number(rest)?;
            let (length, rest) = number(rest)?;
            let (sockname, data) = rest.split_at_checked(length as usize)?;
            let [sockname, data] = [sockname, data].map(str::from_utf8);
            Some(Listening { key, sockname: sockname.ok()?, data: data.ok()? })
        };
        Some(match Outcome::from_byte(outcome)? {
            Outcome::Failed => {
                let [errno] = numbers(rest)?;
                (1..=Self::LAST_ERRNO).contains(&errno).then_some(Self::Failed { errno })?
            }
            Outcome::Dealt => Self::Dealt(listening()?),
            Outcome::Shared => Self::Shared(listening()?),
        })
    }

    fn write(self, seq: u32, bytes: &mut Vec<u8>) -> io::Result<()> {
        let (outcome, Listening { key, sockname, data }) = match self {
            Self::Failed { errno } => {
                bytes.push(Outcome::Failed as u8);
                write(bytes, [seq, errno]);
                return Ok(());
            }
            Self::Dealt(listening) => (Outcome::Dealt, listening),
            Self::Shared(listening) => (Outcome::Shared, listening),
        };
        let length = u32::try_from(sockname.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        bytes.push(outcome as u8);
        write(bytes, [seq, key, length]);
        bytes.extend_from_slice(sockname.as_bytes());
        bytes.extend_from_slice(data.as_bytes());
        Ok(())
    }
}
