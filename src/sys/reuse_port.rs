//! Several datagram sockets on one address (`SO_REUSEPORT`), of which a program in the kernel picks one
//! for each flow.
//!
//! A flow is what comes from one address and port. The kernel's own choice divides a hash by the number
//! of sockets, so half of the flows move when a socket is added or closed. The program weighs
//! each socket for each flow, and the heaviest one gets it (rendezvous hashing). So only the flows of a
//! socket that is left out move, and one that is added takes its part from each of the others.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::libc::{self, sock_filter};
use nix::sys::socket::{MsgFlags, recv, setsockopt, sockopt};

/// Other sockets of this user may be bound to the address of this one, if they allow it as well.
///
/// # Errors
/// As setsockopt(2).
pub fn allow(socket: &impl AsFd) -> io::Result<()> {
    Ok(setsockopt(socket, sockopt::ReusePort, &true)?)
}

/// Throws away the datagrams that wait in a socket.
pub fn discard(socket: &impl AsFd) {
    /// More than a socket holds by default. It ends the loop if as many come as are thrown away.
    const MOST: usize = 4096;
    let number = socket.as_fd().as_raw_fd();
    for _ in 0..MOST {
        if recv(number, &mut [0], MsgFlags::MSG_DONTWAIT).is_err() {
            return;
        }
    }
}

/// Picks a socket for each flow. No client can know which one.
pub struct Steering {
    secret: [u32; 2],
}

impl Steering {
    /// Odd, and with ones in all parts: the high bits of a product depend on all bits of a factor.
    const FACTORS: [u32; 2] = [0x9e37_79b1, 0x85eb_ca6b];

    /// Chooses the secret.
    #[must_use]
    pub fn random() -> Self {
        // The keys of the standard library's hash tables are the system's random numbers.
        let random = RandomState::new().hash_one(());
        let half = |shift: u32| u32::try_from(random >> shift & u64::from(u32::MAX)).unwrap_or(0) | 1;
        Self { secret: [half(0), half(32)] }
    }

    /// From now on each flow goes to one of `places`. The place of a socket is the number of those that
    /// were bound to the address before it. `socket` is any of them.
    ///
    /// # Errors
    /// As setsockopt(2): `EINVAL` if the socket is alone, `ENOMEM` if there are too many.
    pub fn attach(&self, socket: &impl AsFd, places: &[u32]) -> io::Result<()> {
        let mut code = self.program(places);
        let len = u16::try_from(code.len()).map_err(|_| Errno::ENOMEM)?;
        let program = libc::sock_fprog { len, filter: code.as_mut_ptr() };
        let size = libc::socklen_t::try_from(size_of_val(&program)).map_err(|_| Errno::ENOMEM)?;
        let (number, level) = (socket.as_fd().as_raw_fd(), libc::SOL_SOCKET);
        let (option, value) = (libc::SO_ATTACH_REUSEPORT_CBPF, (&raw const program).cast());
        // SAFETY: the program and its `len` instructions live longer than the call, which copies them.
        Errno::result(unsafe { libc::setsockopt(number, level, option, value, size) })?;
        Ok(())
    }

