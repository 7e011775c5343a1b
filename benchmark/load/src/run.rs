//! One measurement: warm up, measure, report.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cpu;
use crate::fleet::Fleet;
use crate::plan::{Load, Plan, Protocol};
use crate::tally::Tally;

/// How many clients a server is warmed up by.
const WARM_UP_CLIENTS: usize = 64;
/// How many may wait at once before those that are due have to wait for them, so that descriptors
/// suffice. Their latency counts all the same.
const MOST_WAITING: usize = 8192;
/// How long the last answers may take, and how long a warm-up may get no answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// A turn of waiting, after which the clock is looked at.
const TURN: Duration = Duration::from_millis(100);

/// Does what the plan says. The report: what [`Tally::report`] has, `seconds`, `cpu` of each process
/// in the order of the plan and `ownCpu`, in seconds.
///
/// # Errors
/// A process has gone, or the server does not answer.
pub fn run(plan: &Plan) -> io::Result<Value> {
    let idle = kept(plan)?;
    let mut fleet = Fleet::new(plan.port, plan.protocol)?;
    warm_up(&mut fleet, plan.warm_up)?;

    let me = i32::try_from(std::process::id()).map_err(io::Error::other)?;
    fleet.tally = Tally::default();
    let start = Instant::now();
    let before = cpu::of_all(&plan.processes)?;
    let own = cpu::of(me)?;

    let length = Duration::from_secs_f64(plan.seconds);
    match plan.load {
        Load::Clients(clients) => saturate(&mut fleet, clients, length)?,
        Load::PerSecond(rate) => keep_pace(&mut fleet, rate, length)?,
        Load::Nobody => std::thread::sleep(length),
    }

    let seconds = start.elapsed().as_secs_f64();
    let after = cpu::of_all(&plan.processes)?;
    let own = cpu::of(me)?.saturating_sub(own).as_secs_f64();
    let spent: Vec<f64> = before
        .iter()
        .zip(&after)
        .map(|(before, after)| after.saturating_sub(*before).as_secs_f64())
        .collect();

    let mut report = std::mem::take(&mut fleet.tally).report();
    drain(&mut fleet)?;
    report["seconds"] = json!(seconds);
    report["cpu"] = json!(spent);
    report["ownCpu"] = json!(own);
    drop(idle);
    Ok(report)
}

/// The connections that stay open and ask nothing more.
fn kept(plan: &Plan) -> io::Result<Vec<TcpStream>> {
    let open = |_| {
        let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, plan.port))?;
        socket.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        // The answer is short and comes whole.
        if socket.read(&mut [0; 1024])? == 0 {
            return Err(io::Error::other("the server closed a connection that was to be kept"));
        }
        Ok(socket)
    };
    (0..plan.idle).map(open).collect()
}

/// Who asked is not cut off: a server without a listener for 'error' would die of it. Those who keep
/// their connections ask again and again, so they are; http does listen.
fn drain(fleet: &mut Fleet) -> io::Result<()> {
    let start = Instant::now();
    while fleet.waiting() > 0
        && fleet.protocol() != Protocol::HttpKeepAlive
        && start.elapsed() < ANSWER_TIMEOUT
    {
        fleet.turn(TURN)?;
    }
    Ok(())
}

fn warm_up(fleet: &mut Fleet, answers: u64) -> io::Result<()> {
    let (mut had, mut moved) = (0, Instant::now());
    while had < answers {
        refill(fleet, WARM_UP_CLIENTS);
        fleet.turn(TURN)?;
        let count = fleet.tally.count();
        if count > had {
            (had, moved) = (count, Instant::now());
        } else if moved.elapsed() > ANSWER_TIMEOUT {
            let heard = std::mem::take(&mut fleet.tally).report();
            return Err(io::Error::other(format!("the server does not answer: {heard}")));
        }
    }
    drain(fleet)
}

/// Each client begins again when it has its answer.
fn saturate(fleet: &mut Fleet, clients: usize, length: Duration) -> io::Result<()> {
    let end = Instant::now() + length;
    loop {
        let remaining = end.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return Ok(());
        }
        refill(fleet, clients);
        fleet.turn(remaining)?;
    }
}

fn refill(fleet: &mut Fleet, clients: usize) {
    for _ in fleet.waiting()..clients {
        fleet.open(Instant::now());
    }
}

/// Each client comes at its time, and all that came are waited for.
fn keep_pace(fleet: &mut Fleet, rate: u32, length: Duration) -> io::Result<()> {
    let period = Duration::from_secs(1) / rate;
    let start = Instant::now();
    let (mut next, end) = (start, start + length);
    while next < end || fleet.waiting() > 0 {
        let now = Instant::now();
        if now > end + ANSWER_TIMEOUT {
            fleet.give_up();
            break;
        }
        while next <= now && next < end && fleet.waiting() < MOST_WAITING {
            fleet.open(next);
            next += period;
        }
        if next < end {
            fleet.wake_at(next)?;
        }
        fleet.turn(ANSWER_TIMEOUT)?;
    }
    Ok(())
}
