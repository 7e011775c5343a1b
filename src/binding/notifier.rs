//! `Notifier`: tells a service manager what happens, as `sd_notify(3)` does.

use std::sync::Arc;

use napi::{Env, Result};
use napi_derive::napi;

use super::{exception, negative_errno};
use crate::sys::datagram::Sender;
use crate::sys::failure::Called;

/// The way to the service manager that has started this process.
#[napi]
pub struct Notifier(pub(super) Arc<Sender>);

#[napi]
impl Notifier {
    /// `address`: the value of `NOTIFY_SOCKET`. Throws if it is none that can be reached.
    #[napi(constructor)]
    pub fn new(env: Env, address: String) -> Result<Self> {
        let sender = Sender::new(&address).called("socket");
        Ok(Self(Arc::new(sender.map_err(|failure| exception(env, &failure))?)))
    }

    /// Sends states, each a line, in one datagram. Returns 0, or a negative error number. It does not
    /// block.
    #[napi]
    pub fn send(&self, states: String) -> i32 {
        self.0.send(states.as_bytes()).map_or_else(|error| negative_errno(&error), |()| 0)
    }
}
