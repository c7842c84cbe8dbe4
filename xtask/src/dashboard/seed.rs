//! Fills a store as a month of a small team's work would: the same every time but for its end, which is now.

mod outcomes;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use lynkr_store::{
    Charge, NewBudget, NewKey, Period, RouteNote, Store, StoreOptions, StoreUrl, Subject, SubjectKind,
    Timestamp, Unit, UsageRecord, record_id,
};

/// How much is written at once.
const BATCH: u64 = 5_000;
const MONTH: Duration = Duration::from_hours(24 * 30);

/// A model that answered: provider, name, dialect, tier, dollars for a million tokens.
type Model = (&'static str, &'static str, &'static str, Option<&'static str>, Option<f64>);

const MODELS: [Model; 6] = [
    ("ollama", "qwen2.5-coder:14b", "ollama", Some("SIMPLE"), Some(0.0)),
    ("openai", "gpt-4o-mini", "openai_chat", Some("MEDIUM"), Some(0.2)),
    ("openai", "gpt-4o", "openai_chat", Some("COMPLEX"), Some(3.1)),
    ("anthropic", "claude-sonnet-4-5", "anthropic", Some("COMPLEX"), Some(3.8)),
    ("anthropic", "claude-opus-4-5", "anthropic", Some("REASONING"), Some(6.5)),
    // Nobody knows what this one costs.
    ("openai-compatible", "house-70b", "openai_chat", None, None),
];
/// Which model answers, in parts of a hundred, in the order above.
const SHARES: [u64; 6] = [42, 27, 13, 11, 4, 3];
const CLIENTS: [&str; 4] =
    ["claude-cli/2.1.197", "codex_cli_rs/0.169.0", "aider/0.86.2", "openai-python/3.52.0"];
const FAILURES: [(u16, &str); 3] = [(429, "RateLimited"), (529, "Overloaded"), (502, "Upstream")];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below `most`.
    fn roll(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most.max(1)
    }
}

/// Makes a store in this file with so many requests, three keys and two budgets.
pub(crate) async fn fill(file: &Path, requests: u64) -> anyhow::Result<()> {
    let url = StoreUrl::parse(&format!("sqlite:{}", file.display()))?;
    let store = Store::open(&StoreOptions::new(url)).await.context("make the store")?;
    let now = Timestamp::now();
    let keys = keys(&store, now).await?;
    budgets(&store, now, &keys).await?;
    let mut dice = Dice(7);
    let mut written = 0;
    while written < requests {
        let count = BATCH.min(requests - written);
        let records: Vec<UsageRecord> = (written..written + count)
            .map(|number| record(number, requests, now, &keys, &mut dice))
            .collect();
        store.usage().insert(&records).await?;
        store.telemetry().insert(&outcomes::of(&records, &mut dice)).await?;
        written += count;
    }
    store.close(Duration::from_secs(10)).await;
    Ok(())
}

async fn keys(store: &Store, now: Timestamp) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for (name, team, scopes) in [
        ("ada", "research", vec![]),
        ("build-server", "platform", vec![]),
        ("grace", "research", vec!["admin".to_owned()]),
    ] {
        let rule = NewKey { name: name.to_owned(), team: Some(team.to_owned()), scopes, ..NewKey::default() };
        ids.push(store.keys().create(&rule, now.before(MONTH)).await?.key.id);
    }
    Ok(ids)
}

/// One that is nearly used up and one that nothing was counted against.
async fn budgets(store: &Store, now: Timestamp, keys: &[String]) -> anyhow::Result<()> {
    let rule = |kind, id: &str, period, unit, warn_at, block_at| NewBudget {
        subject: Subject::new(kind, id),
        period,
        unit,
        warn_at,
        block_at,
    };
    let each = rule(
        SubjectKind::Key,
        "*",
        Period::Month,
        Unit::CostNanos,
        Some(8_000_000_000),
        Some(10_000_000_000),
    );
    let team = rule(SubjectKind::Team, "platform", Period::Day, Unit::Tokens, None, Some(5_000_000));
    for budget in [each, team] {
        store.budgets().put(&budget, now).await?;
    }
    for (key, cost_nanos) in keys.iter().zip([8_640_000_000, 1_210_000_000]) {
        let charge = Charge { tokens: 0, requests: 1, cost_nanos };
        store.budgets().charge(&[Subject::new(SubjectKind::Key, key)], &charge, now).await?;
    }
    Ok(())
}

