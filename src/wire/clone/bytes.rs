//! The bytes of a clone, from front to back. `None`: they end too early, or are not canonical.

pub(super) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Takes these bytes if they come next.
    #[inline]
    pub(super) fn skip(&mut self, bytes: &[u8]) -> bool {
        let rest = self.0.strip_prefix(bytes);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// The bytes that were not yet read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// What comes next, after padding.
    #[inline]
    pub(super) fn tag(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                0 => {}
                tag => return Some(tag),
            }
        }
    }

    /// Reads this tag if it comes next. Says whether it did.
    #[inline]
    pub(super) fn ends_with(&mut self, tag: u8) -> Option<bool> {
        loop {
            match self.0 {
                [0, rest @ ..] => self.0 = rest,
                [next, rest @ ..] if *next == tag => {
                    self.0 = rest;
                    return Some(true);
                }
                [_, ..] => return Some(false),
                [] => return None,
            }
        }
    }

    /// Seven bits a byte, the lowest first.
    #[inline]
    pub(super) fn varint(&mut self) -> Option<u32> {
        match self.0 {
            [byte @ ..0x80, rest @ ..] => {
                self.0 = rest;
                Some(u32::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return (shift < 28 || byte < 0x10).then_some(value);
            }
        }
        None
    }

    /// A varint whose lowest bit is the sign.
    pub(super) fn integer(&mut self) -> Option<i32> {
        let zigzag = self.varint()?;
        Some((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
    }

    /// In the byte order of this processor.
    pub(super) fn double(&mut self) -> Option<f64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(f64::from_ne_bytes(*bytes))
    }
}
