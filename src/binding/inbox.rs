//! What came over a channel, on its way to JavaScript: frames become events.
//!
//! Events: 'json' (text, whether it is an array of several messages), 'advanced' (buffer of
//! messages, where each ends), 'handle' (note, message as text or buffer, descriptor), 'act'
//! (text), 'written' (), 'end' (an error's text, or nothing).

use std::cell::{OnceCell, RefCell};
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};

use napi::Unknown;
use napi::bindgen_prelude::{BufferSlice, ToNapiValue};

use super::emitter::{Emitter, string};
use crate::uv::Receiver;
use crate::wire::channel::Channel;
use crate::wire::frame::{self, Head, Kind};

/// What came, on its way to JavaScript.
#[derive(Default)]
pub(super) struct Inbox {
    /// Set when JavaScript begins to listen.
    pub emitter: OnceCell<Emitter>,
    taken: RefCell<Vec<Parcel>>,
}

/// Frames that go to JavaScript together.
enum Parcel {
    /// User messages: the text of one, or of an array of several.
    Json { text: String, array: bool },
    /// User messages, serialized, one behind the other, and where each ends.
    Advanced { bytes: Vec<u8>, ends: Vec<u32> },
    /// A user message with a descriptor.
    Handle { note: String, message: Message, descriptor: OwnedFd },
    /// A lifecycle act.
    Act(String),
}

/// A user message that travels alone.
enum Message {
    Json(String),
    Advanced(Vec<u8>),
}

type Take = std::result::Result<(), frame::Error>;

impl Inbox {
    /// Messages up to this length that came in one read are parsed as one array: one call of the
    /// parser for all of them. A longer one is dearer in an array than alone.
    const SMALL: usize = 4096;
    /// Serialized messages share a buffer up to this size: making one costs more than decoding.
    const TOGETHER: usize = 16 * 1024;

    fn put(&self, head: Head, body: &[u8], mut descriptors: Vec<OwnedFd>) -> Take {
        let bad = frame::Error::BadBody(head.kind);
        let text = |bytes| str::from_utf8(bytes).map_err(|_| bad);
        let mut taken = self.taken.borrow_mut();
        let descriptor = descriptors.pop();
        match (head.kind, descriptor) {
            (Kind::Act, None) => taken.push(Parcel::Act(text(body)?.to_owned())),
            (Kind::Advanced, None) => {
                let small = |bytes: &Vec<u8>| bytes.len() + body.len() <= Self::TOGETHER;
                match taken.last_mut() {
                    Some(Parcel::Advanced { bytes, ends }) if small(bytes) => {
                        bytes.extend_from_slice(body);
                        ends.push(u32::try_from(bytes.len()).map_err(|_| bad)?);
                    }
                    _ => {
                        let end = u32::try_from(body.len()).map_err(|_| bad)?;
                        taken.push(Parcel::Advanced { bytes: body.to_vec(), ends: vec![end] });
                    }
                }
            }
            (Kind::Json, None) if body.len() > Self::SMALL => {
                taken.push(Parcel::Json { text: text(body)?.to_owned(), array: false });
            }
            (Kind::Json | Kind::JsonList, None) => {
                let text = text(body)?;
                match taken.last_mut() {
                    Some(Parcel::Json { text: all, array: true }) => {
                        all.push(',');
                        all.push_str(text);
                    }
                    _ => taken.push(Parcel::Json { text: format!("[{text}"), array: true }),
                }
            }
            (Kind::Json | Kind::Advanced, Some(descriptor)) if descriptors.is_empty() => {
                let (note, message) = body.split_at_checked(usize::from(head.note)).ok_or(bad)?;
                let note = text(note)?.to_owned();
                let message = if head.kind == Kind::Json {
                    Message::Json(text(message)?.to_owned())
                } else {
                    Message::Advanced(message.to_vec())
                };
                taken.push(Parcel::Handle { note, message, descriptor });
            }
            (Kind::Json | Kind::JsonList | Kind::Advanced | Kind::Act, Some(_)) => return Err(bad),
            (other, _) => return Err(frame::Error::UnknownKind(other as u8)),
        }
        Ok(())
    }

    fn emit(&self, parcel: Parcel) {
        let Some(emitter) = self.emitter.get() else { return };
        match parcel {
            Parcel::Advanced { bytes, ends } => emitter.emit("advanced", |env| {
                let bytes = if bytes.len() <= Self::TOGETHER {
                    BufferSlice::copy_from(env, bytes)?
                } else {
                    BufferSlice::from_data(env, bytes)?
                };
                Ok(vec![bytes.into_unknown(env)?, ends.into_unknown(env)?])
            }),
            Parcel::Handle { note, message, descriptor } => emitter.emit("handle", |env| {
                let message = match message {
                    Message::Json(text) => string(env, &text)?,
                    Message::Advanced(bytes) => BufferSlice::from_data(env, bytes)?.into_unknown(env)?,
                };
                let note = string(env, &note)?;
                Ok(vec![note, message, descriptor.into_raw_fd().into_unknown(env)?])
            }),
            Parcel::Act(text) => emitter.emit("act", |env| Ok(vec![string(env, &text)?])),
            Parcel::Json { mut text, array } => emitter.emit("json", |env| {
                if array {
                    text.push(']');
                }
                Ok(vec![string(env, &text)?, array.into_unknown(env)?])
            }),
        }
    }
}

impl Receiver for Inbox {
    fn take(&self, channel: &mut Channel) -> Take {
        while let Some(frame) = channel.next_frame()? {
            self.put(frame.head, channel.body(frame.body), frame.descriptors)?;
        }
        Ok(())
    }

    fn deliver(&self) {
        for parcel in self.taken.take() {
            self.emit(parcel);
        }
    }

    fn written(&self) {
        if let Some(emitter) = self.emitter.get() {
            emitter.emit("written", |_| Ok(Vec::new()));
        }
    }

    fn ended(&self, error: Option<io::Error>) {
        if let Some(emitter) = self.emitter.get() {
            emitter.emit("end", |env| match error {
                Some(error) => Ok(vec![string(env, &error.to_string())?]),
                None => Ok(Vec::<Unknown>::new()),
            });
        }
    }
}
