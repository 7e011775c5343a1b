//! The language of a channel: the primary's hello, then acts and user messages in both directions.
//!
//! The layout of each body is defined only here, for both ends.
//!
//! | frame                      | body                                                             |
//! |----------------------------|------------------------------------------------------------------|
//! | `Hello`                    | version, one byte; the lane and the ledger ride beside the frame |
//! | `Act`, `Json`, `JsonList`  | JSON                                                             |
//! | `Advanced`, `AdvancedList` | bytes                                                            |
//! | `Json` with a handle       | note, JSON; the handle's descriptor rides beside the frame       |
//! | `Advanced` with a handle   | note, bytes; the same                                            |
//!
//! The head of a frame says how long its note is. Whatever decodes encodes to the same bytes, head
//! and all.

use std::{fmt, io};

use super::frame::{Error, Head, Kind, ToFrame, with_head};

/// The first frame to a worker. It brings the worker's end of the lane and, if memory can be shared,
/// its ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Whether the ledger rides beside it, behind the lane. If only the primary had the ledger, the
    /// worker would answer connections that the primary offers to others.
    pub has_ledger: bool,
}

/// Why a worker does not accept the first frame as its primary's hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHello {
    /// It is another frame, or there is none.
    Missing,
    /// The primary is of another version of rs-cluster.
    Version(u8),
}

impl Hello {
    /// Of the whole protocol: channel, acts, lane and ledger. It grows with each change of any of them.
    pub const VERSION: u8 = 3;

    /// The hello in a frame.
    ///
    /// # Errors
    /// It is another frame, or of another version.
    pub fn decode(head: Head, body: &[u8]) -> Result<Self, NoHello> {
        if head.kind != Kind::Hello {
            return Err(NoHello::Missing);
        }
        match *body {
            // Only the place of the version is the same in all versions.
            [version, ..] if version != Self::VERSION => Err(NoHello::Version(version)),
            [_] => {
                let hello = Self { has_ledger: head.descriptors > 1 };
                with_head(hello, head).map_err(|_| NoHello::Missing)
            }
            _ => Err(NoHello::Missing),
        }
    }
}

impl ToFrame for Hello {
    fn head(&self) -> Head {
        Head { kind: Kind::Hello, descriptors: 1 + u8::from(self.has_ledger), note: 0 }
    }

    fn write_body(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.push(Self::VERSION);
        Ok(())
    }
}

impl fmt::Display for NoHello {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Missing => write!(
                f,
                "the primary's hello frame did not come first. \
                 Was RS_CLUSTER_CHANNEL inherited by a process that the cluster did not fork?"
            ),
            Self::Version(version) => write!(
                f,
                "the primary has version {version} of the protocol of rs-cluster, and this worker has \
                 version {}. Install one version of rs-cluster for both, then start the primary again",
                Hello::VERSION
            ),
        }
    }
}

impl std::error::Error for NoHello {}

/// What follows the hello, in both directions. `T` is the type of a text and `B` that of bytes,
/// which differ between sender and receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a, T, B> {
    /// A lifecycle act, JSON.
    Act(T),
    /// A user message, JSON.
    Json(T),
    /// User messages, as one JSON array.
    JsonList(T),
    /// A user message, serialized.
    Advanced(B),
    /// User messages, serialized; before each stands its length, four bytes, little endian.
    AdvancedList(B),
    /// A user message with a handle.
    JsonWithHandle {
        /// What the handle is, JSON.
        note: &'a str,
        /// The message.
        json: T,
    },
    /// A user message with a handle.
    AdvancedWithHandle {
        /// What the handle is, JSON.
        note: &'a str,
        /// The message.
        bytes: B,
    },
}

/// A text or bytes in the sender's type. They are written straight into the frame.
pub trait Content {
    /// Appends it to `bytes`, a text as UTF-8.
    ///
    /// # Errors
    /// The errors of making it.
    fn write(&self, bytes: &mut Vec<u8>) -> io::Result<()>;
}

