//! The language of a lane: what a worker says to the reactor, and what the reactor says to a worker.
//!
//! Each body is laid out here and nowhere else, for both ends. Numbers have four bytes, little endian.
//! Here they are plain numbers; the reactor and `binding/` give them their types.
//!
//! | frame         | body                                                                              |
//! |---------------|-----------------------------------------------------------------------------------|
//! | `Query`       | number of the query, then what the server wants, JSON                             |
//! | `Closed`      | key                                                                               |
//! | `Room`        | key                                                                               |
//! | `Claimed`     | slot, generation                                                                  |
//! | `Refused`     | slot, generation                                                                  |
//! | `Alive`       | nothing                                                                           |
//! | `Reply`       | one byte ([`Outcome`]), number of the query, then by outcome                      |
//! | … failed      | error number of the system                                                        |
//! | … dealt       | key, length of the socket's name, that name, what the first server passed on, both JSON |
//! | … shared      | the same; the listening socket rides beside the frame                             |
//! | `Connections` | for each connection: key, slot, generation; its descriptor rides beside the frame |
//! | `Probe`       | nothing                                                                           |
//!
//! Whatever decodes encodes to the same bytes, head and all.

use std::io;

use super::frame::{Error, Head, Kind, ToFrame};

/// What a worker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToPrimary<'a> {
    /// A server wants to listen.
    Query {
        /// The reply repeats it.
        seq: u32,
        /// JSON, and not judged here: an object in the words of `net` and `dgram`.
        query: &'a [u8],
    },
    /// A server has closed.
    Closed {
        /// The key of its handle.
        key: u32,
    },
    /// A connection was claimed. Sent if the primary waits to hear of it, or cannot see it otherwise.
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
    /// The answer to [`ToWorker::Probe`].
    Alive,
}

