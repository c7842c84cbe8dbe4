//! The measured process: started with nothing of the caller's environment, watched through `/proc`, ended on drop.

use super::figures;
use super::load::Connection;
use super::options::Subject;
use super::shipped;
use crate::process;
use anyhow::Context as _;
use hyper::StatusCode;
use lynkr_protocol::Dialect;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What the gateway does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The upstream speaks the client's dialect.
    Passthrough,
    /// The upstream speaks another one.
    Translated,
}

impl Way {
    /// As reports say it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Passthrough => "passthrough",
            Self::Translated => "translated",
        }
    }

    /// What the upstream speaks; the client is Anthropic's.
    pub(crate) const fn upstream(self) -> Dialect {
        match self {
            Self::Passthrough => Dialect::Anthropic,
            Self::Translated => Dialect::OpenAiChat,
        }
    }
}

/// What is started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Launch<'a> {
    pub(crate) subject: Subject,
    /// What the upstream speaks.
    pub(crate) upstream: Dialect,
    pub(crate) mock: SocketAddr,
    /// Beside those that name the upstream.
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// Home and working directory; an empty one, unless given.
    pub(crate) home: Option<&'a Arc<TempDir>>,
}

/// What lets thousands of requests be under way at once; by default those past a thousand are refused. The bare proxies
/// refuse none, and don't know it.
pub(crate) const MANY: [(&str, &str); 1] = [("LOAD_SHEDDING_ACTIVE_REQUESTS_THRESHOLD", "1000000")];

/// How long a process may take to its first answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process under measurement, or the address of one that somebody else runs.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    child: Child,
    /// Home, working directory and log of the process.
    folder: Arc<TempDir>,
}