impl Content for str {
    fn write(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.as_bytes().write(bytes)
    }
}

impl Content for [u8] {
    fn write(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.extend_from_slice(self);
        Ok(())
    }
}

impl<T: Content + ?Sized> Content for &T {
    fn write(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        (*self).write(bytes)
    }
}

impl<'a> Message<'a, &'a str, &'a [u8]> {
    /// What a frame means.
    ///
    /// # Errors
    /// No correct peer sends it.
    pub fn decode(head: Head, body: &'a [u8]) -> Result<Self, Error> {
        let bad = Error::BadBody(head.kind);
        let text = |bytes| str::from_utf8(bytes).map_err(|_| bad);
        let message = match head.kind {
            Kind::Act => Self::Act(text(body)?),
            Kind::JsonList => Self::JsonList(text(body)?),
            Kind::AdvancedList => Self::AdvancedList(body),
            Kind::Json | Kind::Advanced => {
                let (note, message) = body.split_at_checked(head.note.into()).ok_or(bad)?;
                let note = text(note)?;
                match (head.kind == Kind::Json, head.descriptors) {
                    (true, 0) => Self::Json(text(message)?),
                    (true, _) => Self::JsonWithHandle { note, json: text(message)? },
                    (false, 0) => Self::Advanced(message),
                    (false, _) => Self::AdvancedWithHandle { note, bytes: message },
                }
            }
            Kind::Hello
            | Kind::Query
            | Kind::Reply
            | Kind::Closed
            | Kind::Connections
            | Kind::Claimed
            | Kind::Refused
            | Kind::Room
            | Kind::Probe
            | Kind::Alive => return Err(Error::UnknownKind(head.kind as u8)),
        };
        with_head(message, head)
    }
}

impl<T, B> Message<'_, T, B> {
    /// The longest note, in bytes.
    pub const LONGEST_NOTE: usize = u16::MAX as usize;

    /// The frame's head. The body of a message without a handle is its text or bytes, and nothing else.
    #[must_use]
    pub fn head(&self) -> Head {
        let with_handle = |kind, note: &str| {
            // A note that is too long is refused when the body is written.
            let note = u16::try_from(note.len()).unwrap_or(u16::MAX);
            Head { kind, descriptors: 1, note }
        };
        match self {
            Self::Act(_) => Head::plain(Kind::Act),
            Self::Json(_) => Head::plain(Kind::Json),
            Self::JsonList(_) => Head::plain(Kind::JsonList),
            Self::Advanced(_) => Head::plain(Kind::Advanced),
            Self::AdvancedList(_) => Head::plain(Kind::AdvancedList),
            Self::JsonWithHandle { note, .. } => with_handle(Kind::Json, note),
            Self::AdvancedWithHandle { note, .. } => with_handle(Kind::Advanced, note),
        }
    }
}

