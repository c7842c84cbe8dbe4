//! The command line of `bench`.

use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How to use it, shown with every complaint.
const USAGE: &str = "usage: cargo xtask bench SUITE [switches]

  all          every suite below up to components: all figures with their limits, in about 20 minutes
  compare      everybody side by side: requests/s, CPU, added latency, streams, bursts, memory
  smoke        the same, with the two smaller bodies and fewer rounds
  start        start to the first healthy answer, with an empty home and with 100,000 requests stored
  features     CPU with features off, at their defaults, and all on
  pairs        every client dialect before every provider's
  concurrent   200 and 2,000 streams at once, at the pace of a model
  streams      memory per open stream
  components   micro-benchmarks of the parts, beside the specification's figures
  people       how long people wait for commands with many requests stored
  routing      figures of the routing engine
  floor --listen HOST:PORT --upstream HOST:PORT [--converts]     the bare proxy itself, until it is ended

  --seconds N      length of a round (2; features 2, pairs 0.5)
  --rounds N       rounds of each contender in each cell (5; smoke 2; people 11)
  --only TEXT      only cells whose name holds this (\"92 KB\", \"stream\", \"burst\"), or of all suites the one of this
                   name; may be given more than once
  --json FILE      write the figures as JSON, too
  --save FILE      the same; a name for what --compare reads
  --compare FILE   show what changed against saved figures: ratios to the floor, which hold across machines
  --strict         fail where the machine is too noisy, instead of warning, or where a limit isn't kept
  --peer NAME=URL  compare: measure what listens there as well; its upstream has to be the address given with --mock
  --mock ADDR      where the mock upstream listens (any free port)
  --latency N      milliseconds that the mock waits before each answer (0)
  --streams N      open streams (9000, or what the limit of descriptors allows)
  --outcomes DIR   routing: public outcomes to route ($LYNKR_ROUTING_DATA)
  --as-built       don't hand over to a release build: for memory, whose figures then are a debug build's
LYNKR_BIN names the binary to measure; else the one that is shipped is built (cargo xtask dist).";

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
    /// Only cells whose name holds one of these; or suites of these names.
    pub(crate) only: Vec<String>,
    pub(crate) strict: bool,
    /// Other gateways that run already.
    pub(crate) peers: Vec<(String, SocketAddr)>,
    /// Where the mock upstream listens; any free port, unless told.
    pub(crate) mock: SocketAddr,
    /// How long the mock waits before each answer.
    pub(crate) latency: Duration,
    /// Open streams, at most.
    pub(crate) streams: usize,
}

/// What runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    /// Every part.
    All,
    /// One part.
    One(Part),
    /// Figures of the routing engine, which need no gateway.
    Routing,
    /// How long people wait for commands with many requests stored.
    People,
    /// No measurement: the bare proxy itself, until it is ended.
    Floor { listen: SocketAddr, upstream: SocketAddr, converts: bool },
}

/// A suite whose figures have limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everybody side by side: all cells, or the first few.
    Compare { quick: bool },
    /// Start to the first healthy answer.
    Start,
    /// Features off, at their defaults, all on.
    Features,
    /// Every client dialect before every provider's.
    Pairs,
    /// Many paced streams at once.
    Concurrent,
    /// Memory per open stream, beside the floor's.
    Streams,
    /// Micro-benchmarks of the parts.
    Components,
}

impl Part {
    /// All of them, in the order in which they run.
    pub(crate) const ALL: [Self; 7] = [
        Self::Start,
        Self::Compare { quick: false },
        Self::Features,
        Self::Pairs,
        Self::Concurrent,
        Self::Streams,
        Self::Components,
    ];

    /// As it is asked for, and as its figures are saved.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Compare { .. } => "compare",
            Self::Start => "start",
            Self::Features => "features",
            Self::Pairs => "pairs",
            Self::Concurrent => "concurrent",
            Self::Streams => "streams",
            Self::Components => "components",
        }
    }

    /// Whether it has cells that `--only` can choose among.
    const fn has_cells(self) -> bool {
        match self {
            Self::Compare { .. } | Self::Features | Self::Pairs | Self::Concurrent | Self::Components => true,
            Self::Start | Self::Streams => false,
        }
    }
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

    /// Whether a cell of this name is wanted.
    pub(crate) fn wants(&self, cell: &str) -> bool {
        let named = |only: &&String| Part::ALL.iter().all(|part| part.name() != only.as_str());
        let mut texts = self.only.iter().filter(named).peekable();
        texts.peek().is_none() || texts.any(|only| cell.contains(only.as_str()))
    }

    /// The parts that run: of all those that `--only` names, else those that have cells which it could name.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let is_named = |part: &&Part| self.only.iter().any(|only| only == part.name());
        match self.suite {
            Suite::One(part) => vec![part],
            Suite::All if self.only.is_empty() => Part::ALL.to_vec(),
            Suite::All if Part::ALL.iter().any(|part| is_named(&part)) => {
                Part::ALL.iter().filter(is_named).copied().collect()
            }
            Suite::All => Part::ALL.into_iter().filter(|part| part.has_cells()).collect(),
            Suite::Routing | Suite::People | Suite::Floor { .. } => Vec::new(),
        }
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
    "--latency",
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
        "all" => Suite::All,
        "smoke" => Suite::One(Part::Compare { quick: true }),
        "people" => Suite::People,
        "routing" => Suite::Routing,
        "floor" => Suite::Floor {
            listen: given.address("--listen")?.context("--listen is missing")?,
            upstream: given.address("--upstream")?.context("--upstream is missing")?,
            converts: given.has("--converts"),
        },
        other => {
            let part = Part::ALL.into_iter().find(|part| part.name() == other);
            Suite::One(part.with_context(|| format!("no suite is called {other}"))?)
        }
    };
    let (mock, peers) = (given.address("--mock")?, given.peers()?);
    anyhow::ensure!(
        peers.is_empty() || mock.is_some(),
        "--peer needs --mock, the upstream that it was given"
    );
    let seconds: f64 = given.number("--seconds", 2.0)?;
    anyhow::ensure!((0.1..=600.0).contains(&seconds), "--seconds is outside of 0.1 to 600");
    let usual = match suite {
        Suite::One(Part::Compare { quick: true }) => 2,
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
        only: given.all("--only").map(str::to_owned).collect(),
        strict: given.has("--strict"),
        peers,
        mock: mock.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
        latency: Duration::from_millis(given.number("--latency", 0)?),
        streams: given.number("--streams", 9_000)?,
    })
}

#[cfg(test)]
mod tests;
