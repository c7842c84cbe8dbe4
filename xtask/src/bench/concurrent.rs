//! Many streams at once, each at the pace of a model: when the first token comes, how late and how evenly the others, and
//! what it costs. What refuses new requests while many are under way is raised for it.

use super::bodies::{Body, Mode, Size};
use super::figures::Range;
use super::gateway::{Gateway, MANY, Way};
use super::load::Work;
use super::mock::Mock;
use super::options::{Options, Subject};
use super::outcome::{NOISE, Outcome};
use super::shown::{range, shown};
use super::streams::allowed;
use super::turn::{Crowd, Row, Turn, count, greet, settle, times};
use super::verdict::Figures;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The crowds: together about 4,000 and 8,000 events per second, which a gateway on two cores carries, and 200 and 1,000
/// beginnings. Were they to begin at one moment, what is measured would be how long as many beginnings take.
const CROWDS: [Crowd; 2] = [
    Crowd { streams: 200, pieces: 60, pause: Duration::from_millis(50), spread: Duration::from_secs(1) },
    Crowd { streams: 2_000, pieces: 24, pause: Duration::from_millis(250), spread: Duration::from_secs(2) },
];
/// At most so many rounds: each is as long as its streams.
const MOST_ROUNDS: usize = 3;

/// Who is measured; the first is asked directly, the second what the others are held against.
const SUBJECTS: [(&str, Subject, Way); 4] = [
    ("floor", Subject::Floor, Way::Passthrough),
    ("lynkr", Subject::Lynkr, Way::Passthrough),
    ("bare converter", Subject::Converter, Way::Translated),
    ("lynkr", Subject::Lynkr, Way::Translated),
];

/// What was measured of one crowd: the direct streams' row, then one per subject, with the most memory in MiB.
struct Measured {
    crowd: Crowd,
    rows: Vec<(Row, Option<f64>)>,
}

/// Measures each crowd in turns.
pub(super) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let mock = Mock::start(options.mock)?;
    mock.latency(options.latency);
    let mut gateways = Vec::new();
    for (name, subject, way) in SUBJECTS {
        let started = Gateway::start_with(subject, way, mock.address, &MANY).await;
        gateways.push(started.with_context(|| name)?.0);
    }
    let mut measured = Vec::new();
    let mut noise = Vec::new();
    for crowd in CROWDS.into_iter().filter(|crowd| options.wants(&name(*crowd))) {
        if crowd.streams > allowed() {
            noise.push(format!("{}: the limit of descriptors allows {} only", name(crowd), allowed()));
            continue;
        }
        eprintln!("{}", name(crowd));
        let rows = cell(crowd, &gateways, &mock, options.rounds.min(MOST_ROUNDS)).await;
        measured.push(Measured { crowd, rows: rows.with_context(|| name(crowd))? });
    }
    let width = |own: &Measured| own.rows.first().and_then(|(row, _)| row.rate).map(Range::width);
    let wide = |own: &Measured| width(own).filter(|width| *width > NOISE).map(|_| name(own.crowd));
    noise.extend(measured.iter().filter_map(wide).map(|name| format!("{name}: direct rounds lie far apart")));
    Ok(Outcome {
        suite: "concurrent",
        markdown: markdown(&measured),
        json: json!({ "crowds": measured.iter().map(Measured::json).collect::<Vec<_>>() }),
        figures: figures(&measured),
        noise,
    })
}

fn name(crowd: Crowd) -> String {
    format!("{} streams", crowd.streams)
}

async fn cell(
    crowd: Crowd,
    gateways: &[Gateway],
    mock: &Mock,
    rounds: usize,
) -> anyhow::Result<Vec<(Row, Option<f64>)>> {
    let body = Arc::new(Body::new(Size::Small, Mode::Stream));
    let through = gateways.iter().map(|own| Turn::new(Some(own), Work::new(own.address, &body)));
    let direct = Turn::new(None, Work::new(mock.address, &body));
    let mut turns: Vec<Turn<'_>> = std::iter::once(direct).chain(through).collect();
    mock.stream(Duration::ZERO, crowd.pieces);
    greet(&turns).await?;
    for _ in 0..rounds {
        for own in &mut turns {
            own.together(mock, crowd).await?;
        }
    }
    settle(&mut turns).await;
    let memory = std::iter::once(None).chain(gateways.iter().map(|own| own.memory("VmHWM")));
    Ok(turns.into_iter().map(Turn::row).zip(memory).collect())
}

impl Measured {
    fn direct(&self) -> Option<&Row> {
        self.rows.first().map(|(row, _)| row)
    }

    /// Each subject's row, with its memory.
    fn through(&self) -> impl Iterator<Item = (&'static str, Way, &Row, Option<f64>)> {
        let rows = self.rows.iter().skip(1);
        SUBJECTS.iter().zip(rows).map(|((name, _, way), (row, memory))| (*name, *way, row, *memory))
    }

    fn row(&self, wanted: &str, way: Way) -> Option<&Row> {
        self.through().find(|(name, own, ..)| *name == wanted && *own == way).map(|(_, _, row, _)| row)
    }