impl<T: Content, B: Content> ToFrame for Message<'_, T, B> {
    fn head(&self) -> Head {
        Message::head(self)
    }

    fn write_body(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        if let Self::JsonWithHandle { note, .. } | Self::AdvancedWithHandle { note, .. } = self {
            if note.len() > Self::LONGEST_NOTE {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            bytes.extend_from_slice(note.as_bytes());
        }
        match self {
            Self::Act(text)
            | Self::Json(text)
            | Self::JsonList(text)
            | Self::JsonWithHandle { json: text, .. } => text.write(bytes),
            Self::Advanced(message)
            | Self::AdvancedList(message)
            | Self::AdvancedWithHandle { bytes: message, .. } => message.write(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::wire::fuzz::{assert_accepted, assert_canonical, bytes, encoded};
    use crate::wire::limits::Limits;

    type Decoded<'a> = Message<'a, &'a str, &'a [u8]>;

    fn message<'a>(random: &mut Random, bytes: &'a [u8]) -> Decoded<'a> {
        let texts = ["", "null", r#"{"type":"net.Socket","native":"TCP"}"#, "\"ä\"", "\0"];
        let [note, text] = [0; 2].map(|_: u8| texts[random.below(texts.len())]);
        match random.below(7) {
            0 => Message::Act(text),
            1 => Message::Json(text),
            2 => Message::JsonList(text),
            3 => Message::Advanced(bytes),
            4 => Message::AdvancedList(bytes),
            5 => Message::JsonWithHandle { note, json: text },
            _ => Message::AdvancedWithHandle { note, bytes },
        }
    }

    #[test]
    fn what_one_end_sends_the_other_one_gets() {
        let mut random = Random::new(31);
        for _ in 0..20_000 {
            let bytes = bytes(&mut random);
            let sent = message(&mut random, &bytes);
            let (head, body) = encoded(&sent);
            assert_eq!(Message::decode(head, &body), Ok(sent));
            for end in [Limits::CHANNEL_OF_PRIMARY, Limits::CHANNEL_OF_WORKER] {
                assert_accepted(end, head, &body);
            }
        }
    }

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes_and_the_rest_is_an_error() {
        let frame = |random: &mut Random| {
            let bytes = bytes(random);
            match random.below(9) {
                0 => encoded(&Hello { has_ledger: random.below(2) == 0 }),
                _ => encoded(&message(random, &bytes)),
            }
        };
        assert_canonical(32, frame, |head, body| {
            let message = Message::decode(head, body).map(|message| encoded(&message)).ok();
            message.or_else(|| Hello::decode(head, body).map(|hello| encoded(&hello)).ok())
        });
    }

    #[test]
    fn a_note_stands_before_its_message_and_needs_a_descriptor() {
        let sent: Decoded = Message::JsonWithHandle { note: "ab", json: "cde" };
        let (head, body) = encoded(&sent);
        assert_eq!(head, Head { kind: Kind::Json, descriptors: 1, note: 2 });
        assert_eq!(body, b"abcde");
        let is_bad = |head| assert_eq!(Message::decode(head, &body), Err(Error::BadBody(Kind::Json)));
        is_bad(Head { descriptors: 0, ..head });
        is_bad(Head { descriptors: 2, ..head });
        is_bad(Head { note: 6, ..head });
        let note = "x".repeat(Decoded::LONGEST_NOTE + 1);
        let long: Decoded = Message::JsonWithHandle { note: &note, json: "" };
        assert!(long.write_body(&mut Vec::new()).is_err());
    }

    /// Workers of other versions read these bytes, and say which version they found.
    #[test]
    fn every_version_finds_the_kind_and_the_version_of_a_hello_in_the_same_places() {
        let (head, body) = encoded(&Hello { has_ledger: true });
        let length = u32::try_from(body.len()).unwrap();
        let bytes = [&head.encode(length)[..], &body].concat();
        assert_eq!(bytes, [1, 0, 0, 0, 1, 2, 0, 0, Hello::VERSION]);
    }

    #[test]
    fn a_worker_takes_the_hello_of_its_own_version_only() {
        for has_ledger in [false, true] {
            let hello = Hello { has_ledger };
            let (head, body) = encoded(&hello);
            assert_eq!(Hello::decode(head, &body), Ok(hello));
            assert_eq!(head.descriptors, if has_ledger { 2 } else { 1 });
            // What a later version says behind its number is not looked at.
            for body in [&[9][..], &[9, 1, 2]] {
                assert_eq!(Hello::decode(head, body), Err(NoHello::Version(9)));
            }
            // The hello before there was a version.
            assert_eq!(Hello::decode(head, &[]), Err(NoHello::Missing));
            assert_eq!(Hello::decode(head, &[Hello::VERSION, 0]), Err(NoHello::Missing));
        }
        let (head, body) = encoded(&Decoded::Json("null"));
        assert_eq!(Hello::decode(head, &body), Err(NoHello::Missing));
        assert_eq!(Hello::decode(Head::plain(Kind::Hello), &[Hello::VERSION]), Err(NoHello::Missing));
    }
}
