//! Sockets that listen, made as libuv makes them, and what they accept.

use std::fs::{self, Permissions};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::errno::Errno;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, UnixAddr, accept4, bind, getsockname,
    getsockopt, listen, setsockopt, socket, sockopt,
};

use super::uv;

/// How many connections the kernel queues where the user names no number: Node's default for
/// `server.listen()`'s `backlog`.
const DEFAULT_BACKLOG: i32 = 511;

/// Who else may open a unix socket's file (`server.listen()`'s `readableAll`, `writableAll`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Everybody may read.
    pub readable: bool,
    /// Everybody may write.
    pub writable: bool,
}

/// A TCP socket that listens. Without a host it is the unspecified IPv6 address, which takes
/// IPv4 too, and where there is no IPv6 the IPv4 one, as `server.listen(port)` documents.
///
/// # Errors
/// As bind(2) and listen(2); `EINVAL` for a host that is no address.
pub fn tcp(host: Option<&str>, port: u16, ipv6_only: bool, backlog: i32) -> io::Result<OwnedFd> {
    let Some(host) = host else {
        let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
        return listening_tcp(any, ipv6_only, backlog)
            .or_else(|_| listening_tcp((Ipv4Addr::UNSPECIFIED, port).into(), ipv6_only, backlog));
    };
    listening_tcp(address(host, port)?, ipv6_only, backlog)
}

/// A UDP socket, bound and not yet read by anyone.
///
/// # Errors
/// As bind(2); `EINVAL` for a host that is no address.
pub fn udp(host: &str, port: u16, ipv6_only: bool, reuse_address: bool) -> io::Result<OwnedFd> {
    let address = address(host, port)?;
    let socket = new_socket(family(&address), SockType::Datagram)?;
    if reuse_address {
        setsockopt(&socket, sockopt::ReuseAddr, &true)?;
    }
    if address.is_ipv6() {
        setsockopt(&socket, sockopt::Ipv6V6Only, &ipv6_only)?;
    }
    bind(socket.as_raw_fd(), &SockaddrStorage::from(address))?;
    Ok(socket)
}

/// A unix stream socket that listens at `path`.
///
/// # Errors
/// As bind(2), with libuv's two departures: a folder that does not exist is `EACCES`, and a name
/// that does not fit is `EINVAL` (libuv before 1.50 cut it short and listened elsewhere).
pub fn unix(path: &Path, backlog: i32, access: Access) -> io::Result<OwnedFd> {
    let address = UnixAddr::new(path).map_err(|_| Errno::EINVAL)?;
    let socket = new_socket(AddressFamily::Unix, SockType::Stream)?;
    bind(socket.as_raw_fd(), &address).map_err(|errno| match errno {
        Errno::ENOENT => Errno::EACCES,
        other => other,
    })?;
    let opened = open_to(path, access).and_then(|()| queue(&socket, backlog));
    opened.inspect_err(|_| drop(fs::remove_file(path)))?;
    Ok(socket)
}

