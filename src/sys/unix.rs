//! Unix sockets that listen, with a file or without one, made as libuv makes them.

use std::fs::{self, Permissions};
use std::io;
use std::mem::offset_of;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{AddressFamily, SockType, UnixAddr, bind};

use super::listen::{new_socket, queue};
use super::uv;

/// Who else may open a unix socket's file (`server.listen()`'s `readableAll`, `writableAll`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Everybody may read.
    pub readable: bool,
    /// Everybody may write.
    pub writable: bool,
}

/// A unix stream socket that listens at `path`.
///
/// # Errors
/// As bind(2), with two errors of libuv's: `EACCES` if the folder does not exist, and `EINVAL` if
/// the name is too long or has a zero byte. (libuv before 1.50 truncated such a name and listened
/// on another path.)
pub fn with_path(path: &Path, backlog: i32, access: Access) -> io::Result<OwnedFd> {
    let socket = new_socket(AddressFamily::Unix, SockType::Stream)?;
    bind_to_path(&socket, path).map_err(|errno| match errno {
        Errno::ENOENT => Errno::EACCES,
        other => other,
    })?;
    let opened = open_to(path, access).and_then(|()| queue(&socket, backlog));
    opened.inspect_err(|_| drop(fs::remove_file(path)))?;
    Ok(socket)
}

/// A listening unix socket without a file. `name` is the part after the zero byte of an abstract
/// address, unix(7).
///
/// # Errors
/// As bind(2) and listen(2); `EINVAL` if the name is too long, or if this system has no such
/// addresses.
pub fn with_abstract_name(name: &[u8], backlog: i32) -> io::Result<OwnedFd> {
    let socket = new_socket(AddressFamily::Unix, SockType::Stream)?;
    bind(socket.as_raw_fd(), &abstract_address(name).map_err(|_| Errno::EINVAL)?)?;
    queue(&socket, backlog)?;
    Ok(socket)
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> nix::Result<UnixAddr> {
    // Before 1.47, libuv padded the name with zeros to the length of the address. Before 1.46 the
    // name was all zeros, because libuv stopped at the first zero byte.
    let mut padded = [0; 107];
    match uv::version() {
        Some(version) if version < (1, 46) => UnixAddr::new_abstract(&padded),
        Some((1, 46)) => {
            padded.get_mut(..name.len()).ok_or(Errno::EINVAL)?.copy_from_slice(name);
            UnixAddr::new_abstract(&padded)
        }
        _ => UnixAddr::new_abstract(name),
    }
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_name: &[u8]) -> nix::Result<UnixAddr> {
    Err(Errno::EINVAL)
}

/// bind(2) to a path. A path that fills the address has no zero byte after it (unix(7)). nix
/// refuses such a path.
fn bind_to_path(socket: &OwnedFd, path: &Path) -> nix::Result<()> {
    let path = path.as_os_str().as_bytes();
    // SAFETY: all bytes of this struct may be zero.
    let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    if path.is_empty() || path.len() > address.sun_path.len() || path.contains(&0) {
        return Err(Errno::EINVAL);
    }
    address.sun_family = AddressFamily::Unix as libc::sa_family_t;
    for (place, byte) in address.sun_path.iter_mut().zip(path) {
        *place = byte.cast_signed() as libc::c_char;
    }
    let length = offset_of!(libc::sockaddr_un, sun_path) + path.len();
    let length = libc::socklen_t::try_from(length).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the descriptor is open, and the address has at least `length` bytes.
    Errno::result(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) })?;
    Ok(())
}

/// Sets the file's mode as the libuv of this Node does. Since 1.50 it is just what was asked for.
/// Before, that is added to the mode that the umask allowed.
fn open_to(path: &Path, access: Access) -> io::Result<()> {
    let mut mode = 0;
    if access.readable {
        mode |= 0o444;
    }
    if access.writable {
        mode |= 0o222;
    }
    if mode == 0 {
        return Ok(());
    }
    if uv::version().is_some_and(|version| version < (1, 50)) {
        mode |= fs::metadata(path)?.permissions().mode();
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libuvs_errors_for_unix_paths() {
        let code = |path: &str| {
            let error = with_path(Path::new(path), 0, Access::default()).unwrap_err();
            Errno::from_raw(error.raw_os_error().unwrap())
        };
        assert_eq!(code("/nonexistent/folder/socket"), Errno::EACCES);
        assert_eq!(code(&format!("/tmp/{}", "x".repeat(200))), Errno::EINVAL);
        assert_eq!(code("/tmp"), Errno::EADDRINUSE);
    }

    #[test]
    fn a_path_may_fill_the_address() {
        let folder = std::env::temp_dir().join(format!("rs-cluster-unix-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let name = |length: usize| folder.join("x".repeat(length - folder.as_os_str().len() - 1));
        for length in [106, 107, 108] {
            with_path(&name(length), 1, Access::default()).unwrap();
            assert!(name(length).exists());
        }
        for path in [name(109), folder.join("a\0b"), "".into()] {
            let error = with_path(&path, 1, Access::default()).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(Errno::EINVAL as i32), "{}", path.display());
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
