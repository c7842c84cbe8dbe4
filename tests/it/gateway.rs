//! The gateway as its users run it: a process of its own, with an empty environment, home and folder.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use lynkr_testkit::Dialect;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::binary;
use crate::dialects;
use crate::http::{Call, Incoming, PATIENCE, Reply};

/// The last of the clients that the summary shows; the socket was bound long before.
const SUMMARY_END: &str = "\n  Anthropic SDK ";

/// A gateway to be started.
pub(crate) struct Setup {
    environment: BTreeMap<String, String>,
    arguments: Vec<String>,
    /// A program with its arguments that becomes the gateway.
    under: Vec<String>,
    folder: TempDir,
}

impl Setup {
    /// Any free port, and nothing else.
    pub(crate) fn new() -> Self {
        // Before any clock runs: it may have to be built.
        binary::path();
        let folder = TempDir::new().expect("a temporary folder");
        for name in ["home", "project"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder in it");
        }
        let arguments = vec!["start".to_owned()];
        Self { environment: BTreeMap::new(), arguments, under: Vec::new(), folder }.env("PORT", "0")
    }

    /// The builtin provider.
    pub(crate) fn builtin() -> Self {
        Self::new().env("MODEL_PROVIDER", "builtin")
    }

    /// An upstream that is spoken to in one dialect.
    pub(crate) fn upstream(dialect: Dialect, url: &str) -> Self {
        dialects::provider(dialect, url)
            .into_iter()
            .fold(Self::new(), |setup, (name, value)| setup.env(name, &value))
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// Replaces the arguments, which are `start` otherwise.
    pub(crate) fn arguments(self, arguments: &[&str]) -> Self {
        Self { arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(), ..self }
    }

    /// Started by this program, which becomes the gateway in the end: it gets the gateway's command as its last
    /// arguments.
    pub(crate) fn under(self, program: &[&str]) -> Self {
        Self { under: program.iter().map(|&part| part.to_owned()).collect(), ..self }
    }

    /// The folder with all that is the gateway's own.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The folder that the gateway is started in.
    pub(crate) fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// A file in the working folder.
    pub(crate) fn project_file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.project().join(name), text).expect("a file can be written");
        self
    }

    /// A program on its search path, as a shell script.
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        let folder = self.home().join("bin");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file can be written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).expect("its mode can be set");
        let search = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display());
        self.env("PATH", &search)
    }

    /// A file in the user's configuration folder.
    pub(crate) fn user_file(self, name: &str, text: &str) -> Self {
        let folder = self.home().join(".config/lynkr");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        std::fs::write(folder.join(name), text).expect("a file can be written");
        self
    }

    /// The arguments.
    pub(crate) fn typed(&self) -> &[String] {
        &self.arguments
    }

    /// The environment, the home folder included.
    pub(crate) fn surroundings(&self) -> BTreeMap<String, String> {
        let mut environment = self.environment.clone();
        environment.insert("HOME".to_owned(), self.home().display().to_string());
        environment
    }

    /// The process that is started.
    pub(crate) fn command(&self) -> Command {
        let mut command = match self.under.split_first() {
            Some((program, rest)) => {
                let mut command = binary::command(program);
                command.args(rest).arg(binary::path());
                command
            }
            None => binary::command(binary::path()),
        };
        command.args(&self.arguments).env_clear().env("HOME", self.home()).envs(&self.environment);
        command.current_dir(self.project()).stdin(Stdio::null());
        command
    }

    /// Starts it and waits until it listens.
    pub(crate) async fn start(self) -> Gateway {
        let mut child =
            self.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("lynkr starts");
        let said = Said::listen(child.stderr.take().expect("stderr is a pipe"));
        // Owned from here on, so that a failure below ends the process as well.
        let mut gateway = Gateway { child, said, address: ([127, 0, 0, 1], 0).into(), folder: self.folder };
        // A line of the log may tell of an error of somebody else's.
        let failed = |text: &str| text.lines().any(|line| line.starts_with("error:"));
        let line = gateway.said.until(|text| text.contains(SUMMARY_END) || failed(text)).await;
        let address = line
            .split_once("listening on http")
            .and_then(|(_, rest)| rest.split("://").nth(1))
            .and_then(|rest| rest.lines().next()?.parse().ok());
        gateway.address = address.unwrap_or_else(|| panic!("lynkr didn't start:\n{line}"));
        gateway
    }

    /// Runs it to its end.
    pub(crate) async fn run(self) -> Finished {
        self.ran("").await
    }

    /// Runs it to its end with this on standard input. The folders stay.
    pub(crate) async fn ran(&self, input: &str) -> Finished {
        let (mut command, input) = (self.command(), input.to_owned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().expect("lynkr runs");
            // Who doesn't read it may be gone already.
            let _ = child.stdin.take().expect("stdin is a pipe").write_all(input.as_bytes());
            child.wait_with_output().expect("lynkr ends")
        });
        let output =
            tokio::time::timeout(PATIENCE, output).await.expect("lynkr ends").expect("and is waited for");
        Finished {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A run that came to its end.
#[derive(Debug)]
pub(crate) struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// What a process has said so far.
#[derive(Clone)]
struct Said {
    text: Arc<Mutex<String>>,
    lines: watch::Receiver<usize>,
}

impl Said {
    fn listen(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = watch::channel(0);
        let text = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&text);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let mut text = shared.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
                drop(text);
                sender.send_modify(|lines| *lines += 1);
            }
        });
        Self { text, lines }
    }

    fn so_far(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until what was said fits, or nothing more can come.
    async fn until(&self, fits: impl Fn(&str) -> bool) -> String {
        let mut lines = self.lines.clone();
        let wait = async { while !fits(&self.so_far()) && lines.changed().await.is_ok() {} };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        let text = self.so_far();
        assert!(waited.is_ok(), "lynkr never said what was waited for:\n{text}");
        text
    }
}

