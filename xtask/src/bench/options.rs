//! The command line of `bench`.

use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How to use it, shown with every complaint.
const USAGE: &str = "usage: cargo xtask bench smoke [--json FILE] [--seconds N] [--gateway HOST:PORT --mock HOST:PORT | --floor]
       cargo xtask bench streams [--streams N]
       cargo xtask bench routing [--json FILE] [--outcomes DIR]
       cargo xtask bench floor --listen HOST:PORT --upstream HOST:PORT

  --json FILE      write the figures as JSON, too
  --seconds N      length of a round (3)
  --streams N      open streams (9000, or what the limit of descriptors allows)
  --outcomes DIR   public outcomes to route ($LYNKR_ROUTING_DATA)
  --as-built       don't hand over to a release build: for memory, whose figures then are a debug build's
  --floor          measure a bare byte-forwarding proxy in place of the gateway
  --gateway ADDR   measure what listens there already; its upstream has to be the address given with --mock
LYNKR_BIN names the binary to measure; else target/release/lynkr is built.";

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    pub(crate) suite: Suite,
    pub(crate) subject: Subject,
    /// Measures with this build, optimised or not.
    pub(crate) as_built: bool,
    pub(crate) json: Option<PathBuf>,
    /// Where public outcomes of routed prompts are.
    pub(crate) outcomes: Option<PathBuf>,
    pub(crate) round: Duration,
    /// Where the mock upstream listens; any free port, unless told.
    pub(crate) mock: SocketAddr,
}

/// What runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    /// All figures once, in a few minutes.
    Smoke,
    /// Memory per open stream, beside the floor's.
    Streams { most: usize },
    /// Figures of the routing engine, which need no gateway.
    Routing,
    /// No measurement: the bare proxy itself, until it is ended.
    Floor { listen: SocketAddr, upstream: SocketAddr },
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Lynkr,
    Floor,
    /// Somebody else's process, whose memory and start can't be seen.
    Running(SocketAddr),
}

impl Options {
    /// Reads the arguments after `bench`.
    pub(crate) fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        parse(arguments).map_err(|error| anyhow::anyhow!("{error:#}\n\n{USAGE}"))
    }
}

/// The switches as they stand, before anything is made of them.
#[derive(Default)]
struct Given<'a> {
    floor: bool,
    as_built: bool,
    values: Vec<(&'a str, &'a str)>,
}

impl<'a> Given<'a> {
    fn read(arguments: &'a [String]) -> anyhow::Result<Self> {
        let mut given = Self::default();
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(name) = rest.next() {
            match name {
                "--floor" => given.floor = true,
                "--as-built" => given.as_built = true,
                "--gateway" | "--json" | "--listen" | "--mock" | "--outcomes" | "--seconds" | "--streams"
                | "--upstream" => {
                    given.values.push((name, rest.next().with_context(|| format!("{name} needs a value"))?));
                }
                other => anyhow::bail!("unknown argument {other}"),
            }
        }
        Ok(given)
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn address(&self, name: &str) -> anyhow::Result<Option<SocketAddr>> {
        let parse = |value: &str| {
            let bare = value.trim_start_matches("http://").trim_end_matches('/');
            bare.parse().with_context(|| format!("{name} wants an address like 127.0.0.1:8081, not {value}"))
        };
        self.value(name).map(parse).transpose()
    }
}

fn parse(arguments: &[String]) -> anyhow::Result<Options> {
    let (suite, rest) = arguments.split_first().context("which suite?")?;
    let given = Given::read(rest)?;
    let suite = match suite.as_str() {
        "smoke" => Suite::Smoke,
        "streams" => Suite::Streams {
            most: given.value("--streams").unwrap_or("9000").parse().context("--streams wants a number")?,
        },
        "routing" => Suite::Routing,
        "floor" => Suite::Floor {
            listen: given.address("--listen")?.context("--listen is missing")?,
            upstream: given.address("--upstream")?.context("--upstream is missing")?,
        },
        other => anyhow::bail!("no suite is called {other}"),
    };
    let mock = given.address("--mock")?;
    let subject = match given.address("--gateway")? {
        Some(_) if given.floor => anyhow::bail!("--gateway and --floor exclude each other"),
        Some(_) if mock.is_none() => anyhow::bail!("--gateway needs --mock, the upstream that it was given"),
        Some(address) => Subject::Running(address),
        None if given.floor => Subject::Floor,
        None => Subject::Lynkr,
    };
    let seconds: f64 = given.value("--seconds").unwrap_or("3").parse().context("--seconds wants a number")?;
    anyhow::ensure!((0.1..=600.0).contains(&seconds), "--seconds is outside of 0.1 to 600");
    Ok(Options {
        suite,
        subject,
        as_built: given.as_built,
        json: given.value("--json").map(PathBuf::from),
        outcomes: given
            .value("--outcomes")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("LYNKR_ROUTING_DATA").map(PathBuf::from)),
        round: Duration::from_secs_f64(seconds),
        mock: mock.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
    })
}

#[cfg(test)]
mod tests;
