//! A listening socket of the primary: opening it as a query says, accepting, closing.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{AddressType, Errno, Query};
use crate::sys::errno;
use crate::sys::listen::{self, SockType};
use crate::sys::nothing::Nothing;
use crate::sys::readable;
use crate::sys::reuse_port;
use crate::sys::unix::{self, Access};

/// See the module.
pub(super) struct Listener {
    socket: OwnedFd,
    listens: bool,
    /// Nothing once it is shut. The lock is held while it is being shut.
    place: Mutex<Option<Place>>,
}

/// What becomes free when a listener closes.
enum Place {
    /// An address.
    Address,
    /// A unix socket's file, absolute: the process may change directory. Removed with the listener.
    File(PathBuf),
    /// Nothing: other code in this process has the socket open as well.
    Elsewhere,
}

/// Why `accept` returned no connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// The kernel has no connection now.
    Empty,
    /// The process is out of descriptors, or may not accept. The kernel keeps the connections, and
    /// epoll reports no new event for them.
    Failed,
}

impl Listener {
    /// Node's default for `server.listen()`'s `backlog`.
    const BACKLOG: i32 = 511;
    /// How many broken connections are passed over in one call. If there are more, the error may
    /// not be of a connection.
    const BROKEN_AT_ONCE: usize = 64;

    /// Opens what a worker asked for.
    pub fn open(query: &Query) -> Result<Self, Errno> {
        let backlog = query.backlog.unwrap_or(Self::BACKLOG);
        let host = query.address.as_deref();
        let mut place = Place::Address;
        let socket = match query.kind() {
            AddressType::Tcp4 | AddressType::Tcp6 => {
                port(query).and_then(|port| listen::tcp(host, port, query.ipv6_only(), backlog))
            }
            AddressType::Unix => {
                let path = host.unwrap_or_default();
                if let Some(name) = path.strip_prefix('\0') {
                    unix::with_abstract_name(name.as_bytes(), backlog)
                } else {
                    let path = PathBuf::from(path);
                    let access = Access { readable: query.readable_all, writable: query.writable_all };
                    let socket = unix::with_path(&shortest(&path), backlog, access);
                    place = Place::File(path);
                    socket
                }
            }
            AddressType::Descriptor => {
                place = Place::Elsewhere;
                descriptor(query, SockType::Stream)
                    .and_then(|socket| listen::adopt(&socket, backlog).map(|()| socket))
            }
            AddressType::Udp4 | AddressType::Udp6 if query.fd.is_some_and(|fd| fd >= 0) => {
                place = Place::Elsewhere;
                descriptor(query, SockType::Datagram)
            }
            AddressType::Udp4 | AddressType::Udp6 => udp(query),
        };
        match socket {
            Ok(socket) => Ok(Self { socket, listens: !query.is_datagram(), place: Mutex::new(Some(place)) }),
            Err(error) => Err(self::errno(&error)),
        }
    }

    /// Another datagram socket with the same options. It has no address until [`Self::join`].
    pub fn beside(&self) -> io::Result<Self> {
        let socket = self.while_open(listen::beside)?;
        reuse_port::allow(&socket)?;
        Ok(Self { socket, listens: false, place: Mutex::new(Some(Place::Address)) })
    }

    /// Binds it to the address of `other`.
    pub fn join(&self, other: &Self) -> io::Result<()> {
        let address =
            other.while_open(|socket| listen::local_address(socket).ok_or(errno::INVALID.into()))?;
        self.while_open(|socket| listen::join(socket, address))
    }

    /// Calls `act`, unless the socket is shut. Another thread that shuts it blocks meanwhile: the
    /// kernel does not close a socket that a system call of this thread uses.
    pub fn while_open<T>(&self, act: impl FnOnce(&OwnedFd) -> io::Result<T>) -> io::Result<T> {
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if place.is_none() {
            return Err(errno::INVALID.into());
        }
        act(&self.socket)
    }

    /// Node's `getsockname()`: address, family, port. Null for a unix socket.
    pub fn sockname(&self) -> Value {
        match listen::local_address(&self.socket) {
            Some(address) => json!({
                "address": address.ip().to_string(),
                "family": if address.is_ipv4() { "IPv4" } else { "IPv6" },
                "port": address.port(),
            }),
            None => Value::Null,
        }
    }

