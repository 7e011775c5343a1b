//! What is to be written to a lane, in order. It has no descriptors: a connection is kept as its
//! slot, and a shared listener as its key.

use std::collections::VecDeque;

use serde_json::Value;

use crate::cluster::{ListenKey, Mode, Reply, Seq, SlotIndex};
use crate::ledger::Generation;
use crate::wire::UNREAD;
use crate::wire::frame::{Head, ToFrame};
use crate::wire::lane::{self, Listening, ToWorker};

/// See the module.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Letter>,
    /// How many bytes these letters cost, including letters that were over the bound and not kept.
    size: usize,
}

/// One entry of the outbox.
pub(super) enum Letter {
    /// A reply is encoded at once, because it borrows from the rules.
    Reply {
        head: Head,
        body: Vec<u8>,
        shared: Option<ListenKey>,
    },
    Connection(SlotIndex, Generation),
    Probe,
}

impl Letter {
    /// The answer to a query.
    pub fn reply(Seq(seq): Seq, reply: &Reply) -> Self {
        match reply {
            Reply::Listening { key, mode, sockname, data } => {
                let [sockname, data] = [sockname, data].map(Value::to_string);
                let listening = Listening { key: key.0, sockname: &sockname, data: &data };
                match mode {
                    Mode::Dealt => Self::encoded(seq, lane::Reply::Dealt(listening), None),
                    Mode::Shared => Self::encoded(seq, lane::Reply::Shared(listening), Some(*key)),
                }
            }
            Reply::Failed(errno) => {
                Self::encoded(seq, lane::Reply::Failed { errno: errno.0.unsigned_abs() }, None)
            }
        }
    }

    fn encoded(seq: u32, reply: lane::Reply, shared: Option<ListenKey>) -> Self {
        let said = ToWorker::Reply { seq, reply };
        let mut body = Vec::new();
        // It fails only for a name of 4 GiB. Then the body is incomplete, and the worker reports a
        // protocol error.
        drop(said.write_body(&mut body));
        Self::Reply { head: said.head(), body, shared }
    }

    /// How many bytes of memory a letter costs.
    fn price(&self) -> usize {
        let body = if let Self::Reply { body, .. } = self { body.len() } else { 0 };
        body + size_of::<Self>()
    }
}

impl Outbox {
    /// Adds a letter at the end. `pending` bytes are in the channel already.
    pub fn push(&mut self, letter: Letter, pending: usize) {
        self.size += letter.price();
        // One read can bring hundreds of queries, so replies over the bound are not kept.
        if !self.is_unread(pending) {
            self.waiting.push_back(letter);
        }
    }

    /// The first `count` letters are written, or need not be.
    pub fn pop(&mut self, count: usize) {
        self.size -= self.waiting.drain(..count).map(|letter| letter.price()).sum::<usize>();
    }

    /// Whether more is pending than a correct worker can cause. `pending` bytes are in the channel
    /// already.
    pub fn is_unread(&self, pending: usize) -> bool {
        self.size + pending > UNREAD
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn front(&self) -> Option<&Letter> {
        self.waiting.front()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Letter> {
        self.waiting.iter()
    }
}
