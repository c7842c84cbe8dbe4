//! How long a decision takes: a coding agent's conversation whose earlier messages were seen in the last request and whose
//! last message is new, and the same seen for the first time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use lynkr_orchestrator::{Identity, Ingress, Router, Unbound};
use lynkr_protocol::Dialect;
use lynkr_protocol::peek::{Peek, peek};
use lynkr_routing::learn::bandit::Situation;
use lynkr_routing::learn::learner::{Learner, Lesson, Rules};
use lynkr_routing::learn::project;
use lynkr_routing::learn::reward::Outcome;
use lynkr_routing::learn::task::Task;
use lynkr_routing::{Candidate, Ladder, Learning, LearningMode, Pin, Policy, Standing, Surroundings, Tier};
use serde_json::{Value, json};

use super::Section;

/// The conversation: so many messages, in about so many bytes.
const MESSAGES: usize = 60;
const BYTES: usize = 200_000;
const TOOLS: usize = 20;
/// How often the warm decision is timed, and the cold one.
const WARM: usize = 2_000;
const COLD: usize = 200;
/// How many past outcomes the learner knows, which are as many as it keeps.
const LESSONS: usize = 5_000;
/// How many models each tier has, so that there is a choice to learn.
const MODELS: usize = 4;

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

const OFF: &str = "decision, earlier messages seen";
const ON: &str = "the same, `LYNKR_LEARNING=on`";

fn candidate(model: &str) -> Candidate {
    Candidate { provider: "p".to_owned(), model: model.to_owned() }
}

/// A learner that knows as many requests as it keeps, of all tiers and models.
fn taught(rules: &Rules, policy: &Policy) -> Learner {
    let mut learner = Learner::new(rules);
    let all: Vec<(Tier, &Candidate)> = Tier::ALL
        .into_iter()
        .flat_map(|tier| policy.ladder.rung(tier).candidates.iter().map(move |own| (tier, own)))
        .collect();
    for (number, (tier, served)) in all.iter().copied().cycle().take(LESSONS).enumerate() {
        let words =
            format!("Step {number}: the importer drops row {}, find out why and add a test.", number % 97);
        let score = policy.bounds.middle(tier);
        let situation = Situation {
            score: f64::from(score.get()),
            tokens: 20_000,
            tools: true,
            streaming: true,
            risk: 0.0,
            agentic: false,
            task: Task::CodeEdit,
        };
        let quality = if number % 3 == 0 { 0.6 } else { 0.9 };
        let outcome = Outcome { quality, feedback: None, cost: None, latency: Some(900.0) };
        let reward = learner.judge(&outcome);
        let lesson = Lesson {
            day: 0,
            tier,
            served,
            features: &situation.features(),
            task: Task::CodeEdit,
            score,
            bounds: &policy.bounds,
            vector: &project::text(&words),
            outcome,
            failed: false,
        };
        learner.learn(&lesson, &reward);
    }
    learner
}

/// Decisions: warm, cold, and the pass over the body that every request has in any case.
pub(crate) fn run() -> anyhow::Result<Section> {
    let candidates = |tier: &str| (0..MODELS).map(|number| candidate(&format!("{tier}{number}"))).collect();
    let policy = Policy::documented(Ladder::new(["s", "m", "c", "r"].map(candidates)).context("four tiers")?);
    let rules = Rules::default();
    let learner = taught(&rules, &policy);
    let learning = Learning { learner: &learner, rules: &rules, mode: LearningMode::On, draw: 0.5, day: 0 };
    let (router, learned) = (Router::default(), Router::default());
    let (mut warm, mut peeks) = (Vec::with_capacity(WARM), Vec::with_capacity(WARM));
    let mut learning_too = Vec::with_capacity(WARM);
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
        let began = Instant::now();
        let decision = learned.decide_learning(&policy, (&ingress, &peeked), None, &Idle, Some(&learning));
        learning_too.push(began.elapsed());
        anyhow::ensure!(decision.learned.is_some(), "the learner was asked");
    }
    let mut cold = Vec::with_capacity(COLD);
    for round in 0..COLD {
        let (router, ingress) = (Router::default(), ingress(round));
        let peeked = looked_at(&ingress)?;
        let began = Instant::now();
        router.decide(&policy, (&ingress, &peeked), None, &Idle);
        cold.push(began.elapsed());
    }
    let rows =
        [(OFF, warm), (ON, learning_too), ("decision, nothing seen", cold), ("pass over the body", peeks)];
    let mut lines = vec![
        format!(
            "## Decision: {MESSAGES} messages, {TOOLS} tools, {size} bytes, the last message new each time"
        ),
        String::new(),
        "| What | Median, µs | p99, µs |".to_owned(),
        "|---|--:|--:|".to_owned(),
    ];
    let mut figures = serde_json::Map::new();
    let mut medians = std::collections::BTreeMap::new();
    for (what, times) in rows {
        let (median, p99) = quantiles(times);
        medians.insert(what, median);
        lines.push(format!("| {what} | {median:.1} | {p99:.1} |"));
        figures.insert(what.to_owned(), json!({"median_us": median, "p99_us": p99}));
    }
    if let (Some(off), Some(on)) = (medians.get(OFF), medians.get(ON)) {
        let ratio = on / off;
        lines.push(String::new());
        lines.push(format!(
            "Learning, with {LESSONS} past outcomes and {MODELS} models in each tier: {ratio:.2} times the time without, {:+.1} µs.",
            on - off
        ));
        figures.insert("learning_ratio".to_owned(), json!(ratio));
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
        headers: [("user-agent", "claude-cli/2.1.197 (external, cli)")].into_iter().collect(),
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
