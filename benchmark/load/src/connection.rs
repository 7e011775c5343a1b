//! One client's connection: connects, asks, reads.
//!
//! It is closed in the ordinary way, after the server has ended it. A reset would leave nothing
//! behind in the kernel, but Node's server would see `ECONNRESET`, and a program without a listener
//! for 'error' would die of it. The `TIME_WAIT` state is left to who ends first, so the server has
//! it and the client's port is free again at once; a new connection from that port ends the state
//! early (RFC 6191).

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::answer::{self, Answer};
use crate::plan::Protocol;

/// See the module.
pub struct Connection {
    socket: TcpStream,
    protocol: Protocol,
    /// When it should have begun; for the next request of a kept connection, when that did.
    pub due: Instant,
    /// The request could not be sent yet.
    asking: bool,
    answer: Vec<u8>,
}

/// How far a connection has come.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    Waiting,
    /// The worker of this number has answered. Whether the connection goes on says the protocol.
    Answered(u32),
    Invalid,
}

impl Connection {
    /// Begins.
    ///
    /// # Errors
    /// As connect(2): out of descriptors, or of ports.
    pub fn open(
        to: SocketAddr,
        protocol: Protocol,
        due: Instant,
        at: (&Registry, Token),
    ) -> io::Result<Self> {
        let socket = TcpStream::connect(to)?;
        let mut connection = Self { socket, protocol, due, asking: false, answer: Vec::new() };
        // On the loopback a connection stands when connect(2) returns; where it does not, epoll
        // tells when.
        connection.ask()?;
        let (registry, token) = at;
        let writable = connection.asking.then_some(Interest::WRITABLE);
        let interest = writable.map_or(Interest::READABLE, |writable| writable | Interest::READABLE);
        registry.register(&mut connection.socket, token, interest)?;
        Ok(connection)
    }

    /// Makes the next request on a connection that was kept.
    ///
    /// # Errors
    /// As write(2).
    pub fn again(&mut self, due: Instant) -> io::Result<()> {
        self.due = due;
        self.answer.clear();
        self.ask()
    }

    fn ask(&mut self) -> io::Result<()> {
        let request: &[u8] = match self.protocol {
            Protocol::Net => return Ok(()),
            Protocol::Http => b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            Protocol::HttpKeepAlive => b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        };
        match self.socket.write(request) {
            // An empty socket has room for so few bytes.
            Ok(_) => self.asking = false,
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.asking = true,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Something happened to the socket.
    ///
    /// # Errors
    /// As connect(2), read(2), write(2).
    pub fn ready(&mut self, event: &Event, buffer: &mut [u8]) -> io::Result<Progress> {
        if self.asking && event.is_writable() {
            self.ask()?;
        }
        if !event.is_readable() {
            return Ok(Progress::Waiting);
        }
        loop {
            let count = match self.socket.read(buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Progress::Waiting),
                Err(error) => return Err(error),
            };
            self.answer.extend_from_slice(buffer.get(..count).unwrap_or_default());
            match answer::read(self.protocol, &self.answer, count == 0) {
                Answer::Whole(worker) => return Ok(Progress::Answered(worker)),
                Answer::Invalid => return Ok(Progress::Invalid),
                // A short read has emptied the socket, and epoll tells of what comes later; but of
                // an end that was there already it has told now.
                Answer::Partial if count < buffer.len() && !event.is_read_closed() => {
                    return Ok(Progress::Waiting);
                }
                Answer::Partial => {}
            }
        }
    }
}
