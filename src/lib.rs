//! rs-cluster: `node:cluster` with its two ways rebuilt in Rust.
//!
//! **A connection's way** never touches the primary's JavaScript:
//! [`reactor`] accepts → [`cluster`] says whose turn it is → [`reactor`] sends the descriptor over
//! that worker's lane → [`uv`] reads it on the worker's own loop → `binding` → `lib/server.js`.
//!
//! **A message's way** is one length-prefixed frame: `lib/message.js` → `binding` → [`uv`] →
//! [`wire`] → the other process's [`wire`] → [`uv`] → `binding` → `lib/message.js`.
//!
//! Layers depend downwards only: `binding → {reactor, uv} → {cluster, wire} → sys`. The test
//! `__test__/walls.test.js` holds these walls.

mod binding;
pub mod cluster;
pub mod reactor;
pub mod sys;
pub mod uv;
pub mod wire;

#[cfg(test)]
mod random;