    /// Classic BPF, as bpf(4) of the BSDs and `Documentation/networking/filter.rst` of Linux have it:
    /// A is the accumulator, X the other register, M the memory.
    fn program(&self, places: &[u32]) -> Vec<sock_filter> {
        /// In M: the mixed flow, and the place of the heaviest socket so far.
        const FLOW: u32 = 0;
        const BEST: u32 = 1;
        let [port, address] = self.secret;
        let [first, second] = Self::FACTORS;
        let v4 = [
            op(libc::BPF_LDX | libc::BPF_B | libc::BPF_MSH, in_header(0)),
            op(libc::BPF_LD | libc::BPF_H | libc::BPF_IND, in_header(0)),
            times(port),
            store(FLOW),
            word(12),
        ];
        let v6 = [
            op(libc::BPF_LD | libc::BPF_H | libc::BPF_ABS, in_header(40)),
            times(port),
            store(FLOW),
            word(8),
            times(address),
            A_TO_X,
            word(12),
            XOR_X,
            times(address),
            A_TO_X,
            word(16),
            XOR_X,
            times(address),
            A_TO_X,
            word(20),
            XOR_X,
        ];
        let mut code = vec![
            op(libc::BPF_LD | libc::BPF_B | libc::BPF_ABS, in_header(0)),
            op(libc::BPF_ALU | libc::BPF_RSH, 4),
            jump(libc::BPF_JEQ, 6, v4.len() + 1, 0),
        ];
        code.extend(v4);
        code.push(jump(libc::BPF_JA, 0, v6.len(), 0));
        code.extend(v6);
        code.extend([times(address), op(libc::BPF_LDX | libc::BPF_MEM, FLOW), XOR_X]);
        for (shift, factor) in [(16, first), (13, second)] {
            code.extend([A_TO_X, op(libc::BPF_ALU | libc::BPF_RSH, shift), XOR_X, times(factor)]);
        }
        code.push(store(FLOW));
        // The first one is better than none, which is what X says.
        code.extend([op(libc::BPF_LD | libc::BPF_IMM, places.first().copied().unwrap_or(0)), store(BEST)]);
        code.push(op(libc::BPF_LDX | libc::BPF_IMM, 0));
        for place in places {
            code.extend([
                op(libc::BPF_LD | libc::BPF_MEM, FLOW),
                op(libc::BPF_ALU | libc::BPF_XOR, self.key(*place)),
                times(first),
                jump(libc::BPF_JGT | libc::BPF_X, 0, 0, 3),
                A_TO_X,
                op(libc::BPF_LD | libc::BPF_IMM, *place),
                store(BEST),
            ]);
        }
        code.extend([op(libc::BPF_LD | libc::BPF_MEM, BEST), op(libc::BPF_RET | libc::BPF_A, 0)]);
        code
    }

    /// By which the weight of this socket is another one for each flow.
    fn key(&self, place: u32) -> u32 {
        let [low, high] = self.secret;
        let [first, second] = Self::FACTORS;
        let mut key = (low ^ high).wrapping_add(place.wrapping_mul(first));
        for factor in [second, first] {
            key = (key ^ (key >> 16)).wrapping_mul(factor);
        }
        key ^ (key >> 15)
    }
}

const A_TO_X: sock_filter = op(libc::BPF_MISC | libc::BPF_TAX, 0);
const XOR_X: sock_filter = op(libc::BPF_ALU | libc::BPF_XOR | libc::BPF_X, 0);

/// Where a byte of the network's header is: without this, numbers are counted from the datagram's data.
const fn in_header(byte: u32) -> u32 {
    byte.wrapping_add(libc::SKF_NET_OFF.cast_unsigned())
}

const fn word(byte: u32) -> sock_filter {
    op(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, in_header(byte))
}

const fn times(factor: u32) -> sock_filter {
    op(libc::BPF_ALU | libc::BPF_MUL, factor)
}

const fn store(place: u32) -> sock_filter {
    op(libc::BPF_ST, place)
}

/// `code` has eight bits.
const fn op(code: u32, k: u32) -> sock_filter {
    sock_filter { code: code.to_le_bytes()[0] as u16, jt: 0, jf: 0, k }
}

