//! Calling a JavaScript object's `emit` from the event loop.

use std::cell::RefCell;
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{FnArgs, Function, FunctionRef};
use napi::{Env, JsValue, Result, Unknown, sys};

use super::text;

/// The `emit` that JavaScript passed in.
pub type Emit<'a> = Function<'a, FnArgs<(String,)>, ()>;

/// Sends the events of one of our objects to its own `emit`, from `open` to `close`.
///
/// While it is open, the object and this hold each other. The garbage collector cannot free such a
/// cycle, so each `open` needs a `close` (`channel-lifetime/gone.js`).
#[derive(Default)]
pub struct Emitter(RefCell<Option<Rc<Target>>>);

struct Target {
    env: Env,
    emit: FunctionRef<FnArgs<(String,)>, ()>,
}

impl Emitter {
    /// Events go to `emit`, which is bound to its object.
    pub fn open(&self, env: Env, emit: &Emit) -> Result<()> {
        *self.0.borrow_mut() = Some(Rc::new(Target { env, emit: emit.create_ref()? }));
        Ok(())
    }

    /// No more events.
    pub fn close(&self) {
        drop(self.0.borrow_mut().take());
    }

    /// Emits `event` with the arguments that `arguments` makes, then runs the tick and microtask
    /// queues as Node does after each of its own callbacks. An exception becomes an
    /// 'uncaughtException'. Does nothing when closed.
    pub fn emit(&self, event: &str, arguments: impl for<'a> FnOnce(&'a Env) -> Result<Vec<Unknown<'a>>>) {
        // A copy, because JavaScript may call `close` during the call.
        let Some(target) = self.0.borrow().clone() else { return };
        // This fails only if JavaScript can no longer run. Then the environment is ending, and no
        // listener is there.
        drop(target.env.run_in_scope(|| {
            let mut all = vec![text::new(&target.env, event)?.raw()];
            all.extend(arguments(&target.env)?.iter().map(JsValue::raw));
            target.call(&all)
        }));
    }
}

impl Target {
    fn call(&self, arguments: &[sys::napi_value]) -> Result<()> {
        let env = self.env.raw();
        let emit = self.emit.borrow_back(&self.env)?.raw();
        let mut result = ptr::null_mut();
        // A plain call would not run the tick queue, and napi-rs has no safe function for this.
        // SAFETY: the values live in the open handle scope, the length is the slice's, and a null
        // async context means the root one.
        let status = unsafe {
            sys::napi_make_callback(
                env,
                ptr::null_mut(),
                // It is bound, so its `this` does not matter.
                emit,
                emit,
                arguments.len(),
                arguments.as_ptr(),
                &raw mut result,
            )
        };
        if status == sys::Status::napi_pending_exception {
            let mut thrown = ptr::null_mut();
            // SAFETY: the environment is alive, because it has just thrown.
            let status = unsafe { sys::napi_get_and_clear_last_exception(env, &raw mut thrown) };
            if status == sys::Status::napi_ok {
                // SAFETY: `thrown` belongs to the open handle scope.
                unsafe { sys::napi_fatal_exception(env, thrown) };
            }
        }
        Ok(())
    }
}
