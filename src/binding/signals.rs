//! `IgnoredSignals`: a worker does not end by what a terminal sends to all processes.

use napi_derive::napi;

use crate::sys::signals::Ignored;

/// SIGTERM and SIGINT, ignored from its construction on. `process.on()` is not used, so that the program
/// sees no listener, and may add its own.
#[napi]
pub struct IgnoredSignals(Ignored);

#[napi]
impl IgnoredSignals {
    /// Begins to ignore them.
    #[napi(constructor)]
    #[allow(clippy::new_without_default, reason = "JavaScript is the only caller")]
    pub fn new() -> Self {
        Self(Ignored::new())
    }

    /// They end the process again, unless the program listens for them.
    #[napi]
    pub fn heed(&self) {
        self.0.heed();
    }
}
