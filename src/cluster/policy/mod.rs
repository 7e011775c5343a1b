//! Who is next. A policy gives each worker of a handle its place in line; a connection goes to the
//! first one in line that can take it.
//!
//! A worker's place changes only when it joins and when it is offered a connection. So a policy
//! costs the same with any number of workers. A policy does not decide which workers can take a
//! connection at all: those that are not leaving, full or slow, and have a free slot.
//!
//! A new policy is a file here and a line in the list below (CONTRIBUTING.md, "Add a policy").

mod place;
mod round_robin;

pub use place::{Place, Policy};
use round_robin::RoundRobin;

/// Makes [`Balance`] and all that has to name every policy, so that a new one is added in one place.
macro_rules! policies {
    ($($(#[doc = $meaning:literal])+ $name:ident = $text:literal,)+) => {
        /// The policies.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Balance {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl Balance {
            /// Every policy, and what JavaScript calls it.
            pub const ALL: [(Self, &'static str); [$($text),+].len()] = [$((Self::$name, $text)),+];

            /// A policy for one handle.
            #[must_use]
            pub fn policy(self) -> Box<dyn Policy> {
                match self {
                    $(Self::$name => Box::<$name>::default(),)+
                }
            }
        }
    };
}

policies! {
    /// Each in turn.
    RoundRobin = "round-robin",
}
