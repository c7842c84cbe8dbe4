//! Standard error for many threads at once.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Stderr, Write};
use std::sync::Arc;

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::EitherWriter;

/// So many bytes of a thread's lines are held at most.
const MOST_HELD: usize = 16 * 1024;

thread_local! {
    /// What a thread that tells when it rests has to write; `None` on all others, whose lines go out one by one.
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

/// Has lines of this thread go out together when it rests, until then at most 16 KiB of them: a call of the system for each
/// costs a short request a tenth of its time, and comes before its answer. Whoever calls this calls [`release_lines`] whenever
/// the thread has nothing to do.
pub fn hold_lines() {
    with_held(|held| {
        held.get_or_insert_default();
    });
}

/// Writes what this thread holds.
pub fn release_lines() {
    with_held(|held| held.as_mut().map(Held::release));
}

/// What this thread holds. There is nothing to be had within itself, and where the thread ends.
fn with_held<T>(work: impl FnOnce(&mut Option<Held>) -> T) -> Option<T> {
    HELD.try_with(|held| held.try_borrow_mut().ok().map(|mut held| work(&mut held))).ok().flatten()
}

/// Lines that wait for their thread to rest, or to end.
#[derive(Debug, Default)]
struct Held {
    lines: Vec<u8>,
    to: Option<Arc<File>>,
}

impl Held {
    fn push(&mut self, line: &[u8], to: &Arc<File>) {
        self.lines.extend_from_slice(line);
        if self.to.is_none() {
            self.to = Some(Arc::clone(to));
        }
        if self.lines.len() >= MOST_HELD {
            self.release();
        }
    }

    fn release(&mut self) {
        if let Some(to) = &self.to
            && !self.lines.is_empty()
        {
            // Nobody could be told.
            let _ = to.as_ref().write_all(&self.lines);
            self.lines.clear();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release();
    }
}

/// Where log lines go. The standard library's handle is locked while the system writes, so that threads wait for each other at
/// every line; here what goes out together is one write, and the system keeps them apart.
#[derive(Debug)]
pub(super) enum Lines {
    /// A handle of our own.
    Own(Arc<File>),
    /// The library's, where none can be had.
    Shared,
}

impl Lines {
    /// Opens what is standard error now.
    pub(super) fn open() -> Self {
        own().map_or(Self::Shared, |file| Self::Own(Arc::new(file)))
    }
}

#[cfg(unix)]
fn own() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?))
}

#[cfg(not(unix))]
fn own() -> io::Result<File> {
    // A console there wants text in its own encoding, which the library sees to.
    Err(io::ErrorKind::Unsupported.into())
}

/// Writes to a handle of our own: one whole line at a time, as the formatter does.
#[derive(Debug)]
pub(super) struct Own<'a>(&'a Arc<File>);

impl Write for Own<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let taken = with_held(|held| held.as_mut().map(|held| held.push(line, self.0)));
        if taken.flatten().is_some() { Ok(line.len()) } else { self.0.as_ref().write(line) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = EitherWriter<Own<'a>, Stderr>;

    fn make_writer(&'a self) -> Self::Writer {
        match self {
            Self::Own(file) => EitherWriter::A(Own(file)),
            Self::Shared => EitherWriter::B(io::stderr()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _};

    use super::*;

    /// What a file holds by now.
    fn text(file: &Arc<File>) -> String {
        let mut file = file.as_ref();
        file.rewind().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        text
    }

    fn log(to: &Lines, line: &str) {
        to.make_writer().write_all(line.as_bytes()).unwrap();
    }

    #[test]
    fn lines_go_out_at_once_or_when_their_thread_rests() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let own = Arc::clone(&file);
        let thread = std::thread::spawn(move || {
            let lines = Lines::Own(Arc::clone(&own));
            log(&lines, "at once\n");
            assert_eq!(text(&own), "at once\n");
            hold_lines();
            log(&lines, "later\n");
            log(&lines, "later still\n");
            assert_eq!(text(&own), "at once\n");
            release_lines();
            assert_eq!(text(&own), "at once\nlater\nlater still\n");
            log(&lines, "last\n");
        });
        thread.join().unwrap();
        assert!(text(&file).ends_with("later still\nlast\n"), "a thread that ends loses none");
    }

    #[test]
    fn no_more_is_held_than_the_bound() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let lines = Lines::Own(Arc::clone(&file));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                hold_lines();
                let line = format!("{}\n", "x".repeat(MOST_HELD / 4));
                for _ in 0..3 {
                    log(&lines, &line);
                }
                assert_eq!(text(&file), "");
                log(&lines, &line);
                assert_eq!(text(&file).len(), 4 * line.len());
            });
        });
    }
}
