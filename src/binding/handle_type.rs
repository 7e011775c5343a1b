//! What a descriptor is. `lib/` asks before it opens one with a handle class of Node.

#![cfg_attr(test, allow(dead_code, reason = "in tests napi registers no function, so it has no caller"))]

use napi_derive::napi;

use crate::sys::handle_type::HandleType;
use crate::sys::inherited;

/// The name of what `descriptor` is, as `lib/handle_type.js` reads it; nothing if it is closed, or if
/// none of Node's handle classes can wrap it. A name is cheaper than an object: in a process that was
/// asleep, making the object took 4 µs of 6.
#[napi]
pub fn handle_type_of(descriptor: i32) -> Option<&'static str> {
    let known = inherited::lend(descriptor, |lent| Ok(HandleType::of(&lent))).ok().flatten()?;
    Some(match known {
        HandleType::Tcp { listens: false } => "TCP",
        HandleType::Tcp { listens: true } => "TCP server",
        HandleType::Pipe { listens: false } => "Pipe",
        HandleType::Pipe { listens: true } => "Pipe server",
        HandleType::Udp4 => "udp4",
        HandleType::Udp6 => "udp6",
    })
}
