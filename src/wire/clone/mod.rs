//! Structured clones: bytes that `v8.serialize` made, written as JSON text. No socket, no JavaScript.
//!
//! `JSON.parse` is faster than V8's deserializer, which also needs an object for each message that
//! keeps alive what it read until it is collected. So clones of plain objects, dense arrays and
//! plain values become JSON here, and JavaScript parses that. `lib/structured_clone.js` reads every
//! other clone.
//!
//! | bytes | meaning (`src/objects/value-serializer.cc` in V8) |
//! |-------|----------------------------------------------------|
//! | `ff` and the version | the head |
//! | `0` `T` `F` | null, true, false |
//! | `I` and a zigzag varint, `U` and a varint, `N` and 8 bytes | numbers |
//! | `"`, a length, Latin-1; `c`, a length in bytes, UTF-16 | strings |
//! | `o`, keys and values, `{`, their count | an object |
//! | `A`, the length, elements, `$`, 0, the length | an array that was never sparse |
//! | `a`, the length, indices and elements, `@`, their count, the length | another array |
//! | zero bytes before any of these | padding |
//!
//! The bytes come from another process and may be anything. They become JSON only if `JSON.parse`
//! then gives exactly what V8's deserializer would give. So whatever V8 refuses is refused by V8.

mod bytes;
mod json;
mod shape;

use std::mem;
use std::ops::RangeInclusive;

use bytes::Bytes;
use json::Json;
use shape::Shape;

/// The versions that V8 of Node 18 to 26 writes, and older ones. They do not differ in what is read here.
const VERSIONS: RangeInclusive<u8> = 13..=15;

/// V8 reads deeper clones: it knows how much stack there is.
const DEPTH: usize = 100;

/// JSON looks at each letter of a string, and V8 copies it: that is faster for a longer string.
const LONG_STRING: usize = 1024;

/// The longest clone, or list of clones, in bytes. The JSON of it has at most six times as many, less
/// than V8's longest string.
const LIMIT: usize = 16 * 1024 * 1024;

/// Appends the JSON of a clone. Returns false, and leaves `json` as it was, if V8 has to read it.
pub fn append(clone: &[u8], json: &mut Vec<u8>) -> bool {
    let [0xff, version, rest @ ..] = clone else { return false };
    if !VERSIONS.contains(version) || clone.len() > LIMIT {
        return false;
    }
    let start = json.len();
    let mut reader = Reader { bytes: Bytes::new(rest), json: Json::new(json), shapes: Vec::new() };
    let is_whole = reader.value(DEPTH).is_some() && reader.bytes.is_empty();
    if !is_whole {
        json.truncate(start);
    }
    is_whole
}

/// The same for several clones, each after its length in four bytes, little endian. They become a
/// JSON array.
pub fn append_list(mut list: &[u8], json: &mut Vec<u8>) -> bool {
    if list.len() > LIMIT {
        return false;
    }
    let start = json.len();
    json.push(b'[');
    while let Some((length, rest)) = list.split_first_chunk() {
        if json.len() > start + 1 {
            json.push(b',');
        }
        let length = usize::try_from(u32::from_le_bytes(*length)).ok();
        let Some((clone, rest)) = length.and_then(|length| rest.split_at_checked(length)) else { break };
        if !append(clone, json) {
            break;
        }
        list = rest;
    }
    json.push(b']');
    if !list.is_empty() {
        json.truncate(start);
    }
    list.is_empty()
}

