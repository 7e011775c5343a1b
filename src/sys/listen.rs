//! Internet sockets that listen, made as libuv makes them, and what all sockets accept.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockaddrStorage, accept4, bind, getsockname, getsockopt, setsockopt, socket,
    sockopt,
};

pub use nix::sys::socket::SockType;

/// A TCP socket that listens. Without a host it listens on the unspecified IPv6 address, which
/// accepts IPv4 too. If there is no IPv6, it is the IPv4 one, as `server.listen(port)` documents.
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

/// A UDP socket, bound and not yet read.
///
/// # Errors
/// As bind(2).
pub fn udp(address: SocketAddr, ipv6_only: bool, reuse_address: bool) -> io::Result<OwnedFd> {
    let socket = unbound_udp(&address, ipv6_only, reuse_address)?;
    bind(socket.as_raw_fd(), &SockaddrStorage::from(address))?;
    Ok(socket)
}

/// A UDP socket with the options of `other`, and not yet bound.
///
/// # Errors
/// As socket(2).
pub fn beside(other: &impl AsFd) -> io::Result<OwnedFd> {
    let address = local_address(other).ok_or(Errno::EINVAL)?;
    let ipv6_only = address.is_ipv6() && getsockopt(other, sockopt::Ipv6V6Only)?;
    unbound_udp(&address, ipv6_only, getsockopt(other, sockopt::ReuseAddr)?)
}

/// Binds a socket to an address beside others, if all allow it (`reuse_port`).
///
/// # Errors
/// As bind(2).
pub fn join(socket: &impl AsFd, address: SocketAddr) -> io::Result<()> {
    bind(socket.as_fd().as_raw_fd(), &SockaddrStorage::from(address))?;
    Ok(())
}

fn unbound_udp(address: &SocketAddr, ipv6_only: bool, reuse_address: bool) -> io::Result<OwnedFd> {
    let socket = new_socket(family(address), SockType::Datagram)?;
    if reuse_address {
        setsockopt(&socket, sockopt::ReuseAddr, &true)?;
    }
    if address.is_ipv6() {
        setsockopt(&socket, sockopt::Ipv6V6Only, &ipv6_only)?;
    }
    Ok(socket)
}

/// A copy of a descriptor that this process already has, for `listen({ fd })` and `bind({ fd })`.
///
/// # Errors
/// `EINVAL`, same as in Node, if `number` is no open socket of that kind.
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

/// Makes a socket listen that other code has bound, and makes it non-blocking, because our loop
/// needs that.
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
    // SAFETY: the kernel made this number in this call, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Whether an error of [`accept`] is one that its connection already had: the next may be fine. All
/// others would only come again. `EPERM` (a firewall, but a seccomp filter, too) is not among them.
#[must_use]
pub fn is_of_one_connection(error: &io::Error) -> bool {
    // "Error handling" in accept(2).
    matches!(
        error.raw_os_error().map(Errno::from_raw),
        Some(
            Errno::EINTR
                | Errno::ECONNABORTED
                | Errno::ENETDOWN
                | Errno::EPROTO
                | Errno::ENOPROTOOPT
                | Errno::EHOSTDOWN
                | Errno::ENONET
                | Errno::EHOSTUNREACH
                | Errno::EOPNOTSUPP
                | Errno::ENETUNREACH
        )
    )
}

/// The address to which an internet socket is bound; nothing for a unix socket.
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

/// Any number goes to the kernel, same as in libuv. The kernel reads it as unsigned and caps it at
/// `net.core.somaxconn`. (nix refuses what is above the SOMAXCONN of its C library.)
pub(super) fn queue(socket: &OwnedFd, backlog: i32) -> io::Result<()> {
    // SAFETY: listen(2) touches no memory, and the descriptor is open.
    Errno::result(unsafe { libc::listen(socket.as_raw_fd(), backlog) })?;
    Ok(())
}

pub(super) fn new_socket(family: AddressFamily, kind: SockType) -> io::Result<OwnedFd> {
    Ok(socket(family, kind, SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC, None)?)
}

fn family(address: &SocketAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

/// An address in Node's format, which may have an IPv6 zone (`fe80::1%eth0`).
///
/// # Errors
/// `EINVAL` for a host that is no address.
pub fn address(host: &str, port: u16) -> io::Result<SocketAddr> {
    let (host, zone) = host.split_once('%').map_or((host, None), |(host, zone)| (host, Some(zone)));
    let ip: IpAddr = host.parse().map_err(|_| Errno::EINVAL)?;
    let (IpAddr::V6(ip), Some(zone)) = (ip, zone) else { return Ok((ip, port).into()) };
    let scope = match zone.parse() {
        Ok(number) => number,
        Err(_) => if_nametoindex(zone).map_err(|_| Errno::EINVAL)?,
    };
    Ok(SocketAddrV6::new(ip, port, 0, scope).into())
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

    /// How many connections the kernel queues for a socket.
    fn backlog_of(socket: &OwnedFd) -> u32 {
        // SAFETY: all bytes of this struct may be zero.
        let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
        let mut length = libc::socklen_t::try_from(size_of_val(&info)).unwrap();
        let (number, place) = (socket.as_raw_fd(), (&raw mut info).cast());
        // SAFETY: the descriptor is open, and there are `length` bytes at the address.
        let outcome =
            unsafe { libc::getsockopt(number, libc::IPPROTO_TCP, libc::TCP_INFO, place, &raw mut length) };
        Errno::result(outcome).unwrap();
        // For a socket that listens, the kernel returns it in this field.
        info.tcpi_sacked
    }

    #[test]
    fn the_kernel_gets_the_backlog_as_it_is() {
        let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
        let most: u32 = most.trim().parse().unwrap();
        for backlog in [0, 1, 511, 4097, 100_000, i32::MAX, -1, i32::MIN] {
            let socket = tcp(Some("127.0.0.1"), 0, false, backlog).unwrap();
            assert_eq!(backlog_of(&socket), backlog.cast_unsigned().min(most), "{backlog}");
            adopt(&socket, 7).unwrap();
            assert_eq!(backlog_of(&socket), 7);
        }
    }

    #[test]
    fn accepting_would_block_where_nobody_waits() {
        let socket = tcp(Some("127.0.0.1"), 0, false, 1).unwrap();
        assert_eq!(accept(socket.as_fd()).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn zones_and_texts_that_are_no_addresses() {
        assert!(matches!(address("fe80::1%7", 80).unwrap(), SocketAddr::V6(v6) if v6.scope_id() == 7));
        for text in ["", "localhost", "1.2.3", "fe80::1%no-such-interface"] {
            assert_eq!(address(text, 80).unwrap_err().raw_os_error(), Some(Errno::EINVAL as i32));
        }
    }

    #[test]
    fn existing_descriptors_are_checked() {
        let socket = tcp(Some("127.0.0.1"), 0, false, 1).unwrap();
        assert!(existing(socket.as_raw_fd(), SockType::Stream).is_ok());
        assert!(existing(socket.as_raw_fd(), SockType::Datagram).is_err());
        assert!(existing(-1, SockType::Stream).is_err());
        assert!(existing(1_000_000, SockType::Stream).is_err());
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(existing(file.as_raw_fd(), SockType::Stream).is_err());
    }
}
