//! Calling a JavaScript object's `emit` from the event loop.

use std::ptr;

use napi::bindgen_prelude::{FnArgs, Function, FunctionRef};
use napi::{Env, JsValue, Result, Unknown, sys};

use super::text;

/// The `emit` that JavaScript passed in.
pub type Emit<'a> = Function<'a, FnArgs<(String,)>, ()>;

/// Holds an object's `emit`, and the object with it, until dropped.
pub struct Emitter {
    env: Env,
    emit: FunctionRef<FnArgs<(String,)>, ()>,
}

impl Emitter {
    /// Takes `emit`, already bound to its object.
    pub fn new(env: Env, emit: &Emit) -> Result<Self> {
        Ok(Self { env, emit: emit.create_ref()? })
    }

    /// Emits `event` with the arguments that `arguments` makes, then runs the tick and microtask
    /// queues as Node does after each of its own callbacks. An exception becomes an
    /// 'uncaughtException'.
    pub fn emit<'a>(&'a self, event: &str, arguments: impl FnOnce(&'a Env) -> Result<Vec<Unknown<'a>>>) {
        // Fails where JavaScript can no longer run: the environment is going, and nobody listens.
        drop(self.env.run_in_scope(|| {
            let mut all = vec![text::new(&self.env, event)?.raw()];
            all.extend(arguments(&self.env)?.iter().map(JsValue::raw));
            self.call(&all)
        }));
    }

    fn call(&self, arguments: &[sys::napi_value]) -> Result<()> {
        let env = self.env.raw();
        let emit = self.emit.borrow_back(&self.env)?.raw();
        let mut result = ptr::null_mut();
        // A plain call would leave the tick queue standing; napi-rs offers nothing safe here.
        // SAFETY: the values live in the open handle scope, the length is the slice's, and a null
        // async context means the root one.
        let status = unsafe {
            sys::napi_make_callback(
                env,
                ptr::null_mut(),
                // It is bound: what it is called on is the same to it.
                emit,
                emit,
                arguments.len(),
                arguments.as_ptr(),
                &raw mut result,
            )
        };
        if status == sys::Status::napi_pending_exception {
            let mut thrown = ptr::null_mut();
            // SAFETY: the environment is alive, for it has just thrown.
            let status = unsafe { sys::napi_get_and_clear_last_exception(env, &raw mut thrown) };
            if status == sys::Status::napi_ok {
                // SAFETY: `thrown` was given in the open handle scope.
                unsafe { sys::napi_fatal_exception(env, thrown) };
            }
        }
        Ok(())
    }
}