/// A running gateway; it is killed when dropped.
pub(crate) struct Gateway {
    child: Child,
    said: Said,
    address: SocketAddr,
    folder: TempDir,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Either fails only when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    /// The builtin provider, running.
    pub(crate) async fn builtin() -> Self {
        Setup::builtin().start().await
    }

    /// A gateway in front of an upstream of one dialect.
    pub(crate) async fn before(dialect: Dialect, url: &str) -> Self {
        Setup::upstream(dialect, url).start().await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All of stderr so far: the summary, then the log.
    pub(crate) fn log(&self) -> String {
        self.said.so_far()
    }

    /// Waits for a line in the log.
    pub(crate) async fn logged(&self, fits: impl Fn(&str) -> bool) -> String {
        self.said.until(|text| text.lines().any(&fits)).await
    }

    pub(crate) async fn send(&self, call: Call) -> Reply {
        call.send(self.address).await
    }

    pub(crate) async fn open(&self, call: Call) -> Incoming {
        call.open(self.address).await
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.send(Call::get(target)).await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Reply {
        self.send(Call::json(target, body)).await
    }

    /// The most memory that the process has had so far, in bytes.
    pub(crate) fn peak_memory(&self) -> usize {
        self.memory("VmHWM:")
    }

    /// The memory that the process has now, in bytes.
    pub(crate) fn resident_memory(&self) -> usize {
        self.memory("VmRSS:")
    }

    fn memory(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the process has a status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("and its memory in it");
        let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
        kilobytes * 1024
    }

    /// Asks to stop: `TERM` or `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        // The shell's own `kill` is there wherever a shell is.
        let sent = binary::command("/bin/sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal can be sent");
    }

    /// Waits for the end of the process. Its exit code, and all that it said.
    pub(crate) async fn ended(mut self) -> (Option<i32>, String) {
        let text = self.said.until(|_| false).await;
        (self.child.wait().expect("the process can be waited for").code(), text)
    }
}
