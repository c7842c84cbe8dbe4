//! How long a decision takes: a coding agent's conversation whose earlier messages were seen in the last request and whose
//! last message is new, and the same seen for the first time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use lynkr_orchestrator::{Identity, Ingress, Router, Unbound};
use lynkr_protocol::Dialect;
use lynkr_protocol::peek::{Peek, peek};
use lynkr_routing::{Candidate, Ladder, Pin, Policy, Standing, Surroundings};
use serde_json::{Value, json};

use super::Section;

/// The conversation: so many messages, in about so many bytes.
const MESSAGES: usize = 60;
const BYTES: usize = 200_000;
const TOOLS: usize = 20;
/// How often the warm decision is timed, and the cold one.
const WARM: usize = 2_000;
const COLD: usize = 200;

/// What three of four messages are filled with.
const LINE: &str = "let value = compute(index, &table)?; // the next row\n";

/// Everything is set up and nobody is in the way.
struct Idle;

impl Surroundings for Idle {
    fn standing(&self, _: &Candidate) -> Standing {
        Standing::default()
    }

    fn pays(&self, _: &Pin, _: &Candidate) -> Option<bool> {
        None
    }

    fn now(&self) -> u64 {
        0
    }
}

/// Decisions: warm, cold, and the pass over the body that every request has in any case.
pub(crate) fn run() -> anyhow::Result<Section> {
    let candidate = |model: &str| Candidate { provider: "p".to_owned(), model: model.to_owned() };
    let ladder =
        Ladder::new(["s", "m", "c", "r"].map(|model| vec![candidate(model)])).context("four tiers")?;
    let policy = Policy::documented(ladder);
    let router = Router::default();
    let (mut warm, mut peeks) = (Vec::with_capacity(WARM), Vec::with_capacity(WARM));
    let size = body(0).len();
    for round in 0..WARM {
        let ingress = ingress(round);
        let began = Instant::now();
        let peeked = looked_at(&ingress)?;
        peeks.push(began.elapsed());
        let began = Instant::now();
        let decision = router.decide(&policy, (&ingress, &peeked), None, &Idle);
        warm.push(began.elapsed());
        anyhow::ensure!(!decision.choices.is_empty(), "a decision names a model");
    }
    let mut cold = Vec::with_capacity(COLD);
    for round in 0..COLD {
        let (router, ingress) = (Router::default(), ingress(round));
        let peeked = looked_at(&ingress)?;
        let began = Instant::now();
        router.decide(&policy, (&ingress, &peeked), None, &Idle);
        cold.push(began.elapsed());
    }
    let rows = [
        ("decision, earlier messages seen", warm),
        ("decision, nothing seen", cold),
        ("pass over the body", peeks),
    ];
    let mut lines = vec![
        format!(
            "## Decision: {MESSAGES} messages, {TOOLS} tools, {size} bytes, the last message new each time"
        ),
        String::new(),
        "| What | Median, µs | p99, µs |".to_owned(),
        "|---|--:|--:|".to_owned(),
    ];
    let mut figures = serde_json::Map::new();
    for (what, times) in rows {
        let (median, p99) = quantiles(times);
        lines.push(format!("| {what} | {median:.1} | {p99:.1} |"));
        figures.insert(what.to_owned(), json!({"median_us": median, "p99_us": p99}));
    }
    Ok(Section { name: "decision", markdown: lines.join("\n"), figures: Value::Object(figures) })
}

fn quantiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at =
        |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default().as_secs_f64() * 1e6;
    (at(50), at(99))
}

fn looked_at(ingress: &Ingress) -> anyhow::Result<Peek> {
    peek(Dialect::Anthropic, &ingress.body).map_err(|error| anyhow::anyhow!("{error:?}"))
}

/// A coding agent's conversation: asks, calls of tools and their results, in turn.
fn body(round: usize) -> String {
    let filler = LINE.repeat(BYTES / (MESSAGES * 3 / 4) / LINE.len());
    let mut messages: Vec<Value> = (0..MESSAGES - 1)
        .map(|at| match at % 4 {
            0 => json!({"role": "user", "content": format!("Now fix step {at} of the importer and keep the tests green.")}),
            1 => json!({"role": "assistant", "content": [
                {"type": "text", "text": filler},
                {"type": "tool_use", "id": format!("t{at}"), "name": "Read", "input": {"file_path": format!("src/step_{at}.rs")}},
            ]}),
            2 => json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": format!("t{}", at - 1), "content": filler},
            ]}),
            _ => json!({"role": "assistant", "content": [{"type": "text", "text": filler}]}),
        })
        .collect();
    let last =
        format!("Attempt {round}: the retry loop still drops the last error; find out why and add a test.");
    messages.push(json!({"role": "user", "content": [{"type": "text", "text": last}]}));
    let tools: Vec<Value> = (0..TOOLS)
        .map(|at| json!({"name": format!("tool_{at}"), "description": "Does a thing.", "input_schema": {"type": "object"}}))
        .collect();
    json!({"model": "claude-sonnet", "max_tokens": 32_000, "tools": tools, "messages": messages}).to_string()
}

fn ingress(round: usize) -> Ingress {
    Ingress {
        dialect: Dialect::Anthropic,
        body: body(round).into(),
        headers: vec![("user-agent".to_owned(), "claude-cli/2.1.197 (external, cli)".to_owned())],
        query: None,
        in_url: None,
        cloud: None,
        request_id: String::new(),
        gateway_key: None,
        identity: Arc::new(Identity::default()),
        trace: None,
        warrant: Arc::new(Unbound),
    }
}
