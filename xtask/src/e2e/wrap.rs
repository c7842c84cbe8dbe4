//! `lynkr wrap`: the real clients, each started by it with nothing set up but the user's own `.env`, and Claude Code in a
//! real terminal besides.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use lynkr_testkit::{ModelScript, ModelUpstream};
use tokio::process::Command;

use super::cell::{Setting, Verdict, keep_requests};
use super::column::{Column, Place};
use super::install::{Installed, Package};
use super::process::Invocation;
use super::scratch::Scratch;

/// What the scripted model says at the end of every turn.
const ANSWER: &str = "LYNKR_DONE";

/// A run comes to its end well within this.
const LIMIT: Duration = Duration::from_secs(180);

/// What is waited for on a screen comes well within this.
const SHOWN: Duration = Duration::from_secs(120);

/// So often a client is asked to leave, and so long it has each time.
const LEAVES: u32 = 3;
const LEFT: Duration = Duration::from_secs(20);

/// A client that is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrapped {
    pub(super) name: &'static str,
    pub(super) package: Package,
    /// What follows `lynkr wrap`.
    arguments: &'static [&'static str],
    in_terminal: bool,
    /// Whether `lynkr init` makes the user's configuration.
    initialised: bool,
}

const fn wrapped(name: &'static str, package: Package, arguments: &'static [&'static str]) -> Wrapped {
    Wrapped { name, package, arguments, in_terminal: false, initialised: false }
}

pub(super) const WRAPS: [Wrapped; 7] = [
    wrapped("wrap-claude", Package::ClaudeCode, &["claude", "--", "-p", "hi"]),
    Wrapped { in_terminal: true, ..wrapped("wrap-claude-terminal", Package::ClaudeCode, &["claude"]) },
    Wrapped {
        initialised: true,
        ..wrapped("wrap-init-claude", Package::ClaudeCode, &["claude", "--", "-p", "hi"])
    },
    wrapped("wrap-codex", Package::Codex, &["codex", "--", "exec", "--skip-git-repo-check", "hi"]),
    wrapped("wrap-copilot", Package::Copilot, &["copilot", "--", "-p", "hi", "--log-level", "error"]),
    wrapped("wrap-gemini", Package::GeminiCli, &["gemini", "--", "-y", "-p", "hi"]),
    wrapped(
        "wrap-aider",
        Package::Aider,
        &[
            "aider",
            "--",
            "--no-git",
            "--yes-always",
            "--no-check-update",
            "--no-show-release-notes",
            "--no-show-model-warnings",
            "--analytics-disable",
            "--no-pretty",
            "--no-fancy-input",
            "--chat-mode",
            "ask",
            "--message",
            "hi",
        ],
    ),
];

impl fmt::Display for Wrapped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

pub(super) async fn run(setting: &Setting, wrapped: Wrapped) -> Verdict {
    if let Some(why) = setting.installed.missing(wrapped.package) {
        return Verdict::Impossible(format!("not installed: {why}"));
    }
    if wrapped.in_terminal && Command::new("tmux").arg("-V").output().await.is_err() {
        return Verdict::Impossible("there is no tmux".to_owned());
    }
    match attempt(setting, wrapped).await {
        Ok(verdict) => verdict,
        Err(error) => Verdict::Red(vec![format!("{error:#}")], None),
    }
}

async fn attempt(setting: &Setting, wrapped: Wrapped) -> anyhow::Result<Verdict> {
    let binary = setting.gateway.clone().context("without a gateway there is nothing to wrap")?;
    let scratch = Scratch::create(wrapped.name)?;
    let model = ModelScript::new().steps(0).start().await?;
    prepare(&scratch)?;
    let path = search_path(&setting.installed, wrapped.package, &binary);
    configure(&scratch, &model, wrapped.initialised.then_some((&binary, &path))).await?;
    let mut faults = if wrapped.in_terminal {
        in_terminal(&path, &scratch).await?
    } else {
        let arguments: Vec<&str> = std::iter::once("wrap").chain(wrapped.arguments.iter().copied()).collect();
        let run = Invocation::new(binary).args(&arguments).envs(quiet());
        let outcome = run.start("client", &path, &scratch)?.finish(LIMIT).await?;
        let mut faults = Vec::new();
        if !outcome.succeeded() || !outcome.stdout.contains(ANSWER) {
            faults.push(format!("no answer; {}", outcome.last_words()));
        }
        if !outcome.stderr.contains("in this session\n  requests ") {
            faults.push("no statistics on standard error".to_owned());
        }
        faults
    };
    faults.extend(model.violations());
    if model.generations() == 0 {
        faults.push("the model was never asked".to_owned());
    }
    faults.extend(left_over(&scratch).await);
    if setting.keep || !faults.is_empty() {
        keep_requests(Some(&model), &scratch)?;
        let red = Verdict::Red(faults.clone(), Some(scratch.root().to_owned()));
        return Ok(if faults.is_empty() { Verdict::Green } else { red });
    }
    scratch.remove();
    Ok(Verdict::Green)
}

/// The user's own settings: written as they are, or by `lynkr init` from flags and a key in its environment.
async fn configure(
    scratch: &Scratch,
    model: &ModelUpstream,
    init: Option<(&PathBuf, &String)>,
) -> anyhow::Result<()> {
    let (url, login) = (model.url(), scratch.root().join("login.json"));
    let settings = Column::OpenAiChat.environment(Place { target: &url, login: &login });
    let Some((binary, path)) = init else {
        let folder = scratch.home().join(".config/lynkr");
        std::fs::create_dir_all(&folder)?;
        let lines: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        return Ok(std::fs::write(folder.join(".env"), lines.concat())?);
    };
    let init =
        Invocation::new(binary.clone()).args(&["init", "--yes", "--provider", "openai"]).envs(settings);
    let outcome = init.start("init", path, scratch)?.finish(LIMIT).await?;
    ensure!(outcome.succeeded(), "lynkr init: {}", outcome.last_words());
    Ok(())
}

/// A trap, the project's settings, which must not count; and the state of clients that were started before.
fn prepare(scratch: &Scratch) -> anyhow::Result<()> {
    std::fs::write(scratch.project().join(".env"), "MODEL_PROVIDER=builtin\n")?;
    // Questions that a first start asks, and what it would fetch; nothing of this is about the gateway.
    for (path, text) in [
        (".codex/config.toml", "check_for_update_on_startup = false\n[analytics]\nenabled = false\n"),
        (
            ".gemini/settings.json",
            r#"{"privacy": {"usageStatisticsEnabled": false}, "general": {"enableAutoUpdate": false}}"#,
        ),
        (".aider/caches/model_prices_and_context_window.json", r#"{"kit": {}}"#),
    ] {
        let path = scratch.home().join(path);
        std::fs::create_dir_all(path.parent().context("it lies in a folder")?)?;
        std::fs::write(path, text)?;
    }
    let project = std::fs::canonicalize(scratch.project())?;
    let state = serde_json::json!({
        "hasCompletedOnboarding": true, "theme": "dark", "bypassPermissionsModeAccepted": true,
        "projects": {project.display().to_string(): {"hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true}},
    });
    std::fs::write(scratch.home().join(".claude.json"), state.to_string())?;
    Ok(())
}

fn quiet() -> Vec<(String, String)> {
    [
        ("DISABLE_TELEMETRY", "1"),
        ("DISABLE_ERROR_REPORTING", "1"),
        ("DISABLE_AUTOUPDATER", "1"),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        ("GEMINI_CLI_TRUST_WORKSPACE", "true"),
        ("LITELLM_LOCAL_MODEL_COST_MAP", "True"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// The client and the gateway's program, where each is found.
fn search_path(installed: &Installed, package: Package, binary: &Path) -> String {
    let folder = |file: &Path| file.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    format!("{}:{}:{}", folder(&installed.program(package)), folder(binary), installed.search_path())
}

/// What is left when all have gone: a gateway that still says that it runs.
async fn left_over(scratch: &Scratch) -> Option<String> {
    let run = scratch.home().join(".local/state/lynkr/run");
    let records = || -> Vec<PathBuf> {
        let files =
            std::fs::read_dir(&run).into_iter().flatten().filter_map(Result::ok).map(|file| file.path());
        files.filter(|file| file.extension().is_some_and(|end| end == "json")).collect()
    };
    for _ in 0..100 {
        if records().is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Some(format!("the gateway didn't end: {:?}", records()))
}

/// Types into Claude Code and reads what it shows.
async fn in_terminal(path: &str, scratch: &Scratch) -> anyhow::Result<Vec<String>> {
    let terminal = Terminal::open(path, scratch).await?;
    let mut faults =
        terminal.converse().await.err().map(|error| format!("{error:#}")).into_iter().collect::<Vec<_>>();
    if !faults.is_empty() {
        faults.push(format!("the screen: {}", terminal.screen().await.unwrap_or_default().trim()));
    }
    terminal.tmux(&["kill-server"]).await?;
    Ok(faults)
}

/// A shell in a terminal.
struct Terminal {
    socket: PathBuf,
}

impl Terminal {
    async fn open(path: &str, scratch: &Scratch) -> anyhow::Result<Self> {
        let terminal = Self { socket: scratch.root().join("tmux") };
        let mut environment = vec![
            format!("HOME={}", scratch.home().display()),
            format!("PATH={path}"),
            format!("TMPDIR={}", scratch.root().join("tmp").display()),
            "TERM=screen-256color".to_owned(),
            "LANG=C.UTF-8".to_owned(),
            "PS1=ready> ".to_owned(),
        ];
        environment.extend(quiet().into_iter().map(|(name, value)| format!("{name}={value}")));
        let quoted: Vec<String> = environment.iter().map(|pair| format!("'{pair}'")).collect();
        let shell = format!("exec env -i {} bash --norc --noprofile -i", quoted.join(" "));
        let project = scratch.project().display().to_string();
        let size = ["-x", "120", "-y", "40"];
        let mut arguments = vec!["-f", "/dev/null", "new-session", "-d", "-c", &project];
        arguments.extend(size);
        arguments.push(&shell);
        terminal.tmux(&arguments).await?;
        terminal.shows("ready> ").await?;
        Ok(terminal)
    }

    async fn converse(&self) -> anyhow::Result<()> {
        self.types("lynkr wrap claude; echo code=$?").await?;
        self.shows("Claude Code through http://127.0.0.1:").await?;
        // Its box for what is typed.
        self.shows("❯").await?;
        self.types("please say something").await?;
        self.shows(ANSWER).await?;
        self.leaves("code=0").await?;
        let screen = self.shows("in this session").await?;
        ensure!(screen.contains("requests "), "no statistics: {screen}");
        // The shell has its terminal back.
        self.types("stty -a | grep -o ' echo ' && echo typed-$((6*7))").await?;
        self.shows("typed-42").await?;
        Ok(())
    }

    /// Presses Ctrl-C twice, until the client has gone. The first clears what is typed and says how to leave; the client lives on,
    /// and so does its gateway. One that follows within a second ends it: on a busy machine it may come too late, and is a first one
    /// then. While the client ends nothing is pressed, which would reach the one around it.
    async fn leaves(&self, shown: &str) -> anyhow::Result<()> {
        for _ in 0..LEAVES {
            self.tmux(&["send-keys", "C-c"]).await?;
            self.shows("Press Ctrl-C again").await?;
            self.tmux(&["send-keys", "C-c"]).await?;
            if self.shows_within(LEFT, shown).await.is_ok() {
                return Ok(());
            }
        }
        self.shows(shown).await.map(drop)
    }

    async fn types(&self, text: &str) -> anyhow::Result<()> {
        self.tmux(&["send-keys", "-l", text]).await?;
        // A line end right behind a text is taken for a part of what is pasted.
        tokio::time::sleep(Duration::from_millis(500)).await;
        self.tmux(&["send-keys", "Enter"]).await?;
        Ok(())
    }

    async fn screen(&self) -> anyhow::Result<String> {
        self.tmux(&["capture-pane", "-p", "-J", "-S", "-200"]).await
    }

    async fn shows(&self, text: &str) -> anyhow::Result<String> {
        self.shows_within(SHOWN, text).await
    }

    async fn shows_within(&self, limit: Duration, text: &str) -> anyhow::Result<String> {
        let wait = async {
            loop {
                let screen = self.screen().await?;
                if screen.contains(text) {
                    return anyhow::Ok(screen);
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(limit, wait).await.with_context(|| format!("`{text}` was never shown"))?
    }

    async fn tmux(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            .args(arguments)
            .env_remove("TMUX")
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "tmux {}: {said}", arguments.first().unwrap_or(&""));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
