//! For tests: frames, and frames with an error here and there.

use super::frame::{Head, Kind, ToFrame};
use crate::random::Random;

/// A frame as it goes over the wire.
pub(super) fn encoded(frame: &impl ToFrame) -> (Head, Vec<u8>) {
    let mut body = Vec::new();
    frame.write_body(&mut body).unwrap();
    (frame.head(), body)
}

/// The same with errors, or with none: another kind, note or number of descriptors; a byte flipped, an
/// end cut off, a piece twice, bytes that mean nothing.
pub(super) fn mutated(random: &mut Random, (mut head, mut body): (Head, Vec<u8>)) -> (Head, Vec<u8>) {
    for _ in 0..random.below(3) {
        let place = random.below(body.len() + 1);
        match random.below(9) {
            0 => head.kind = Kind::ALL[random.below(Kind::ALL.len())],
            1 => head.descriptors = random.byte() % 4,
            2 => head.note = u16::from(random.byte() % 32),
            3 => body.truncate(place),
            4 => body.extend_from_within(place..),
            5 => body.insert(place, random.byte()),
            6 => body = (0..random.below(40)).map(|_| random.byte()).collect(),
            _ => {
                if let Some(byte) = body.get_mut(place) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    (head, body)
}
