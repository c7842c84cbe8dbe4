//! From the record of a request to what is kept of it: a usage record, and the turns of its session.

use std::sync::Arc;

use lynkr_api::Feed;
use lynkr_orchestrator::{Earned, Ending, Ledger, RoutingRecord, SessionId, Settled};
use lynkr_routing::{Learned, Tier};
use lynkr_store::{RouteNote, SessionKey, Store, TelemetryRecord, Timestamp, Turn, UsageRecord, record_id};
use serde::Serialize;
use serde_json::{Value, json};

/// Keeps each request that is over, where there is a store, and tells whoever listens. Nothing here waits: the store's writer
/// takes it, or drops and counts it.
#[derive(Debug)]
pub(crate) struct RecordedIn {
    pub(crate) store: Option<Store>,
    pub(crate) feed: Arc<Feed>,
}

impl Ledger for RecordedIn {
    fn settle(&self, settled: &Settled<'_>) {
        let now = Timestamp::now();
        let record = usage(settled, now);
        self.feed.tell(&record);
        let Some(store) = &self.store else { return };
        let writer = store.writer();
        writer.usage(record);
        // Without tiers there was nothing to choose.
        if let Some(note) = settled.routing.filter(|own| own.tier.is_some()) {
            writer.telemetry(routing(settled, note, now));
        }
        // What only a fingerprint tells apart may be two sessions: it isn't kept as one.
        if let Some(session) = settled.session.filter(|session| session.named) {
            for turn in turns(settled, session, now) {
                writer.turn(turn);
            }
        }
    }

    fn earned(&self, earned: &Earned) {
        let Some(store) = &self.store else { return };
        store.writer().telemetry(TelemetryRecord {
            id: record_id(),
            at: Timestamp::now(),
            kind: "routing_outcome".to_owned(),
            request_id: Some(earned.request_id.clone()),
            session_id: None,
            provider: Some(earned.served.provider.clone()),
            model: Some(earned.served.model.clone()),
            tier: Some(earned.tier.name().to_owned()),
            data: earned.data.clone(),
            text: None,
        });
    }
}

