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
//! | `Reply`       | one byte (its outcome), number of the query, then by outcome                      |
//! | … failed      | error number of the system                                                        |
//! | … dealt       | key, length of the socket's name, that name, what the first server passed on, both JSON |
//! | … shared      | the same; the listening socket rides beside the frame                             |
//! | `Connections` | for each connection: key, slot, generation; its descriptor rides beside the frame |
//! | `Probe`       | nothing                                                                           |
//!
//! Whatever decodes encodes to the same bytes, head and all.

mod numbers;
mod to_primary;
mod to_worker;

pub use to_primary::ToPrimary;
pub use to_worker::{Connection, Connections, EncodedConnection, Listening, Reply, ToWorker};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::wire::frame::{Error, Head, Kind};
    use crate::wire::fuzz::{assert_accepted, assert_canonical, bytes, encoded};
    use crate::wire::limits::Limits;

    fn number(random: &mut Random) -> u32 {
        u32::from_le_bytes([0; 4].map(|_: u8| random.byte()))
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
            let query = bytes(&mut random);
            let said = to_primary(&mut random, &query);
            let (head, body) = encoded(&said);
            assert_eq!(ToPrimary::decode(head, &body), Ok(said));
            assert!(ToWorker::decode(head, &body).is_err());
            assert_accepted(Limits::LANE_OF_PRIMARY, head, &body);

            let all = connections(&mut random);
            let lines: Vec<_> = all.iter().map(|connection| connection.encode()).collect();
            let said = to_worker(&mut random, &lines);
            let (head, body) = encoded(&said);
            assert_eq!(ToWorker::decode(head, &body), Ok(said));
            assert!(ToPrimary::decode(head, &body).is_err());
            assert_accepted(Limits::LANE_OF_WORKER, head, &body);
            if let ToWorker::Connections(connections) = said {
                assert_eq!(connections.into_iter().collect::<Vec<_>>(), all);
            }
        }
    }

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes_and_the_rest_is_an_error() {
        let frame = |random: &mut Random| {
            let query = bytes(random);
            let lines: Vec<_> = connections(random).iter().map(|connection| connection.encode()).collect();
            match random.below(2) {
                0 => encoded(&to_primary(random, &query)),
                _ => encoded(&to_worker(random, &lines)),
            }
        };
        assert_canonical(22, frame, |head, body| {
            let to_primary = ToPrimary::decode(head, body).map(|said| encoded(&said));
            to_primary.or_else(|_| ToWorker::decode(head, body).map(|said| encoded(&said))).ok()
        });
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
