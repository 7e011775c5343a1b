//! What comes over a channel, on its way to JavaScript: frames become events.
//!
//! Events: 'json' (text, whether it is an array of messages; also for a clone of which JSON says all),
//! 'advanced' (buffer, whether it is several messages, each behind its length in four bytes), 'handle' (note, message as text or
//! buffer, descriptor), 'act' (text), 'written' (), 'end' (an error's text, or nothing), 'gone' ().

use std::cell::RefCell;
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};

use napi::bindgen_prelude::{BufferSlice, ToNapiValue};

use super::emitter::Emitter;
use super::text;
use crate::uv::Receiver;
use crate::wire::clone;
use crate::wire::frame::{Error, Head, Kind};

/// See the module.
#[derive(Default)]
pub(super) struct Inbox {
    /// Open as long as JavaScript listens and the endpoint is there.
    pub emitter: Emitter,
    gathered: RefCell<Gathered>,
    /// Memory for the JSON of a clone.
    json: RefCell<Vec<u8>>,
}

/// Small messages of one read, which go to JavaScript together. Only one of the two is in use.
#[derive(Default)]
struct Gathered {
    /// The beginning of a JSON array.
    texts: String,
    /// How many there are in it.
    count: usize,
    /// Serialized messages, each behind its length.
    buffers: Vec<u8>,
}

impl Inbox {
    /// Messages up to this length gather: one call, and of JSON one run of the parser, for all of
    /// a read. A longer one is dearer in an array than alone.
    const SMALL: usize = 4096;
    /// More memory than this is given back when the message is gone.
    const KEEP: usize = 1024 * 1024;

    fn gather_text(&self, text: &str) {
        if !self.gathered.borrow().buffers.is_empty() {
            self.pause();
        }
        let Gathered { texts, count, .. } = &mut *self.gathered.borrow_mut();
        texts.push(if *count == 0 { '[' } else { ',' });
        texts.push_str(text);
        *count += 1;
    }

    fn gather_buffer(&self, body: &[u8]) {
        if self.gathered.borrow().count > 0 {
            self.pause();
        }
        // No longer than SMALL.
        let length = u32::try_from(body.len()).unwrap_or_default();
        let Gathered { buffers, .. } = &mut *self.gathered.borrow_mut();
        buffers.extend_from_slice(&length.to_le_bytes());
        buffers.extend_from_slice(body);
    }

    fn message(&self, kind: Kind, body: &[u8]) -> Result<(), Error> {
        match kind {
            Kind::Json => self.text(utf8(kind, body)?),
            Kind::JsonList => self.emit_text(utf8(kind, body)?, true),
            Kind::Advanced | Kind::AdvancedList if self.clones_as_text(kind, body) => {}
            Kind::Advanced if body.len() <= Self::SMALL => self.gather_buffer(body),
            Kind::Advanced => self.emit_buffer(body, false),
            Kind::AdvancedList => self.emit_buffer(body, true),
            Kind::Act => {
                self.pause();
                let act = utf8(kind, body)?;
                self.emitter.emit("act", |env| Ok(vec![text::new(env, act)?]));
            }
            other => return Err(Error::UnknownKind(other as u8)),
        }
        Ok(())
    }

    fn text(&self, json: &str) {
        if json.len() <= Self::SMALL { self.gather_text(json) } else { self.emit_text(json, false) }
    }

    /// JavaScript gets a clone as JSON if that gives the same. Otherwise this does nothing.
    fn clones_as_text(&self, kind: Kind, body: &[u8]) -> bool {
        // JavaScript runs: nothing stays borrowed.
        let mut json = self.json.take();
        let several = kind == Kind::AdvancedList;
        let append = if several { clone::append_list } else { clone::append };
        let text = if append(body, &mut json) { str::from_utf8(&json).ok() } else { None };
        match text {
            Some(text) if several => self.emit_text(text, true),
            Some(text) => self.text(text),
            None => {}
        }
        let is_done = text.is_some();
        json.clear();
        json.shrink_to(Self::KEEP);
        self.json.replace(json);
        is_done
    }

    fn emit_text(&self, json: &str, several: bool) {
        self.pause();
        self.emitter.emit("json", |env| Ok(vec![text::new(env, json)?, several.into_unknown(env)?]));
    }

    fn emit_buffer(&self, body: &[u8], several: bool) {
        self.pause();
        self.emitter.emit("advanced", |env| {
            Ok(vec![BufferSlice::copy_from(env, body)?.into_unknown(env)?, several.into_unknown(env)?])
        });
    }

    fn message_with_handle(&self, head: Head, body: &[u8], descriptor: OwnedFd) -> Result<(), Error> {
        let bad = Error::BadBody(head.kind);
        let (note, message) = body.split_at_checked(head.note.into()).ok_or(bad)?;
        let note = utf8(head.kind, note)?;
        let json = match head.kind {
            Kind::Json => Some(utf8(head.kind, message)?),
            Kind::Advanced => None,
            _ => return Err(bad),
        };
        self.pause();
        self.emitter.emit("handle", |env| {
            let note = text::new(env, note)?;
            let message = match json {
                Some(json) => text::new(env, json)?,
                None => BufferSlice::copy_from(env, message)?.into_unknown(env)?,
            };
            Ok(vec![note, message, descriptor.into_raw_fd().into_unknown(env)?])
        });
        Ok(())
    }
}

/// A text that JavaScript can have.
fn utf8(kind: Kind, bytes: &[u8]) -> Result<&str, Error> {
    str::from_utf8(bytes).ok().filter(|text| text::fits(text)).ok_or(Error::BadBody(kind))
}

impl Receiver for Inbox {
    fn frame(&self, head: Head, body: &[u8], mut descriptors: Vec<OwnedFd>) -> Result<(), Error> {
        match descriptors.pop() {
            // With a note, but without the handle: this process is out of descriptors. As in Node,
            // the message comes alone.
            None => self.message(head.kind, body.get(head.note.into()..).ok_or(Error::BadBody(head.kind))?),
            Some(descriptor) if descriptors.is_empty() => self.message_with_handle(head, body, descriptor),
            Some(_) => Err(Error::BadBody(head.kind)),
        }
    }

    fn pause(&self) {
        // JavaScript runs: nothing stays borrowed.
        let mut gathered = self.gathered.take();
        let Gathered { texts, count, buffers } = &mut gathered;
        match count {
            0 => {}
            1 => {
                let alone = texts.get(1..).unwrap_or_default();
                self.emitter.emit("json", |env| Ok(vec![text::new(env, alone)?, false.into_unknown(env)?]));
            }
            _ => {
                texts.push(']');
                self.emitter.emit("json", |env| Ok(vec![text::new(env, texts)?, true.into_unknown(env)?]));
            }
        }
        if !buffers.is_empty() {
            self.emitter.emit("advanced", |env| {
                Ok(vec![BufferSlice::copy_from(env, &buffers)?.into_unknown(env)?, true.into_unknown(env)?])
            });
        }
        texts.clear();
        *count = 0;
        buffers.clear();
        *self.gathered.borrow_mut() = gathered;
    }

    fn written(&self) {
        self.emitter.emit("written", |_| Ok(Vec::new()));
    }

    fn ended(&self, error: Option<io::Error>) {
        self.emitter.emit("end", |env| match error {
            Some(error) => Ok(vec![text::new(env, &error.to_string())?]),
            None => Ok(Vec::new()),
        });
    }

    fn gone(&self) {
        self.emitter.emit("gone", |_| Ok(Vec::new()));
        self.emitter.close();
    }
}
