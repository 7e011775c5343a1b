//! The owners of the descriptors that a lane writes. They are lent to the kernel for one call.

use std::os::fd::OwnedFd;

use super::flows::Flows;
use super::listener::Listener;
use super::listeners::Listeners;
use crate::cluster::{ListenKey, Rules, WorkerId};

/// See the module.
#[derive(Clone, Copy)]
pub(super) struct Lenders<'a> {
    pub rules: &'a Rules<OwnedFd>,
    pub listeners: &'a Listeners,
    pub flows: &'a Flows,
}

impl Lenders<'_> {
    /// The socket on which a worker receives by itself; nothing if it was closed meanwhile.
    pub fn socket(&self, key: ListenKey, worker: WorkerId) -> Option<&Listener> {
        if self.flows.has(key) { self.flows.get(key, worker) } else { self.listeners.get(key) }
    }
}
