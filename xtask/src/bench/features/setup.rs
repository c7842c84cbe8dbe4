//! The gateways of the comparison, and the proof that what is meant to be on is.

use crate::bench::gateway::{Gateway, Launch, Way, tool};
use crate::bench::load::{Connection, Work};
use crate::bench::options::Subject;
use crate::process;
use anyhow::Context as _;
use http_body_util::BodyExt as _;
use hyper::StatusCode;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// Which features are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Features {
    Off,
    Defaults,
    AllOn,
}

impl Features {
    pub(super) const ALL: [Self; 3] = [Self::Off, Self::Defaults, Self::AllOn];

    /// As reports say it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Defaults => "defaults",
            Self::AllOn => "all on",
        }
    }

    /// What it means.
    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::Off => {
                "no store, no log, no metrics page, no load shedding, no fingerprints of sessions, files not watched"
            }
            Self::Defaults => "as the gateway starts: SQLite store, metrics, a log line per request",
            Self::AllOn => {
                "besides, a stored key with rate limits, a rate limit for all, budgets of tokens, requests and costs, \
                 four tiers with learning, OTLP export"
            }
        }
    }

    fn settings(self, way: Way, sink: SocketAddr) -> Vec<(&'static str, String)> {
        let own = |pairs: &[(&'static str, &str)]| {
            pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
        };
        match self {
            Self::Off => own(OFF),
            Self::Defaults => Vec::new(),
            Self::AllOn => {
                let mut settings = own(ON);
                settings.extend(own(match way {
                    Way::Passthrough => CLAUDE,
                    Way::Translated => GPT,
                }));
                settings.push(("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{sink}")));
                settings
            }
        }
    }
}

const OFF: &[(&str, &str)] = &[
    // Where no folder can be made nothing is kept.
    ("LYNKR_STATE_DIR", "/dev/null/nowhere"),
    ("LOG_LEVEL", "silent"),
    ("REQUEST_LOGGING_ENABLED", "false"),
    ("METRICS_ENABLED", "false"),
    ("LOAD_SHEDDING_ENABLED", "false"),
    ("LYNKR_SESSION_FINGERPRINT", "false"),
    ("HOT_RELOAD_ENABLED", "false"),
];

const ON: &[(&str, &str)] = &[
    ("LYNKR_REQUIRE_KEY", "true"),
    ("RATE_LIMIT_ENABLED", "true"),
    ("RATE_LIMIT_MAX", "1000000000"),
    ("RATE_LIMIT_KEY_BY", "key"),
    ("LYNKR_LEARNING", "on"),
    ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
];

const CLAUDE: &[(&str, &str)] = &[
    ("TIER_SIMPLE", "anthropic:claude-haiku-4-5"),
    ("TIER_MEDIUM", "anthropic:claude-sonnet-4-5"),
    ("TIER_COMPLEX", "anthropic:claude-sonnet-4-5"),
    ("TIER_REASONING", "anthropic:claude-opus-4-5"),
];

const GPT: &[(&str, &str)] = &[
    ("TIER_SIMPLE", "openai:gpt-4o-mini"),
    ("TIER_MEDIUM", "openai:gpt-4o"),
    ("TIER_COMPLEX", "openai:gpt-4o"),
    ("TIER_REASONING", "openai:gpt-4.1"),
];

/// Limits that hold and that nobody reaches.
const BUDGETS: &[&str] = &[
    "budgets set key:bench --tokens 1000000000000 --period day",
    "budgets set user:* --requests 1000000000 --period day",
    "budgets set key:bench --cost 1000000 --period month",
];
const KEY: &str =
    "keys create bench --team research --requests-per-minute 100000000 --tokens-per-minute 1000000000000";

/// A gateway with its features.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(super) features: Features,
    pub(crate) gateway: Gateway,
    pub(crate) key: Option<Arc<str>>,
}

impl Ready {
    /// Makes keys and budgets where there are some, and starts.
    pub(crate) async fn start(
        features: Features,
        way: Way,
        mock: SocketAddr,
        sink: SocketAddr,
    ) -> anyhow::Result<Self> {
        let home = Arc::new(tempfile::tempdir().context("making a home for the gateway")?);
        let key = if features == Features::AllOn { Some(prepare(&home)?) } else { None };
        let settings = features.settings(way, sink);
        let settings: Vec<(&str, &str)> =
            settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let launch = Launch {
            subject: Subject::Lynkr,
            upstream: way.upstream(),
            mock,
            settings: &settings,
            home: Some(&home),
        };
        let (gateway, _) = Gateway::launch(launch).await?;
        Ok(Self { features, gateway, key })
    }

    /// Asks with and without what is needed: a feature that isn't on would make a good figure.
    pub(super) async fn check(&self, work: &Work) -> anyhow::Result<()> {
        let mut connection = Connection::open(work.target).await?;
        let (_, with) = connection.send(work).await?;
        let (status, headers) = (with.status(), with.headers().clone());
        let body = with.into_body().collect().await?.to_bytes();
        anyhow::ensure!(status == StatusCode::OK, "{status}: {}", String::from_utf8_lossy(&body));
        if self.features == Features::AllOn {
            anyhow::ensure!(headers.contains_key("x-lynkr-tier"), "no tier was decided on: {headers:?}");
            anyhow::ensure!(headers.contains_key("ratelimit-limit"), "no rate limit holds: {headers:?}");
            let (_, without) = connection.send(&Work { key: None, ..work.clone() }).await?;
            let status = without.status();
            anyhow::ensure!(status == StatusCode::UNAUTHORIZED, "{status} without a key");
        }
        Ok(())
    }

    /// Ends it properly, so that what it has yet to export is.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        self.gateway.end().await
    }
}

/// A key and budgets in the store of a home; the key.
fn prepare(home: &TempDir) -> anyhow::Result<Arc<str>> {
    let printed = said(KEY, home.path())?;
    for line in BUDGETS {
        said(line, home.path())?;
    }
    let key = printed.split_whitespace().find(|word| word.starts_with("lynkr_"));
    Ok(key.with_context(|| format!("no key in {printed}"))?.into())
}

fn said(line: &str, home: &Path) -> anyhow::Result<String> {
    let arguments: Vec<&str> = line.split(' ').collect();
    let mut command = tool(&arguments)?;
    command.env("HOME", home).current_dir(home);
    process::capture(command).with_context(|| format!("lynkr {line}"))
}
