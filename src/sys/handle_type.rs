//! What a descriptor is, in the kernel's words and not in those of the process that sent it.
//!
//! libuv aborts the process if it has to watch a descriptor that epoll refuses, such as a file. So
//! `lib/` and `binding/` ask here before they open what came from another process.

use std::os::fd::{AsFd, AsRawFd};

use nix::sys::socket::{
    AddressFamily, SockType, SockaddrLike, SockaddrStorage, getsockname, getsockopt, sockopt,
};
use nix::sys::stat::{SFlag, fstat};

/// Node's handle class for a descriptor, divided as `uv_guess_handle()` divides them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleType {
    /// A TCP socket.
    Tcp {
        /// Whether it accepts connections (`SO_ACCEPTCONN`).
        listens: bool,
    },
    /// A unix stream socket, or one end of a pipe or FIFO.
    Pipe {
        /// Whether it accepts connections; a pipe or FIFO never does.
        listens: bool,
    },
    /// A datagram socket on IPv4.
    Udp4,
    /// A datagram socket on IPv6.
    Udp6,
}

impl HandleType {
    /// Nothing if no handle class of `net` or `dgram` can be around it.
    #[must_use]
    pub fn of(descriptor: &impl AsFd) -> Option<Self> {
        let Ok(kind) = getsockopt(&descriptor.as_fd(), sockopt::SockType) else {
            return is_fifo(descriptor).then_some(Self::Pipe { listens: false });
        };
        match (kind, family(descriptor)?) {
            (SockType::Stream, AddressFamily::Inet | AddressFamily::Inet6) => {
                Some(Self::Tcp { listens: listens(descriptor) })
            }
            (SockType::Stream, AddressFamily::Unix) => Some(Self::Pipe { listens: listens(descriptor) }),
            (SockType::Datagram, AddressFamily::Inet) => Some(Self::Udp4),
            (SockType::Datagram, AddressFamily::Inet6) => Some(Self::Udp6),
            _ => None,
        }
    }
}

/// Whether it is a stream socket that does not listen, of whatever family: what accept(2) gives.
#[must_use]
pub fn is_connection(descriptor: &impl AsFd) -> bool {
    let kind = getsockopt(&descriptor.as_fd(), sockopt::SockType);
    kind == Ok(SockType::Stream) && !listens(descriptor)
}

fn listens(descriptor: &impl AsFd) -> bool {
    getsockopt(&descriptor.as_fd(), sockopt::AcceptConn) == Ok(true)
}

fn family(descriptor: &impl AsFd) -> Option<AddressFamily> {
    getsockname::<SockaddrStorage>(descriptor.as_fd().as_raw_fd()).ok()?.family()
}

fn is_fifo(descriptor: &impl AsFd) -> bool {
    fstat(descriptor).is_ok_and(|status| {
        SFlag::from_bits_truncate(status.st_mode).intersection(SFlag::S_IFMT) == SFlag::S_IFIFO
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    use nix::sys::socket::{SockFlag, socket, socketpair};

    use super::*;

    fn streams() -> (TcpListener, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener, client)
    }

    #[test]
    fn what_net_and_dgram_have_classes_for() {
        let (listener, client) = streams();
        assert_eq!(HandleType::of(&listener), Some(HandleType::Tcp { listens: true }));
        assert_eq!(HandleType::of(&client), Some(HandleType::Tcp { listens: false }));
        let fresh = socket(AddressFamily::Inet6, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap();
        assert_eq!(HandleType::of(&fresh), Some(HandleType::Tcp { listens: false }));

        let path = std::env::temp_dir().join(format!("rs-cluster-handle-type-{}", std::process::id()));
        let listener = UnixListener::bind(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(HandleType::of(&listener), Some(HandleType::Pipe { listens: true }));
        let (one, _other) = UnixStream::pair().unwrap();
        assert_eq!(HandleType::of(&one), Some(HandleType::Pipe { listens: false }));
        let (read, write) = nix::unistd::pipe().unwrap();
        assert_eq!(HandleType::of(&read), Some(HandleType::Pipe { listens: false }));
        assert_eq!(HandleType::of(&write), Some(HandleType::Pipe { listens: false }));

        assert_eq!(HandleType::of(&UdpSocket::bind("127.0.0.1:0").unwrap()), Some(HandleType::Udp4));
        assert_eq!(HandleType::of(&UdpSocket::bind("[::1]:0").unwrap()), Some(HandleType::Udp6));
    }

    #[test]
    fn what_they_have_none_for() {
        let pair =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).unwrap();
        assert_eq!(HandleType::of(&pair.0), None);
        assert_eq!(HandleType::of(&UnixDatagram::pair().unwrap().0), None);
        for path in ["/proc/self/exe", "/dev/null", "/"] {
            assert_eq!(HandleType::of(&File::open(path).unwrap()), None, "{path}");
        }
    }

    #[test]
    fn what_accept_gives_is_a_connection() {
        let (listener, client) = streams();
        let (served, _) = listener.accept().unwrap();
        assert!(is_connection(&served) && is_connection(&client));
        assert!(is_connection(&UnixStream::pair().unwrap().0));
        assert!(!is_connection(&listener));
        assert!(!is_connection(&UdpSocket::bind("127.0.0.1:0").unwrap()));
        assert!(!is_connection(&nix::unistd::pipe().unwrap().0));
        assert!(!is_connection(&File::open("/dev/null").unwrap()));
    }
}
