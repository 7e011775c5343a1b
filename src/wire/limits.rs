//! What each end of a channel or a lane accepts: which kinds of frames, how long their bodies may
//! be, and how many descriptors may ride beside them.
//!
//! The receiver judges a frame by its head, before it keeps anything of it. The sender refuses what
//! its peer would refuse. So a message that is too long is an error at its sender, and the channel
//! stays open.

use super::frame::{Error, Head, Kind};

/// A peer that does not read the answers to its queries or probes is disconnected when more bytes
/// than this are pending. Some 20,000 servers may ask at once.
pub const UNREAD: usize = 4 * 1024 * 1024;

/// The limits of one end.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Anything else that comes is a protocol error.
    pub(super) incoming: &'static Bounds,
    /// Anything else that is sent is refused with `EMSGSIZE`.
    pub(super) outgoing: &'static Bounds,
}

/// Which socket a kind travels on, and in which direction.
#[derive(Clone, Copy)]
enum Path {
    /// Channel, both directions.
    Channel = 1,
    /// Channel, primary to worker.
    ChannelToWorker = 2,
    /// Lane, worker to primary.
    LaneToPrimary = 4,
    /// Lane, primary to worker.
    LaneToWorker = 8,
}

/// The most that a frame of one kind may have.
#[derive(Clone, Copy, Debug)]
struct Most {
    /// Bytes in its body.
    body: u32,
    descriptors: u8,
}

/// What may travel in one direction: the most of each kind, by its number. Other kinds do not occur.
pub(super) struct Bounds {
    kinds: [Option<Most>; Kind::COUNT],
    /// The most descriptors that any of these kinds may have.
    descriptors: u8,
}

impl Limits {
    /// The primary's end of a channel.
    pub const CHANNEL_OF_PRIMARY: Self = Self { incoming: &Self::MESSAGES, outgoing: &Self::TO_WORKER };
    /// A worker's end of its channel.
    pub const CHANNEL_OF_WORKER: Self = Self { incoming: &Self::TO_WORKER, outgoing: &Self::MESSAGES };
    /// The primary's end of a lane.
    pub const LANE_OF_PRIMARY: Self = Self { incoming: &Self::QUERIES, outgoing: &Self::REPLIES };
    /// A worker's end of its lane.
    pub const LANE_OF_WORKER: Self = Self { incoming: &Self::REPLIES, outgoing: &Self::QUERIES };

    /// How many connections one frame carries.
    pub const CONNECTIONS: u8 = 64;

    const MESSAGES: Bounds = Bounds::of(Path::Channel as u8);
    const TO_WORKER: Bounds = Bounds::of(Path::Channel as u8 | Path::ChannelToWorker as u8);
    const QUERIES: Bounds = Bounds::of(Path::LaneToPrimary as u8);
    const REPLIES: Bounds = Bounds::of(Path::LaneToWorker as u8);

    /// Frames of all kinds with any descriptors, in both directions.
    #[cfg(test)]
    pub const ANY: Self = Self { incoming: &Bounds::any(1 << 20), outgoing: &Bounds::any(1 << 20) };
}

/// How many bytes a number takes.
const NUMBER: u32 = 4;
/// A body of `Connections` has three numbers for each.
const CONNECTION: u32 = 3 * NUMBER;
/// A byte, and room for what a later version may add: such a hello is refused because of its
/// version, and not its length.
const HELLO: u32 = 64;
/// A user message. V8's longest string has half as many characters.
const MESSAGE: u32 = 1 << 30;
/// A batch. `lib/outbox.js` batches 64 Ki characters at the most, of which each has three bytes at
/// the most.
const BATCH: u32 = 256 * 1024;
/// The longest act has the path of a unix socket in it.
const ACT: u32 = 64 * 1024;
/// A query has some hundred bytes, TLS ticket keys included.
const QUERY: u32 = 64 * 1024;
/// A reply repeats what the first server's query passed on. JSON may grow when it is encoded again.
const REPLY: u32 = 1024 * 1024;

