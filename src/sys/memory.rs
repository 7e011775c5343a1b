//! Memory that two processes share.

use std::num::NonZeroUsize;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;

use nix::errno::Errno;
use nix::libc::c_void;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};

use super::failure::{Called, Failure};

/// Words in memory that another process may write at any time. Their values cannot be trusted.
pub struct Shared {
    address: NonNull<c_void>,
    words: usize,
}

// SAFETY: the mapping belongs to no thread, and all access to it is atomic.
unsafe impl Send for Shared {}

// SAFETY: as above.
unsafe impl Sync for Shared {}

const WORD: usize = size_of::<AtomicU32>();

impl Shared {
    /// New memory, all zero, and the descriptor that another process maps it by.
    ///
    /// # Errors
    /// As `memfd_create(2)`, ftruncate(2) and mmap(2); `ENOSYS` if the system has no such memory.
    pub fn new(words: usize) -> Result<(Self, OwnedFd), Failure> {
        let memory = file(words * WORD)?;
        Ok((Self::map(&memory, words)?, memory))
    }

    /// Maps what another process has made; `words` as there.
    ///
    /// # Errors
    /// As mmap(2).
    pub fn map(memory: &impl AsFd, words: usize) -> Result<Self, Failure> {
        let length = NonZeroUsize::new(words * WORD).ok_or(Errno::EINVAL).called("mmap")?;
        let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: the kernel chooses the place, so no memory of ours is replaced.
        let address = unsafe { mmap(None, length, protection, MapFlags::MAP_SHARED, memory, 0) };
        let address = address.called("mmap")?;
        Ok(Self { address, words })
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> &[AtomicU32] {
        // SAFETY: `self.words` words are mapped there as long as `self` lives; a page's start is
        // aligned; the file cannot shrink, because it is sealed; and writes by another process are
        // allowed, because the words are atomics.
        unsafe { std::slice::from_raw_parts(self.address.cast::<AtomicU32>().as_ptr(), self.words) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: mapped by `map` with this length, and nothing borrows it any more.
        let _ = unsafe { munmap(self.address, self.words * WORD) };
    }
}

/// A nameless file of this length that no process can make shorter: reading beyond the end of a
/// mapped file would kill this process.
#[cfg(target_os = "linux")]
fn file(length: usize) -> Result<OwnedFd, Failure> {
    use nix::fcntl::{FcntlArg, SealFlag, fcntl};
    use nix::sys::memfd::{MFdFlags, memfd_create};

    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    let memory = memfd_create(c"rs-cluster", flags).called("memfd_create")?;
    let length = i64::try_from(length).map_err(|_| Errno::EFBIG).called("ftruncate")?;
    nix::unistd::ftruncate(&memory, length).called("ftruncate")?;
    let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
    fcntl(&memory, FcntlArg::F_ADD_SEALS(seals)).called("fcntl")?;
    Ok(memory)
}

#[cfg(not(target_os = "linux"))]
fn file(_length: usize) -> Result<OwnedFd, Failure> {
    Err(Errno::ENOSYS).called("memfd_create")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering::SeqCst;

    #[test]
    fn two_mappings_show_the_same_words_and_nobody_can_shrink_them() {
        let (here, memory) = Shared::new(300).unwrap();
        let there = Shared::map(&memory, 300).unwrap();
        here.words()[299].store(7, SeqCst);
        assert_eq!(there.words()[299].load(SeqCst), 7);
        assert!(nix::unistd::ftruncate(&memory, 0).is_err());
        drop(memory);
        assert_eq!(here.words()[0].load(SeqCst), 0);
    }
}
