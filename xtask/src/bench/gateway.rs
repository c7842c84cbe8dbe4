//! The measured process: started with nothing of the caller's environment, watched through `/proc`, ended on drop.

use super::figures;
use super::load::Connection;
use super::options::Subject;
use super::replies::Dialect;
use crate::process;
use anyhow::Context as _;
use hyper::StatusCode;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
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
    folder: TempDir,
}

impl Drop for Own {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it stays.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    /// Starts a process with some settings and waits for its first healthy answer; the time from the one to the other is
    /// the second part.
    pub(crate) async fn start_with(
        subject: Subject,
        way: Way,
        mock: SocketAddr,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<(Self, Duration)> {
        let started = Instant::now();
        let mut gateway = match subject {
            Subject::Running(address) => Self { address, own: None },
            _ => Self::spawn(subject, way, mock, settings)?,
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

    fn spawn(
        subject: Subject,
        way: Way,
        mock: SocketAddr,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("making a home for the gateway")?;
        let address = free_address()?;
        let mut command = match subject {
            Subject::Lynkr => lynkr(way, address, mock)?,
            Subject::Nginx => nginx(folder.path(), address, mock)?,
            Subject::Floor | Subject::Running(_) => floor(address, mock, false)?,
            Subject::Converter => floor(address, mock, true)?,
        };
        let log = File::create(folder.path().join("log")).context("making the gateway's log")?;
        command.envs(settings.iter().copied());
        command.env("HOME", folder.path()).current_dir(folder.path()).stdout(log.try_clone()?).stderr(log);
        let child =
            command.spawn().with_context(|| format!("starting {}", command.get_program().display()))?;
        Ok(Self { address, own: Some(Own { child, folder }) })
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
        let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
        let children = children.unwrap_or_default();
        let all = children.split_whitespace().filter_map(|child| child.parse().ok());
        let read = |process: u32| std::fs::read_to_string(format!("/proc/{process}/{file}")).ok();
        std::iter::once(process).chain(all).map(read).collect()
    }
}

/// The binary to measure, built first unless it is named.
pub(crate) fn build() -> anyhow::Result<()> {
    if process::variable("LYNKR_BIN").is_none() {
        let build = process::command("cargo", &["build", "--release", "--bin", "lynkr"]);
        anyhow::ensure!(process::watch(build, |_| {})?, "the gateway doesn't build");
    }
    Ok(())
}

fn lynkr(way: Way, address: SocketAddr, mock: SocketAddr) -> anyhow::Result<Command> {
    let named = process::variable("LYNKR_BIN").map(PathBuf::from);
    let binary = named.unwrap_or_else(|| crate::tree::root().join("target/release/lynkr"));
    let mut command = bare(&binary, &["start"])?;
    command.env("PORT", address.port().to_string());
    match way {
        Way::Passthrough => command.envs([
            ("MODEL_PROVIDER", "anthropic"),
            ("ANTHROPIC_ENDPOINT", &endpoint(mock, Dialect::Anthropic)),
            ("ANTHROPIC_API_KEY", "sk-test-bench"),
        ]),
        Way::Translated => command.envs([
            ("MODEL_PROVIDER", "openai"),
            ("OPENAI_ENDPOINT", &endpoint(mock, Dialect::OpenAiChat)),
            ("OPENAI_API_KEY", "sk-test-bench"),
            ("OPENAI_MODEL", "gpt-4o"),
        ]),
    };
    Ok(command)
}

fn endpoint(mock: SocketAddr, dialect: Dialect) -> String {
    format!("http://{mock}{}", dialect.path())
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
