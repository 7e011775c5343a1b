//! All clients, on one epoll. What they heard goes into a [`Tally`].

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

use crate::connection::{Connection, Progress};
use crate::plan::Protocol;
use crate::tally::Tally;

/// See the module.
pub struct Fleet {
    poll: Poll,
    alarm: TimerFd,
    events: Events,
    server: SocketAddr,
    protocol: Protocol,
    clients: Vec<Option<Connection>>,
    /// Places in `clients` that nobody has.
    free: Vec<usize>,
    buffer: Vec<u8>,
    pub tally: Tally,
}

/// Not a place in `clients`.
const ALARM: Token = Token(usize::MAX);

impl Fleet {
    /// # Errors
    /// As `epoll_create(2)` and `timerfd_create(2)`.
    pub fn new(port: u16, protocol: Protocol) -> io::Result<Self> {
        let poll = Poll::new()?;
        let alarm = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_CLOEXEC)?;
        // mio's epoll is edge-triggered: it tells of each expiry once, read or not.
        poll.registry().register(&mut SourceFd(&alarm.as_fd().as_raw_fd()), ALARM, Interest::READABLE)?;
        Ok(Self {
            poll,
            alarm,
            events: Events::with_capacity(1024),
            server: (Ipv4Addr::LOCALHOST, port).into(),
            protocol,
            clients: Vec::new(),
            free: Vec::new(),
            buffer: vec![0; 16 * 1024],
            tally: Tally::default(),
        })
    }

    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// How many clients wait for an answer.
    pub fn waiting(&self) -> usize {
        self.clients.len() - self.free.len()
    }

    /// A client comes, that should have come at `due`.
    pub fn open(&mut self, due: Instant) {
        let place = self.free.pop().unwrap_or_else(|| {
            self.clients.push(None);
            self.clients.len() - 1
        });
        let at = (self.poll.registry(), Token(place));
        match Connection::open(self.server, self.protocol, due, at) {
            Ok(connection) => {
                if let Some(client) = self.clients.get_mut(place) {
                    *client = Some(connection);
                }
            }
            Err(error) => {
                self.tally.failed(kind(&error), due.elapsed());
                self.free.push(place);
            }
        }
    }

    /// Waits for something to happen, or for `longest`, and deals with all that has happened.
    ///
    /// # Errors
    /// As `epoll_wait(2)`.
    pub fn turn(&mut self, longest: Duration) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(longest)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            outcome => outcome?,
        }
        for event in &self.events {
            let Token(place) = event.token();
            let Some(client) = self.clients.get_mut(place) else { continue };
            let Some(connection) = client else { continue };
            let progress = connection.ready(event, &mut self.buffer);
            let now = Instant::now();
            let latency = now - connection.due;
            match progress {
                Ok(Progress::Waiting) => continue,
                Ok(Progress::Answered(worker)) => {
                    self.tally.answered(worker, latency);
                    if self.protocol == Protocol::HttpKeepAlive && connection.again(now).is_ok() {
                        continue;
                    }
                }
                Ok(Progress::Invalid) => self.tally.failed("invalid", latency),
                Err(error) => self.tally.failed(kind(&error), latency),
            }
            // Closing takes it out of epoll.
            *client = None;
            self.free.push(place);
        }
        Ok(())
    }

    /// Ends the turn of that moment. The clock of `epoll_wait(2)` has milliseconds, which is more than a
    /// connection takes.
    ///
    /// # Errors
    /// As `timerfd_settime(2)`.
    pub fn wake_at(&self, moment: Instant) -> io::Result<()> {
        // Zero would mean never.
        let soon = moment.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
        Ok(self.alarm.set(Expiration::OneShot(TimeSpec::from(soon)), TimerSetTimeFlags::empty())?)
    }

    /// Those who still wait will not be waited for.
    pub fn give_up(&mut self) {
        for connection in self.clients.iter_mut().filter_map(Option::take) {
            self.tally.failed("unanswered", connection.due.elapsed());
        }
        self.free = (0..self.clients.len()).collect();
    }
}

/// An error's name is the same for all of its kind.
fn kind(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(
        || error.kind().to_string(),
        |number| nix::errno::Errno::from_raw(number).desc().to_owned(),
    )
}
