//! The gateway under test: the release binary as a child process.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;

use super::install::setting;
use super::process::{Group, Invocation, Outcome};
use super::scratch::Scratch;

/// The binary to test: `LYNKR_BIN`, or a fresh release build.
pub(crate) async fn binary() -> anyhow::Result<PathBuf> {
    if let Some(given) = setting("LYNKR_BIN") {
        let given = std::path::absolute(given)?;
        // Scripts call it by this name, with its folder on the search path.
        ensure!(
            given.file_name().is_some_and(|name| name == "lynkr"),
            "{} isn't called lynkr",
            given.display()
        );
        return Ok(given);
    }
    let cargo = setting("CARGO").unwrap_or_else(|| "cargo".to_owned());
    let args = ["build", "--release", "--bin", "lynkr", "--message-format=json-render-diagnostics"];
    let built = Command::new(cargo).args(args).stderr(std::process::Stdio::inherit()).output().await?;
    ensure!(built.status.success(), "the release build failed");
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let executable = messages.lines().rev().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    executable.context("cargo named no executable")
}

/// The folder of the workspace's own manifest.
pub(crate) fn workspace_root() -> anyhow::Result<PathBuf> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(own.parent().context("xtask has no parent folder")?.to_owned())
}

/// A running gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    group: Group,
    address: String,
}

impl Gateway {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(
        binary: PathBuf,
        environment: Vec<(String, String)>,
        path: &str,
        scratch: &Scratch,
    ) -> anyhow::Result<Self> {
        let invocation = Invocation::new(binary).arg("start").env("PORT", "0").envs(environment);
        let mut group = invocation.start("gateway", path, scratch)?;
        let address = match tokio::time::timeout(Duration::from_secs(20), ready(&mut group)).await {
            Ok(address) => address?,
            Err(_) => bail!("the gateway was not ready in 20 s: {}", group.output()),
        };
        Ok(Self { group, address })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn stop(self) -> anyhow::Result<Outcome> {
        self.group.stop().await
    }
}

async fn ready(group: &mut Group) -> anyhow::Result<String> {
    loop {
        if group.has_ended() {
            bail!("the gateway ended at once: {}", group.output());
        }
        if let Some(address) = listening_address(&group.output())
            && healthy(&address).await
        {
            return Ok(address);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// The `HOST:PORT` of the line `listening on http://HOST:PORT`.
fn listening_address(output: &str) -> Option<String> {
    let (_, rest) = output.split_once("listening on http://")?;
    let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || ".:[]".contains(letter)))?;
    rest.get(..end).map(str::to_owned)
}

async fn healthy(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else { return false };
    let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut head = [0_u8; 12];
    let sent = stream.write_all(request.as_bytes()).await.is_ok();
    sent && stream.read_exact(&mut head).await.is_ok() && head.ends_with(b"200")
}

#[cfg(test)]
mod tests;
