//! Cuts a stream of bytes into frames, in whatever pieces it arrives. No socket.

use std::ops::Range;

use super::frame::{Error, HEAD, Head};
use super::limits::Bounds;

/// Cuts a stream of bytes into frames. Bytes are read straight into its buffer, and a body is not
/// copied out of it.
pub(super) struct Decoder {
    /// `start..end` holds what came and is not yet cut off.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// How many bytes of the stream have been cut off. The frame at `start` begins at this
    /// position.
    position: u64,
    /// How long that frame is, head and all, once its head is known.
    wanted: usize,
    bounds: &'static Bounds,
}

impl Decoder {
    /// The least room that a read gets. A larger read means fewer system calls.
    const ROOM: usize = 64 * 1024;
    /// A buffer that has grown beyond this for one long frame is freed when it is empty.
    const KEEP: usize = 4 * 1024 * 1024;

    /// A decoder that accepts frames within these bounds.
    #[must_use]
    pub fn new(bounds: &'static Bounds) -> Self {
        Self { buffer: Vec::new(), start: 0, end: 0, position: 0, wanted: 0, bounds }
    }

    /// The memory to read into. Bodies that were found before this call are invalid after it.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.buffer.len() > Self::KEEP {
                self.buffer = Vec::new();
            }
        }
        // Room for the rest of the frame that has begun. A head may announce any length, so the
        // buffer grows only by as much as has arrived.
        let claimed = self.wanted.saturating_sub(self.end - self.start);
        let room = Self::ROOM.max(claimed.min(self.end - self.start));
        if self.buffer.len() - self.end < room {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            let needed = self.end + room;
            if self.buffer.len() < needed {
                self.buffer.resize(needed, 0);
            }
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// Says that the first `count` bytes of [`Decoder::space`] were filled.
    pub fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.buffer.len());
    }

    /// The position in the stream at which the next frame begins.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The head of the next frame, and how long that frame is, head and all. `None` until more
    /// bytes come.
    ///
    /// # Errors
    /// A head that no correct peer sends; every further call gives the same error.
    pub fn peek(&mut self) -> Result<Option<(Head, usize)>, Error> {
        let rest = self.buffer.get(self.start..self.end).unwrap_or_default();
        let Some((head, _)) = rest.split_first_chunk::<HEAD>() else {
            self.wanted = 0;
            return Ok(None);
        };
        let (head, length) = Head::decode(*head)?;
        self.bounds.check(head, length)?;
        self.wanted = HEAD + length as usize;
        Ok(Some((head, self.wanted)))
    }

    /// The next whole frame: its head, and the range of its body for [`Decoder::body`]. `None`
    /// until more bytes come.
    ///
    /// # Errors
    /// As [`Decoder::peek`].
    pub fn next_frame(&mut self) -> Result<Option<(Head, Range<usize>)>, Error> {
        let Some((head, length)) = self.peek()? else { return Ok(None) };
        if self.end - self.start < length {
            return Ok(None);
        }
        let body = self.start + HEAD..self.start + length;
        self.start = body.end;
        self.position += length as u64;
        Ok(Some((head, body)))
    }

    /// The bytes of a body that `next_frame` found. They stay until the next `space`.
    #[must_use]
    pub fn body(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::wire::frame::Kind;

    fn push(decoder: &mut Decoder, bytes: &[u8]) {
        decoder.space()[..bytes.len()].copy_from_slice(bytes);
        decoder.filled(bytes.len());
    }

    fn frames(decoder: &mut Decoder) -> Result<Vec<(Head, Vec<u8>)>, Error> {
        let mut all = Vec::new();
        while let Some((head, body)) = decoder.next_frame()? {
            all.push((head, decoder.body(body).to_vec()));
        }
        Ok(all)
    }

    #[test]
    fn frames_round_trip_in_whatever_pieces_they_come() {
        let mut random = Random::new(7);
        for _ in 0..200 {
            let mut bytes = Vec::new();
            let sent: Vec<_> = (0..random.below(20))
                .map(|_| {
                    let kind = Kind::ALL[random.below(Kind::ALL.len())];
                    let head = Head { kind, descriptors: random.byte(), note: u16::from(random.byte()) };
                    let body: Vec<u8> = (0..random.below(300)).map(|_| random.byte()).collect();
                    bytes.extend(head.encode(u32::try_from(body.len()).unwrap()));
                    bytes.extend(&body);
                    (head, body)
                })
                .collect();
            let mut decoder = Decoder::new(&const { Bounds::any(300) });
            let mut got = Vec::new();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(1 + random.below(rest.len()));
                push(&mut decoder, piece);
                got.extend(frames(&mut decoder).unwrap());
                rest = after;
            }
            assert_eq!(got, sent);
            assert_eq!((decoder.start, decoder.position()), (decoder.end, bytes.len() as u64));
        }
    }

    /// Whole frames with an error here and there: a byte flipped, an end cut off, a piece twice.
    fn nearly_frames(random: &mut Random) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..random.below(4) {
            let kind = Kind::ALL[random.below(Kind::ALL.len())];
            let head = Head { kind, descriptors: random.byte() % 3, note: u16::from(random.byte() % 8) };
            let body = random.below(12);
            bytes.extend(head.encode(u32::try_from(body).unwrap()));
            bytes.extend((0..body).map(|_| random.byte()));
        }
        for _ in 0..random.below(3) {
            let place = random.below(bytes.len() + 1);
            match random.below(4) {
                0 => bytes.truncate(place),
                1 => bytes.extend_from_within(place..),
                2 => bytes.insert(place, random.byte()),
                _ => {
                    if let Some(byte) = bytes.get_mut(place) {
                        *byte ^= 1 << random.below(8);
                    }
                }
            }
        }
        bytes
    }

    /// What a decoder makes of a stream that comes in pieces: frames, up to its end or an error.
    fn decode(
        decoder: &mut Decoder,
        stream: &[u8],
        random: &mut Random,
    ) -> (Vec<(Head, Vec<u8>)>, Option<Error>) {
        let (mut all, mut rest) = (Vec::new(), stream);
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(1 + random.below(rest.len()));
            push(decoder, piece);
            loop {
                match decoder.next_frame() {
                    Ok(Some((head, body))) => all.push((head, decoder.body(body).to_vec())),
                    Ok(None) => break,
                    Err(error) => return (all, Some(error)),
                }
            }
            rest = after;
        }
        (all, None)
    }

    /// What the table in `frame.rs` says of a stream: the same, written without a buffer.
    fn cut(mut stream: &[u8], bounds: &Bounds) -> (Vec<(Head, Vec<u8>)>, Option<Error>) {
        let mut all = Vec::new();
        while let Some((head, rest)) = stream.split_first_chunk::<HEAD>() {
            let judged = Head::decode(*head)
                .and_then(|(head, length)| bounds.check(head, length).map(|()| (head, length)));
            let (head, length) = match judged {
                Ok(decoded) => decoded,
                Err(error) => return (all, Some(error)),
            };
            let Some((body, rest)) = rest.split_at_checked(length as usize) else { break };
            all.push((head, body.to_vec()));
            stream = rest;
        }
        (all, None)
    }

    #[test]
    fn millions_of_streams_give_the_same_frames_in_whatever_pieces_they_come() {
        let mut random = Random::new(11);
        let (mut good, mut bad) = (0_u32, 0_u32);
        let mut decoder = Decoder::new(&const { Bounds::any(64) });
        for _ in 0..5_000_000 {
            let stream = nearly_frames(&mut random);
            let got = decode(&mut decoder, &stream, &mut random);
            assert_eq!(got, cut(&stream, &Bounds::any(64)));
            *(if got.1.is_none() { &mut good } else { &mut bad }) += 1;
            // The next peer: nothing of this one remains.
            (decoder.start, decoder.end, decoder.wanted) = (0, 0, 0);
        }
        assert!(good > 1_000_000 && bad > 500_000, "{good} {bad}");
        assert!(decoder.buffer.len() <= 2 * Decoder::ROOM);
    }

    #[test]
    fn lengths_at_the_edges() {
        for length in [0x7fff_ffff_u32, 0x8000_0000, u32::MAX, 101] {
            let mut decoder = Decoder::new(&const { Bounds::any(100) });
            push(&mut decoder, &length.to_le_bytes());
            push(&mut decoder, &[Kind::Json as u8, 0, 0, 0]);
            assert_eq!(decoder.next_frame(), Err(Error::TooLong(length)));
            assert_eq!(decoder.next_frame(), Err(Error::TooLong(length)));
        }
        let mut decoder = Decoder::new(&const { Bounds::any(100) });
        push(&mut decoder, &Head::plain(Kind::Json).encode(0));
        assert_eq!(decoder.next_frame(), Ok(Some((Head::plain(Kind::Json), HEAD..HEAD))));
        push(&mut decoder, &[1, 0]);
        assert_eq!(decoder.next_frame(), Ok(None));
        assert_eq!(decoder.position(), HEAD as u64);
    }
}
