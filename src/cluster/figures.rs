//! What a worker has done with its connections, in numbers. The rules count; the reactor publishes.

/// Makes a struct of counters, and the list of their names. JavaScript gets its figures by that
/// list, so a new counter is one word here. They are published with each offer and each answer
/// (`reactor/shell/outputs.rs`). `ledger/stats.js` says where else a counter has to be described.
macro_rules! figures {
    ($(#[$about:meta])* pub struct $name:ident { $($(#[$meaning:meta])* $figure:ident,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$meaning])* pub $figure: u64,)+
        }

        impl $name {
            /// What JavaScript calls them.
            pub const NAMES: [&'static str; [$(stringify!($figure)),+].len()] = [$(stringify!($figure)),+];

            /// The numbers, in the order of the names.
            #[must_use]
            pub fn into_array(self) -> [u64; Self::NAMES.len()] {
                [$(self.$figure),+]
            }
        }

        impl From<[u64; $name::NAMES.len()]> for $name {
            fn from([$($figure),+]: [u64; $name::NAMES.len()]) -> Self {
                Self { $($figure),+ }
            }
        }
    };
}

figures! {
    /// What a worker has done with its connections, since it was forked. All of them only grow.
    /// `offered` is the first: a reader that goes from the last to the first, while they are counted,
    /// finds no answer without its offer.
    pub struct Figures {
        /// Offered to it.
        offered,
        /// Of those: claimed.
        claimed,
        /// Of those: refused. Its server had no room, or was closing.
        refused,
        /// Of those: revoked. It did not claim them in time, while another worker had room; or it was gone
        /// before it claimed them.
        revoked,
        /// Of those: offered to another worker before, which did not claim them.
        redispatched,
    }
}

impl Figures {
    /// How many were offered, and have no answer yet.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.offered.saturating_sub(self.claimed + self.refused + self.revoked)
    }

    /// What they come to when the worker is gone. Of the connections in flight, it has claimed so many.
    #[must_use]
    pub fn at_end(mut self, claimed: usize) -> Self {
        self.claimed += claimed as u64;
        self.revoked += self.in_flight();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_end_all_that_is_in_flight_is_claimed_or_taken_back() {
        let figures = Figures { offered: 10, claimed: 3, refused: 1, revoked: 1, redispatched: 2 };
        let last = figures.at_end(2);
        assert_eq!(last, Figures { claimed: 5, revoked: 4, ..figures });
        assert_eq!(last.in_flight(), 0);
    }
}
