//! Texts across the border, each copied once.

use std::io;

use napi::{Env, JsString, JsValue, Result, Unknown, sys};

use crate::wire::message::Content;

/// How many UTF-16 units V8's longest string has (`v8::String::kMaxLength`).
const LONGEST: usize = (1 << 29) - 24;

/// A text as a JavaScript string. ASCII, which nearly every message is, needs no decoding.
///
/// # Errors
/// The text does not [fit](fits), or the environment is ending.
pub fn new<'a>(env: &'a Env, text: &str) -> Result<Unknown<'a>> {
    let string = if text.is_ascii() {
        env.create_string_latin1(text)
    } else if text.len() <= LONGEST {
        env.create_string(text)
    } else {
        // V8 refuses UTF-8 that has more bytes than a string may have units, even if it decodes to
        // fewer units.
        env.create_string_utf16(text.encode_utf16().collect::<Vec<u16>>())
    };
    Ok(string?.to_unknown())
}

/// Whether JavaScript has room for such a text in one string.
pub fn fits(text: &str) -> bool {
    text.len() <= LONGEST || text.encode_utf16().count() <= LONGEST
}

impl Content for JsString<'_> {
    /// Appends a JavaScript string to `bytes`, as UTF-8. Fails if Node-API does, because the
    /// environment is ending.
    fn write(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let units = self.utf16_len().map_err(io::Error::other)?;
        // There is room for the worst case and for the zero that Node-API adds, so V8 need not
        // measure first.
        let room = 3 * units + 1;
        bytes.reserve(room);
        let (value, mut length) = (self.value(), 0);
        let place = bytes.spare_capacity_mut().as_mut_ptr().cast();
        // SAFETY: the value is a string of this environment, and `room` bytes are reserved at `place`.
        let status =
            unsafe { sys::napi_get_value_string_utf8(value.env, value.value, place, room, &raw mut length) };
        if status != sys::Status::napi_ok {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: Node-API has written `length` bytes, fewer than were reserved.
        unsafe { bytes.set_len(bytes.len() + length) };
        Ok(())
    }
}
