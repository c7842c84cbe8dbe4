//! The command line of `bench`.

use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How to use it, shown with every complaint.
const USAGE: &str = "usage: cargo xtask bench compare [--seconds N] [--rounds N] [--only TEXT] [--json FILE] [--save FILE] [--compare FILE]
                            [--strict] [--peer NAME=URL --mock HOST:PORT]
       cargo xtask bench smoke     the same, with the two smaller bodies and fewer rounds
       cargo xtask bench streams [--streams N]
       cargo xtask bench people [--rounds N] [--json FILE] [--strict]
       cargo xtask bench routing [--json FILE] [--outcomes DIR]
       cargo xtask bench floor --listen HOST:PORT --upstream HOST:PORT [--converts]

  --seconds N      length of a round (2)
  --rounds N       rounds of each contender in each cell (5; smoke 2; people 11)
  --only TEXT      only cells whose name holds this: \"92 KB\", \"stream\", \"burst\"
  --json FILE      write the figures as JSON, too
  --save FILE      the same; a name for what --compare reads
  --compare FILE   show what changed against saved figures: ratios to the floor, which hold across machines
  --strict         fail where the machine is too noisy, instead of warning; people: where a limit isn't kept
  --peer NAME=URL  measure what listens there as well; its upstream has to be the address given with --mock
  --mock ADDR      where the mock upstream listens (any free port)
  --streams N      open streams (9000, or what the limit of descriptors allows)
  --outcomes DIR   public outcomes to route ($LYNKR_ROUTING_DATA)
  --as-built       don't hand over to a release build: for memory, whose figures then are a debug build's
LYNKR_BIN names the binary to measure; else target/release/lynkr is built.";

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    pub(crate) suite: Suite,
    /// Measures with this build, optimised or not.
    pub(crate) as_built: bool,
    /// Where figures are written.
    pub(crate) json: Vec<PathBuf>,
    /// Where earlier figures are.
    pub(crate) before: Option<PathBuf>,
    /// Where public outcomes of routed prompts are.
    pub(crate) outcomes: Option<PathBuf>,
    pub(crate) round: Duration,
    pub(crate) rounds: usize,
    /// Only cells whose name holds this.
    pub(crate) only: Option<String>,
    pub(crate) strict: bool,
    /// Other gateways that run already.
    pub(crate) peers: Vec<(String, SocketAddr)>,
    /// Where the mock upstream listens; any free port, unless told.
    pub(crate) mock: SocketAddr,
}

/// What runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    /// Everybody side by side: all cells, or the first few.
    Compare { quick: bool },
    /// Memory per open stream, beside the floor's.
    Streams { most: usize },
    /// Figures of the routing engine, which need no gateway.
    Routing,
    /// How long people wait for commands with many requests stored.
    People,
    /// No measurement: the bare proxy itself, until it is ended.
    Floor { listen: SocketAddr, upstream: SocketAddr, converts: bool },
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Lynkr,
    /// A bare proxy that forwards bytes.
    Floor,
    /// A bare proxy that translates.
    Converter,
    Nginx,
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
    switches: Vec<&'a str>,
    values: Vec<(&'a str, &'a str)>,
}

const SWITCHES: &[&str] = &["--as-built", "--converts", "--strict"];
const VALUES: &[&str] = &[
    "--compare",
    "--json",
    "--listen",
    "--mock",
    "--only",
    "--outcomes",
    "--peer",
    "--rounds",
    "--save",
    "--seconds",
    "--streams",
    "--upstream",
];

impl<'a> Given<'a> {
    fn read(arguments: &'a [String]) -> anyhow::Result<Self> {
        let mut given = Self::default();
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(name) = rest.next() {
            if SWITCHES.contains(&name) {
                given.switches.push(name);
            } else if VALUES.contains(&name) {
                given.values.push((name, rest.next().with_context(|| format!("{name} needs a value"))?));
            } else {
                anyhow::bail!("unknown argument {name}");
            }
        }
        Ok(given)
    }

    fn has(&self, name: &str) -> bool {
        self.switches.contains(&name)
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    fn number<T: std::str::FromStr>(&self, name: &str, otherwise: T) -> anyhow::Result<T> {
        self.value(name).map_or(Ok(otherwise), |value| {
            value.parse().map_err(|_| anyhow::anyhow!("{name} wants a number, not {value}"))
        })
    }

    fn address(&self, name: &str) -> anyhow::Result<Option<SocketAddr>> {
        self.value(name).map(|value| address(name, value)).transpose()
    }

    fn peers(&self) -> anyhow::Result<Vec<(String, SocketAddr)>> {
        let peer = |value: &str| {
            let (name, at) =
                value.split_once('=').with_context(|| format!("--peer wants NAME=URL, not {value}"))?;
            Ok((name.to_owned(), address("--peer", at)?))
        };
        self.all("--peer").map(peer).collect()
    }
}

fn address(name: &str, value: &str) -> anyhow::Result<SocketAddr> {
    let bare = value.trim_start_matches("http://").trim_end_matches('/');
    bare.parse().with_context(|| format!("{name} wants an address like 127.0.0.1:8081, not {value}"))
}

fn parse(arguments: &[String]) -> anyhow::Result<Options> {
    let (suite, rest) = arguments.split_first().context("which suite?")?;
    let given = Given::read(rest)?;
    let suite = match suite.as_str() {
        "compare" => Suite::Compare { quick: false },
        "smoke" => Suite::Compare { quick: true },
        "streams" => Suite::Streams { most: given.number("--streams", 9_000)? },
        "people" => Suite::People,
        "routing" => Suite::Routing,
        "floor" => Suite::Floor {
            listen: given.address("--listen")?.context("--listen is missing")?,
            upstream: given.address("--upstream")?.context("--upstream is missing")?,
            converts: given.has("--converts"),
        },
        other => anyhow::bail!("no suite is called {other}"),
    };
    let (mock, peers) = (given.address("--mock")?, given.peers()?);
    anyhow::ensure!(
        peers.is_empty() || mock.is_some(),
        "--peer needs --mock, the upstream that it was given"
    );
    let seconds: f64 = given.number("--seconds", 2.0)?;
    anyhow::ensure!((0.1..=600.0).contains(&seconds), "--seconds is outside of 0.1 to 600");
    let usual = match suite {
        Suite::Compare { quick: true } => 2,
        Suite::People => 11,
        _ => 5,
    };
    let rounds = given.number("--rounds", usual)?;
    anyhow::ensure!((1..=100).contains(&rounds), "--rounds is outside of 1 to 100");
    let named = given.value("--outcomes").map(PathBuf::from);
    Ok(Options {
        suite,
        as_built: given.has("--as-built"),
        json: given.all("--json").chain(given.all("--save")).map(PathBuf::from).collect(),
        before: given.value("--compare").map(PathBuf::from),
        outcomes: named.or_else(|| std::env::var_os("LYNKR_ROUTING_DATA").map(PathBuf::from)),
        round: Duration::from_secs_f64(seconds),
        rounds,
        only: given.value("--only").map(str::to_owned),
        strict: given.has("--strict"),
        peers,
        mock: mock.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
    })
}

#[cfg(test)]
mod tests;
