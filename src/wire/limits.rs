//! What may come to each end of a channel or a lane: which kinds of frames, how long their bodies
//! may be, and how many descriptors may ride beside them.
//!
//! The receiver judges a frame by its head, before it keeps anything of it. The sender refuses what
//! its peer would refuse, so a message that is too long is the error of whoever sends it, and
//! costs nobody the channel.

use super::frame::{Error, Head, Kind};

/// A peer that asks, and does not read the answers, is disconnected when so many bytes of them are
/// pending. Some 20,000 servers may ask at once.
pub const UNREAD: usize = 4 * 1024 * 1024;

/// The limits of one end.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Anything else that comes is a protocol error.
    pub(super) incoming: &'static Bounds,
    /// Anything else that is sent is refused with `EMSGSIZE`.
    pub(super) outgoing: &'static Bounds,
}

/// The most that a frame of one kind may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// Bytes in its body.
    body: u32,
    descriptors: u8,
}

/// What may travel in one direction: the most of each kind, by its number. Other kinds do not occur.
pub(super) struct Bounds([Option<Most>; Kind::COUNT]);

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
    /// A body of `Connections` has three numbers for each.
    const CONNECTION: u32 = 3 * Self::NUMBER;
    const NUMBER: u32 = 4;

    /// A user message. V8's longest string is half of it.
    const MESSAGE: u32 = 1 << 30;
    /// Messages that were batched. `lib/channel.js` batches 64 Ki characters at the most, of which each
    /// has three bytes at the most.
    const BATCH: u32 = 256 * 1024;
    /// The longest act has the path of a unix socket in it.
    const ACT: u32 = 64 * 1024;
    /// A query has some hundred bytes, TLS ticket keys included.
    const QUERY: u32 = 64 * 1024;
    /// It repeats what the first server's query passed on. JSON may grow when it is written anew.
    const REPLY: u32 = 1024 * 1024;

    const MESSAGES: Bounds = Bounds::NOTHING
        .with(Kind::Act, Self::ACT, 0)
        .with(Kind::Json, Self::MESSAGE, 1)
        .with(Kind::Advanced, Self::MESSAGE, 1)
        .with(Kind::JsonList, Self::BATCH, 0)
        .with(Kind::AdvancedList, Self::BATCH, 0);
    const TO_WORKER: Bounds = Self::MESSAGES.with(Kind::Hello, 1, 2);
    const QUERIES: Bounds = Bounds::NOTHING
        .with(Kind::Query, Self::QUERY, 0)
        .with(Kind::Closed, Self::NUMBER, 0)
        .with(Kind::Claimed, 2 * Self::NUMBER, 0)
        .with(Kind::Refused, 2 * Self::NUMBER, 0)
        .with(Kind::Room, Self::NUMBER, 0)
        .with(Kind::Alive, 0, 0);
    const REPLIES: Bounds = Bounds::NOTHING
        .with(Kind::Reply, Self::REPLY, 1)
        .with(Kind::Connections, Self::CONNECTIONS as u32 * Self::CONNECTION, Self::CONNECTIONS)
        .with(Kind::Probe, 0, 0);

    /// Frames of all kinds with any descriptors, in both directions.
    #[cfg(test)]
    pub const ANY: Self = Self { incoming: &Bounds::any(1 << 20), outgoing: &Bounds::any(1 << 20) };
}

impl Bounds {
    const NOTHING: Self = Self([None; Kind::COUNT]);

    #[expect(
        clippy::indexing_slicing,
        reason = "the number of a kind is below the count, and this runs at compile time"
    )]
    const fn with(mut self, kind: Kind, body: u32, descriptors: u8) -> Self {
        self.0[kind as usize] = Some(Most { body, descriptors });
        self
    }

    #[cfg(test)]
    pub const fn any(body: u32) -> Self {
        Self([Some(Most { body, descriptors: u8::MAX }); Kind::COUNT])
    }

    /// Whether a frame with this head and a body of `length` bytes may travel here.
    ///
    /// # Errors
    /// No correct peer sends it.
    pub fn check(&self, head: Head, length: u32) -> Result<(), Error> {
        let most = self.0.get(head.kind as usize).copied().flatten();
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
        self.0.iter().flatten().map(|most| most.descriptors.into()).max().unwrap_or(0)
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
