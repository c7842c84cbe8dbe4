//! A program that has the terminal, as if it had been started without anything between.
//!
//! It stays in this process's group, so that the terminal's own signals (Ctrl-C, Ctrl-Z, a new size, the end of the
//! connection) reach it from the terminal, once, and the shell's job control takes both as one job. What somebody
//! sends to this process alone is passed on.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, getpid, kill_process, waitid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};

use crate::program::Program;
use crate::terminal::Terminal;

/// What this process passes on instead of ending by it.
const PASSED_ON: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// How long what stopped may take to go on, when the whole job was stopped and goes on already.
const SETTLE: Duration = Duration::from_millis(20);

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this exit code.
    Code(u8),
    /// By this signal.
    Signal(u8),
}

impl Ended {
    /// The exit code that a shell gives: 128 and the signal's number for whatever was killed.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128_u8.wrapping_add(signal),
        }
    }

    /// Whether all went well.
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }

    fn of(status: ExitStatus) -> Self {
        let byte = |number: i32| u8::try_from(number & 0xff).unwrap_or(u8::MAX);
        match status.code() {
            Some(code) => Self::Code(byte(code)),
            None => Self::Signal(byte(status.signal().unwrap_or(0))),
        }
    }
}

/// Runs a program to its end with this process's own input and output. Signals that would end this process go to the
/// program meanwhile. Fails when it can't be started.
pub fn run_in_foreground(program: &Program) -> io::Result<Ended> {
    let terminal = Terminal::save();
    let mut signals = SignalsInfo::<WithOrigin>::new(PASSED_ON)?;
    let stop = signals.handle();
    let mut child = program.spawn_beside()?;
    let id = Pid::from_child(&child);
    let passing = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for origin in signals.forever() {
            pass_on(&origin, id);
        }
    })?;
    let waited = wait(id);
    // The program is still a zombie here: its number can't be another's yet.
    stop.close();
    let _ = passing.join();
    let ended = Ended::of(waited.and_then(|()| reap(&mut child))?);
    if let Some(terminal) = terminal {
        terminal.restore(matches!(ended, Ended::Signal(_)));
    }
    Ok(ended)
}

fn reap(child: &mut Child) -> io::Result<ExitStatus> {
    child.wait()
}

/// What came from the terminal has reached the program as well.
fn pass_on(origin: &Origin, id: Pid) {
    let is_terminals =
        origin.cause == Cause::Kernel || origin.process.as_ref().is_none_or(|process| process.pid == 0);
    if is_terminals && origin.signal != SIGTERM {
        return;
    }
    if let Some(signal) = Signal::from_named_raw(origin.signal) {
        // Only a program that has just ended can't be told.
        let _ = kill_process(id, signal);
    }
}

/// Waits until the program has ended, without taking its status. When it stops, so does this process, so that the
/// shell sees the whole job stopped.
fn wait(id: Pid) -> io::Result<()> {
    loop {
        let either = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(id), either) {
            Ok(Some(status)) if is_stop(&status) => stop_as_well(id),
            Ok(Some(_)) => return Ok(()),
            Ok(None) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_stop(status: &WaitIdStatus) -> bool {
    status.stopped()
}

#[expect(clippy::disallowed_methods, reason = "there is no runtime here")]
fn stop_as_well(id: Pid) {
    // Where the terminal stopped both, this process goes on as the program does, and there is nothing to be done.
    thread::sleep(SETTLE);
    let now = waitid(WaitId::Pid(id), WaitIdOptions::STOPPED | WaitIdOptions::NOHANG);
    if !matches!(now, Ok(Some(status)) if is_stop(&status)) {
        return;
    }
    let _ = kill_process(getpid(), Signal::STOP);
    // Here somebody has let this process go on, and that goes for both.
    let _ = kill_process(id, Signal::CONT);
}
