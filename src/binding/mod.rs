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

mod acceptor;
mod cluster;
mod counter;
mod emitter;
mod handle_type;
mod inbox;
mod lane_end;
mod lane_inbox;
mod loop_meter;
mod notifier;
mod signals;
mod tail;
mod text;
mod worker;

use std::io;

use napi::{Env, Error, JsValue, Result};

use crate::sys::errno;
use crate::sys::failure::Failure;
use crate::sys::uv::Loop;

/// The loop of this environment.
fn event_loop(env: Env) -> Result<Loop> {
    Loop::new(env.get_uv_event_loop()?.cast()).ok_or_else(|| {
        Error::from_reason("this environment has no event loop. rs-cluster needs Node, with its libuv loop")
    })
}

/// A failed system call as Node's own exception for it: `code`, `errno` (negative) and `syscall`.
fn exception(env: Env, failure: &Failure) -> Error {
    let (errno, code) = (failure.errno(), format!("{:?}", failure.errno()));
    let message = format!("{} {code}", failure.syscall);
    let made = env.create_error(Error::from_reason(message.clone())).and_then(|mut error| {
        error.set("errno", -(errno as i32))?;
        error.set("code", code)?;
        error.set("syscall", failure.syscall)?;
        Ok(Error::from(error.to_unknown()))
    });
    // Fails only if the environment is ending. Then no code runs that could see the exception.
    made.unwrap_or_else(|_| Error::from_reason(message))
}

/// A failed system call, as `net` wants it: the negative error number.
fn negative_errno(error: &io::Error) -> i32 {
    -errno::number(error, errno::PEER_GONE)
}
