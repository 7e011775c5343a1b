//! Turns the frames of a channel into JavaScript events.
//!
//! Events: 'json' (text, whether it is an array of messages; also for a clone of which JSON says all),
//! 'advanced' (buffer, whether it is several messages, each behind its length in four bytes), 'handle' (note, message as text or
//! buffer, descriptor), 'act' (text), 'written' (), 'end' (an error's text, or nothing), 'gone' ().

use std::cell::RefCell;
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};

use napi::bindgen_prelude::{BufferSlice, ToNapiValue};
use napi::{Env, Unknown};

use super::emitter::Emitter;
use super::text;
use crate::uv::Receiver;
use crate::wire::clone;
use crate::wire::frame::{Error, Head};
use crate::wire::message::Message;

/// See the module.
#[derive(Default)]
pub(super) struct Inbox {
    /// Open as long as JavaScript listens and the endpoint is there.
    pub emitter: Emitter,
    gathered: RefCell<Gathered>,
    /// Memory for the JSON of a clone.
    json: RefCell<Vec<u8>>,
}

/// Small messages of one read, which go to JavaScript together. Only one of `texts` and `buffers`
/// is in use at a time.
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
    /// Messages up to this length are gathered: all of one read need one call, and JSON one run of
    /// the parser. A longer message costs more in an array than alone.
    const SMALL: usize = 4096;
    /// Memory beyond this is freed after the message.
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

    fn text(&self, text: &str, several: bool) {
        if !several && text.len() <= Self::SMALL {
            return self.gather_text(text);
        }
        self.pause();
        self.emitter.emit("json", |env| Ok(vec![text::new(env, text)?, several.into_unknown(env)?]));
    }

    fn buffer(&self, body: &[u8], several: bool) {
        if self.becomes_text(body, several) {
            return;
        }
        if !several && body.len() <= Self::SMALL {
            return self.gather_buffer(body);
        }
        self.pause();
        self.emitter.emit("advanced", |env| {
            Ok(vec![BufferSlice::copy_from(env, body)?.into_unknown(env)?, several.into_unknown(env)?])
        });
    }

    /// Hands a clone to JavaScript as JSON, if that gives the same value. Otherwise this does
    /// nothing.
    fn becomes_text(&self, body: &[u8], several: bool) -> bool {
        // JavaScript runs: nothing stays borrowed.
        let mut json = self.json.take();
        let append = if several { clone::append_list } else { clone::append };
        let text = if append(body, &mut json) { str::from_utf8(&json).ok() } else { None };
        if let Some(text) = text {
            self.text(text, several);
        }
        let is_done = text.is_some();
        json.clear();
        json.shrink_to(Self::KEEP);
        self.json.replace(json);
        is_done
    }

    fn act(&self, act: &str) {
        self.pause();
        self.emitter.emit("act", |env| Ok(vec![text::new(env, act)?]));
    }

    fn handle(
        &self,
        note: &str,
        descriptor: OwnedFd,
        message: impl for<'a> FnOnce(&'a Env) -> napi::Result<Unknown<'a>>,
    ) {
        self.pause();
        self.emitter.emit("handle", |env| {
            let (note, message) = (text::new(env, note)?, message(env)?);
            Ok(vec![note, message, descriptor.into_raw_fd().into_unknown(env)?])
        });
    }
}

impl Receiver for Inbox {
    fn frame(&self, head: Head, body: &[u8], mut descriptors: Vec<OwnedFd>) -> Result<(), Error> {
        let message = Message::decode(head, body)?;
        // The texts that will become JavaScript strings.
        let texts = match message {
            Message::Act(text) | Message::Json(text) | Message::JsonList(text) => [text, ""],
            Message::JsonWithHandle { note, json } => [note, json],
            Message::Advanced(_) | Message::AdvancedList(_) | Message::AdvancedWithHandle { .. } => ["", ""],
        };
        if !texts.into_iter().all(text::fits) {
            return Err(Error::BadBody(head.kind));
        }
        match (message, descriptors.pop()) {
            (Message::Act(act), _) => self.act(act),
            (Message::JsonList(list), _) => self.text(list, true),
            (Message::AdvancedList(list), _) => self.buffer(list, true),
            (Message::JsonWithHandle { note, json }, Some(handle)) => {
                self.handle(note, handle, |env| text::new(env, json));
            }
            (Message::AdvancedWithHandle { note, bytes }, Some(handle)) => {
                self.handle(note, handle, |env| BufferSlice::copy_from(env, bytes)?.into_unknown(env));
            }
            // If the handle is missing, this process is out of descriptors. Same as in Node, the
            // message comes without it.
            (Message::Json(json) | Message::JsonWithHandle { json, .. }, _) => self.text(json, false),
            (Message::Advanced(bytes) | Message::AdvancedWithHandle { bytes, .. }, _) => {
                self.buffer(bytes, false);
            }
        }
        Ok(())
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
