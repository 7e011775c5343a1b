//! The signals that a terminal, or a service manager, sends to all processes of a program.

use std::ptr;

use nix::libc::{self, c_int};

const SENT_TO_ALL: [c_int; 2] = [libc::SIGTERM, libc::SIGINT];

/// SIGTERM and SIGINT, ignored, and what they did before that.
pub struct Ignored([libc::sigaction; 2]);

impl Ignored {
    /// Ignores them. A handler that is set later wins.
    #[must_use]
    pub fn new() -> Self {
        let mut ignore = nothing();
        ignore.sa_sigaction = libc::SIG_IGN;
        Self(SENT_TO_ALL.map(|signal| replace(signal, Some(&ignore))))
    }

    /// They do again what they did before. A handler that was set meanwhile stays.
    pub fn heed(&self) {
        for (signal, former) in SENT_TO_ALL.into_iter().zip(&self.0) {
            if replace(signal, None).sa_sigaction == libc::SIG_IGN {
                replace(signal, Some(former));
            }
        }
    }
}

impl Default for Ignored {
    fn default() -> Self {
        Self::new()
    }
}

/// Sets the action of a signal, or none. Returns what it was.
fn replace(signal: c_int, action: Option<&libc::sigaction>) -> libc::sigaction {
    let mut former = nothing();
    // SAFETY: both point to an action, or to none. Those that are set were set before, or ignore the
    // signal, so no handler of ours is called. It cannot fail: both signals may be ignored.
    unsafe { libc::sigaction(signal, action.map_or(ptr::null(), ptr::from_ref), &raw mut former) };
    former
}

fn nothing() -> libc::sigaction {
    // SAFETY: all bytes of this struct may be zero.
    unsafe { std::mem::zeroed() }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern "C" fn handler(_: c_int) {}

    /// One test, because the actions are those of the whole process.
    #[test]
    fn what_was_there_comes_back_unless_something_else_is_there() {
        let mut handled = nothing();
        handled.sa_sigaction = handler as *const () as libc::sighandler_t;
        let now = || SENT_TO_ALL.map(|signal| replace(signal, None).sa_sigaction);
        let former = SENT_TO_ALL.map(|signal| replace(signal, Some(&handled)));

        let ignored = Ignored::new();
        assert_eq!(now(), [libc::SIG_IGN; 2]);
        ignored.heed();
        assert_eq!(now(), [handled.sa_sigaction; 2]);

        replace(libc::SIGTERM, Some(&former[0]));
        let ignored = Ignored::new();
        replace(libc::SIGINT, Some(&handled));
        ignored.heed();
        assert_eq!(now(), [former[0].sa_sigaction, handled.sa_sigaction]);
        replace(libc::SIGINT, Some(&former[1]));
    }
}
