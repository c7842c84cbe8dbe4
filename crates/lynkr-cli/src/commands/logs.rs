//! `lynkr logs`: the end of the newest log file, and what is written on.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use lynkr_app::load;

use super::start::log_file;
use crate::arguments::Logs;

/// How often more is looked for.
const EVERY: Duration = Duration::from_millis(200);

/// The most of the past that is read for its last lines, in bytes.
const PAST: u64 = 4 << 20;

pub(crate) fn run(arguments: &Logs) -> anyhow::Result<ExitCode> {
    let loaded = load(&arguments.inputs());
    let pattern = log_file(&loaded.values);
    let Some(mut path) = newest(&pattern) else {
        anyhow::bail!(
            "there are no log files like {}\n\
             hint: `lynkr start --daemon` and `lynkr wrap` write them; LOG_FILE_ENABLED=true does so for `lynkr start`",
            pattern.display()
        );
    };
    let mut file = File::open(&path)?;
    let shown = show_end(&mut file, arguments.lines);
    // Whoever reads may have seen enough.
    if !arguments.follow || !went_on(shown)? {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        if !went_on(show_rest(&mut file))? {
            return Ok(ExitCode::SUCCESS);
        }
        match newest(&pattern) {
            Some(next) if next != path => {
                went_on(show_rest(&mut file))?;
                file = File::open(&next)?;
                path = next;
            }
            _ => pause(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "there is no runtime here")]
fn pause() {
    thread::sleep(EVERY);
}

fn went_on(shown: io::Result<()>) -> io::Result<bool> {
    match shown {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

/// The log file that was written to last: the time stands between stem and extension.
fn newest(pattern: &Path) -> Option<PathBuf> {
    let part =
        |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).unwrap_or_default().to_owned();
    let (stem, extension) = (part(pattern.file_stem()), part(pattern.extension()));
    let folder = pattern.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_log = |name: &str| name.starts_with(&stem) && (extension.is_empty() || name.ends_with(&extension));
    fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(is_log))
        .filter_map(|entry| {
            Some((entry.metadata().ok().filter(fs::Metadata::is_file)?.modified().ok()?, entry.path()))
        })
        .max()
        .map(|(_, path)| path)
}

fn show_end(file: &mut File, lines: usize) -> io::Result<()> {
    let length = file.metadata()?.len();
    let skipped = length.saturating_sub(PAST);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    io::stdout().lock().write_all(last_lines(&bytes, lines))?;
    io::stdout().lock().flush()
}

fn show_rest(file: &mut File) -> io::Result<()> {
    let mut out = io::stdout().lock();
    io::copy(file, &mut out)?;
    out.flush()
}

/// The last so many lines; a line that isn't ended yet is one.
fn last_lines(bytes: &[u8], lines: usize) -> &[u8] {
    if lines == 0 {
        return &[];
    }
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let starts = body.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let start = starts.into_iter().nth(lines - 1).unwrap_or(0);
    bytes.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_shown() {
        for (text, lines, wanted) in [
            ("a\nb\nc\n", 2, "b\nc\n"),
            ("a\nb\nc", 2, "b\nc"),
            ("a\nb\n", 9, "a\nb\n"),
            ("\n\n\n", 1, "\n"),
            ("a\n", 0, ""),
            ("", 5, ""),
        ] {
            assert_eq!(last_lines(text.as_bytes(), lines), wanted.as_bytes(), "{text:?} {lines}");
        }
    }

    #[test]
    fn the_newest_file_of_the_name_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let pattern = folder.path().join("lynkr.log");
        assert_eq!(newest(&pattern), None);
        let at = |name: &str, age: u64| {
            let path = folder.path().join(name);
            let file = File::create(&path).unwrap();
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(age)).unwrap();
            path
        };
        at("other.log", 0);
        at("lynkr.txt", 0);
        at("lynkr.2026-01-01.log", 60);
        let wanted = at("lynkr.2026-01-02.log", 10);
        assert_eq!(newest(&pattern), Some(wanted));
    }
}
