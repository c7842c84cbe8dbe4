//! What a gateway says of itself.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use lynkr_process::Identity;
use serde_json::{Value, json};

/// How a gateway came to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In a terminal, or under something that looks after it.
    Foreground,
    /// By `lynkr start --daemon`.
    Daemon,
    /// For the clients that `lynkr wrap` runs.
    Wrap,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Foreground => "foreground",
            Self::Daemon => "daemon",
            Self::Wrap => "wrap",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Foreground, Self::Daemon, Self::Wrap].into_iter().find(|kind| kind.name() == name)
    }
}

/// A gateway that runs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) process: Identity,
    pub(crate) kind: Kind,
    /// Where clients of this machine reach it.
    pub(crate) address: SocketAddr,
    /// Whether it serves HTTPS.
    pub(crate) tls: bool,
    /// What it was started with, to prove that it is itself.
    pub(crate) token: String,
    pub(crate) version: String,
    /// In seconds since 1970 UTC.
    pub(crate) started_at: u64,
    /// The kind of the provider that answers, and what people call it.
    pub(crate) provider: String,
    pub(crate) title: String,
    /// A name of a model for clients that demand one.
    pub(crate) model: String,
    /// What its settings come down to, where it is shared among those whose settings come down to the same.
    pub(crate) fingerprint: Option<String>,
    /// The file that its users hold a lock on.
    pub(crate) users: Option<PathBuf>,
    /// The file with what it says on standard error.
    pub(crate) said: Option<PathBuf>,
}

impl Instance {
    /// The base of its URLs.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.address)
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "pid": self.process.pid, "born": self.process.born, "kind": self.kind.name(),
            "address": self.address.to_string(), "tls": self.tls, "token": self.token, "version": self.version,
            "started_at": self.started_at, "provider": self.provider, "title": self.title, "model": self.model,
            "fingerprint": self.fingerprint, "users": self.users, "said": self.said,
        })
    }

    pub(crate) fn from_json(json: &Value) -> Option<Self> {
        let text = |name: &str| json.get(name)?.as_str().map(str::to_owned);
        let number = |name: &str| json.get(name)?.as_u64();
        Some(Self {
            process: Identity { pid: u32::try_from(number("pid")?).ok()?, born: number("born") },
            kind: Kind::named(&text("kind")?)?,
            address: text("address")?.parse().ok()?,
            tls: json.get("tls")?.as_bool()?,
            token: text("token")?,
            version: text("version")?,
            started_at: number("started_at")?,
            provider: text("provider")?,
            title: text("title")?,
            model: text("model")?,
            fingerprint: text("fingerprint"),
            users: text("users").map(PathBuf::from),
            said: text("said").map(PathBuf::from),
        })
    }
}

/// The token is for proofs: it isn't shown.
impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("process", &self.process)
            .field("kind", &self.kind)
            .field("address", &self.address)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// The time, in seconds since 1970 UTC.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
