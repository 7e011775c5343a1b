//! libuv's functions, looked up at run time in the process that runs this.

use std::ffi::{CStr, c_int, c_void};
use std::io;
use std::sync::OnceLock;

use nix::libc;

pub(super) type PollCallback = unsafe extern "C" fn(*mut c_void, c_int, c_int);
pub(super) type Callback = unsafe extern "C" fn(*mut c_void);

pub(super) type OfHandle<R> = unsafe extern "C" fn(*mut c_void) -> R;
pub(super) type HandleSize = unsafe extern "C" fn(c_int) -> usize;
pub(super) type PollInit = unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> c_int;
pub(super) type PollStart = unsafe extern "C" fn(*mut c_void, c_int, PollCallback) -> c_int;
pub(super) type TimerInit = unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int;
pub(super) type TimerStart = unsafe extern "C" fn(*mut c_void, Callback, u64, u64) -> c_int;
pub(super) type OfLoop<R> = unsafe extern "C" fn(*mut c_void) -> R;
pub(super) type Close = unsafe extern "C" fn(*mut c_void, Callback);
pub(super) type SetData = unsafe extern "C" fn(*mut c_void, *mut c_void);

/// libuv's functions, as uv.h declares them.
pub(super) struct Api {
    pub(super) handle_size: HandleSize,
    pub(super) poll_init: PollInit,
    pub(super) poll_start: PollStart,
    pub(super) poll_stop: OfHandle<c_int>,
    pub(super) timer_init: TimerInit,
    pub(super) timer_start: TimerStart,
    pub(super) is_active: OfHandle<c_int>,
    pub(super) idle_time: OfLoop<u64>,
    pub(super) backend_fd: OfLoop<c_int>,
    pub(super) close: Close,
    pub(super) reference: OfHandle<()>,
    pub(super) unreference: OfHandle<()>,
    pub(super) set_data: SetData,
    pub(super) get_data: OfHandle<*mut c_void>,
}

/// The address of a function that the host process exports.
pub(super) fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: `name` is a C string, and RTLD_DEFAULT asks for what is already loaded.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!address.is_null()).then_some(address)
}

macro_rules! function {
    ($name:literal as $type:ty) => {
        // SAFETY: uv.h promises this function this type.
        unsafe { std::mem::transmute::<*mut c_void, $type>(symbol($name)?) }
    };
}

impl Api {
    fn load() -> Option<Self> {
        Some(Self {
            handle_size: function!(c"uv_handle_size" as HandleSize),
            poll_init: function!(c"uv_poll_init" as PollInit),
            poll_start: function!(c"uv_poll_start" as PollStart),
            poll_stop: function!(c"uv_poll_stop" as OfHandle<c_int>),
            timer_init: function!(c"uv_timer_init" as TimerInit),
            timer_start: function!(c"uv_timer_start" as TimerStart),
            is_active: function!(c"uv_is_active" as OfHandle<c_int>),
            idle_time: function!(c"uv_metrics_idle_time" as OfLoop<u64>),
            backend_fd: function!(c"uv_backend_fd" as OfLoop<c_int>),
            close: function!(c"uv_close" as Close),
            reference: function!(c"uv_ref" as OfHandle<()>),
            unreference: function!(c"uv_unref" as OfHandle<()>),
            set_data: function!(c"uv_handle_set_data" as SetData),
            get_data: function!(c"uv_handle_get_data" as OfHandle<*mut c_void>),
        })
    }

    /// Looks them up at the first call.
    ///
    /// # Errors
    /// `Unsupported` if this process is not Node, or its Node exports none of them.
    pub(super) fn get() -> io::Result<&'static Self> {
        static API: OnceLock<Option<Api>> = OnceLock::new();
        API.get_or_init(Self::load)
            .as_ref()
            .ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "this Node exports no libuv functions"))
    }
}
