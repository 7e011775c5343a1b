//! What a worker says to the reactor. The table of bodies stands in `lane/mod.rs`.

use std::io;

use super::numbers::{number, numbers, write};
use crate::wire::frame::{Error, Head, Kind, ToFrame, with_head};

/// What a worker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToPrimary<'a> {
    /// A server wants to listen.
    Query {
        /// The reply repeats it.
        seq: u32,
        /// JSON that is not checked here: an object with the options of `net` or `dgram`.
        query: &'a [u8],
    },
    /// A server has closed.
    Closed {
        /// The key of its handle.
        key: u32,
    },
    /// A connection was claimed. Sent if the primary has asked for a notification, or if there is
    /// no ledger.
    Claimed {
        /// Where the offer stands in the ledger.
        slot: u32,
        /// Which use of that slot it is.
        generation: u32,
    },
    /// A connection was refused: another worker is offered it.
    Refused {
        /// Where the offer stands in the ledger.
        slot: u32,
        /// Which use of that slot it is.
        generation: u32,
    },
    /// A server that refused has room again.
    Room {
        /// The key of its handle.
        key: u32,
    },
    /// The answer to a probe: the worker's loop turns.
    Alive,
}

impl<'a> ToPrimary<'a> {
    /// What a frame means.
    ///
    /// # Errors
    /// No correct worker sends it.
    pub fn decode(head: Head, body: &'a [u8]) -> Result<Self, Error> {
        let bad = Error::BadBody(head.kind);
        let said = match head.kind {
            Kind::Query => {
                let (seq, query) = number(body).ok_or(bad)?;
                Self::Query { seq, query }
            }
            Kind::Closed => {
                let [key] = numbers(body).ok_or(bad)?;
                Self::Closed { key }
            }
            Kind::Claimed => {
                let [slot, generation] = numbers(body).ok_or(bad)?;
                Self::Claimed { slot, generation }
            }
            Kind::Refused => {
                let [slot, generation] = numbers(body).ok_or(bad)?;
                Self::Refused { slot, generation }
            }
            Kind::Room => {
                let [key] = numbers(body).ok_or(bad)?;
                Self::Room { key }
            }
            Kind::Alive => {
                let [] = numbers(body).ok_or(bad)?;
                Self::Alive
            }
            Kind::Hello
            | Kind::Act
            | Kind::Json
            | Kind::Advanced
            | Kind::JsonList
            | Kind::AdvancedList
            | Kind::Reply
            | Kind::Connections
            | Kind::Probe => return Err(Error::UnknownKind(head.kind as u8)),
        };
        with_head(said, head)
    }
}

impl ToFrame for ToPrimary<'_> {
    fn head(&self) -> Head {
        Head::plain(match self {
            Self::Query { .. } => Kind::Query,
            Self::Closed { .. } => Kind::Closed,
            Self::Claimed { .. } => Kind::Claimed,
            Self::Refused { .. } => Kind::Refused,
            Self::Room { .. } => Kind::Room,
            Self::Alive => Kind::Alive,
        })
    }

    fn write_body(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        match *self {
            Self::Query { seq, query } => {
                write(bytes, [seq]);
                bytes.extend_from_slice(query);
            }
            Self::Closed { key } | Self::Room { key } => write(bytes, [key]),
            Self::Claimed { slot, generation } | Self::Refused { slot, generation } => {
                write(bytes, [slot, generation]);
            }
            Self::Alive => {}
        }
        Ok(())
    }
}
