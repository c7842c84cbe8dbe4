//! One cell: all take turns, round after round, first without pause and then at a steady pace.

use super::cells::{BURST, Cell, Load};
use super::contender::Contender;
use crate::bench::bodies::{Body, Mode};
use crate::bench::figures::{Range, Spread};
use crate::bench::gateway::Gateway;
use crate::bench::load::{Connection, Timing, Work, burst, pace, saturate};
use crate::bench::mock::Mock;
use crate::bench::options::Options;
use anyhow::Context as _;
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: usize = 16;
/// Pieces of a stream, and the pause between two of them at a steady pace.
const PIECES: u64 = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// What was measured of one contender in a cell.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Requests per second; events per second in a burst.
    pub(super) rate: Range,
    /// CPU seconds per 1,000 requests; per 100,000 events in a burst.
    pub(super) cpu: Option<f64>,
    /// Milliseconds to the whole answer, or to the first token of a stream.
    pub(super) took: Option<Spread>,
    /// Milliseconds from the sending of a piece to its arrival.
    pub(super) lag: Option<Spread>,
}

#[derive(Default)]
struct Samples {
    rates: Vec<f64>,
    cpu: Vec<f64>,
    done: f64,
    took: Vec<f64>,
    lags: Vec<f64>,
}

/// One who takes turns; without a process the mock itself, asked directly.
struct Turn<'a> {
    gateway: Option<&'a Gateway>,
    work: Work,
    samples: Samples,
}

/// Measures a cell: the row of direct calls, then one per contender.
pub(super) async fn cell(
    cell: Cell,
    contenders: &[Contender],
    mock: &Mock,
    options: &Options,
) -> anyhow::Result<Vec<Row>> {
    let body = Arc::new(Body::new(cell.size, cell.mode));
    let turn = |gateway, target| Turn {
        gateway,
        work: Work { target, body: Arc::clone(&body), mode: cell.mode },
        samples: Samples::default(),
    };
    let through = contenders.iter().map(|own| turn(Some(&own.gateway), own.gateway.address));
    let mut turns: Vec<Turn<'_>> = std::iter::once(turn(None, mock.address)).chain(through).collect();
    for own in &turns {
        Connection::open(own.work.target).await?.ask(&own.work).await.context("a first request")?;
    }
    for _ in 0..options.rounds {
        for own in &mut turns {
            match cell.load {
                Load::Steady => own.saturated(mock, options.round).await?,
                Load::Burst => own.burst(mock).await?,
            }
        }
    }
    for _ in 0..options.rounds {
        for own in turns.iter_mut().filter(|_| cell.load == Load::Steady) {
            own.paced(mock, cell, options.round).await?;
        }
    }
    turns.into_iter().map(|turn| turn.samples.row(cell)).collect()
}

impl Turn<'_> {
    async fn saturated(&mut self, mock: &Mock, round: Duration) -> anyhow::Result<()> {
        mock.stream(Duration::ZERO, PIECES);
        let (before, cpu) = (mock.arrivals(), self.cpu());
        let done = saturate(&self.work, CONNECTIONS, round).await?;
        self.spent(cpu);
        self.samples.done += count(done.requests);
        self.samples.rates.push(count(done.requests) / done.took.as_secs_f64());
        all_arrived(mock, before, done.requests)
    }

    async fn burst(&mut self, mock: &Mock) -> anyhow::Result<()> {
        let (streams, pieces) = BURST;
        mock.stream(Duration::ZERO, pieces);
        let (before, cpu) = (mock.arrivals(), self.cpu());
        let took = burst(&self.work, streams, pieces).await?;
        self.spent(cpu);
        let events = count(streams as u64 * pieces);
        self.samples.done += events / 100.0;
        self.samples.rates.push(events / took.as_secs_f64());
        all_arrived(mock, before, streams as u64)
    }

    async fn paced(&mut self, mock: &Mock, cell: Cell, round: Duration) -> anyhow::Result<()> {
        mock.stream(PAUSE, PIECES);
        let before = mock.arrivals();
        let timings = pace(&self.work, cell.pace(), round).await?;
        all_arrived(mock, before, u64::try_from(timings.len())?)?;
        let counted = |timing: &Timing| match cell.mode {
            Mode::Whole => timing.whole,
            Mode::Stream => timing.first_token,
        };
        self.samples.took.extend(timings.iter().map(|timing| counted(timing).as_secs_f64() * 1000.0));
        self.samples.lags.extend(timings.into_iter().flat_map(|timing| timing.lags));
        Ok(())
    }

    fn cpu(&self) -> Option<f64> {
        self.gateway.and_then(Gateway::cpu_seconds)
    }

    fn spent(&mut self, before: Option<f64>) {
        self.samples.cpu.extend(self.cpu().zip(before).map(|(after, before)| after - before));
    }
}

impl Samples {
    fn row(self, cell: Cell) -> anyhow::Result<Row> {
        let rate = Range::of(self.rates).context("no round")?;
        let cpu = (!self.cpu.is_empty()).then(|| self.cpu.iter().sum::<f64>() * 1000.0 / self.done);
        let lags = if cell.mode == Mode::Stream { self.lags } else { Vec::new() };
        Ok(Row { rate, cpu, took: Spread::of(self.took), lag: Spread::of(lags) })
    }
}

/// Figures of a cache, or of requests that were sent twice, would mean nothing.
fn all_arrived(mock: &Mock, before: u64, sent: u64) -> anyhow::Result<()> {
    let arrived = mock.arrivals() - before;
    anyhow::ensure!(arrived >= sent, "{sent} requests were answered but {arrived} arrived: a cache answered");
    anyhow::ensure!(arrived == sent, "{sent} requests were sent but {arrived} arrived: some were repeated");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "no run has more requests than a float counts exactly")]
fn count(requests: u64) -> f64 {
    requests as f64
}
