//! The terminal as it was before a program had it.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;

use rustix::process::getpgrp;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

/// What a program that was killed may have left switched on: the alternate screen, a hidden cursor, reports of the
/// mouse, of focus and of pastes, the keyboard's own protocol, colours. Each is without effect where it is off.
const RESET: &str =
    "\x1b[?1047l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[0m";

/// The terminal that this process is in the foreground of, and its modes.
#[derive(Debug)]
pub(crate) struct Terminal {
    device: File,
    modes: Termios,
}

impl Terminal {
    /// The terminal, unless there is none or it is somebody else's for the moment.
    pub(crate) fn save() -> Option<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        // It must not become this process's own by being opened.
        options.custom_flags(i32::try_from(no_controlling_terminal()).unwrap_or(0));
        let device = options.open("/dev/tty").ok()?;
        if !is_foreground(&device) {
            return None;
        }
        let modes = tcgetattr(device.as_fd()).ok()?;
        Some(Self { device, modes })
    }

    /// Sets the modes back, as far as the terminal is this process's still: setting another's stops whoever tries. What
    /// a program left on the screen that had no chance to tidy up is switched off as well.
    pub(crate) fn restore(mut self, was_killed: bool) {
        if !is_foreground(&self.device) {
            return;
        }
        // A terminal that is gone needs neither.
        let _ = tcsetattr(self.device.as_fd(), OptionalActions::Drain, &self.modes);
        if was_killed {
            let _ = self.device.write_all(RESET.as_bytes());
        }
    }
}

fn is_foreground(device: &File) -> bool {
    tcgetpgrp(device.as_fd()).is_ok_and(|group| group == getpgrp())
}

/// `O_NOCTTY`, by the system's own number.
fn no_controlling_terminal() -> u32 {
    rustix::fs::OFlags::NOCTTY.bits()
}
