//! What the other rules have to know of a worker: how soon it claims, and how much it holds.

/// How soon a worker claims what it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// At once, as far as is known.
    Quick,
    /// After a long turn of its event loop: it is offered something only if no worker is quick.
    Slow,
    /// Unknown: it is offered nothing.
    Stuck,
    /// It is offered nothing, because the program wants that.
    Paused,
}

/// How many of a worker's slots are used, whatever the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    None,
    Some,
    All,
}

/// What is known of a worker, whatever the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub slots: Use,
    pub health: Health,
    /// It was probed, and has not answered.
    pub probed: bool,
    /// It has answered none of its offers for long, and was not probed: the claim timeout may be longer, or none.
    pub stalled: bool,
}

impl Standing {
    /// Whether it holds something and may be stopped. It does not count as awake, because it would take
    /// the turn of one that runs (stopped-workers.js).
    pub fn stands_still(self) -> bool {
        (self.probed || self.stalled) && self.slots != Use::None
    }

    /// Whether a worker can be offered what it could not be offered before.
    pub fn allows_more_than(self, before: Self) -> bool {
        self.health != before.health || before.slots == Use::All && self.slots != Use::All
    }
}

/// How much of one key is in flight to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    Nothing,
    /// It gets more until it has its credit.
    Some,
    /// It gets no more until it has claimed most of it.
    Enough,
}
