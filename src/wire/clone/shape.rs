//! The keys of an object. Most objects have the same keys as the one before, so these are compared
//! and copied as they are, and not read again.

use std::ops::Range;

use super::bytes::Bytes;
use super::json::Json;

/// With more keys than this, they are sorted to find one that is there twice.
const FEW: usize = 8;

#[derive(Default)]
pub(super) struct Shape<'a>(Vec<Key<'a>>);

struct Key<'a> {
    /// Its bytes in the clone.
    clone: &'a [u8],
    /// Its range in the JSON, with quotes and colon. A key has exactly one form there.
    json: Range<usize>,
}

impl<'a> Shape<'a> {
    /// V8 reads objects with more keys, so that shapes need little memory.
    pub(super) const MOST: usize = 1024;

    /// If the next key is number `index` of this shape, it is read, and becomes JSON.
    #[inline]
    pub(super) fn repeat(&self, index: usize, bytes: &mut Bytes<'a>, json: &mut Json) -> bool {
        let Some(key) = self.0.get(index).filter(|key| bytes.skip(key.clone)) else { return false };
        json.repeat(key.json.clone());
        true
    }

    /// From number `index` on, the keys are others. This is the next one.
    pub(super) fn put(&mut self, index: usize, clone: &'a [u8], json: Range<usize>) {
        self.0.truncate(index);
        self.0.push(Key { clone, json });
    }

    /// Whether a key is there twice.
    pub(super) fn has_twins(&self, json: &Json) -> bool {
        let text = |key: &Key| json.get(key.json.clone());
        if self.0.len() > FEW {
            let mut texts: Vec<_> = self.0.iter().map(text).collect();
            texts.sort_unstable();
            return texts.windows(2).any(|pair| pair.first() == pair.last());
        }
        let mut rest = &*self.0;
        while let [one, others @ ..] = rest {
            if others.iter().any(|other| other.json.len() == one.json.len() && text(other) == text(one)) {
                return true;
            }
            rest = others;
        }
        false
    }
}
