//! Which process a number stands for: numbers are given anew, so the time of its start belongs to it.

use std::io;

use rustix::process::{Pid, Signal, getpid, kill_process, setsid, test_kill_process};

/// Asks a process to end.
pub const SIGTERM: Sent = Sent(Signal::TERM);

/// Ends a process.
pub const SIGKILL: Sent = Sent(Signal::KILL);

/// A signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent(Signal);

/// A process: its number, and when it was started in the system's own measure, where that can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The process's number.
    pub pid: u32,
    /// When it was started, in clock ticks since the machine was.
    pub born: Option<u64>,
}

impl Identity {
    /// This process.
    pub fn own() -> Self {
        let pid = getpid().as_raw_nonzero().get().unsigned_abs();
        Self { pid, born: born(pid) }
    }

    /// Whether this very process is still there. One that has ended and was not waited for isn't.
    pub fn is_running(self) -> bool {
        match self.born {
            Some(_) => born(self.pid) == self.born,
            None => pid(self.pid).is_some_and(|pid| test_kill_process(pid).is_ok()),
        }
    }
}

/// Sends a signal to a process, should it still be the one that it was.
pub fn send_signal(to: Identity, signal: Sent) -> io::Result<()> {
    let gone = || io::Error::from(io::ErrorKind::NotFound);
    let pid = pid(to.pid).filter(|_| to.is_running()).ok_or_else(gone)?;
    Ok(kill_process(pid, signal.0)?)
}

/// Makes this process one without a terminal: its Ctrl-C, and its end, mean nothing to it any more. Does nothing where
/// the process leads a group already.
pub fn leave_terminal() {
    let _ = setsid();
}

fn pid(number: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(number).ok()?)
}

/// The 22nd field of `/proc/PID/stat`; what stands before it may hold blanks and brackets of its own.
fn born(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    started(&stat)
}

fn started(stat: &str) -> Option<u64> {
    let (_, after) = stat.rsplit_once(") ")?;
    let mut fields = after.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let line = |name: &str, state: &str| {
            format!("7 ({name}) {state} 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99 1000 5 18446744\n")
        };
        assert_eq!(started(&line("lynkr", "S")), Some(99));
        assert_eq!(started(&line("a) Z 1 (b", "R")), Some(99));
        assert_eq!(started(&line("lynkr", "Z")), None);
        for broken in ["", "7 (lynkr", "7 (lynkr) S 1 2", "7 (lynkr) S a b c d e f g h i j k l m n o p q r s"]
        {
            assert_eq!(started(broken), None, "{broken}");
        }
    }

    #[test]
    fn only_the_very_process_is_running() {
        let own = Identity::own();
        assert!(own.is_running());
        let other = Identity { born: own.born.map(|born| born + 1), ..own };
        assert!(other.born.is_none() || !other.is_running());
        assert!(send_signal(Identity { pid: u32::MAX, born: Some(1) }, SIGTERM).is_err());
    }
}
