//! Runs a program in an empty environment and a process group of its own, within a time limit.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use tokio::process::{Child, Command};

use super::scratch::Scratch;

/// A program with its arguments and its whole environment.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    program: PathBuf,
    args: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Invocation {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program, args: Vec::new(), environment: Vec::new() }
    }

    pub(super) fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    pub(super) fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn envs(mut self, pairs: Vec<(String, String)>) -> Self {
        self.environment.extend(pairs);
        self
    }

    /// Starts it in `scratch`, its output in the files `NAME.out` and `NAME.err` there: a file can't block a
    /// grandchild that outlives the program.
    pub(super) fn start(&self, name: &str, path: &str, scratch: &Scratch) -> anyhow::Result<Group> {
        let file = |kind: &str| scratch.root().join(format!("{name}.{kind}"));
        let (out, err) = (file("out"), file("err"));
        let child = Command::new(&self.program)
            .args(&self.args)
            .env_clear()
            .env("PATH", path)
            .env("HOME", scratch.home())
            .env("TMPDIR", scratch.root().join("tmp"))
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(scratch.project())
            .stdin(Stdio::null())
            .stdout(File::create(&out)?)
            .stderr(File::create(&err)?)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", self.program.display()))?;
        let id = child.id().context("the process has no id")?;
        Ok(Group { child, id, out, err })
    }
}

/// A running program and everything that it starts.
#[derive(Debug)]
pub(super) struct Group {
    child: Child,
    id: u32,
    out: PathBuf,
    err: PathBuf,
}

/// What a program left behind.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// None: it did not end in time.
    pub(super) status: Option<ExitStatus>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Outcome {
    pub(super) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// The end of its output, for a report.
    pub(super) fn last_words(&self) -> String {
        let words = |text: &str| {
            let line: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
            line.iter().skip(line.len().saturating_sub(300)).collect::<String>()
        };
        format!("stdout …{} stderr …{}", words(&self.stdout), words(&self.stderr))
    }
}

impl Group {
    /// Waits for the end, kills the whole group at the limit, and clears away stragglers in any case.
    pub(super) async fn finish(mut self, limit: Duration) -> anyhow::Result<Outcome> {
        let ended = tokio::time::timeout(limit, self.child.wait()).await;
        self.signal("KILL").await;
        let status = match ended {
            Ok(status) => Some(status?),
            Err(_) => None,
        };
        Ok(Outcome { status, stdout: read(&self.out), stderr: read(&self.err) })
    }

    /// Asks the program to end, and makes it after a while.
    pub(super) async fn stop(self) -> anyhow::Result<Outcome> {
        self.signal("TERM").await;
        self.finish(Duration::from_secs(3)).await
    }

    /// The output so far.
    pub(super) fn output(&self) -> String {
        read(&self.out) + &read(&self.err)
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    async fn signal(&self, name: &str) {
        let group = format!("-{}", self.id);
        // No such group is left in the good case.
        let _ = Command::new("kill").args(["-s", name, "--", &group]).stderr(Stdio::null()).status().await;
    }
}

fn read(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