fn usage(settled: &Settled<'_>, now: Timestamp) -> UsageRecord {
    let (identity, usage) = (settled.identity, settled.usage);
    UsageRecord {
        id: record_id(),
        at: now,
        request_id: settled.request_id.to_owned(),
        key_id: identity.key.clone(),
        user: identity.user.clone(),
        team: identity.team.clone(),
        customer: identity.customer.clone(),
        organisation: identity.organisation.clone(),
        session_id: settled.session.map(|session| session.id.clone()),
        client: identity.client.clone(),
        surface: settled.surface.to_owned(),
        dialect: settled.dialect.to_owned(),
        provider: settled.provider.to_owned(),
        model: settled.model.to_owned(),
        asked: settled.asked.to_owned(),
        tier: settled.routing.and_then(|own| own.served.or(own.tier)).map(|tier| tier.name().to_owned()),
        stream: settled.stream,
        status: settled.status,
        error_kind: error(settled.ending),
        input_tokens: usage.input.unwrap_or(0),
        output_tokens: usage.output.unwrap_or(0),
        cache_read_tokens: usage.cache_read.unwrap_or(0),
        cache_write_tokens: usage.cache_write.unwrap_or(0),
        reasoning_tokens: usage.reasoning.unwrap_or(0),
        estimated: usage.estimated,
        cost_nanos: settled.cost.map(|cost| cost.nanos),
        price_source: settled.cost.map(|cost| cost.source.to_owned()),
        latency_ms: millis(settled.duration),
        first_token_ms: settled.first_content.map(millis),
        attempts: settled.attempts.into(),
        receipt_bytes: settled.changes.len() as u64,
        receipt: Some(settled.changes.to_owned()),
        route: settled.routing.map(route),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100,000")]
fn route(note: &RoutingRecord) -> RouteNote {
    let name = |tier: Option<Tier>| tier.map(|tier| tier.name().to_owned());
    let milli = |score: f32| (score.clamp(0.0, 100.0) * 1_000.0).round() as u64;
    RouteNote {
        method: note.method.clone(),
        reason: note.reason.clone(),
        score_milli: note.score.map(milli),
        base_tier: name(note.base),
        tier: name(note.tier),
        served_tier: name(note.served),
        pinned: note.pinned,
        fallback: note.fallback,
    }
}

/// What was decided, what served and what came of it: what a decision can be judged by later. Nothing of what was said.
fn routing(settled: &Settled<'_>, note: &RoutingRecord, now: Timestamp) -> TelemetryRecord {
    let name = |tier: Option<Tier>| tier.map(Tier::name);
    let routed = Routed {
        method: &note.method,
        reason: &note.reason,
        score: note.score.map(f64::from),
        base_tier: name(note.base),
        served_tier: name(note.served),
        fallback: note.fallback,
        pinned: note.pinned,
        candidates: &note.candidates,
        propensities: &note.propensities,
        arms: note.arms,
        propensity: note.propensities.first().copied(),
        learned: note.learned.as_ref(),
        status: settled.status,
        error: error(settled.ending),
        attempts: settled.attempts.into(),
        stream: settled.stream,
        latency_ms: millis(settled.duration),
        first_token_ms: settled.first_content.map(millis),
        input_tokens: settled.usage.input,
        output_tokens: settled.usage.output,
        cache_read_tokens: settled.usage.cache_read,
        cache_write_tokens: settled.usage.cache_write,
        cost_usd: settled.cost.map(|cost| dollars(cost.nanos)),
    };
    TelemetryRecord {
        id: record_id(),
        at: now,
        kind: "routing".to_owned(),
        request_id: Some(settled.request_id.to_owned()),
        session_id: settled.session.map(|session| session.id.clone()),
        provider: Some(settled.provider.to_owned()),
        model: Some(settled.model.to_owned()),
        tier: name(note.tier).map(str::to_owned),
        data: Value::Null,
        // Written at once: a tree of it would be made and taken apart for each request.
        text: serde_json::to_string(&routed).ok(),
    }
}

/// The data of a note of a decision.
#[derive(Serialize)]
struct Routed<'a> {
    method: &'a str,
    reason: &'a str,
    score: Option<f64>,
    base_tier: Option<&'static str>,
    served_tier: Option<&'static str>,
    fallback: bool,
    pinned: bool,
    candidates: &'a [String],
    propensities: &'a [f64],
    arms: usize,
    propensity: Option<f64>,
    learned: Option<&'a Learned>,
    status: u16,
    error: Option<String>,
    attempts: u64,
    stream: bool,
    latency_ms: u64,
    first_token_ms: Option<u64>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    cost_usd: Option<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people; the usage record has it exactly")]
fn dollars(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// The client's part, where transcripts are kept, and the answer: without its words where they aren't, so that a
/// session shows what was done in it.
fn turns(settled: &Settled<'_>, session: &SessionId, now: Timestamp) -> Vec<Turn> {
    let owner = settled.identity.key.clone().unwrap_or_default();
    let blank = Turn {
        id: record_id(),
        session: SessionKey { owner, id: session.id.clone() },
        at: now.before(settled.duration),
        request_id: Some(settled.request_id.to_owned()),
        role: "user".to_owned(),
        kind: "message".to_owned(),
        status: None,
        provider: None,
        model: None,
        content: Value::Null,
        metadata: json!({}),
        client: settled.identity.client.clone(),
        fingerprint: None,
    };
    let asked = settled.exchange.map(|exchange| Turn {
        content: exchange.asked.clone().unwrap_or(Value::Null),
        metadata: json!({"left_out": exchange.asked.is_none()}),
        ..blank.clone()
    });
    let failed = error(settled.ending);
    let words = settled.exchange.map(|exchange| exchange.answered.as_str());
    let answer = Turn {
        id: record_id(),
        at: now,
        role: "assistant".to_owned(),
        kind: if failed.is_some() { "error" } else { "message" }.to_owned(),
        status: Some(settled.status.into()),
        provider: Some(settled.provider.to_owned()),
        model: Some(settled.model.to_owned()),
        content: words.map_or(Value::Null, Value::from),
        metadata: json!({
            "input_tokens": settled.usage.input, "output_tokens": settled.usage.output,
            "duration_ms": millis(settled.duration), "error": failed,
        }),
        ..blank
    };
    asked.into_iter().chain([answer]).collect()
}

fn error(ending: Ending) -> Option<String> {
    match ending {
        Ending::Failed(kind) => Some(format!("{kind:?}")),
        Ending::Left => Some("ClientLeft".to_owned()),
        Ending::Answered => None,
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