/// What the reactor says to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToWorker<'a> {
    /// The answer to [`ToPrimary::Query`].
    Reply {
        /// The number of that query.
        seq: u32,
        /// What became of it.
        reply: Reply<'a>,
    },
    /// Connections that the worker may claim. Their descriptors ride beside the frame, in this order.
    Connections(Connections<'a>),
    /// Does your loop turn?
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
    /// Where it is bound, JSON: what `getsockname()` of Node's handles gives; null for a unix socket.
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

/// How many bytes a number takes.
const NUMBER: usize = 4;

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
        if said.head() == head { Ok(said) } else { Err(bad) }
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
        if said.head() == head { Ok(said) } else { Err(bad) }
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

fn write<const N: usize>(bytes: &mut Vec<u8>, numbers: [u32; N]) {
    bytes.extend_from_slice(numbers.map(u32::to_le_bytes).as_flattened());
}

/// A body that has so many numbers and nothing else.
fn numbers<const N: usize>(body: &[u8]) -> Option<[u32; N]> {
    let (chunks, []) = body.as_chunks::<NUMBER>() else { return None };
    let numbers: &[[u8; NUMBER]; N] = chunks.try_into().ok()?;
    Some(numbers.map(u32::from_le_bytes))
}

/// The number that a body begins with, and what follows.
fn number(body: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = body.split_first_chunk::<NUMBER>()?;
    Some((u32::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::wire::fuzz::{encoded, mutated};
    use crate::wire::limits::Limits;

    fn number(random: &mut Random) -> u32 {
        u32::from_le_bytes([0; 4].map(|_: u8| random.byte()))
    }

    fn query(random: &mut Random) -> Vec<u8> {
        (0..random.below(40)).map(|_| random.byte()).collect()
    }

    fn to_primary<'a>(random: &mut Random, query: &'a [u8]) -> ToPrimary<'a> {
        let [first, second] = [0; 2].map(|_: u32| number(random));
        match random.below(6) {
            0 => ToPrimary::Query { seq: first, query },
            1 => ToPrimary::Closed { key: first },
            2 => ToPrimary::Claimed { slot: first, generation: second },
            3 => ToPrimary::Refused { slot: first, generation: second },
            4 => ToPrimary::Room { key: first },
            _ => ToPrimary::Alive,
        }
    }

    fn connections(random: &mut Random) -> Vec<Connection> {
        let connection = |random: &mut Random| Connection {
            key: number(random),
            slot: number(random),
            generation: number(random),
        };
        (0..random.below(5)).map(|_| connection(random)).collect()
    }

    fn to_worker<'a>(random: &mut Random, all: &'a [EncodedConnection]) -> ToWorker<'a> {
        let texts = ["", "null", r#"{"address":"::","family":"IPv6","port":80}"#, "ä", "\0"];
        let [sockname, data] = [0; 2].map(|_: u8| texts[random.below(texts.len())]);
        let listening = Listening { key: number(random), sockname, data };
        let errno = 1 + u32::try_from(random.below(4095)).unwrap();
        let seq = number(random);
        match random.below(5) {
            0 => ToWorker::Reply { seq, reply: Reply::Dealt(listening) },
            1 => ToWorker::Reply { seq, reply: Reply::Shared(listening) },
            2 => ToWorker::Reply { seq, reply: Reply::Failed { errno } },
            3 => ToWorker::Connections(Connections(all)),
            _ => ToWorker::Probe,
        }
    }

    #[test]
    fn what_one_end_says_the_other_one_hears() {
        let mut random = Random::new(21);
        for _ in 0..20_000 {
            let query = query(&mut random);
            let said = to_primary(&mut random, &query);
            let (head, body) = encoded(&said);
            assert_eq!(ToPrimary::decode(head, &body), Ok(said));
            assert!(ToWorker::decode(head, &body).is_err());
            assert_eq!(
                Limits::LANE_OF_PRIMARY.incoming.check(head, u32::try_from(body.len()).unwrap()),
                Ok(())
            );

            let all = connections(&mut random);
            let lines: Vec<_> = all.iter().map(|connection| connection.encode()).collect();
            let said = to_worker(&mut random, &lines);
            let (head, body) = encoded(&said);
            assert_eq!(ToWorker::decode(head, &body), Ok(said));
            assert!(ToPrimary::decode(head, &body).is_err());
            assert_eq!(
                Limits::LANE_OF_WORKER.incoming.check(head, u32::try_from(body.len()).unwrap()),
                Ok(())
            );
            if let ToWorker::Connections(connections) = said {
                assert_eq!(connections.into_iter().collect::<Vec<_>>(), all);
            }
        }
    }

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes_and_the_rest_is_an_error() {
        let mut random = Random::new(22);
        let (mut good, mut bad) = (0, 0);
        for _ in 0..300_000 {
            let query = query(&mut random);
            let lines: Vec<_> =
                connections(&mut random).iter().map(|connection| connection.encode()).collect();
            let frame = if random.below(2) == 0 {
                encoded(&to_primary(&mut random, &query))
            } else {
                encoded(&to_worker(&mut random, &lines))
            };
            let (head, body) = mutated(&mut random, frame);
            let [again, other] = [
                ToPrimary::decode(head, &body).map(|said| encoded(&said)),
                ToWorker::decode(head, &body).map(|said| encoded(&said)),
            ];
            match again.or(other) {
                Ok(again) => {
                    assert_eq!(again, (head, body));
                    good += 1;
                }
                Err(_) => bad += 1,
            }
        }
        assert!(good > 50_000 && bad > 50_000, "{good} {bad}");
    }

    #[test]
    fn the_bytes_of_a_lane() {
        let claimed = ToPrimary::Claimed { slot: 1, generation: 0x0203_0405 };
        assert_eq!(encoded(&claimed).1, [1, 0, 0, 0, 5, 4, 3, 2]);
        let listening = Listening { key: 2, sockname: "null", data: "7" };
        let shared = ToWorker::Reply { seq: 1, reply: Reply::Shared(listening) };
        let (head, body) = encoded(&shared);
        assert_eq!(head, Head { kind: Kind::Reply, descriptors: 1, note: 0 });
        assert_eq!(body, *b"\x02\x01\0\0\0\x02\0\0\0\x04\0\0\0null7");
    }

    #[test]
    fn replies_that_no_primary_gives() {
        let plain = Head::plain(Kind::Reply);
        let with_descriptor = Head { descriptors: 1, ..plain };
        let is_bad = |head, body: &[u8]| {
            assert_eq!(ToWorker::decode(head, body), Err(Error::BadBody(Kind::Reply)), "{body:?}");
        };
        // Nothing, no such outcome, errors that are none, one with a descriptor.
        is_bad(plain, b"");
        is_bad(plain, b"\x03\x01\0\0\0\x16\0\0\0");
        is_bad(plain, b"\0\x01\0\0\0\0\0\0\0");
        is_bad(plain, b"\0\x01\0\0\0\0\x10\0\0");
        is_bad(plain, b"\0\x01\0\0\0\x16\0\0\0 ");
        is_bad(with_descriptor, b"\0\x01\0\0\0\x16\0\0\0");
        // A shared handle without its descriptor, a dealt one with it, a name longer than the body.
        is_bad(plain, b"\x02\x01\0\0\0\x02\0\0\0\x04\0\0\0null");
        is_bad(with_descriptor, b"\x01\x01\0\0\0\x02\0\0\0\x04\0\0\0null");
        is_bad(plain, b"\x01\x01\0\0\0\x02\0\0\0\x05\0\0\0null");
        is_bad(plain, b"\x01\x01\0\0\0\x02\0\0\0\xff\xff\xff\xffnull");
        is_bad(plain, b"\x01\x01\0\0\0\x02\0\0\0\x01\0\0\0\xff");
    }
}
