//! rs-cluster: `node:cluster`, with the paths of connections and of messages implemented in Rust.
//!
//! **The path of a connection** runs no JavaScript in the primary: [`reactor`] accepts →
//! [`cluster`] says whose turn it is → [`reactor`] sends the descriptor over that worker's lane →
//! [`uv`] reads it on the worker's own loop → `binding` → `lib/servers.js` claims it in the
//! [`ledger`]. Then the primary closes its copy.
//!
//! **The path of a message** is one length-prefixed frame: `lib/message.js` → `binding` → [`uv`] →
//! [`wire`] → the other process's [`wire`] → [`uv`] → `binding` → `lib/message.js`.
//!
//! Beside them, [`tail`] copies what a worker writes to its standard error.
//!
//! Layers depend downwards only: `binding → {reactor, uv, tail} → {ledger, wire} → {cluster, sys}`. The test
//! `__test__/walls.js` holds these walls.

mod binding;
pub mod cluster;
#[deny(clippy::indexing_slicing, reason = "whatever another process wrote reaches no panic")]
pub mod ledger;
pub mod reactor;
pub mod sys;
pub mod tail;
pub mod uv;
#[deny(clippy::indexing_slicing, reason = "whatever another process wrote reaches no panic")]
pub mod wire;

#[cfg(test)]
mod random;
