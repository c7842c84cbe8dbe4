//! `lynkr wrap` in a real terminal: tmux types and shows. Without tmux these tests say that they were left out.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

use crate::binary;
use crate::gateway::Setup;
use crate::http::Call;
use crate::wrap::{records, until};

/// A terminal with a shell in it.
struct Terminal {
    socket: PathBuf,
    setup: Setup,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The server is this test's own.
        self.tmux(&["kill-server"]);
    }
}

impl Terminal {
    /// `None` where there is no tmux.
    fn open(setup: Setup) -> Option<Self> {
        let socket = setup.home().join("tmux");
        let terminal = Self { socket, setup };
        let folder = binary::path().parent().unwrap().display().to_string();
        let path =
            format!("{}:{folder}:/usr/local/bin:/usr/bin:/bin", terminal.setup.home().join("bin").display());
        let shell = format!(
            "exec env -i HOME='{}' PATH='{path}' TERM=screen MODEL_PROVIDER=builtin PS1='ready> ' bash --norc --noprofile -i",
            terminal.setup.home().display()
        );
        let mut command =
            terminal.command(&["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", &shell]);
        let Ok(opened) = command.output() else {
            let _ = writeln!(std::io::stderr(), "left out: there is no tmux");
            return None;
        };
        assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
        Some(terminal)
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = binary::command("tmux");
        command
            .arg("-S")
            .arg(&self.socket)
            .args(arguments)
            .env_remove("TMUX")
            .current_dir(self.setup.project());
        command
    }

    fn tmux(&self, arguments: &[&str]) -> Option<Output> {
        self.command(arguments).output().ok()
    }

    fn types(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line]);
        self.tmux(&["send-keys", "Enter"]);
    }

    fn presses(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn screen(&self) -> String {
        let shown = self.tmux(&["capture-pane", "-p", "-J", "-S", "-100"]);
        shown.map(|shown| String::from_utf8_lossy(&shown.stdout).into_owned()).unwrap_or_default()
    }

    async fn shows(&self, text: &str) -> String {
        let last = std::cell::RefCell::new(String::new());
        let look = || {
            let screen = self.screen();
            let found = screen.contains(text);
            last.replace(screen.clone());
            found.then_some(screen)
        };
        let what = format!("`{text}` on the screen");
        until(&what, look).await
    }
}

/// Counts how often it is interrupted, and ends at the second time.
const COUNTS: &str = r#"[ -t 0 ] && [ -t 1 ] && echo "has the terminal"
n=0
trap 'n=$((n+1)); echo "interrupt $n"; [ $n -ge 2 ] && exit 5' INT
echo client-runs
while :; do sleep 0.05; done"#;

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_reaches_the_client_once_and_the_gateway_lives_on() {
    let Some(terminal) = Terminal::open(Setup::builtin().program("claude", COUNTS)) else { return };
    terminal.types("lynkr wrap claude; echo code=$?");
    let screen = terminal.shows("client-runs").await;
    assert!(
        screen.contains("has the terminal") && screen.contains("Claude Code through http://"),
        "{screen}"
    );
    let address = records(&terminal.setup.home())[0]["address"].as_str().unwrap().parse().unwrap();
    terminal.presses("C-c");
    terminal.shows("interrupt 1").await;
    assert_eq!(Call::get("/health").send(address).await.status, 200);
    terminal.presses("C-c");
    let screen = terminal.shows("code=5").await;
    assert!(screen.contains("interrupt 2") && !screen.contains("interrupt 3"), "{screen}");
    until("the end of the gateway", || records(&terminal.setup.home()).is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_can_be_stopped_and_goes_on() {
    for (script, key) in [
        // By the terminal, and by the client itself, as editors do that handle the key.
        ("echo client-runs; read line; echo \"read $line\"", Some("C-z")),
        ("echo client-runs; kill -STOP $$; read line; echo \"read $line\"", None),
    ] {
        let Some(terminal) = Terminal::open(Setup::builtin().program("claude", script)) else { return };
        terminal.types("lynkr wrap claude; echo code=$?");
        terminal.shows("client-runs").await;
        if let Some(key) = key {
            terminal.presses(key);
        }
        terminal.shows("Stopped").await;
        let address = records(&terminal.setup.home())[0]["address"].as_str().unwrap().parse().unwrap();
        assert_eq!(Call::get("/health").send(address).await.status, 200, "it isn't part of the job");
        terminal.types("fg");
        // While the shell reads a line of its own the terminal makes no line ends of what is typed: a line typed then would
        // never end. The shell tells the job that goes on, and reads no more.
        let told = || terminal.screen().lines().any(|line| line.trim() == "lynkr wrap claude").then_some(());
        until("the job that goes on", told).await;
        // What is typed before the client has the terminal again is the shell's, which knows no such command.
        let mut typed = Instant::now();
        terminal.types("hello");
        let answered = || {
            if typed.elapsed() > Duration::from_secs(1) {
                terminal.types("hello");
                typed = Instant::now();
            }
            Some(terminal.screen()).filter(|screen| screen.contains("read hello"))
        };
        let screen = until("the client's answer", answered).await;
        assert!(!screen.contains("no such job"), "{screen}");
        terminal.shows("in this session").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_client_leaves_the_terminal_as_it_was() {
    let script = r"stty raw -echo; printf '\033[?1049h\033[?25lin the other screen'; kill -KILL $$";
    let Some(terminal) = Terminal::open(Setup::builtin().program("claude", script)) else { return };
    // A shell without job control sets nothing back by itself.
    terminal.types("sh -c 'stty -a > before; lynkr wrap claude; echo code=$?; stty -a > after'");
    let screen = terminal.shows("code=137").await;
    assert!(!screen.contains("in the other screen"), "{screen}");
    let read = |name: &str| std::fs::read_to_string(terminal.setup.project().join(name)).ok();
    let after = until("the modes", || read("after").filter(|modes| modes.contains("echo"))).await;
    assert_eq!(Some(after), read("before"));
}
