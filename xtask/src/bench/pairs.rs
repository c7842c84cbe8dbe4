//! Every client dialect before every provider's, with the small body: what passing through and each translation cost.

use super::bodies::{Body, Mode};
use super::gateway::{Gateway, Launch};
use super::load::Work;
use super::mock::Mock;
use super::options::{Options, Subject};
use super::outcome::Outcome;
use super::shown::{range, shown};
use super::turn::{Row, Turn, greet};
use super::verdict::Figures;
use anyhow::Context as _;
use lynkr_protocol::Dialect;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: usize = 16;
const PIECES: u64 = 20;
/// Rounds are this part of the usual ones, and at most so many: there are thirty pairs.
const SHORTER: u32 = 4;
const MOST_ROUNDS: usize = 3;

/// A client's dialect, the provider's, and how it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair {
    client: Dialect,
    upstream: Dialect,
    mode: Mode,
}

impl Pair {
    /// All that there are; no client of the gateway's speaks Converse.
    fn all() -> Vec<Self> {
        let clients = Dialect::ALL.into_iter().filter(|own| *own != Dialect::BedrockConverse);
        let both = clients.flat_map(|client| Dialect::ALL.map(|upstream| (client, upstream)));
        both.flat_map(|(client, upstream)| {
            [Mode::Whole, Mode::Stream].map(|mode| Self { client, upstream, mode })
        })
        .collect()
    }

    fn name(self) -> String {
        format!("{} → {}, {}", self.client, self.upstream, self.mode.name())
    }
}

/// Measures all pairs in turns, one gateway per provider's dialect.
pub(super) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let mock = Mock::start(options.mock)?;
    mock.latency(options.latency);
    let wanted: Vec<Pair> = Pair::all().into_iter().filter(|pair| options.wants(&pair.name())).collect();
    let mut gateways = Vec::new();
    for upstream in Dialect::ALL.into_iter().filter(|own| wanted.iter().any(|pair| pair.upstream == *own)) {
        let launch =
            Launch { subject: Subject::Lynkr, upstream, mock: mock.address, settings: &[], home: None };
        let started = Gateway::launch(launch).await;
        gateways.push((upstream, started.with_context(|| upstream.to_string())?.0));
    }
    let mut turns = Vec::new();
    for pair in wanted {
        let found = gateways.iter().find(|(upstream, _)| *upstream == pair.upstream);
        let (_, gateway) = found.context("a gateway for each dialect")?;
        let body = Arc::new(Body::of(pair.client, pair.mode));
        let turn = Turn::new(Some(gateway), Work::new(gateway.address, &body));
        greet(std::slice::from_ref(&turn)).await.with_context(|| pair.name())?;
        turns.push((pair, turn));
    }
    let (rounds, round) = (options.rounds.min(MOST_ROUNDS), options.round / SHORTER);
    for _ in 0..rounds {
        for (pair, turn) in &mut turns {
            let done = turn.saturated(&mock, CONNECTIONS, (round, PIECES)).await;
            done.with_context(|| pair.name())?;
            // Others ask the same gateway next.
            turn.close();
        }
    }
    let rows: Vec<(Pair, Row)> = turns.into_iter().map(|(pair, turn)| (pair, turn.row())).collect();
    Ok(report(&rows, rounds, round))
}

fn report(rows: &[(Pair, Row)], rounds: usize, round: Duration) -> Outcome {
    let mut lines = vec![
        "## Every pair of dialects, 1.6 KB\n".to_owned(),
        format!(
            "{rounds} rounds of {} s each, in turns; a stream has {PIECES} pieces.\n",
            round.as_secs_f64()
        ),
        "| client | provider | whole: requests/s | CPU s / 1,000 | stream: requests/s | CPU s / 1,000 |"
            .to_owned(),
        "|---|---|--:|--:|--:|--:|".to_owned(),
    ];
    let row = |pair: Pair| rows.iter().find(|(own, _)| *own == pair).map(|(_, row)| row);
    let mut seen = Vec::new();
    for &(Pair { client, upstream, .. }, _) in rows {
        if seen.contains(&(client, upstream)) {
            continue;
        }
        seen.push((client, upstream));
        let [whole, stream] = [Mode::Whole, Mode::Stream].map(|mode| row(Pair { client, upstream, mode }));
        let rate = |row: Option<&Row>| range(row.and_then(|row| row.rate), 0);
        let cpu = |row: Option<&Row>| shown(row.and_then(Row::cpu_seconds), 3);
        lines.push(format!(
            "| {client} | {upstream} | {} | {} | {} | {} |",
            rate(whole),
            cpu(whole),
            rate(stream),
            cpu(stream)
        ));
    }
    let json: Vec<Value> = rows
        .iter()
        .map(|(pair, row)| {
            json!({ "client": pair.client.name(), "upstream": pair.upstream.name(), "mode": pair.mode.name(),
                    "rate": row.per_second(), "cpu": row.cpu_seconds() })
        })
        .collect();
    Outcome {
        suite: "pairs",
        markdown: lines.join("\n"),
        json: json!({ "pairs": json }),
        figures: Figures::default(),
        noise: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    //! The list of pairs.

    use super::*;

    #[test]
    fn five_clients_stand_before_six_providers_both_ways_of_answering() {
        let all = Pair::all();
        assert_eq!(all.len(), 5 * 6 * 2);
        assert!(all.iter().all(|pair| pair.client != Dialect::BedrockConverse));
        assert_eq!(all[0].name(), "anthropic → anthropic, whole");
    }
}