    fn lag(&self, wanted: &str, way: Way) -> Option<f64> {
        self.row(wanted, way)?.lag.map(|lag| lag.p99)
    }

    fn json(&self) -> Value {
        let row = |(name, way, row, memory): (&str, Way, &Row, Option<f64>)| {
            let added = self.direct().and_then(|direct| row.above(direct));
            json!({
                "name": name, "way": way.name(), "cpu_per_100000": row.cpu_seconds(),
                "first_token_added_p50_ms": added.map(|added| added.p50),
                "first_token_added_p99_ms": added.map(|added| added.p99),
                "lag_p50_ms": row.lag.map(|lag| lag.p50), "lag_p99_ms": row.lag.map(|lag| lag.p99),
                "jitter_ms": row.jitter(), "lost": row.lost, "peak_rss_mib": memory,
            })
        };
        json!({ "streams": self.crowd.streams, "pieces": self.crowd.pieces,
                "rows": self.through().map(row).collect::<Vec<_>>() })
    }
}

/// The lags are held against the floor's, whatever the way.
fn figures(measured: &[Measured]) -> Figures {
    let mut figures = Figures::default();
    for own in measured {
        for way in [Way::Passthrough, Way::Translated] {
            let figure = format!("event lag p99, {}, {}", name(own.crowd), way.name());
            figures.take(figure, times(own.lag("lynkr", way), own.lag("floor", Way::Passthrough)));
        }
    }
    let ways = [Way::Passthrough, Way::Translated];
    let lost = |own: &Measured| -> u64 {
        ways.iter().filter_map(|way| own.row("lynkr", *way)).map(|row| row.lost).sum()
    };
    let all = (!measured.is_empty()).then(|| count(measured.iter().map(lost).sum()));
    figures.take("events lost by concurrent streams".to_owned(), all);
    figures
}

fn markdown(measured: &[Measured]) -> String {
    let mut lines = vec![
        "## Many streams at once, paced\n".to_owned(),
        format!("Load shedding is raised for these: {}={}.", MANY[0].0, MANY[0].1),
    ];
    for own in measured {
        let Crowd { pieces, pause, spread, .. } = own.crowd;
        lines.push(format!(
            "\n### {} × {pieces} events, one each {} ms; they begin within {} s\n",
            name(own.crowd),
            pause.as_millis(),
            spread.as_secs_f64()
        ));
        lines.push("| | way | CPU s / 100,000 (least – most) | first token added p50, ms | p99 | lag p50, ms | lag p99 | × floor | jitter, ms | lost | peak RSS, MiB |".to_owned());
        lines.push("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|".to_owned());
        if let Some(direct) = own.direct() {
            let [p50, p99] = [direct.lag.map(|lag| lag.p50), direct.lag.map(|lag| lag.p99)];
            let [p50, p99, jitter] = [p50, p99, direct.jitter()].map(|figure| shown(figure, 2));
            lines.push(format!(
                "| direct | – | – | – | – | {p50} | {p99} | – | {jitter} | {} | – |",
                direct.lost
            ));
        }
        lines.extend(own.through().map(|(name, way, row, memory)| {
            let added = own.direct().and_then(|direct| row.above(direct));
            format!(
                "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                way.name(),
                range(row.cpu, 3),
                shown(added.map(|added| added.p50), 2),
                shown(added.map(|added| added.p99), 2),
                shown(row.lag.map(|lag| lag.p50), 2),
                shown(row.lag.map(|lag| lag.p99), 2),
                shown(times(row.lag.map(|lag| lag.p99), own.lag("floor", Way::Passthrough)), 2),
                shown(row.jitter(), 2),
                row.lost,
                shown(memory, 1),
            )
        }));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    //! The figures of two crowds.

    use super::*;
    use crate::bench::figures::Spread;
    use crate::bench::limits::LIMITS;
    use crate::bench::verdict::verdicts;

    fn row(lag: f64, lost: u64) -> (Row, Option<f64>) {
        (Row { lag: Some(Spread { p50: 1.0, p99: lag }), lost, ..Row::default() }, None)
    }

    #[test]
    fn every_limit_of_the_suite_is_measured() {
        let rows = || vec![row(1.0, 0), row(2.0, 9), row(3.0, 0), row(9.0, 9), row(4.0, 2)];
        let measured: Vec<Measured> =
            CROWDS.into_iter().map(|crowd| Measured { crowd, rows: rows() }).collect();
        let figures = figures(&measured).0;
        verdicts(&figures, &["concurrent"]).expect("every figure has its limit");
        assert_eq!(figures.len(), LIMITS.iter().filter(|limit| limit.suite == "concurrent").count());
        let value = |name: &str| figures.iter().find(|own| own.figure == name).map(|own| own.value);
        assert_eq!(value("event lag p99, 200 streams, passthrough"), Some(1.5));
        assert_eq!(value("event lag p99, 2000 streams, translated"), Some(2.0));
        assert_eq!(value("events lost by concurrent streams"), Some(4.0), "the bare ones' aren't counted");
        assert!(
            markdown(&measured)
                .contains("| lynkr | passthrough | – | – | – | 1.00 | 3.00 | 1.50 | 2.00 | 0 | – |")
        );
    }
}
