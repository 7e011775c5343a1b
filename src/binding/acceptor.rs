//! `Acceptor`: a worker accepts by itself from a listening socket that it shares with other workers
//! (`SCHED_NONE`).
//!
//! Event: 'turn': there may be a connection.

use std::os::fd::IntoRawFd;
use std::rc::Rc;

use napi::{Env, Result};
use napi_derive::napi;

use super::emitter::{Emit, Emitter};
use crate::cluster::ListenKey;
use crate::ledger::Ledger;
use crate::uv;

/// A shared listening socket.
#[napi]
pub struct Acceptor {
    pub(super) emitter: Rc<Emitter>,
    pub(super) line: Rc<uv::Acceptor>,
    pub(super) ledger: Option<Rc<Ledger>>,
    pub(super) key: ListenKey,
}

#[napi]
impl Acceptor {
    /// Events come out through `emit`. It takes no part before `watch`.
    #[napi]
    pub fn start(&self, env: Env, emit: Emit) -> Result<()> {
        self.emitter.open(env, &emit)
    }

    /// Whether it takes part.
    #[napi]
    pub fn watch(&self, yes: bool) {
        self.line.watch(yes);
    }

    /// The next connection's descriptor, which JavaScript owns from now on; -1 if there is none now.
    #[napi]
    pub fn accept(&self) -> i32 {
        let Some(connection) = self.line.accept() else { return -1 };
        if let Some(ledger) = &self.ledger {
            ledger.count_accepted(self.key);
        }
        connection.into_raw_fd()
    }

    /// The socket's number; -1 once closed.
    #[napi(getter)]
    pub fn fd(&self) -> i32 {
        self.line.number().unwrap_or(-1)
    }

    /// Closes the socket in this process.
    #[napi]
    pub fn close(&self) {
        self.emitter.close();
        self.line.close();
    }
}
