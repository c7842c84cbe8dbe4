//! The program in a terminal of its own: what it draws is kept byte for byte, and keys are pressed by the test.

use std::io::{Read as _, Write as _};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty};

use crate::binary;
use crate::gateway::Setup;
use crate::http::PATIENCE;

/// How often it is looked whether something new was drawn.
const LOOK: Duration = Duration::from_millis(10);

/// The keys that move.
pub(crate) const ENTER: &str = "\r";
pub(crate) const DOWN: &str = "\u{1b}[B";
pub(crate) const INTERRUPT: &str = "\u{3}";

/// A program in a terminal; it is killed when dropped.
pub(crate) struct Screen {
    pty: Arc<Pty>,
    child: Child,
    drawn: Arc<Mutex<Vec<u8>>>,
    /// Ends with the last byte that is drawn.
    reader: Option<std::thread::JoinHandle<()>>,
    /// How much of the text was waited for already.
    seen: usize,
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Either fails only when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Screen {
    /// Starts the program of a setup in a terminal of 120 columns.
    pub(crate) fn open(setup: &Setup) -> Self {
        let (pty, pts) = pty_process::blocking::open().expect("a terminal");
        pty.resize(Size::new(50, 120)).expect("a size");
        let command = Command::new(binary::path())
            .args(setup.typed())
            .env_clear()
            .env("TERM", "xterm-256color")
            .envs(setup.surroundings())
            .current_dir(setup.project());
        let child = command.spawn(pts).expect("lynkr starts");
        let pty = Arc::new(pty);
        let drawn = Arc::new(Mutex::new(Vec::new()));
        let (reader, kept) = (Arc::clone(&pty), Arc::clone(&drawn));
        let reading = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // A terminal without a program behind it can't be read any more.
            while let Ok(count @ 1..) = (&*reader).read(&mut bytes) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&bytes[..count]);
            }
        });
        Self { pty, child, drawn, reader: Some(reading), seen: 0 }
    }

    /// Everything that was drawn so far, as it was sent.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.drawn.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Whether anything was drawn in a colour.
    pub(crate) fn is_coloured(&self) -> bool {
        let raw = self.raw();
        raw.split("\u{1b}[").skip(1).any(|code| {
            let end = code.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
            code[end..].starts_with('m') && !matches!(&code[..end], "" | "0")
        })
    }

    /// The same without what moves and colours.
    pub(crate) fn text(&self) -> String {
        let raw = self.raw();
        let mut text = String::new();
        let mut rest = raw.chars();
        while let Some(character) = rest.next() {
            if character != '\u{1b}' {
                text.push(character);
                continue;
            }
            // `ESC [ … letter`, or `ESC` and one character.
            if rest.next() == Some('[') {
                rest.find(|c| c.is_ascii_alphabetic() || *c == '~');
            }
        }
        text
    }

    /// Waits until a text is drawn behind what was waited for before.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, wanted: &str) {
        let begun = Instant::now();
        loop {
            let text = self.text();
            if let Some(place) = text.get(self.seen..).and_then(|rest| rest.find(wanted)) {
                self.seen += place + wanted.len();
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "`{wanted}` was never drawn:\n{text}");
            pause();
        }
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Waits for a text, types an answer and presses Enter.
    #[track_caller]
    pub(crate) fn answer(&mut self, question: &str, answer: &str) {
        self.wait_for(question);
        self.press(answer);
        self.press(ENTER);
    }

    /// Waits for the end. Its exit code.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let begun = Instant::now();
        loop {
            let is_read = self.reader.as_ref().is_none_or(std::thread::JoinHandle::is_finished);
            if let Some(status) = self.child.try_wait().expect("it can be waited for").filter(|_| is_read) {
                return (status.code(), self.text());
            }
            assert!(begun.elapsed() < PATIENCE, "it never ended:\n{}", self.text());
            pause();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a thread of its own waits here, and nothing else runs on it")]
fn pause() {
    std::thread::sleep(LOOK);
}
