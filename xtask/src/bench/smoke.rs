//! The suite that shows every figure once: small and large bodies, whole and streamed answers, passed through and
//! translated. Direct rounds and rounds through the gateway alternate.

use super::bodies::{Body, Mode, Size};
use super::figures::Spread;
use super::gateway::{self, Gateway, Way};
use super::load::{Connection, Saturated, Timing, Work, pace, saturate};
use super::mock::Mock;
use super::options::{Options, Subject};
use super::report::{Cell, Report, WayReport};
use anyhow::Context as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: usize = 16;
/// Pairs of rounds: direct and through, direct and through.
const PAIRS: usize = 2;
/// Starts of the process; the middle one counts.
const STARTS: usize = 5;
/// 200 requests per second; streams, which last longer, 50.
const PACE: Duration = Duration::from_millis(5);
const STREAM_PACE: Duration = Duration::from_millis(20);
/// Between the events of a paced stream.
const EVENT_PAUSE: Duration = Duration::from_millis(5);
/// How long a fresh process is left alone before its memory counts as idle.
const SETTLE: Duration = Duration::from_millis(500);

/// Measures everything and prints it.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let ways: &[Way] = match options.subject {
        Subject::Lynkr => &[Way::Passthrough, Way::Translated],
        // A forwarder of bytes translates nothing, and a running process has one upstream.
        Subject::Floor | Subject::Running(_) => &[Way::Passthrough],
    };
    if options.subject == Subject::Lynkr {
        gateway::build()?;
    }
    let mock = Mock::start(options.mock).await?;
    let mut report = Report::new(options);
    for way in ways {
        report.ways.push(measure_way(options, *way, &mock).await?);
    }
    println!("{}", report.markdown());
    if let Some(file) = &options.json {
        std::fs::write(file, format!("{:#}\n", report.json()))
            .with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

async fn measure_way(options: &Options, way: Way, mock: &Mock) -> anyhow::Result<WayReport> {
    let mut starts = Vec::new();
    for _ in 1..STARTS {
        let (_, took) = Gateway::start(options.subject, way, mock.address).await?;
        starts.push(milliseconds(took));
    }
    let (gateway, took) = Gateway::start(options.subject, way, mock.address).await?;
    starts.push(milliseconds(took));
    tokio::time::sleep(SETTLE).await;
    let idle = gateway.memory("VmRSS");
    let mut cells = Vec::new();
    for size in [Size::Small, Size::Large] {
        for mode in [Mode::Whole, Mode::Stream] {
            let bench = Bench { mock, gateway: &gateway, size, mode, round: options.round };
            let cell = bench.measure().await;
            cells.push(cell.with_context(|| format!("{way:?}, {size:?}, {mode:?}\n{}", gateway.log()))?);
        }
    }
    Ok(WayReport {
        way,
        // A process that ran before we came has no start to measure.
        start: Spread::of(starts).filter(|_| gateway.cpu_seconds().is_some()).map(|starts| starts.p50),
        idle,
        peak: gateway.memory("VmHWM"),
        cells,
    })
}

/// One cell of the table, and what it is measured with.
#[derive(Clone, Copy)]
struct Bench<'a> {
    mock: &'a Mock,
    gateway: &'a Gateway,
    size: Size,
    mode: Mode,
    round: Duration,
}

impl Bench<'_> {
    async fn measure(self) -> anyhow::Result<Cell> {
        let body = Arc::new(Body::new(self.size, self.mode));
        let work = |target: SocketAddr| Work { target, body: Arc::clone(&body), mode: self.mode };
        let (direct, through) = (work(self.mock.address), work(self.gateway.address));
        for work in [&direct, &through] {
            Connection::open(work.target).await?.ask(work).await.context("a first request")?;
        }
        let (mut direct_rounds, mut through_rounds) = (Vec::new(), Vec::new());
        let mut cpu = Vec::new();
        for _ in 0..PAIRS {
            direct_rounds.push(self.saturated(&direct).await?);
            let before = self.gateway.cpu_seconds();
            through_rounds.push(self.saturated(&through).await?);
            cpu.extend(self.gateway.cpu_seconds().zip(before).map(|(after, before)| after - before));
        }
        let (mut direct_times, mut through_times) = (Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            direct_times.extend(self.paced(&direct).await?);
            through_times.extend(self.paced(&through).await?);
        }
        let requests: u64 = through_rounds.iter().map(|round| round.requests).sum();
        Ok(Cell {
            size: self.size,
            mode: self.mode,
            direct_rate: rate(&direct_rounds),
            rate: rate(&through_rounds),
            cpu: (cpu.len() == PAIRS).then(|| cpu.iter().sum::<f64>() * 1000.0 / count(requests)),
            direct: Spread::of(direct_times).context("no direct answer in a round")?,
            through: Spread::of(through_times).context("no answer in a round")?,
        })
    }

    async fn saturated(self, work: &Work) -> anyhow::Result<Saturated> {
        self.mock.pause_between_events(Duration::ZERO);
        let before = self.mock.arrivals();
        let round = saturate(work, CONNECTIONS, self.round).await?;
        self.all_arrived(before, round.requests)?;
        Ok(round)
    }

    /// Milliseconds to the whole answer, or to the first token of a stream.
    async fn paced(self, work: &Work) -> anyhow::Result<Vec<f64>> {
        self.mock.pause_between_events(EVENT_PAUSE);
        let before = self.mock.arrivals();
        let every = if self.mode == Mode::Stream { STREAM_PACE } else { PACE };
        let timings = pace(work, every, self.round).await?;
        self.all_arrived(before, u64::try_from(timings.len())?)?;
        let counted = |timing: &Timing| match self.mode {
            Mode::Whole => milliseconds(timing.whole),
            Mode::Stream => milliseconds(timing.first_token),
        };
        Ok(timings.iter().map(counted).collect())
    }

    /// Figures of a cache, or of requests that were sent twice, would mean nothing.
    fn all_arrived(self, before: u64, sent: u64) -> anyhow::Result<()> {
        let arrived = self.mock.arrivals() - before;
        anyhow::ensure!(
            arrived >= sent,
            "{sent} requests were answered but {arrived} arrived: a cache answered"
        );
        anyhow::ensure!(
            arrived == sent,
            "{sent} requests were sent but {arrived} arrived: some were repeated"
        );
        Ok(())
    }
}

fn rate(rounds: &[Saturated]) -> f64 {
    let requests: u64 = rounds.iter().map(|round| round.requests).sum();
    let took: Duration = rounds.iter().map(|round| round.took).sum();
    count(requests) / took.as_secs_f64()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "no run has more requests than a float counts exactly")]
fn count(requests: u64) -> f64 {
    requests as f64
}
