//! For tests: frames, and frames with an error here and there.

use super::frame::{Head, Kind, ToFrame};
use super::limits::Limits;
use crate::random::Random;

/// A frame as it goes over the wire.
pub(super) fn encoded(frame: &impl ToFrame) -> (Head, Vec<u8>) {
    let mut body = Vec::new();
    frame.write_body(&mut body).unwrap();
    (frame.head(), body)
}

/// Any bytes, not many.
pub(super) fn bytes(random: &mut Random) -> Vec<u8> {
    (0..random.below(40)).map(|_| random.byte()).collect()
}

/// The peer's end accepts a frame.
pub(super) fn assert_accepted(end: Limits, head: Head, body: &[u8]) {
    assert_eq!(end.incoming.check(head, u32::try_from(body.len()).unwrap()), Ok(()));
}

/// Whatever decodes encodes to the same bytes, and the rest is an error. `again` decodes a frame and
/// encodes what it was.
pub(super) fn assert_canonical(
    seed: u64,
    frame: impl Fn(&mut Random) -> (Head, Vec<u8>),
    again: impl Fn(Head, &[u8]) -> Option<(Head, Vec<u8>)>,
) {
    let mut random = Random::new(seed);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..300_000 {
        let frame = frame(&mut random);
        let (head, body) = mutated(&mut random, frame);
        match again(head, &body) {
            Some(again) => {
                assert_eq!(again, (head, body));
                good += 1;
            }
            None => bad += 1,
        }
    }
    assert!(good > 50_000 && bad > 50_000, "{good} {bad}");
}

/// A frame with errors, or with none: another kind, note or number of descriptors; a byte flipped, an
/// end cut off, a piece twice, bytes that mean nothing.
fn mutated(random: &mut Random, (mut head, mut body): (Head, Vec<u8>)) -> (Head, Vec<u8>) {
    for _ in 0..random.below(3) {
        let place = random.below(body.len() + 1);
        match random.below(9) {
            0 => head.kind = Kind::ALL[random.below(Kind::ALL.len())],
            1 => head.descriptors = random.byte() % 4,
            2 => head.note = u16::from(random.byte() % 32),
            3 => body.truncate(place),
            4 => body.extend_from_within(place..),
            5 => body.insert(place, random.byte()),
            6 => body = bytes(random),
            _ => {
                if let Some(byte) = body.get_mut(place) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    (head, body)
}
