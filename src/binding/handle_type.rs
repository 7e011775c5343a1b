//! What a descriptor is. `lib/` asks before it opens one with a handle class of Node.

#![cfg_attr(test, allow(dead_code, reason = "in tests napi registers no function, so it has no caller"))]

use napi_derive::napi;

use crate::sys::handle_type;
use crate::sys::inherited;

/// A descriptor in Node's words.
#[napi(object, object_from_js = false)]
pub struct DescriptorType {
    /// The class: 'TCP', 'Pipe' or 'UDP'.
    pub native: &'static str,
    /// Whether it accepts connections.
    pub listens: bool,
    /// Of 'UDP': 'udp4' or 'udp6'.
    pub dgram_type: Option<&'static str>,
}

/// What `descriptor` is; nothing if it is closed, or if none of Node's handle classes can wrap it.
#[napi]
pub fn handle_type_of(descriptor: i32) -> Option<DescriptorType> {
    let known = inherited::lend(descriptor, |lent| Ok(handle_type::HandleType::of(&lent))).ok().flatten()?;
    Some(match known {
        handle_type::HandleType::Tcp { listens } => {
            DescriptorType { native: "TCP", listens, dgram_type: None }
        }
        handle_type::HandleType::Pipe { listens } => {
            DescriptorType { native: "Pipe", listens, dgram_type: None }
        }
        handle_type::HandleType::Udp4 => datagrams("udp4"),
        handle_type::HandleType::Udp6 => datagrams("udp6"),
    })
}

fn datagrams(dgram_type: &'static str) -> DescriptorType {
    DescriptorType { native: "UDP", listens: false, dgram_type: Some(dgram_type) }
}