/// A listening unix socket without a file: `name` is what follows the zero byte of an abstract
/// address, unix(7).
///
/// # Errors
/// As bind(2) and listen(2); `EINVAL` where the name is too long or there are no such addresses.
pub fn unix_abstract(name: &[u8], backlog: i32) -> io::Result<OwnedFd> {
    let socket = new_socket(AddressFamily::Unix, SockType::Stream)?;
    bind(socket.as_raw_fd(), &abstract_address(name)?)?;
    queue(&socket, backlog)?;
    Ok(socket)
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> nix::Result<UnixAddr> {
    // Before 1.47 libuv's names had all the bytes that there are, zeros behind what was said; and
    // before 1.46 nothing was said, for the first zero byte ended it.
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

/// A copy of a descriptor that this process already has, for `listen({ fd })` and `bind({ fd })`.
///
/// # Errors
/// `EINVAL`, as Node has it, where `number` is no open socket of that kind.
pub fn existing(number: RawFd, kind: SockType) -> io::Result<OwnedFd> {
    if number < 0 {
        return Err(Errno::EINVAL.into());
    }
    // SAFETY: not -1. If it is not open, or not a socket, the first call on it says so.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    if getsockopt(&borrowed, sockopt::SockType) != Ok(kind) {
        return Err(Errno::EINVAL.into());
    }
    borrowed.try_clone_to_owned()
}

/// Makes a socket listen that somebody else bound, and non-blocking as our loop wants it.
///
/// # Errors
/// As listen(2) and fcntl(2).
pub fn adopt(socket: &OwnedFd, backlog: i32) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let flags = OFlag::from_bits_retain(fcntl(socket, FcntlArg::F_GETFL)?);
    fcntl(socket, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    queue(socket, backlog)
}

/// The next connection, non-blocking and close-on-exec from birth.
///
/// # Errors
/// As accept(2); `WouldBlock` when there is none.
pub fn accept(socket: BorrowedFd) -> io::Result<OwnedFd> {
    let number = accept4(socket.as_raw_fd(), SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC)?;
    // SAFETY: the kernel made this number in this call, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Where an internet socket is bound; nothing for a unix socket.
#[must_use]
pub fn local_address(socket: &impl AsFd) -> Option<SocketAddr> {
    let address: SockaddrStorage = getsockname(socket.as_fd().as_raw_fd()).ok()?;
    if let Some(v4) = address.as_sockaddr_in() {
        return Some(SocketAddr::from((v4.ip(), v4.port())));
    }
    let v6 = address.as_sockaddr_in6()?;
    Some(SocketAddrV6::new(v6.ip(), v6.port(), v6.flowinfo(), v6.scope_id()).into())
}

fn listening_tcp(address: SocketAddr, ipv6_only: bool, backlog: i32) -> io::Result<OwnedFd> {
    let socket = new_socket(family(&address), SockType::Stream)?;
    setsockopt(&socket, sockopt::ReuseAddr, &true)?;
    if address.is_ipv6() {
        setsockopt(&socket, sockopt::Ipv6V6Only, &ipv6_only)?;
    }
    bind(socket.as_raw_fd(), &SockaddrStorage::from(address))?;
    queue(&socket, backlog)?;
    Ok(socket)
}

fn queue(socket: &OwnedFd, backlog: i32) -> io::Result<()> {
    let wanted = if backlog > 0 { backlog } else { DEFAULT_BACKLOG };
    // The kernel cuts the number at net.core.somaxconn; nix refuses what is above SOMAXCONN.
    let backlog = Backlog::new(wanted).unwrap_or(Backlog::MAXCONN);
    Ok(listen(socket, backlog)?)
}

fn new_socket(family: AddressFamily, kind: SockType) -> io::Result<OwnedFd> {
    Ok(socket(family, kind, SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC, None)?)
}

fn family(address: &SocketAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

/// An address as Node writes it, an IPv6 zone (`fe80::1%eth0`) included.
fn address(host: &str, port: u16) -> io::Result<SocketAddr> {
    let (host, zone) = host.split_once('%').map_or((host, None), |(host, zone)| (host, Some(zone)));
    let ip: IpAddr = host.parse().map_err(|_| Errno::EINVAL)?;
    let (IpAddr::V6(ip), Some(zone)) = (ip, zone) else { return Ok((ip, port).into()) };
    let scope = match zone.parse() {
        Ok(number) => number,
        Err(_) => if_nametoindex(zone).map_err(|_| Errno::EINVAL)?,
    };
    Ok(SocketAddrV6::new(ip, port, 0, scope).into())
}

/// Sets the file's mode as the libuv of this Node does: since 1.50 to just what was asked for,
/// before by adding to what the umask left.
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
    fn no_host_is_the_dual_stack() {
        let socket = tcp(None, 0, false, 0).unwrap();
        let address = local_address(&socket).unwrap();
        assert_ne!(address.port(), 0);
        std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, address.port())).unwrap();
    }

    #[test]
    fn accepting_would_block_where_nobody_waits() {
        let socket = tcp(Some("127.0.0.1"), 0, false, 1).unwrap();
        assert_eq!(accept(socket.as_fd()).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn libuvs_errors_for_unix_paths() {
        let code = |path: &str| {
            let error = unix(Path::new(path), 0, Access::default()).unwrap_err();
            Errno::from_raw(error.raw_os_error().unwrap())
        };
        assert_eq!(code("/nonexistent/folder/socket"), Errno::EACCES);
        assert_eq!(code(&format!("/tmp/{}", "x".repeat(200))), Errno::EINVAL);
        assert_eq!(code("/tmp"), Errno::EADDRINUSE);
    }

    #[test]
    fn zones_and_nonsense_addresses() {
        assert!(matches!(address("fe80::1%7", 80).unwrap(), SocketAddr::V6(v6) if v6.scope_id() == 7));
        for nonsense in ["", "localhost", "1.2.3", "fe80::1%no-such-interface"] {
            assert_eq!(address(nonsense, 80).unwrap_err().raw_os_error(), Some(Errno::EINVAL as i32));
        }
    }

    #[test]
    fn existing_descriptors_are_checked() {
        let socket = tcp(Some("127.0.0.1"), 0, false, 1).unwrap();
        assert!(existing(socket.as_raw_fd(), SockType::Stream).is_ok());
        assert!(existing(socket.as_raw_fd(), SockType::Datagram).is_err());
        assert!(existing(-1, SockType::Stream).is_err());
        assert!(existing(1_000_000, SockType::Stream).is_err());
        let file = fs::File::open("/dev/null").unwrap();
        assert!(existing(file.as_raw_fd(), SockType::Stream).is_err());
    }
}
