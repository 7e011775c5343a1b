//! The CPU time of other processes.
//!
//! Each process has a clock of its CPU time (`clock_getcpuclockid(3)`): user and system, all
//! threads, those that have ended too, in nanoseconds. /proc/PID/stat has the same sum in ticks of
//! 10 ms, which is one per cent of a second's work; /proc/PID/schedstat is of the first thread only.

use std::time::Duration;

use nix::time::ClockId;
use nix::unistd::Pid;

/// What the CPU clock of a process shows.
///
/// # Errors
/// The process has gone.
pub fn of(process: i32) -> nix::Result<Duration> {
    Ok(ClockId::pid_cpu_clock_id(Pid::from_raw(process))?.now()?.into())
}

/// What the CPU clocks of processes show.
///
/// # Errors
/// One of the processes has gone.
pub fn of_all(processes: &[i32]) -> nix::Result<Vec<Duration>> {
    processes.iter().copied().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn all_threads_count_the_ended_ones_too() {
        let me = nix::unistd::getpid().as_raw();
        let before = of(me).unwrap();
        let busy = Duration::from_millis(30);
        std::thread::spawn(move || {
            let start = Instant::now();
            while start.elapsed() < busy {}
        })
        .join()
        .unwrap();
        assert!(of(me).unwrap() > before + busy / 10, "a thread's work is missing");
    }

    #[test]
    fn a_process_that_is_not_there() {
        let beyond = 1 << 22; // The kernel's PID_MAX_LIMIT.
        assert!(of_all(&[nix::unistd::getpid().as_raw(), beyond]).is_err());
    }
}