impl Drop for Own {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it stays, nor of those that it started (nginx's workers).
        let children = children(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !children.is_empty() {
            let _ = process::command("kill", &["-KILL"]).args(children).stderr(Stdio::null()).status();
        }
    }
}

impl Gateway {
    /// Starts a process in an empty home; the time from the start to the first healthy answer is the second part.
    pub(crate) async fn start_with(
        subject: Subject,
        way: Way,
        mock: SocketAddr,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<(Self, Duration)> {
        Self::launch(Launch { subject, upstream: way.upstream(), mock, settings, home: None }).await
    }

    /// Starts a process and waits for its first healthy answer; the time from the one to the other is the second part.
    pub(crate) async fn launch(launch: Launch<'_>) -> anyhow::Result<(Self, Duration)> {
        let home = match launch.home {
            Some(home) => Arc::clone(home),
            None => Arc::new(tempfile::tempdir().context("making a home for the gateway")?),
        };
        let started = Instant::now();
        let mut gateway = match launch.subject {
            Subject::Running(address) => Self { address, own: None },
            _ => Self::spawn(launch, home)?,
        };
        while !gateway.is_healthy().await {
            gateway.complain_if_ended()?;
            anyhow::ensure!(
                started.elapsed() < PATIENCE,
                "no healthy answer in {PATIENCE:?}\n{}",
                gateway.log()
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok((gateway, started.elapsed()))
    }

    fn spawn(launch: Launch<'_>, folder: Arc<TempDir>) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = match launch.subject {
            Subject::Lynkr => lynkr(launch.upstream, address, launch.mock)?,
            Subject::Nginx => nginx(folder.path(), address, launch.mock)?,
            Subject::Floor | Subject::Running(_) => floor(address, launch.mock, false)?,
            Subject::Converter => floor(address, launch.mock, true)?,
        };
        let log = File::create(folder.path().join("log")).context("making the gateway's log")?;
        command.envs(launch.settings.iter().copied());
        command.env("HOME", folder.path()).current_dir(folder.path()).stdout(log.try_clone()?).stderr(log);
        let child =
            command.spawn().with_context(|| format!("starting {}", command.get_program().display()))?;
        Ok(Self { address, own: Some(Own { child, folder }) })
    }

    /// Asks the process to end and waits until it has; what it keeps is written then.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        let Some(own) = self.own.as_mut() else { return Ok(()) };
        let number = own.child.id().to_string();
        let asked = process::command("kill", &["-TERM", &number]).status().context("asking it to end")?;
        anyhow::ensure!(asked.success(), "kill ended with {asked}");
        let since = Instant::now();
        while own.child.try_wait()?.is_none() {
            anyhow::ensure!(since.elapsed() < PATIENCE, "it didn't end in {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    async fn is_healthy(&self) -> bool {
        let Ok(mut connection) = Connection::open(self.address).await else { return false };
        connection.get(self.address, "/health").await.is_ok_and(|status| status == StatusCode::OK)
    }

    fn complain_if_ended(&mut self) -> anyhow::Result<()> {
        let ended = self.own.as_mut().and_then(|own| own.child.try_wait().transpose()).transpose()?;
        match ended {
            Some(status) => anyhow::bail!("the gateway ended with {status}\n{}", self.log()),
            None => Ok(()),
        }
    }

    /// The end of what the process wrote.
    pub(crate) fn log(&self) -> String {
        let text =
            self.own.as_ref().and_then(|own| std::fs::read_to_string(own.folder.path().join("log")).ok());
        let text = text.unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n")
    }

    /// How often the process panicked, by its log.
    pub(crate) fn panics(&self) -> usize {
        let log = self.own.as_ref().map(|own| std::fs::read(own.folder.path().join("log")));
        let log = log.and_then(Result::ok).unwrap_or_default();
        memchr::memmem::find_iter(&log, b"panicked at").count()
    }

    /// CPU seconds so far, where the process is ours and the kernel tells; with those of its children.
    pub(crate) fn cpu_seconds(&self) -> Option<f64> {
        self.family("stat")?.iter().map(|text| figures::cpu_seconds(text)).sum()
    }

    /// Memory in MiB, by the kernel's name for it; with that of its children.
    pub(crate) fn memory(&self, name: &str) -> Option<f64> {
        self.family("status")?.iter().map(|text| figures::mebibytes(text, name)).sum()
    }

    /// What the kernel says in a file of the process and of its children.
    fn family(&self, file: &str) -> Option<Vec<String>> {
        let process = self.own.as_ref()?.child.id();
        let all = std::iter::once(process.to_string()).chain(children(process));
        all.map(|process| std::fs::read_to_string(format!("/proc/{process}/{file}")).ok()).collect()
    }
}

/// The numbers of the processes that one has started.
fn children(process: u32) -> Vec<String> {
    let list = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    list.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// The binary to measure, built first unless it is named.
pub(crate) fn build() -> anyhow::Result<()> {
    if process::variable("LYNKR_BIN").is_none() {
        shipped::build()?;
    }
    Ok(())
}

fn lynkr(upstream: Dialect, address: SocketAddr, mock: SocketAddr) -> anyhow::Result<Command> {
    let mut command = tool(&["start"])?;
    command.env("PORT", address.port().to_string()).envs(settings_for(upstream, mock));
    Ok(command)
}

/// The measured binary with these arguments and an empty environment.
pub(crate) fn tool(arguments: &[&str]) -> anyhow::Result<Command> {
    let named = process::variable("LYNKR_BIN").map(PathBuf::from);
    bare(&named.unwrap_or_else(shipped::binary), arguments)
}

/// The settings for an upstream of a dialect.
fn settings_for(upstream: Dialect, mock: SocketAddr) -> Vec<(&'static str, String)> {
    let below = |path: &str| format!("http://{mock}{path}");
    let provider = |name: &str| ("MODEL_PROVIDER", name.to_owned());
    let key = || "sk-test-bench".to_owned();
    let openai = |path: &str| {
        vec![
            provider("openai"),
            ("OPENAI_ENDPOINT", below(path)),
            ("OPENAI_API_KEY", key()),
            ("OPENAI_MODEL", "gpt-4o".to_owned()),
        ]
    };
    match upstream {
        Dialect::Anthropic => vec![
            provider("anthropic"),
            ("ANTHROPIC_ENDPOINT", below("/v1/messages")),
            ("ANTHROPIC_API_KEY", key()),
        ],
        Dialect::OpenAiChat => openai("/v1/chat/completions"),
        Dialect::OpenAiResponses => openai("/v1/responses"),
        Dialect::Ollama => {
            vec![provider("ollama"), ("OLLAMA_ENDPOINT", below("")), ("OLLAMA_MODEL", "qwen3".to_owned())]
        }
        Dialect::Gemini => vec![
            provider("vertex"),
            ("VERTEX_ENDPOINT", below("")),
            ("VERTEX_API_KEY", key()),
            ("VERTEX_MODEL", "gemini-2.5-pro".to_owned()),
        ],
        Dialect::BedrockConverse => vec![
            provider("bedrock"),
            ("AWS_BEDROCK_ENDPOINT", below("")),
            ("AWS_BEDROCK_REGION", "eu-central-1".to_owned()),
            // Whose model it is isn't told, so that Claude's own form isn't taken.
            ("AWS_BEDROCK_MODEL_ID", "eu.amazon.nova-pro-v1:0".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", key()),
        ],
    }
}

fn floor(address: SocketAddr, mock: SocketAddr, converts: bool) -> anyhow::Result<Command> {
    let own = std::env::current_exe().context("finding this program")?;
    let (listen, upstream) = (address.to_string(), mock.to_string());
    let mut arguments = vec!["bench", "floor", "--listen", &listen, "--upstream", &upstream, "--as-built"];
    if converts {
        arguments.push("--converts");
    }
    bare(&own, &arguments)
}

/// Whether nginx is installed.
pub(crate) fn has_nginx() -> bool {
    NGINX.iter().any(|path| Path::new(path).exists())
}

const NGINX: &[&str] = &["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];

/// nginx as a gateway would be set up: two workers, kept connections, answers passed on as they come.
fn nginx(folder: &Path, address: SocketAddr, mock: SocketAddr) -> anyhow::Result<Command> {
    let binary = NGINX.iter().map(Path::new).find(|path| path.exists()).context("nginx isn't installed")?;
    let home = folder.to_str().context("the folder's path isn't UTF-8")?;
    let text = format!(
        "worker_processes 2;\nerror_log stderr;\npid {home}/nginx.pid;\ndaemon off;\n\
         events {{ worker_connections 20000; }}\n\
         http {{\n access_log off;\n client_max_body_size 0;\n client_body_temp_path {home};\n \
         proxy_temp_path {home};\n fastcgi_temp_path {home};\n uwsgi_temp_path {home};\n scgi_temp_path {home};\n \
         client_body_buffer_size 2m;\n keepalive_requests 1000000000;\n \
         upstream mock {{ server {mock}; keepalive 512; keepalive_requests 1000000000; }}\n \
         server {{\n listen {address} backlog=4096;\n location = /health {{ return 200; }}\n \
         location / {{ proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection \"\"; \
         proxy_buffering off; }}\n }}\n}}\n"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, text).context("writing nginx's configuration")?;
    bare(binary, &["-p", home, "-c", file.to_str().context("the file's path isn't UTF-8")?])
}

fn bare(program: &Path, arguments: &[&str]) -> anyhow::Result<Command> {
    let program = program.to_str().context("the program's path isn't UTF-8")?;
    let mut command = process::command(program, arguments);
    command.env_clear();
    Ok(command)
}

/// An address that was free a moment ago; the process binds it next.
fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?)
}
