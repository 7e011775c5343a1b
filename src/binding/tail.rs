//! `StderrTail`: the last words of a worker.

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Result};
use napi_derive::napi;

use super::exception;
use crate::tail::Tail;

/// Copies the standard error of a worker to that of this process, and keeps its end.
#[napi]
pub struct StderrTail(Tail);

#[napi]
impl StderrTail {
    /// Throws if the process has no descriptor or no thread for it. `ended` is called when the worker, and
    /// whatever it has spawned, writes no more.
    #[napi(constructor)]
    pub fn new(env: Env, ended: Function<(), ()>) -> Result<Self> {
        // Weak: it does not keep the process alive.
        let ended = ended.build_threadsafe_function().callee_handled::<false>().weak::<true>().build()?;
        let end = move || {
            ended.call((), ThreadsafeFunctionCallMode::NonBlocking);
        };
        Tail::start(end).map(Self).map_err(|failure| exception(env, &failure))
    }

    /// The number of the end for the worker; -1 once it is spawned.
    #[napi(getter)]
    pub fn descriptor(&self) -> i32 {
        self.0.descriptor().unwrap_or(-1)
    }

    /// The worker has its end.
    #[napi]
    pub fn spawned(&mut self) {
        self.0.spawned();
    }

    /// What the worker wrote last.
    #[napi]
    pub fn text(&self) -> String {
        self.0.text()
    }
}
