//! JSON text, as bytes. A string has exactly one form here, so equal strings are equal bytes.

use std::ops::Range;

use serde::Serialize;

use super::FEW_KEYS;

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

    /// A number that is finite. `JSON.parse` gives exactly this one back, -0 included.
    #[inline]
    pub(super) fn number(&mut self, number: &impl Serialize) -> Option<()> {
        serde_json::to_writer(&mut *self.0, number).ok()
    }

    /// A string whose letters are one byte each.
    pub(super) fn latin(&mut self, bytes: &[u8]) {
        self.0.reserve(bytes.len() + 2);
        self.push(b"\"");
        // The loop does not end early, so the compiler looks at many bytes at once.
        if bytes.iter().fold(true, |all, byte| all & is_bare(*byte)) {
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

    /// Whether two of these pieces of the text are equal. Their order may change.
    pub(super) fn has_twins(&self, pieces: &mut [Range<usize>]) -> bool {
        let text = |piece: &Range<usize>| self.0.get(piece.clone());
        if pieces.len() > FEW_KEYS {
            pieces.sort_unstable_by(|one, other| text(one).cmp(&text(other)));
            return pieces.windows(2).any(|pair| matches!(pair, [one, other] if text(one) == text(other)));
        }
        let mut rest = &*pieces;
        while let [one, others @ ..] = rest {
            if others.iter().any(|other| other.len() == one.len() && text(other) == text(one)) {
                return true;
            }
            rest = others;
        }
        false
    }
}

/// Whether it stands for itself in a string.
fn is_bare(byte: u8) -> bool {
    matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~')
}
