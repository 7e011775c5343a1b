//! The border to JavaScript, and the only folder that names napi. It converts and delegates, and
//! decides nothing.
//!
//! JavaScript makes event emitters of the classes and passes `emit` in; events come out through it.

#![allow(
    clippy::needless_pass_by_value,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "JavaScript is the only caller: it gives arguments away, and its errors stand in lib/"
)]

mod cluster;
mod counter;
mod emitter;
mod handle_type;
mod inbox;
mod lane;
mod text;
mod worker;

use std::io;

use napi::{Env, Error, Result, Status};

use crate::sys::uv::Loop;

/// The loop of this environment.
fn event_loop(env: Env) -> Result<Loop> {
    Loop::new(env.get_uv_event_loop()?.cast()).ok_or_else(|| Error::from_reason("Node has no event loop"))
}

/// A failed system call, as an exception that names its error number.
fn exception(error: &io::Error) -> Error {
    Error::new(Status::GenericFailure, error.to_string())
}

/// A failed system call, as `net` wants it: the negative error number.
fn negative_errno(error: &io::Error) -> i32 {
    -error.raw_os_error().unwrap_or(nix::errno::Errno::EPIPE as i32)
}
