//! `lynkr routing`: what is learned, and what other policies would have earned, by what the store has on record.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use lynkr_app::{learned_from, learning_rules, load};
use lynkr_routing::learn::accuracy::Accuracy;
use lynkr_routing::learn::evaluate::Estimate;
use lynkr_routing::learn::learner::Rules;
use lynkr_routing::learn::logged::{Judged, LEAST_ROWS, Left, Logged, Policy, judge};
use lynkr_store::{Store, TelemetryFilter, TelemetryRecord, Timestamp};
use serde_json::{Value, json};

use crate::arguments::{Routing, RoutingEval, RoutingTask};
use crate::commands::opened::{print_json, with_store};
use crate::progress::during;

pub(crate) fn run(arguments: &Routing) -> anyhow::Result<ExitCode> {
    let inputs = arguments.inputs();
    let configured = learning_rules(&load(&inputs).values);
    let rules = configured.map(|own| own.rules).unwrap_or_default();
    with_store(&inputs, async |store| match &arguments.task {
        RoutingTask::Eval(eval) => evaluate(store, eval, &rules, arguments.json).await,
        RoutingTask::Stats { since } => stats(store, since, &rules, arguments.json).await,
    })
}

/// The newest records of a kind.
async fn records(store: &Store, kind: &str, since: &str, limit: u32) -> anyhow::Result<Vec<TelemetryRecord>> {
    let filter = TelemetryFilter { since: Some(time(since)?), ..TelemetryFilter::default() };
    during("reading the telemetry", store.telemetry().find(kind, &filter, limit))
        .await
        .context("can't read the telemetry")
}

fn time(text: &str) -> anyhow::Result<Timestamp> {
    let ago = |unit: char, seconds: u64| {
        let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(Timestamp::now().before(Duration::from_secs(count.saturating_mul(seconds))))
    };
    let absolute = || text.parse().ok().map(Timestamp::from_millis);
    match ago('d', 86_400).or_else(|| ago('h', 3_600)).or_else(absolute) {
        Some(time) => Ok(time),
        None => bail!("--since: `{text}` is no time: write milliseconds since 1970, or 30d, or 12h"),
    }
}

/// Outcomes by the ids of their requests.
fn by_request(outcomes: &[TelemetryRecord]) -> HashMap<&str, &Value> {
    outcomes.iter().filter_map(|own| Some((own.request_id.as_deref()?, &own.data))).collect()
}

