//! The benchmark's clients: one thread that connects, asks, reads the answer and counts, so that
//! two cores have as much as possible left for the server.
//!
//! `load PLAN`, the plan being JSON ([`plan::Plan`]), prints a report as JSON: what was answered, by
//! which worker, how soon, and what CPU time that cost the server's processes and this one.

mod answer;
mod connection;
mod cpu;
mod fleet;
mod plan;
mod run;
mod tally;

use std::error::Error;

use plan::Plan;

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).ok_or("a plan is missing")?;
    let plan: Plan = serde_json::from_str(&text)?;
    println!("{}", run::run(&plan)?);
    Ok(())
}
