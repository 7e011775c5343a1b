//! The last words of a process: what it writes to its standard error goes through a pipe to this
//! process's own standard error, and the end of it is kept.
//!
//! A thread copies, so a worker that writes never waits for the primary's JavaScript. If nobody reads the
//! standard error of this process, the worker waits, as it does without the pipe.

use std::collections::VecDeque;
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::sys::failure::{Called, Failure};
use crate::sys::{readable, stderr};

/// How many bytes are kept.
const MOST: usize = 4096;

/// The thread calls few functions, and none of them needs much.
const STACK: usize = 128 * 1024;

/// For how long the rest of a line is waited for. A process that writes much finds the pipe full in mid-line.
const REST: Duration = Duration::from_millis(20);

type Kept = Arc<Mutex<VecDeque<u8>>>;

/// See the module.
pub struct Tail {
    kept: Kept,
    /// The end for the other process, until it is spawned.
    there: Option<OwnedFd>,
}

impl Tail {
    /// Makes the pipe, and starts the thread. `ended` is called when all ends for writing have closed.
    ///
    /// # Errors
    /// As pipe2(2) and `pthread_create(3)`.
    pub fn start(ended: impl FnOnce() + Send + 'static) -> Result<Self, Failure> {
        Self::start_to(stderr::write_all, ended)
    }

    fn start_to(
        write: impl Fn(&[u8]) -> io::Result<()> + Send + 'static,
        ended: impl FnOnce() + Send + 'static,
    ) -> Result<Self, Failure> {
        let (here, there) = io::pipe().called("pipe2")?;
        let kept = Kept::default();
        let copied = Arc::clone(&kept);
        let run = move || {
            copy(here, &write, &copied);
            ended();
        };
        let thread = thread::Builder::new().name("rs-cluster-tail".into()).stack_size(STACK);
        thread.spawn(run).called("pthread_create")?;
        Ok(Self { kept, there: Some(there.into()) })
    }

    /// The number of the end for the other process; nothing once that is spawned.
    #[must_use]
    pub fn descriptor(&self) -> Option<RawFd> {
        self.there.as_ref().map(AsRawFd::as_raw_fd)
    }

    /// The other process has its end: this process closes its copy.
    pub fn spawned(&mut self) {
        self.there = None;
    }

    /// What was written last.
    #[must_use]
    pub fn text(&self) -> String {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(kept.make_contiguous()).into_owned()
    }
}

fn copy(mut from: PipeReader, write: &impl Fn(&[u8]) -> io::Result<()>, kept: &Kept) {
    let mut buffer = [0; MOST];
    // How many bytes at its start belong to a line that is not complete, and are not written yet.
    let mut held = 0;
    let mut is_read = true;
    loop {
        let count = match from.read(buffer.get_mut(held..).unwrap_or_default()) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        keep(kept, buffer.get(held..held + count).unwrap_or_default());
        let bytes = buffer.get(..held + count).unwrap_or_default();
        // If nothing more comes, the process has written the last line as far as it wants.
        let is_torn = count > 0 && !bytes.ends_with(b"\n") && readable::within(from.as_fd(), REST);
        let whole = if is_torn { whole_lines(bytes) } else { bytes.len() };
        // If nobody reads any more, the worker shall not wait for that.
        is_read = is_read && (whole == 0 || write(bytes.get(..whole).unwrap_or_default()).is_ok());
        if count == 0 {
            return;
        }
        buffer.copy_within(whole..held + count, 0);
        held = held + count - whole;
    }
}

fn keep(kept: &Kept, bytes: &[u8]) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.extend(bytes);
    let excess = kept.len().saturating_sub(MOST);
    kept.drain(..excess);
}

/// How many bytes may be written so that the lines of other processes do not come in between. A line that
/// fills the buffer is not kept together.
fn whole_lines(bytes: &[u8]) -> usize {
    let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
    if end == 0 && bytes.len() == MOST { MOST } else { end }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;
    use std::sync::mpsc;

    use super::*;

    /// A tail of which the other end is written here, what it has passed on, and when it has ended.
    fn tail(write: fn(&[u8]) -> io::Result<()>) -> (Tail, File, mpsc::Receiver<Vec<u8>>, mpsc::Receiver<()>) {
        let (passed, copies) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let write = move |bytes: &[u8]| {
            passed.send(bytes.to_vec()).unwrap();
            write(bytes)
        };
        let mut tail = Tail::start_to(write, move || end.send(()).unwrap()).unwrap();
        let there = File::from(tail.there.take().unwrap());
        (tail, there, copies, ended)
    }

    #[test]
    fn what_is_written_goes_on_and_the_end_of_it_is_kept() {
        let (tail, mut there, copies, ended) = tail(|_| Ok(()));
        let text = "a line of text\n".repeat(10_000);
        there.write_all(text.as_bytes()).unwrap();
        drop(there);
        ended.recv().unwrap();
        assert_eq!(copies.into_iter().flatten().collect::<Vec<u8>>(), text.as_bytes());
        assert_eq!(tail.text(), text[text.len() - MOST..]);
    }

    #[test]
    fn lines_are_not_torn() {
        let (_tail, mut there, copies, ended) = tail(|_| Ok(()));
        for _ in 0..10_000 {
            there.write_all(b"a line of text\n").unwrap();
        }
        drop(there);
        ended.recv().unwrap();
        for copy in copies {
            assert!(copy.is_empty() || copy.ends_with(b"\n"), "{}", String::from_utf8_lossy(&copy));
        }
    }

    #[test]
    fn a_line_that_is_longer_than_the_buffer_goes_on_too() {
        let (_tail, mut there, copies, ended) = tail(|_| Ok(()));
        let text = [&[b'.'; 3 * MOST][..], b"\n.\n..."].concat();
        there.write_all(&text).unwrap();
        drop(there);
        ended.recv().unwrap();
        assert_eq!(copies.into_iter().flatten().collect::<Vec<u8>>(), text);
    }

    #[test]
    fn a_character_that_is_cut_is_no_error() {
        let (tail, mut there, _copies, ended) = tail(|_| Ok(()));
        there.write_all("é".repeat(MOST).as_bytes()).unwrap();
        there.write_all(b"!").unwrap();
        drop(there);
        ended.recv().unwrap();
        assert!(tail.text().ends_with("é!"));
    }

    #[test]
    fn a_reader_that_is_gone_stops_nobody() {
        let (tail, mut there, copies, ended) = tail(|_| Err(io::ErrorKind::BrokenPipe.into()));
        for _ in 0..100 {
            there.write_all(&[b'.'; MOST]).unwrap();
        }
        there.write_all(b"the last").unwrap();
        drop(there);
        ended.recv().unwrap();
        assert_eq!(copies.into_iter().count(), 1);
        assert!(tail.text().ends_with("the last"));
    }

    #[test]
    fn the_other_process_holds_the_only_end() {
        let (end, ended) = mpsc::channel();
        let mut tail = Tail::start_to(|_| Ok(()), move || end.send(()).unwrap()).unwrap();
        assert!(tail.descriptor().is_some());
        tail.spawned();
        assert_eq!(tail.descriptor(), None);
        ended.recv().unwrap();
    }
}