async fn evaluate(
    store: &Store,
    eval: &RoutingEval,
    rules: &Rules,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let decisions = records(store, "routing", &eval.since, eval.limit).await?;
    let outcomes = records(store, "routing_outcome", &eval.since, eval.limit).await?;
    let earned = by_request(&outcomes);
    let (mut logged, mut left) = (Vec::new(), Left::new());
    for decision in &decisions {
        let outcome = decision.request_id.as_deref().and_then(|id| earned.get(id)).copied();
        match Logged::read(decision.tier.as_deref().unwrap_or_default(), &decision.data, outcome) {
            Ok(own) => logged.push(own),
            Err(why) => *left.entry(why).or_default() += 1,
        }
    }
    let learner = learned_from(store, rules).await.context("can't read what is learned")?;
    let mut policies = Vec::new();
    for name in &eval.policy {
        policies.push(match name.as_str() {
            "logged" => Policy::Logged,
            "static" => Policy::Static,
            "uniform" => Policy::Uniform,
            "shadow" => Policy::Shadow,
            "learner" => Policy::Learner(&learner, rules),
            model if model.contains(':') => Policy::Model(model),
            other => {
                bail!(
                    "--policy: `{other}` is none: logged, static, uniform, shadow, learner or provider:model"
                )
            }
        });
    }
    if policies.is_empty() {
        policies = vec![
            Policy::Logged,
            Policy::Static,
            Policy::Uniform,
            Policy::Shadow,
            Policy::Learner(&learner, rules),
        ];
    }
    let judged: Vec<Judged> = policies.iter().map(|policy| judge(&logged, policy)).collect();
    let is_enough = logged.len() >= LEAST_ROWS;
    if as_json {
        let left: BTreeMap<String, usize> = left.iter().map(|(why, rows)| (key(*why), *rows)).collect();
        print_json(&json!({
            "decisions": decisions.len(), "usable": logged.len(), "unusable": left, "enough": is_enough,
            "policies": judged,
        }))?;
    } else {
        print!("{}", told(decisions.len(), logged.len(), &left, &judged));
    }
    Ok(if is_enough { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn key(why: lynkr_routing::learn::logged::Unusable) -> String {
    serde_json::to_value(why).ok().and_then(|own| own.as_str().map(str::to_owned)).unwrap_or_default()
}

fn told(decisions: usize, usable: usize, left: &Left, judged: &[Judged]) -> String {
    let mut text = format!("{decisions} decisions on record, {usable} of them can be used\n");
    for (why, rows) in left {
        let _ = writeln!(text, "  {rows} can't: {why}");
    }
    if usable < LEAST_ROWS {
        let _ = writeln!(
            text,
            "Too little to estimate anything: {LEAST_ROWS} decisions with a choice and a known reward are needed. \
             LYNKR_LEARNING=on or shadow puts them on record; a reward is known when the session's next request came, \
             or LYNKR_LEARNING_WAIT_MS has passed."
        );
        return text;
    }
    let _ = writeln!(text, "\nWhat each policy would have earned, from 0 to 1, with its 95 % interval:\n");
    let _ = writeln!(text, "{:<28} {:>22} {:>22} {:>22}", "", "doubly robust", "self-normalised", "IPS");
    for own in judged {
        let name = &own.policy;
        match (&own.report, &own.refused) {
            (Some(report), None) => {
                let [robust, snips, ips] = [&report.doubly_robust, &report.snips, &report.ips].map(interval);
                let _ = writeln!(text, "{name:<28} {robust:>22} {snips:>22} {ips:>22}");
            }
            (_, refused) => {
                let _ = writeln!(text, "{name:<28} {}", refused.as_deref().unwrap_or("nothing can be said"));
            }
        }
    }
    if judged.iter().any(|own| own.policy == "learner") {
        text.push_str("\n`learner` has learned from these very requests: what is said of it is too good.\n");
    }
    text
}

fn interval(estimate: &Estimate) -> String {
    format!("{:.3} ({:.3}..{:.3})", estimate.value, estimate.low, estimate.high)
}

async fn stats(store: &Store, since: &str, rules: &Rules, as_json: bool) -> anyhow::Result<ExitCode> {
    let decisions = records(store, "routing", since, 100_000).await?;
    let outcomes = records(store, "routing_outcome", since, 100_000).await?;
    let learner = learned_from(store, rules).await.context("can't read what is learned")?;
    let replicas = store.learned().rows().await.context("can't read what is learned")?.len();
    let mut accuracy = Accuracy::default();
    let mut models: BTreeMap<(String, String), (usize, f64)> = BTreeMap::new();
    for outcome in &outcomes {
        let tier = outcome.tier.clone().unwrap_or_default();
        accuracy.add(&tier, &outcome.data);
        let (provider, model) = (outcome.provider.as_deref(), outcome.model.as_deref());
        let name = format!("{}:{}", provider.unwrap_or_default(), model.unwrap_or_default());
        let own = models.entry((tier, name)).or_default();
        own.0 += 1;
        own.1 += outcome.data.get("reward").and_then(Value::as_f64).unwrap_or_default();
    }
    let modes = modes(&decisions);
    if as_json {
        let models: Vec<Value> = models
            .iter()
            .map(|((tier, model), (rows, sum))| {
                json!({"tier": tier, "model": model, "outcomes": rows, "reward": mean(*rows, *sum)})
            })
            .collect();
        print_json(&json!({
            "decisions": decisions.len(), "modes": modes, "models": models, "accuracy": accuracy.to_json(),
            "learned": {"lessons": learner.lessons(), "outcomes": learner.points(), "processes": replicas},
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} decisions since {since}{}", decisions.len(), shown(&modes));
    println!(
        "{} lessons are learned, by {replicas} processes; {} outcomes to compare with",
        learner.lessons(),
        learner.points()
    );
    for ((tier, model), (rows, sum)) in &models {
        println!("  {tier:<9} {model:<40} {rows:>6} outcomes  reward {:.3}", mean(*rows, *sum));
    }
    if models.is_empty() {
        println!("no outcomes yet; LYNKR_LEARNING=shadow or on puts them on record");
    }
    Ok(ExitCode::SUCCESS)
}

fn shown(modes: &BTreeMap<String, usize>) -> String {
    let each: Vec<String> = modes.iter().map(|(mode, rows)| format!("{rows} with learning {mode}")).collect();
    if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) }
}

fn modes(decisions: &[TelemetryRecord]) -> BTreeMap<String, usize> {
    let mut modes = BTreeMap::new();
    for decision in decisions {
        let mode = decision.data.pointer("/learned/mode").and_then(Value::as_str).unwrap_or("off");
        *modes.entry(mode.to_owned()).or_default() += 1;
    }
    modes
}

#[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
fn mean(rows: usize, sum: f64) -> f64 {
    sum / rows.max(1) as f64
}
