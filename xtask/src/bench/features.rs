//! What features cost: all off that can be, the defaults, and all on. Where all is on, every request shows a key that the
//! store knows, is counted by rate limits and budgets, is routed by tiers with learning, and its spans go to a collector.

mod setup;
mod sink;

use super::bodies::{Body, Mode, Size};
use super::figures::Range;
use super::gateway::Way;
use super::load::Work;
use super::mock::Mock;
use super::options::Options;
use super::outcome::{NOISE, Outcome};
use super::shown::{range, shown};
use super::turn::{Row, Turn, greet, settle, times};
use super::verdict::Figures;
use anyhow::Context as _;
use serde_json::{Value, json};
pub(super) use setup::{Features, Ready};
pub(super) use sink::Sink;
use std::sync::Arc;

const CONNECTIONS: usize = 16;
const CELLS: [(Size, Way); 3] =
    [(Size::Small, Way::Passthrough), (Size::Large, Way::Passthrough), (Size::Small, Way::Translated)];

/// A cell with a row for each set of features, in the order of [`Features::ALL`].
struct Measured {
    cell: (Size, Way),
    rows: Vec<Row>,
}

/// Measures each cell in turns.
pub(super) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let mock = Mock::start(options.mock)?;
    mock.latency(options.latency);
    let sink = Sink::start().await?;
    let mut measured = Vec::new();
    for cell in CELLS.into_iter().filter(|cell| options.wants(&name(*cell))) {
        eprintln!("{}", name(cell));
        let mut all = Vec::new();
        for features in Features::ALL {
            let ready = Ready::start(features, cell.1, mock.address, sink.address).await;
            all.push(ready.with_context(|| features.name())?);
        }
        let rows = rows(cell.0, &all, &mock, options).await.with_context(|| name(cell))?;
        for ready in all {
            ready.end().await?;
        }
        measured.push(Measured { cell, rows });
    }
    anyhow::ensure!(measured.is_empty() || sink.arrivals() > 0, "nothing was exported to the collector");
    let wide = |own: &Measured| {
        let width = own.row(Features::Defaults)?.rate.map(Range::width)?;
        (width > NOISE).then(|| {
            format!("features, {}: rounds of the defaults lie {:.0} % apart", name(own.cell), width * 100.0)
        })
    };
    Ok(Outcome {
        suite: "features",
        markdown: markdown(&measured),
        json: json!({ "cells": measured.iter().flat_map(Measured::json).collect::<Vec<_>>() }),
        noise: measured.iter().filter_map(wide).collect(),
        figures: figures(&measured),
    })
}

fn name((size, way): (Size, Way)) -> String {
    format!("{}, {}", size.name(), way.name())
}

async fn rows(size: Size, all: &[Ready], mock: &Mock, options: &Options) -> anyhow::Result<Vec<Row>> {
    let body = Arc::new(Body::new(size, Mode::Whole));
    let mut turns = Vec::new();
    for ready in all {
        let work = Work { key: ready.key.clone(), ..Work::new(ready.gateway.address, &body) };
        ready.check(&work).await.with_context(|| ready.features.name())?;
        turns.push(Turn::new(Some(&ready.gateway), work));
    }
    greet(&turns).await?;
    for _ in 0..options.rounds {
        for own in &mut turns {
            own.saturated(mock, CONNECTIONS, (options.round, 1)).await?;
        }
    }
    settle(&mut turns).await;
    Ok(turns.into_iter().map(Turn::row).collect())
}

impl Measured {
    fn row(&self, wanted: Features) -> Option<&Row> {
        Features::ALL.iter().zip(&self.rows).find(|(own, _)| **own == wanted).map(|(_, row)| row)
    }

    fn cpu_times(&self, features: Features) -> Option<f64> {
        let cpu = |own| self.row(own).and_then(Row::cpu_seconds);
        times(cpu(features), cpu(Features::Defaults))
    }

    fn json(&self) -> Vec<Value> {
        let row = |(features, row): (&Features, &Row)| {
            json!({ "cell": name(self.cell), "features": features.name(), "rate": row.per_second(),
                    "cpu": row.cpu_seconds(), "cpu_times_defaults": self.cpu_times(*features) })
        };
        Features::ALL.iter().zip(&self.rows).map(row).collect()
    }
}

fn figures(measured: &[Measured]) -> Figures {
    let mut figures = Figures::default();
    for own in measured {
        figures.take(format!("CPU with all on, {}", name(own.cell)), own.cpu_times(Features::AllOn));
    }
    figures
}

fn markdown(measured: &[Measured]) -> String {
    let mut lines = vec!["## Features off, at their defaults, all on\n".to_owned()];
    lines.extend(Features::ALL.map(|features| format!("- {}: {}", features.name(), features.about())));
    lines.push("\nThere is no exact cache yet, so none is on.\n".to_owned());
    lines.push(
        "| cell | features | requests/s (least – most) | CPU s / 1,000 (least – most) | × defaults |"
            .to_owned(),
    );
    lines.push("|---|---|--:|--:|--:|".to_owned());
    for own in measured {
        lines.extend(Features::ALL.iter().zip(&own.rows).map(|(features, row)| {
            format!(
                "| {} | {} | {} | {} | {} |",
                name(own.cell),
                features.name(),
                range(row.rate, 0),
                range(row.cpu, 3),
                shown(own.cpu_times(*features), 2)
            )
        }));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    //! The figures of three cells.

    use super::*;
    use crate::bench::limits::LIMITS;
    use crate::bench::verdict::verdicts;

    #[test]
    fn every_limit_of_the_suite_is_measured() {
        let row = |cpu: f64| Row { cpu: Range::of(vec![cpu]), ..Row::default() };
        let measured = CELLS.map(|cell| Measured { cell, rows: vec![row(0.03), row(0.04), row(0.06)] });
        let figures = figures(&measured).0;
        verdicts(&figures, &["features"]).expect("every figure has its limit");
        assert_eq!(figures.len(), LIMITS.iter().filter(|limit| limit.suite == "features").count());
        assert!((figures[0].value - 1.5).abs() < 1e-9);
        let text = markdown(&measured);
        assert!(
            text.contains("| 92 KB, passthrough | all on | – | 0.060 (0.060 – 0.060) | 1.50 |"),
            "{text}"
        );
    }
}
