//! Starts programs and watches them: the one place where this is done.
//!
//! A [`Program`] is what is to be run, with its environment. It is run [in the foreground](run_in_foreground), with the
//! terminal as its own, or [detached](Program::spawn_detached), as something that outlives the terminal. Besides, what
//! can be found out about processes: [where a program lies](find_program), [whether a process still is the one that it
//! was](Identity), [who listens on a port](listener_on).
//!
//! *Boundary*: for Unix. Doesn't know what the programs are.

#![warn(missing_docs)]

mod find;
mod foreground;
mod identity;
mod listener;
mod program;
mod terminal;

pub use find::find_program;
pub use foreground::{Ended, run_in_foreground};
pub use identity::{Identity, SIGKILL, SIGTERM, Sent, leave_terminal, send_signal};
pub use listener::{PortHolder, listener_on};
pub use program::Program;
