//! Datagrams to a unix socket that another process has bound.

use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use super::errno;

/// Sends to one socket. Another process may bind that socket anew meanwhile.
pub struct Sender {
    socket: UnixDatagram,
    to: SocketAddr,
}

impl Sender {
    /// `address`: an absolute path, or `@` and the name of an abstract socket, unix(7).
    ///
    /// # Errors
    /// As socket(2); `EINVAL` if it is no such address.
    pub fn new(address: &str) -> io::Result<Self> {
        let to = match address.strip_prefix('@') {
            Some(name) => abstract_address(name)?,
            None if address.starts_with('/') => SocketAddr::from_pathname(address)?,
            None => return Err(errno::INVALID.into()),
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, to })
    }

    /// Sends one datagram. It does not block.
    ///
    /// # Errors
    /// As sendto(2): `EAGAIN` if the receiver has too many that it has not read.
    pub fn send(&self, bytes: &[u8]) -> io::Result<()> {
        self.socket.send_to_addr(bytes, &self.to).map(drop)
    }
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &str) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_name: &str) -> io::Result<SocketAddr> {
    Err(errno::INVALID.into())
}

#[cfg(test)]
mod tests {
    use nix::errno::Errno;

    use super::*;

    fn number(error: &io::Error) -> i32 {
        errno::number(error, Errno::EIO)
    }

    #[test]
    fn a_path_and_an_abstract_name_are_reached_and_one_that_is_gone_is_an_error() {
        let id = std::process::id();
        let path = std::env::temp_dir().join(format!("rs-cluster-datagram-{id}"));
        let name = format!("rs-cluster-datagram-{id}");
        let receivers = [
            (path.display().to_string(), UnixDatagram::bind(&path).unwrap()),
            (format!("@{name}"), UnixDatagram::bind_addr(&abstract_address(&name).unwrap()).unwrap()),
        ];
        for (address, receiver) in receivers {
            let sender = Sender::new(&address).unwrap();
            sender.send(b"READY=1").unwrap();
            let mut bytes = [0; 16];
            let length = receiver.recv(&mut bytes).unwrap();
            assert_eq!(&bytes[..length], b"READY=1");
            drop(receiver);
            assert_eq!(number(&sender.send(b"READY=1").unwrap_err()), Errno::ECONNREFUSED as i32);
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_receiver_that_does_not_read_blocks_nobody() {
        let name = format!("rs-cluster-full-{}", std::process::id());
        let _receiver = UnixDatagram::bind_addr(&abstract_address(&name).unwrap()).unwrap();
        let sender = Sender::new(&format!("@{name}")).unwrap();
        let error = (0..100_000).find_map(|_| sender.send(&[0; 4096]).err()).unwrap();
        assert_eq!(number(&error), Errno::EAGAIN as i32);
    }

    #[test]
    fn what_is_no_address_is_invalid() {
        for address in ["", "relative", "vsock:2:1", &format!("/{}", "x".repeat(200))] {
            let error = Sender::new(address).err().unwrap();
            assert!(matches!(error.kind(), io::ErrorKind::InvalidInput), "{address}: {error}");
        }
    }
}
