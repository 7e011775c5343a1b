//! JSON text, as bytes. A string has exactly one form here, so equal strings are equal bytes.

use std::ops::Range;

use serde::Serialize;

pub(super) struct Json<'a>(&'a mut Vec<u8>);

impl<'a> Json<'a> {
    /// Everything is appended to `text`.
    pub(super) fn new(text: &'a mut Vec<u8>) -> Self {
        Self(text)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn push(&mut self, token: &[u8]) {
        self.0.extend_from_slice(token);
    }

    pub(super) fn get(&self, piece: Range<usize>) -> Option<&[u8]> {
        self.0.get(piece)
    }

    /// The same piece once more. It is part of this text.
    #[inline]
    pub(super) fn repeat(&mut self, piece: Range<usize>) {
        self.0.extend_from_within(piece);
    }

    /// A number that is finite. `JSON.parse` gives exactly this one back, -0 included.
    #[inline]
    pub(super) fn number(&mut self, number: &impl Serialize) -> Option<()> {
        serde_json::to_writer(&mut *self.0, number).ok()
    }

    /// A string whose letters are one byte each.
    pub(super) fn latin(&mut self, bytes: &[u8]) {
        self.0.reserve(bytes.len() + 2);
        self.push(b"\"");
        if bytes.iter().all(|byte| is_bare(*byte)) {
            self.push(bytes);
        } else {
            for byte in bytes {
                self.letter(char::from(*byte));
            }
        }
        self.push(b"\"");
    }

    /// A string that may have half of a surrogate pair.
    pub(super) fn utf16(&mut self, units: impl Iterator<Item = u16>) {
        self.push(b"\"");
        for letter in char::decode_utf16(units) {
            match letter {
                Ok(letter) => self.letter(letter),
                Err(half) => self.escape(half.unpaired_surrogate()),
            }
        }
        self.push(b"\"");
    }

    fn letter(&mut self, letter: char) {
        match letter {
            '"' | '\\' | '\0'..' ' => self.escape(letter as u16),
            _ => self.push(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    fn escape(&mut self, unit: u16) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.push(b"\\u");
        for shift in [12, 8, 4, 0] {
            self.0.extend(DIGITS.get(usize::from(unit >> shift & 0xf)));
        }
    }
}

/// Whether it stands for itself in a string.
#[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
#[inline]
fn is_bare(byte: u8) -> bool {
    const BARE: [bool; 256] = {
        let mut bare = [false; 256];
        let mut byte = b' ';
        while byte <= b'~' {
            bare[byte as usize] = byte != b'"' && byte != b'\\';
            byte += 1;
        }
        bare
    };
    BARE[usize::from(byte)]
}
