//! Which worker listens on which handle: what workers ask for, share and close, and what becomes of
//! it when they are gone.

use serde_json::Value;

use super::handle::Handle;
use super::ids::{Errno, ListenKey, Seq, SlotIndex, WorkerId};
use super::mode::Mode;
use super::output::{Output, Reply};
use super::query::Query;
use super::rules::Rules;

impl<C> Rules<C> {
    pub(super) fn query(&mut self, worker: WorkerId, seq: Seq, query: Box<Query>, outputs: &mut Vec<Output>) {
        // Same as in Node: a worker that is leaving gets no answer, because its server will be closed.
        if self.members.get(worker).is_none_or(|member| member.leaving) {
            return;
        }
        if let Some(key) = self.shared_by(worker, &query) {
            if let Some(handle) = self.handles.get_mut(key).filter(|handle| handle.data.is_null()) {
                handle.data = query.data;
            }
            self.join(worker, seq, key, outputs);
            return;
        }
        // A worker that asks twice for one name gets a socket of its own: bind says EADDRINUSE.
        let key = ListenKey(self.next_key);
        self.next_key = self.next_key.wrapping_add(1);
        let mode = if query.is_datagram() { Mode::Shared } else { self.mode };
        let mut handle = Handle::opening(query.name(), mode, self.balance.policy(), worker, seq);
        handle.data = query.data.clone();
        self.handles.insert(key, handle);
        outputs.push(Output::Listen { key, query, mode });
    }

    /// The handle that a worker would share if it asked this.
    #[must_use]
    pub fn shared_by(&self, worker: WorkerId, query: &Query) -> Option<ListenKey> {
        let key = self.names.get(&query.name())?;
        let handle = self.handles.get(*key)?;
        (!handle.line.has(worker)).then_some(*key)
    }

    /// The workers that share a handle.
    #[must_use]
    pub fn sharers(&self, key: ListenKey) -> Vec<WorkerId> {
        self.handles.get(key).map_or_else(Vec::new, |handle| handle.line.workers().collect())
    }

    pub(super) fn listening(
        &mut self,
        key: ListenKey,
        outcome: Result<Value, Errno>,
        outputs: &mut Vec<Output>,
    ) {
        let Some(handle) = self.handles.get_mut(key) else { return };
        let Some((worker, seq)) = handle.asking.take() else { return };
        let gone = self.members.get(worker).is_none_or(|member| member.leaving);
        match outcome {
            Ok(_) if gone => self.unlisten(key, outputs),
            Ok(sockname) => {
                handle.sockname = sockname;
                self.names.insert(handle.name.clone(), key);
                self.join(worker, seq, key, outputs);
            }
            Err(errno) => {
                self.forget(key);
                outputs.push(Output::Reply { worker, seq, reply: Reply::Failed(errno) });
            }
        }
    }

    fn join(&mut self, worker: WorkerId, seq: Seq, key: ListenKey, outputs: &mut Vec<Output>) {
        self.share(worker, key);
        let Some(handle) = self.handles.get_mut(key) else { return };
        if std::mem::take(&mut handle.rests) {
            outputs.push(Output::Resume { key });
        }
        let reply = Reply::Listening {
            key,
            mode: handle.mode,
            sockname: handle.sockname.clone(),
            data: handle.data.clone(),
        };
        outputs.push(Output::Reply { worker, seq, reply });
        self.dispatch(key, outputs);
    }

    pub(super) fn close(&mut self, worker: WorkerId, key: ListenKey, outputs: &mut Vec<Output>) {
        if !self.part(worker, key) {
            return;
        }
        // A program that closes its own server wants it closed.
        let is_kept = self.keeps && self.members.get(worker).is_none_or(|member| member.leaving);
        let unused = self.handles.get_mut(key).filter(|handle| handle.is_unused());
        if let Some(handle) = unused {
            if is_kept {
                handle.rests = true;
                outputs.push(Output::Rest { key });
            } else {
                self.unlisten(key, outputs);
            }
        } else {
            // It may have been the last quick one.
            self.dispatch(key, outputs);
        }
    }

    /// Closes a handle that no worker shares, and with it the connections that are queued there.
    fn unlisten(&mut self, key: ListenKey, outputs: &mut Vec<Output>) {
        let Some(handle) = self.forget(key) else { return };
        if self.names.get(&handle.name) == Some(&key) {
            self.names.remove(&handle.name);
        }
        outputs.push(Output::Unlisten { key });
    }

    /// Closes the handles that no worker shares.
    pub(super) fn close_resting(&mut self, outputs: &mut Vec<Output>) {
        let resting = self.handles.iter().filter(|(_, handle)| handle.rests);
        let resting: Vec<ListenKey> = resting.map(|(key, _)| key).collect();
        for key in resting {
            self.unlisten(key, outputs);
        }
    }

    pub(super) fn leave(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(worker) else { return };
        member.leaving = true;
        self.close_all(worker, outputs);
    }

    fn close_all(&mut self, worker: WorkerId, outputs: &mut Vec<Output>) {
        let Some(member) = self.members.get(worker) else { return };
        let keys: Vec<ListenKey> = member.keys.iter().copied().collect();
        for key in keys {
            self.close(worker, key, outputs);
        }
    }

    pub(super) fn gone(&mut self, worker: WorkerId, claimed: &[SlotIndex], outputs: &mut Vec<Output>) {
        for slot in claimed {
            if let Some(entry) = self.settle(worker, *slot) {
                self.count_wait(&entry);
            }
        }
        let Some(member) = self.members.get(worker) else { return };
        let slots: Vec<SlotIndex> = member.entries().map(|(slot, _)| slot).collect();
        let mut entries: Vec<_> = slots.into_iter().filter_map(|slot| self.settle(worker, slot)).collect();
        entries.sort_by_key(|entry| entry.order);
        let mut keys: Vec<ListenKey> = entries.iter().map(|entry| entry.key).collect();
        keys.dedup();
        for entry in entries {
            self.requeue(entry);
        }
        self.leave(worker, outputs);
        self.remove_member(worker);
        for key in keys {
            self.dispatch(key, outputs);
        }
    }
}