impl Kind {
    /// The path of a kind, the most bytes of its body, and the most descriptors beside it.
    const fn limits(self) -> (Path, Most) {
        let (path, body, descriptors) = match self {
            Self::Hello => (Path::ChannelToWorker, HELLO, 2),
            Self::Act => (Path::Channel, ACT, 0),
            Self::Json | Self::Advanced => (Path::Channel, MESSAGE, 1),
            Self::JsonList | Self::AdvancedList => (Path::Channel, BATCH, 0),
            Self::Query => (Path::LaneToPrimary, QUERY, 0),
            Self::Closed | Self::Room => (Path::LaneToPrimary, NUMBER, 0),
            Self::Claimed | Self::Refused => (Path::LaneToPrimary, 2 * NUMBER, 0),
            Self::Alive => (Path::LaneToPrimary, 0, 0),
            Self::Reply => (Path::LaneToWorker, REPLY, 1),
            Self::Connections => {
                let most = Limits::CONNECTIONS;
                (Path::LaneToWorker, most as u32 * CONNECTION, most)
            }
            Self::Probe => (Path::LaneToWorker, 0, 0),
        };
        (path, Most { body, descriptors })
    }
}

impl Bounds {
    /// What travels on these paths.
    #[expect(
        clippy::indexing_slicing,
        reason = "the number of a kind is below the count, and this runs at compile time"
    )]
    const fn of(paths: u8) -> Self {
        let (mut kinds, mut descriptors) = ([None; Kind::COUNT], 0);
        let mut rest: &[Kind] = &Kind::ALL;
        while let [kind, others @ ..] = rest {
            let (path, most) = kind.limits();
            if path as u8 & paths != 0 {
                kinds[*kind as usize] = Some(most);
                if most.descriptors > descriptors {
                    descriptors = most.descriptors;
                }
            }
            rest = others;
        }
        Self { kinds, descriptors }
    }

    #[cfg(test)]
    pub const fn any(body: u32) -> Self {
        let descriptors = u8::MAX;
        Self { kinds: [Some(Most { body, descriptors }); Kind::COUNT], descriptors }
    }

    /// Whether a frame with this head and a body of `length` bytes may travel here.
    ///
    /// # Errors
    /// No correct peer sends it.
    pub fn check(&self, head: Head, length: u32) -> Result<(), Error> {
        let most = self.kinds.get(head.kind as usize).copied().flatten();
        let Most { body, descriptors } = most.ok_or(Error::UnknownKind(head.kind as u8))?;
        if length > body {
            return Err(Error::TooLong(length));
        }
        if head.descriptors > descriptors {
            return Err(Error::TooManyDescriptors(head.kind, head.descriptors));
        }
        Ok(())
    }

    /// How many descriptors may be in hand before the head is there that announces them.
    pub fn descriptors(&self) -> usize {
        self.descriptors.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_takes_what_its_peer_sends_and_nothing_else() {
        let plain = Head::plain;
        let check = |end: Limits, head, length| end.incoming.check(head, length);
        assert_eq!(check(Limits::LANE_OF_PRIMARY, plain(Kind::Claimed), 8), Ok(()));
        assert_eq!(check(Limits::LANE_OF_PRIMARY, plain(Kind::Claimed), 9), Err(Error::TooLong(9)));
        assert_eq!(check(Limits::LANE_OF_PRIMARY, plain(Kind::Reply), 9), Err(Error::UnknownKind(17)));
        let with_descriptors = |kind, descriptors| Head { descriptors, ..plain(kind) };
        let query = with_descriptors(Kind::Query, 1);
        assert_eq!(check(Limits::LANE_OF_PRIMARY, query, 9), Err(Error::TooManyDescriptors(Kind::Query, 1)));
        let connections = |count| with_descriptors(Kind::Connections, count);
        assert_eq!(check(Limits::LANE_OF_WORKER, connections(64), 768), Ok(()));
        let too_many = Err(Error::TooManyDescriptors(Kind::Connections, 65));
        assert_eq!(check(Limits::LANE_OF_WORKER, connections(65), 768), too_many);
        assert_eq!(check(Limits::CHANNEL_OF_PRIMARY, plain(Kind::Hello), 0), Err(Error::UnknownKind(1)));
        assert_eq!(Limits::LANE_OF_PRIMARY.incoming.descriptors(), 0);
        assert_eq!(Limits::CHANNEL_OF_WORKER.incoming.descriptors(), 2);
    }
}
