//! Polls of descriptors, and timers, on Node's own libuv loop; and how long that was idle.
//!
//! Node-API lends the loop (`napi_get_uv_event_loop`), and every Node binary from 18 to 26 exports
//! libuv's functions. They are looked up at run time, so the crate links, and `cargo test` runs,
//! without Node.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::libuv::{Api, symbol};

const UV_READABLE: c_int = 1;
const UV_WRITABLE: c_int = 2;
/// `UV_POLL` and `UV_TIMER` in libuv's `uv_handle_type`, the same since libuv 1.0.
const UV_POLL: c_int = 8;
const UV_TIMER: c_int = 13;

/// `uv_loop_t`, of which we hold only the address.
pub type Loop = NonNull<c_void>;

/// The libuv that runs this process, as (major, minor); nothing outside Node.
#[must_use]
pub fn version() -> Option<(u32, u32)> {
    let address = symbol(c"uv_version")?;
    // SAFETY: uv.h promises this type.
    let function = unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> u32>(address) };
    // SAFETY: a plain query.
    let number = unsafe { function() };
    Some((number >> 16, number >> 8 & 0xff))
}

/// How long the loop has been idle so far, in its poll for events. Node configures its loop to measure
/// this. Zero if libuv's functions are not found.
#[must_use]
pub fn idle_time(event_loop: Loop) -> Duration {
    // SAFETY: the loop is Node's, and lives as long as its environment. libuv reads the number under
    // a lock.
    Api::get()
        .map_or(Duration::ZERO, |api| Duration::from_nanos(unsafe { (api.idle_time)(event_loop.as_ptr()) }))
}

/// What a handle reports to.
pub trait Ready {
    /// The descriptor can be read or written.
    fn ready(self: Rc<Self>, readable: bool, writable: bool);
    /// The descriptor has an error, such as a peer that closed without reading all; there may be
    /// bytes to be read all the same. libuv no longer watches it.
    fn failed(self: Rc<Self>);
    /// A timer has expired.
    fn due(self: Rc<Self>);
}

/// One `uv_handle_t`, closed when dropped. It lives on the loop's thread.
struct Handle {
    api: &'static Api,
    address: NonNull<c_void>,
}

/// What the handle's `data` points at, freed when libuv has closed the handle.
struct Data {
    target: Weak<dyn Ready>,
    size: usize,
}

impl Handle {
    /// Makes a handle of `kind`. `init` gets memory of libuv's own size for it.
    fn new(
        kind: c_int,
        target: Weak<dyn Ready>,
        init: impl FnOnce(&'static Api, *mut c_void) -> c_int,
    ) -> io::Result<Self> {
        let api = Api::get()?;
        // SAFETY: a plain query.
        let size = unsafe { (api.handle_size)(kind) }.div_ceil(8);
        // u64 elements keep the alignment that libuv's structures ask for.
        let memory = Box::into_raw(vec![0_u64; size].into_boxed_slice());
        let status = init(api, memory.cast());
        let Some(address) = NonNull::new(memory.cast()).filter(|_| status == 0) else {
            // SAFETY: libuv refused the memory, so it is ours alone, and made above.
            drop(unsafe { Box::from_raw(memory) });
            return Err(io::Error::from_raw_os_error(-status));
        };
        let data = Box::into_raw(Box::new(Data { target, size }));
        // SAFETY: the handle was initialised above.
        unsafe { (api.set_data)(address.as_ptr(), data.cast()) };
        Ok(Self { api, address })
    }

    fn as_ptr(&self) -> *mut c_void {
        self.address.as_ptr()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is initialised, and closed only here. libuv stops it first.
        unsafe { (self.api.close)(self.as_ptr(), on_close) };
    }
}

/// One `uv_poll_t`. It watches a descriptor that outlives it.
pub struct Poll {
    handle: Handle,
    /// The events that are watched now. `uv_poll_start` makes system calls even if nothing changes.
    events: Cell<c_int>,
}

impl Poll {
    /// Watches `descriptor` on `event_loop`, once started. It holds the loop until `hold(false)`.
    ///
    /// # Errors
    /// As `uv_poll_init`, and `Unsupported` if libuv's functions are not found.
    pub fn new(event_loop: Loop, descriptor: BorrowedFd, target: Weak<dyn Ready>) -> io::Result<Self> {
        let handle = Handle::new(UV_POLL, target, |api, memory| {
            // SAFETY: the memory has libuv's own size for a poll handle, the loop is Node's, the
            // descriptor is open.
            unsafe { (api.poll_init)(event_loop.as_ptr(), memory, descriptor.as_raw_fd()) }
        })?;
        Ok(Self { handle, events: Cell::new(0) })
    }