fn record(number: u64, of: u64, now: Timestamp, keys: &[String], dice: &mut Dice) -> UsageRecord {
    let (provider, model, dialect, tier, price) = pick(dice.roll(100));
    let failed = dice.roll(1_000) < 13;
    let (status, error) = match FAILURES.get(usize::try_from(dice.roll(3)).unwrap_or_default()) {
        Some((status, kind)) if failed => (*status, Some((*kind).to_owned())),
        _ => (200, None),
    };
    let stream = dice.roll(10) < 8;
    let input = 300 + dice.roll(5_000);
    let output = if failed { 0 } else { 20 + dice.roll(900) };
    let cached = if provider == "ollama" || failed { 0 } else { dice.roll(40_000) };
    let latency = 400 + dice.roll(9_000);
    let session = number / 40;
    let place = usize::try_from(session).unwrap_or_default();
    let back = MONTH.mul_f64(1.0 - fraction(number + 1, of));
    let asked = if dialect == "anthropic" { model } else { "claude-sonnet-4-5" };
    UsageRecord {
        id: record_id(),
        at: now.before(back + Duration::from_secs(30)),
        request_id: format!("req_{number:08x}"),
        key_id: keys.get(place % 4).cloned(),
        team: keys.get(place % 4).map(|_| "research".to_owned()),
        session_id: Some(format!("session-{session:04}")),
        client: CLIENTS.get(place % CLIENTS.len()).map(|&client| client.to_owned()),
        surface: "anthropic".to_owned(),
        dialect: dialect.to_owned(),
        provider: provider.to_owned(),
        model: model.to_owned(),
        asked: asked.to_owned(),
        tier: tier.map(str::to_owned),
        stream,
        status,
        error_kind: error,
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: cached,
        cache_write_tokens: if provider == "anthropic" { dice.roll(2_000) } else { 0 },
        estimated: provider == "openai-compatible",
        cost_nanos: price.map(|price| nanos(price, input + output + cached / 10)),
        price_source: price.map(|_| "exact".to_owned()),
        latency_ms: latency,
        first_token_ms: (stream && !failed).then_some(latency / 4),
        attempts: 1 + u64::from(failed),
        // What was stored long ago has no receipt.
        receipt: (number > of / 50).then(|| receipt(asked, model, dialect)),
        route: tier.map(|tier| route(tier, dice)),
        ..UsageRecord::default()
    }
}

fn pick(mut roll: u64) -> Model {
    for (model, share) in MODELS.iter().zip(SHARES) {
        if roll < share {
            return *model;
        }
        roll -= share;
    }
    MODELS[0]
}

#[expect(clippy::cast_precision_loss, reason = "a place on a line of days")]
fn fraction(part: u64, of: u64) -> f64 {
    part as f64 / of as f64
}

/// A dollar for a million tokens is 1,000 billionths of a dollar for each.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a made-up price, far from the ends"
)]
fn nanos(price: f64, tokens: u64) -> u64 {
    (price * 1_000.0) as u64 * tokens
}

fn receipt(asked: &str, model: &str, dialect: &str) -> String {
    if dialect == "anthropic" {
        return String::new();
    }
    format!("model={asked}->{model}(tier); translated=anthropic->{dialect}; dropped=cache_control")
}

fn route(tier: &str, dice: &mut Dice) -> RouteNote {
    let (low, word) = match tier {
        "SIMPLE" => (0, "short question, no tools"),
        "MEDIUM" => (25_000, "some tools"),
        "COMPLEX" => (50_000, "many tools, long history"),
        _ => (75_000, "asked to think"),
    };
    let pinned = dice.roll(5) == 0;
    let shifted = dice.roll(60) == 0;
    RouteNote {
        method: if pinned { "pin" } else { "score" }.to_owned(),
        reason: word.to_owned(),
        score_milli: Some(low + dice.roll(25_000)),
        base_tier: Some(if shifted { "SIMPLE" } else { tier }.to_owned()),
        tier: Some(tier.to_owned()),
        served_tier: Some(tier.to_owned()),
        pinned,
        fallback: dice.roll(80) == 0,
    }
}
