//! Frames: the bytes between two processes. No socket, no meaning.
//!
//! A frame is an eight-byte head and a body:
//!
//! | bytes | field         | meaning                                                        |
//! |-------|---------------|----------------------------------------------------------------|
//! | 0..4  | `length`      | of the body, little endian; `limits.rs` says how long it may be |
//! | 4     | `kind`        | [`Kind`]                                                       |
//! | 5     | `descriptors` | how many ride beside this frame                                |
//! | 6..8  | `note`        | how many bytes at the body's start say what the descriptors are |
//!
//! A worker of another version must still read the hello, which is the first frame: its head, and the
//! version behind it (`message.rs`). Otherwise its error would not name the remedy.
//!
//! The other end is another process: whatever does not fit this table is an [`Error`], never a panic.

use std::{fmt, io};

/// Length of a frame's head.
pub const HEAD: usize = 8;

/// Makes [`Kind`] and all that has to name every kind, so that a new one is added in one place.
macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $name:ident = $number:literal,)+) => {
        /// What a frame is. The numbers are the wire's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind {
            $($(#[doc = $meaning])+ $name = $number,)+
        }

        impl Kind {
            /// Every kind.
            pub(super) const ALL: [Self; [$($number),+].len()] = [$(Self::$name),+];

            /// One more than the largest number.
            pub(super) const COUNT: usize = {
                let mut count = 0;
                $(if count <= $number {
                    count = $number + 1;
                })+
                count
            };

            fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($number => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// Channel, first frame to a worker: its lane, and its ledger if there is one.
    Hello = 1,
    /// Channel: a lifecycle act (`online`, `listening`, `disconnect`, …), JSON.
    Act = 2,
    /// Channel: a user message, JSON.
    Json = 3,
    /// Channel: a user message in bytes: `v8.serialize`d, or as `lib/plain.js` writes it.
    Advanced = 4,
    /// Channel: the user messages of one tick, as one JSON array.
    JsonList = 5,
    /// Channel: the same in bytes. Before each message stands its length, four bytes, little endian.
    AdvancedList = 6,
    /// Lane, worker to primary: a server wants to listen.
    Query = 16,
    /// Lane, primary to worker: the reply to a query.
    Reply = 17,
    /// Lane, worker to primary: a server has closed.
    Closed = 18,
    /// Lane, primary to worker: connections that the worker may claim.
    Connections = 19,
    /// Lane, worker to primary: a connection was claimed.
    Claimed = 20,
    /// Lane, worker to primary: a connection was refused.
    Refused = 21,
    /// Lane, worker to primary: a server that refused has room again.
    Room = 22,
    /// Lane, primary to worker: a probe, which asks for a sign that the event loop turns.
    Probe = 23,
    /// Lane, worker to primary: the answer to a probe.
    Alive = 24,
}

/// A frame's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the frame is.
    pub kind: Kind,
    /// How many descriptors ride beside it.
    pub descriptors: u8,
    /// How many bytes at the body's start say what the descriptors are; zero if the kind says it.
    pub note: u16,
}

impl Head {
    /// A frame without descriptors.
    #[must_use]
    pub fn plain(kind: Kind) -> Self {
        Self { kind, descriptors: 0, note: 0 }
    }

    /// The head's bytes, for a body of `length` bytes.
    #[must_use]
    pub fn encode(self, length: u32) -> [u8; HEAD] {
        let [len0, len1, len2, len3] = length.to_le_bytes();
        let [note0, note1] = self.note.to_le_bytes();
        [len0, len1, len2, len3, self.kind as u8, self.descriptors, note0, note1]
    }

    /// The counterpart of [`Head::encode`]; also how long the body is.
    pub(super) fn decode(bytes: [u8; HEAD]) -> Result<(Self, u32), Error> {
        let [length @ .., kind, descriptors, note0, note1] = bytes;
        let kind = Kind::from_byte(kind).ok_or(Error::UnknownKind(kind))?;
        let head = Self { kind, descriptors, note: u16::from_le_bytes([note0, note1]) };
        Ok((head, u32::from_le_bytes(length)))
    }
}

/// A frame before it is encoded. The body is written straight into the memory from which it is
/// sent, so it is copied once at most.
pub trait ToFrame {
    /// The frame's head.
    fn head(&self) -> Head;

    /// Appends the frame's body to `bytes`.
    ///
    /// # Errors
    /// The errors of making the body. Then nothing is sent.
    fn write_body(&self, bytes: &mut Vec<u8>) -> io::Result<()>;
}

/// What a frame was decoded to, if a correct peer sends it with this head.
///
/// # Errors
/// Its descriptors or its note are not those of such a frame.
pub(super) fn with_head<T: ToFrame>(decoded: T, head: Head) -> Result<T, Error> {
    if decoded.head() == head { Ok(decoded) } else { Err(Error::BadBody(head.kind)) }
}

/// A frame whose body is in one piece.
pub struct Plain<'a> {
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: &'a [u8],
}

impl ToFrame for Plain<'_> {
    fn head(&self) -> Head {
        self.head
    }

    fn write_body(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.extend_from_slice(self.body);
        Ok(())
    }
}

/// A protocol error. The stream cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A body that is longer than its kind allows.
    TooLong(u32),
    /// A kind that does not exist, or that this end does not accept.
    UnknownKind(u8),
    /// A frame announced descriptors that did not come.
    MissingDescriptors,
    /// Descriptors came that no frame announced.
    StrayDescriptors,
    /// More descriptors than a frame of its kind may have.
    TooManyDescriptors(Kind, u8),
    /// A body that its kind does not allow.
    BadBody(Kind),
    /// The peer sends queries or probes, and does not read the answers: too many bytes are pending.
    Unread,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::TooLong(length) => write!(f, "a frame of {length} bytes is longer than is allowed"),
            Self::UnknownKind(kind) => write!(f, "a frame of kind {kind} is not accepted here"),
            Self::MissingDescriptors => write!(f, "a frame came without the descriptors that it announced"),
            Self::StrayDescriptors => write!(f, "descriptors came that no frame announced"),
            Self::TooManyDescriptors(kind, count) => {
                write!(f, "a {kind:?} frame has too many descriptors: {count}")
            }
            Self::Unread => write!(f, "the peer sends queries or probes, and does not read the answers"),
            Self::BadBody(kind) => write!(f, "the body of a {kind:?} frame is malformed"),
        }
    }
}

impl std::error::Error for Error {}