    /// Watches for bytes to read, for room to write, for both, or (with neither) for nothing.
    pub fn watch(&self, readable: bool, writable: bool) {
        let mut events = 0;
        if readable {
            events |= UV_READABLE;
        }
        if writable {
            events |= UV_WRITABLE;
        }
        if self.events.replace(events) == events {
            return;
        }
        let Handle { api, .. } = self.handle;
        if events == 0 {
            // SAFETY: the handle is initialised and not closing while `self` lives.
            unsafe { (api.poll_stop)(self.handle.as_ptr()) };
        } else {
            // SAFETY: as above; the callback has the type that libuv asks for.
            unsafe { (api.poll_start)(self.handle.as_ptr(), events, on_poll) };
        }
    }

    /// Whether anything is watched.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.events.get() != 0
    }

    /// Whether this handle keeps the event loop, and with it the process, alive.
    pub fn hold(&self, yes: bool) {
        let act = if yes { self.handle.api.reference } else { self.handle.api.unreference };
        // SAFETY: the handle is initialised and not closing while `self` lives.
        unsafe { act(self.handle.as_ptr()) };
    }
}

/// One `uv_timer_t`. It holds the loop while it runs.
pub struct Timer {
    handle: Handle,
}

impl Timer {
    /// Does not run yet.
    ///
    /// # Errors
    /// As `uv_timer_init`, and `Unsupported` if libuv's functions are not found.
    pub fn new(event_loop: Loop, target: Weak<dyn Ready>) -> io::Result<Self> {
        let handle = Handle::new(UV_TIMER, target, |api, memory| {
            // SAFETY: the memory has libuv's own size for a timer, the loop is Node's.
            unsafe { (api.timer_init)(event_loop.as_ptr(), memory) }
        })?;
        Ok(Self { handle })
    }

    /// Runs for so many milliseconds, once. One that runs already goes on.
    pub fn start(&self, milliseconds: u64) {
        let Handle { api, .. } = self.handle;
        // SAFETY: the handle is initialised and not closing while `self` lives.
        if unsafe { (api.is_active)(self.handle.as_ptr()) } == 0 {
            // SAFETY: as above; the callback has the type that libuv asks for.
            unsafe { (api.timer_start)(self.handle.as_ptr(), on_timer, milliseconds, 0) };
        }
    }
}

/// The target of a handle, as long as it is there.
///
/// # Safety
/// [`Handle::new`] made the handle, and libuv has not closed it.
unsafe fn target(handle: *mut c_void) -> Option<Rc<dyn Ready>> {
    let api = Api::get().ok()?;
    // SAFETY: the caller's promise.
    let data = unsafe { (api.get_data)(handle) }.cast::<Data>();
    // SAFETY: `Handle::new` stored a Data there, freed only in `on_close`.
    unsafe { &*data }.target.upgrade()
}

unsafe extern "C" fn on_poll(handle: *mut c_void, status: c_int, events: c_int) {
    // SAFETY: libuv calls back with the handle that was started.
    match unsafe { target(handle) } {
        Some(target) if status < 0 => target.failed(),
        Some(target) => target.ready(events & UV_READABLE != 0, events & UV_WRITABLE != 0),
        None => {}
    }
}

unsafe extern "C" fn on_timer(handle: *mut c_void) {
    // SAFETY: libuv calls back with the handle that was started.
    if let Some(target) = unsafe { target(handle) } {
        target.due();
    }
}

unsafe extern "C" fn on_close(handle: *mut c_void) {
    let Ok(api) = Api::get() else { return };
    // SAFETY: libuv calls back with the handle that was closed, once.
    let data = unsafe { (api.get_data)(handle) }.cast::<Data>();
    // SAFETY: `Handle::new` made it with Box::into_raw.
    let data = unsafe { Box::from_raw(data) };
    let memory = std::ptr::slice_from_raw_parts_mut(handle.cast::<u64>(), data.size);
    // SAFETY: `Handle::new` made it so, with this length, and libuv is done with it.
    drop(unsafe { Box::from_raw(memory) });
}
