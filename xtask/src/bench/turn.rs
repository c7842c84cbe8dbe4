//! One who takes turns with others in a measurement, and what was measured of it. What the mock counts is compared with
//! what was sent in every round: figures of a cache would mean nothing.

use super::figures::{Range, Spread};
use super::gateway::Gateway;
use super::load::{Timing, Work, pace, saturate, together};
use super::mock::Mock;
use crate::bench::bodies::Mode;
use anyhow::Context as _;
use std::time::Duration;

/// What was measured of one contender.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Row {
    /// Requests per second; events per second of streams together.
    pub(crate) rate: Option<Range>,
    /// CPU seconds per 1,000 requests; per 100,000 events of streams together.
    pub(crate) cpu: Option<Range>,
    /// Milliseconds to the whole answer, or to the first token of a stream.
    pub(crate) took: Option<Spread>,
    /// Milliseconds from the sending of a piece to its arrival.
    pub(crate) lag: Option<Spread>,
    /// Pieces of streams that never came.
    pub(crate) lost: u64,
}

impl Row {
    /// The middle of the rounds' rates.
    pub(crate) fn per_second(&self) -> Option<f64> {
        self.rate.map(|rate| rate.median)
    }

    /// The middle of the rounds' CPU times.
    pub(crate) fn cpu_seconds(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.median)
    }

    /// How unevenly pieces arrive: how much later the latest hundredth is than the middle.
    pub(crate) fn jitter(&self) -> Option<f64> {
        self.lag.map(|lag| lag.p99 - lag.p50)
    }

    /// How much longer this took than a direct request.
    pub(crate) fn above(&self, direct: &Self) -> Option<Spread> {
        Some(self.took?.above(direct.took?))
    }
}

/// A figure beside the one that it is held against.
pub(crate) fn times(own: Option<f64>, base: Option<f64>) -> Option<f64> {
    own.zip(base).filter(|(_, base)| *base > 0.0).map(|(own, base)| own / base)
}

/// Some streams at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    pub(crate) streams: usize,
    pub(crate) pieces: u64,
    /// Between two pieces of a stream.
    pub(crate) pause: Duration,
    /// Over how long the streams' beginnings are spread.
    pub(crate) spread: Duration,
}

#[derive(Debug, Default)]
struct Samples {
    rates: Vec<f64>,
    cpu: Vec<f64>,
    took: Vec<f64>,
    lags: Vec<f64>,
    lost: u64,
}

/// One who takes turns; without a process the mock itself, asked directly.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    gateway: Option<&'a Gateway>,
    pub(crate) work: Work,
    samples: Samples,
    /// The CPU time before its last round, and how many units of work that had.
    open: Option<(f64, f64)>,
}

impl<'a> Turn<'a> {
    /// Nothing measured yet.
    pub(crate) fn new(gateway: Option<&'a Gateway>, work: Work) -> Self {
        Self { gateway, work, samples: Samples::default(), open: None }
    }

    /// As many requests as go over some connections in a time; streams have so many pieces and no pauses.
    pub(crate) async fn saturated(
        &mut self,
        mock: &Mock,
        connections: usize,
        (round, pieces): (Duration, u64),
    ) -> anyhow::Result<()> {
        mock.stream(Duration::ZERO, pieces);
        let (before, cpu) = (mock.arrivals(), self.close());
        let done = saturate(&self.work, connections, round).await?;
        let requests = count(done.requests);
        self.open = cpu.map(|cpu| (cpu, requests / 1_000.0));
        self.samples.rates.push(requests / done.took.as_secs_f64());
        all_arrived(mock, before, done.requests)
    }

    /// Some streams at once.
    pub(crate) async fn together(&mut self, mock: &Mock, crowd: Crowd) -> anyhow::Result<()> {
        mock.stream(crowd.pause, crowd.pieces);
        let (before, cpu) = (mock.arrivals(), self.close());
        let (took, timings) = together(&self.work, crowd.streams, crowd.spread).await?;
        let events = count(crowd.streams as u64 * crowd.pieces);
        self.open = cpu.map(|cpu| (cpu, events / 100_000.0));
        self.samples.rates.push(events / took.as_secs_f64());
        self.timed(timings, crowd.pieces);
        all_arrived(mock, before, crowd.streams as u64)
    }

    /// Requests at a steady pace; streams have so many pieces with a pause between two.
    pub(crate) async fn paced(
        &mut self,
        mock: &Mock,
        (every, round): (Duration, Duration),
        (pause, pieces): (Duration, u64),
    ) -> anyhow::Result<()> {
        mock.stream(pause, pieces);
        let before = mock.arrivals();
        let timings = pace(&self.work, every, round).await?;
        all_arrived(mock, before, u64::try_from(timings.len())?)?;
        self.timed(timings, pieces);
        Ok(())
    }

    fn timed(&mut self, timings: Vec<Timing>, pieces: u64) {
        let mode = self.work.body.mode;
        for timing in timings {
            let counted = match mode {
                Mode::Whole => timing.whole,
                Mode::Stream => {
                    self.samples.lost += pieces.saturating_sub(timing.pieces());
                    timing.first_token
                }
            };
            self.samples.took.push(counted.as_secs_f64() * 1_000.0);
            if mode == Mode::Stream {
                self.samples.lags.extend(timing.lags);
            }
        }
    }

    /// Ends the account of the last round; the CPU time so far. What is put off, as writing to the store is, is done while
    /// others have their turns: it belongs to the round before.
    pub(crate) fn close(&mut self) -> Option<f64> {
        let now = self.gateway.and_then(Gateway::cpu_seconds);
        let spent = self.open.take().zip(now).map(|((before, units), now)| (now - before, units));
        self.samples.cpu.extend(spent.filter(|(_, units)| *units > 0.0).map(|(cpu, units)| cpu / units));
        now
    }

    /// What was measured of it.
    pub(crate) fn row(mut self) -> Row {
        self.close();
        let Samples { rates, cpu, took, lags, lost } = self.samples;
        Row {
            rate: Range::of(rates),
            cpu: Range::of(cpu),
            took: Spread::of(took),
            lag: Spread::of(lags),
            lost,
        }
    }
}

/// Figures of a cache, or of requests that were sent twice, would mean nothing.
fn all_arrived(mock: &Mock, before: u64, sent: u64) -> anyhow::Result<()> {
    let arrived = mock.arrivals() - before;
    anyhow::ensure!(arrived >= sent, "{sent} requests were answered but {arrived} arrived: a cache answered");
    anyhow::ensure!(arrived == sent, "{sent} requests were sent but {arrived} arrived: some were repeated");
    Ok(())
}

/// Asks each once, so that connections to the mock are there and what is wrong is said by name.
pub(crate) async fn greet(turns: &[Turn<'_>]) -> anyhow::Result<()> {
    for own in turns {
        let mut connection = super::load::Connection::open(own.work.target).await?;
        connection.ask(&own.work).await.context("a first request")?;
    }
    Ok(())
}

/// Waits until all have done what they put off, and ends the accounts of their last rounds.
pub(crate) async fn settle(turns: &mut [Turn<'_>]) {
    tokio::time::sleep(SETTLE).await;
    for own in turns {
        own.close();
    }
}

/// How long what is put off may take: the store's writer waits for a second.
const SETTLE: Duration = Duration::from_millis(1_500);

#[expect(clippy::cast_precision_loss, reason = "no run has more requests than a float counts exactly")]
pub(crate) fn count(requests: u64) -> f64 {
    requests as f64
}

#[cfg(test)]
mod tests;