/// Its methods return `None` if V8 has to read the clone.
struct Reader<'a> {
    bytes: Bytes<'a>,
    json: Json<'a>,
    /// Of the last object at each depth, which counts down.
    shapes: Vec<Shape<'a>>,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.bytes.tag()? {
            b'0' => self.json.push(b"null"),
            b'T' => self.json.push(b"true"),
            b'F' => self.json.push(b"false"),
            b'I' => self.json.number(&self.bytes.integer()?)?,
            b'U' => self.json.number(&self.bytes.varint()?)?,
            b'N' => {
                let number = self.bytes.double()?;
                if !number.is_finite() {
                    return None;
                }
                self.json.number(&number)?;
            }
            tag @ (b'"' | b'c') => self.string(tag)?,
            b'o' => self.object(depth.checked_sub(1)?)?,
            b'A' => self.dense(depth.checked_sub(1)?)?,
            b'a' => self.sparse(depth.checked_sub(1)?)?,
            _ => return None,
        }
        Some(())
    }

    fn string(&mut self, tag: u8) -> Option<()> {
        let length = usize::try_from(self.bytes.varint()?).ok().filter(|length| *length <= LONG_STRING)?;
        let bytes = self.bytes.take(length)?;
        if tag == b'"' {
            self.json.latin(bytes);
        } else {
            let (units, []) = bytes.as_chunks() else { return None };
            self.json.utf16(units.iter().map(|unit| u16::from_ne_bytes(*unit)));
        }
        Some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        let mut shape = self.shape(depth).map(mem::take)?;
        let (mut count, mut is_new) = (0, false);
        self.json.push(b"{");
        while !self.bytes.ends_with(b'{')? {
            if count > 0 {
                self.json.push(b",");
            }
            if is_new || !shape.repeat(count, &mut self.bytes, &mut self.json) {
                is_new = true;
                self.key(count, &mut shape)?;
            }
            self.value(depth)?;
            count += 1;
        }
        self.json.push(b"}");
        // A shape that was there before has no twins, and so has its beginning.
        if is_new && shape.has_twins(&self.json) {
            return None;
        }
        *self.shape(depth)? = shape;
        self.counts(u32::try_from(count).ok()?)
    }

    fn shape(&mut self, depth: usize) -> Option<&mut Shape<'a>> {
        if self.shapes.len() <= depth {
            self.shapes.resize_with(depth + 1, Shape::default);
        }
        self.shapes.get_mut(depth)
    }

    /// Reads key number `count` of an object.
    fn key(&mut self, count: usize, shape: &mut Shape<'a>) -> Option<()> {
        if count == Shape::MOST {
            return None;
        }
        let (clone, start) = (self.bytes.rest(), self.json.len());
        match self.bytes.tag()? {
            tag @ (b'"' | b'c') => self.string(tag)?,
            b'I' => {
                let index = u32::try_from(self.bytes.integer()?).ok()?;
                self.json.push(b"\"");
                self.json.number(&index)?;
                self.json.push(b"\"");
            }
            _ => return None,
        }
        self.json.push(b":");
        let length = clone.len() - self.bytes.rest().len();
        shape.put(count, clone.get(..length)?, start..self.json.len());
        Some(())
    }

    fn dense(&mut self, depth: usize) -> Option<()> {
        let length = self.bytes.varint()?;
        self.elements(length, |reader, _| reader.value(depth))?;
        if !self.bytes.ends_with(b'$')? {
            return None;
        }
        self.counts(0)?;
        self.counts(length)
    }

    /// V8 writes an array like this if it may have holes. It has none if all indices are there.
    fn sparse(&mut self, depth: usize) -> Option<()> {
        let length = self.bytes.varint()?;
        self.elements(length, |reader, index| {
            let is_next =
                reader.bytes.tag()? == b'I' && u32::try_from(reader.bytes.integer()?).ok()? == index;
            if is_next { reader.value(depth) } else { None }
        })?;
        if !self.bytes.ends_with(b'@')? {
            return None;
        }
        self.counts(length)?;
        self.counts(length)
    }

    fn elements(&mut self, length: u32, element: impl Fn(&mut Self, u32) -> Option<()>) -> Option<()> {
        self.json.push(b"[");
        for index in 0..length {
            if index > 0 {
                self.json.push(b",");
            }
            element(self, index)?;
        }
        self.json.push(b"]");
        Some(())
    }

    /// Reads a count, which has to be this one.
    fn counts(&mut self, count: u32) -> Option<()> {
        (self.bytes.varint()? == count).then_some(())
    }
}

#[cfg(test)]
mod tests;
