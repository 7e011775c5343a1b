//! What to do, as the benchmark says it.

use serde::Deserialize;

/// One measurement.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// On 127.0.0.1.
    pub port: u16,
    pub protocol: Protocol,
    pub load: Load,
    /// How many answers come before what is measured, asked for as fast as they come: the server's
    /// JIT compilers want to see the work.
    pub warm_up: u64,
    /// How long is measured.
    pub seconds: f64,
    /// How many connections are opened before that, answered once, and kept without another request.
    #[serde(default)]
    pub idle: u32,
    /// The processes whose CPU time is measured.
    pub processes: Vec<i32>,
}

/// What a client says and hears. The answer is always the number of the worker that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// It says nothing; the server ends the connection with its answer.
    Net,
    /// It makes one request; the server ends the connection with its answer.
    Http,
    /// It makes one request after the other on the same connection.
    HttpKeepAlive,
}

/// When a client connects.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Load {
    /// So many clients, each of which begins again when it has its answer. What is measured is
    /// how many answers come.
    Clients(usize),
    /// So many a second, each at its time, whether others have been answered or not. Latency
    /// counts from the time at which the connection was due: a server that stands still cannot
    /// make its clients wait with their questions ("coordinated omission").
    PerSecond(u32),
    /// Nobody comes: what standing still costs.
    Nobody,
}