    /// The next connection. Those that broke before they were accepted are passed over.
    pub fn accept(&self) -> Result<OwnedFd, Pause> {
        for _ in 0..Self::BROKEN_AT_ONCE {
            match listen::accept(self.socket.as_fd()) {
                Ok(connection) => return Ok(connection),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(Pause::Empty),
                Err(error) if listen::is_of_one_connection(&error) => {}
                Err(_) if self.is_shut() => return Err(Pause::Empty),
                Err(_) => return Err(Pause::Failed),
            }
        }
        Err(Pause::Failed)
    }

    /// Whether connections come to it, and not datagrams.
    pub fn listens(&self) -> bool {
        self.listens
    }

    /// Whether there is a connection to accept.
    pub fn has_waiting(&self) -> bool {
        readable::within(self.socket.as_fd(), Duration::ZERO)
    }

    fn is_shut(&self) -> bool {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Closes the socket, also while another thread is about to accept on it. Two threads may close
    /// it at the same time. The second one blocks until the kernel has closed it for the first,
    /// because its port and its file are not free before that.
    pub fn shut(&self, nothing: &Nothing) {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        match place.take() {
            None | Some(Place::Elsewhere) => return,
            Some(Place::File(file)) => remove(&file),
            Some(Place::Address) => {}
        }
        nothing.replace(&self.socket);
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Ok(Some(Place::File(file))) = self.place.get_mut() {
            remove(file);
        }
    }
}

/// Another process may have removed or replaced the file. libuv does not check that either.
fn remove(file: &Path) {
    drop(fs::remove_file(file));
}

/// The number for `net`, which makes its own exception from it.
pub(super) fn errno(error: &io::Error) -> Errno {
    Errno(errno::number(error, errno::INVALID))
}

fn port(query: &Query) -> io::Result<u16> {
    u16::try_from(query.port.unwrap_or(0)).map_err(|_| errno::INVALID.into())
}

fn udp(query: &Query) -> io::Result<OwnedFd> {
    let is_v4 = query.kind() == AddressType::Udp4;
    let any = if is_v4 { "0.0.0.0" } else { "::" };
    let address = listen::address(query.address.as_deref().unwrap_or(any), port(query)?)?;
    // libuv's bind refuses an address of the other family.
    if address.is_ipv4() != is_v4 {
        return Err(errno::INVALID.into());
    }
    listen::udp(address, query.ipv6_only(), query.reuse_address())
}

fn descriptor(query: &Query, kind: SockType) -> io::Result<OwnedFd> {
    listen::existing(query.fd.unwrap_or(-1), kind)
}

/// An address has room for a path of some hundred bytes. So this is the shorter of the absolute
/// path and the path relative to the current folder (test-cluster-net-listen-relative-path).
fn shortest(path: &Path) -> PathBuf {
    let relative = std::env::current_dir().ok().and_then(|here| relative(&here, path));
    match relative {
        Some(relative) if relative.as_os_str().len() < path.as_os_str().len() => relative,
        _ => path.to_path_buf(),
    }
}

fn relative(from: &Path, to: &Path) -> Option<PathBuf> {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return None;
    }
    let up = from.components().skip(common).map(|_| "..");
    let path: PathBuf =
        up.map(PathBuf::from).chain(to.components().skip(common).map(|c| c.as_os_str().into())).collect();
    (!path.as_os_str().is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths() {
        let relative =
            |from, to| relative(Path::new(from), Path::new(to)).map(|path| path.display().to_string());
        assert_eq!(relative("/a/b", "/a/b/c/s").as_deref(), Some("c/s"));
        assert_eq!(relative("/a/b", "/a/s").as_deref(), Some("../s"));
        assert_eq!(relative("/a/b", "/a/b"), None);
        assert_eq!(relative("/a/b", "/s").as_deref(), Some("../../s"));
    }

    #[test]
    fn a_unix_sockets_file_goes_with_its_listener() {
        let path = std::env::temp_dir().join(format!("rs-cluster-listener-{}", std::process::id()));
        let query = Query { address: Some(path.display().to_string()), port: Some(-1), ..Query::default() };
        let listener = Listener::open(&query).unwrap();
        assert!(path.exists());
        assert_eq!(listener.sockname(), Value::Null);
        assert_eq!(Listener::open(&query).err(), Some(Errno(nix::errno::Errno::EADDRINUSE as i32)));
        assert!(path.exists(), "a failed second listen removed the first one's file");
        drop(listener);
        assert!(!path.exists());
    }
}