/// Passes over `yes` instructions, or over `no`. One without a condition has the distance in `k`.
fn jump(condition: u32, k: u32, yes: usize, no: u8) -> sock_filter {
    let distance = u8::try_from(yes).unwrap_or(u8::MAX);
    if condition == libc::BPF_JA {
        return op(libc::BPF_JMP | condition, distance.into());
    }
    sock_filter { jt: distance, jf: no, ..op(libc::BPF_JMP | condition, k) }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    /// How many clients there are. A socket holds the datagrams of all.
    const FLOWS: usize = 200;

    struct Group {
        sockets: Vec<UdpSocket>,
        clients: Vec<UdpSocket>,
        steering: Steering,
    }

    impl Group {
        /// `host`: to which the sockets are bound. `from`: that of the clients.
        fn new(count: usize, host: &str, from: &str) -> Self {
            use crate::sys::listen;
            let first = listen::udp(listen::address(host, 0).unwrap(), false, false).unwrap();
            allow(&first).unwrap();
            let address = listen::local_address(&first).unwrap();
            let mut sockets = vec![UdpSocket::from(first)];
            while sockets.len() < count {
                let next = listen::beside(&sockets[0]).unwrap();
                allow(&next).unwrap();
                listen::join(&next, address).unwrap();
                sockets.push(next.into());
            }
            let clients = (0..FLOWS).map(|_| {
                let client = UdpSocket::bind((from, 0)).unwrap();
                client.connect((from, address.port())).unwrap();
                client
            });
            Self { clients: clients.collect(), sockets, steering: Steering::random() }
        }

        /// The place to which each client's datagram goes.
        fn flows(&self) -> Vec<usize> {
            let mut places = vec![usize::MAX; FLOWS];
            for (number, client) in self.clients.iter().enumerate() {
                client.send(&number.to_ne_bytes()).unwrap();
            }
            for (place, socket) in self.sockets.iter().enumerate() {
                let mut bytes = [0; 8];
                while socket.recv(&mut bytes).is_ok() {
                    places[usize::from_ne_bytes(bytes)] = place;
                }
            }
            places
        }

        fn steer(&self, places: &[u32]) -> Vec<usize> {
            self.steering.attach(&self.sockets[0], places).unwrap();
            let flows = self.flows();
            assert_eq!(flows, self.flows(), "a flow has moved");
            for place in 0..self.sockets.len() {
                let count = flows.iter().filter(|to| **to == place).count();
                let is_in = places.iter().any(|it| *it as usize == place);
                let fair = FLOWS / places.len();
                assert_eq!(count > 0, is_in, "{flows:?}");
                assert!(!is_in || (fair / 3..fair * 3).contains(&count), "{count} of {fair}");
            }
            flows
        }
    }

    #[test]
    fn only_the_flows_of_a_socket_that_is_left_out_move() {
        for (host, from) in [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "127.0.0.1")] {
            let group = Group::new(4, host, from);
            let all = group.steer(&[0, 1, 2, 3]);
            for left_out in 0..4 {
                let others: Vec<u32> = (0..4).filter(|place| *place != left_out).collect();
                let without = group.steer(&others);
                for (before, after) in all.iter().zip(&without) {
                    assert!(before == after || *before == left_out as usize);
                }
            }
            assert_eq!(group.steer(&[0, 1, 2, 3]), all);
            assert_eq!(group.steer(&[2]), [2; FLOWS]);
        }
    }

    #[test]
    fn flows_from_one_port_of_many_hosts_are_spread() {
        let mut group = Group::new(4, "0.0.0.0", "127.0.0.1");
        let port = group.clients[0].peer_addr().unwrap().port();
        group.clients.clear();
        let hosts = (0..FLOWS).map(|host| format!("127.1.{host}.1"));
        let bound = hosts.map(|host| UdpSocket::bind((host, 5060)).unwrap());
        group.clients = bound.collect();
        for client in &group.clients {
            client.connect(("127.0.0.1", port)).unwrap();
        }
        group.steer(&[0, 1, 2, 3]);
    }

    #[test]
    fn a_group_of_hundreds_is_steered() {
        let steering = Steering::random();
        let group = Group::new(2, "127.0.0.1", "127.0.0.1");
        let places: Vec<u32> = (0..256).collect();
        steering.attach(&group.sockets[0], &places).unwrap();
        // More than the kernel takes.
        let places: Vec<u32> = (0..1000).collect();
        assert!(steering.attach(&group.sockets[0], &places).is_err());
    }

    #[test]
    fn what_is_discarded_is_gone() {
        let group = Group::new(1, "127.0.0.1", "127.0.0.1");
        for client in &group.clients {
            client.send(b"stale").unwrap();
        }
        discard(&group.sockets[0]);
        assert!(group.sockets[0].recv(&mut [0; 8]).is_err());
    }
}
