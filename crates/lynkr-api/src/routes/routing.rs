//! What routing would decide, and what it decides by.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use http::StatusCode;
use lynkr_orchestrator::RoutingOptions;
use lynkr_protocol::Dialect;
use lynkr_report::decision_of;
use lynkr_routing::learn::accuracy::Accuracy;
use lynkr_routing::signals::complexity::Shape;
use lynkr_routing::{Policy, Tier, weighted_json};
use lynkr_store::{
    GroupBy, Store, StoreError, TelemetryFilter, TelemetryRecord, Timestamp, UsageFilter, UsageTotals,
};
use serde_json::{Value, json};

use crate::context::Service;
use crate::error::{error_response, failure_response};
use crate::ingress;
use crate::observe::RequestId;
use crate::routes::models::json_response;
use crate::routes::sessions::{cost_usd, refused, unavailable};

/// `POST /routing/analyze`: a request of any dialect is decided on, and none of the tiers' models is asked; those that give
/// second opinions are, where such are set and the scorer is unsure. With `mode=weighted` the documented complexity dimensions come with it.
pub(crate) async fn analyze(
    State(service): State<Service>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let mut ingress = match ingress::read(&service, Dialect::Anthropic, request).await {
        Ok(ingress) => ingress,
        Err(error) => return error_response(&error, Dialect::Anthropic, &id),
    };
    let body: Value = serde_json::from_slice(&ingress.body).unwrap_or_default();
    if let Some(prompt) = ["prompt", "text"].iter().find_map(|name| body.get(*name)?.as_str()) {
        ingress.body = json!({"messages": [{"role": "user", "content": prompt}]}).to_string().into();
    } else if body.get("input").is_some() {
        ingress.dialect = Dialect::OpenAiResponses;
    } else if body.get("contents").is_some() {
        ingress.dialect = Dialect::Gemini;
    }
    let analysis = match service.gateway.analyze(&ingress).await {
        Ok(analysis) => analysis,
        Err(failure) => return failure_response(&failure, Dialect::Anthropic, &id),
    };
    let mut answer = analysis.decision.to_json();
    answer["enabled"] = analysis.active.into();
    let is_weighted = query.unwrap_or_default().split('&').any(|pair| pair == "mode=weighted");
    if let Some(ask) = analysis.ask {
        let words: Vec<Value> = lynkr_routing::scorer::explain(&ask.words)
            .into_iter()
            .map(|own| json!({"what": own.what, "points": own.points}))
            .collect();
        answer["contributions"] = words.into();
        if is_weighted {
            answer["weighted"] = weighted_json(&ask, Shape::default());
        }
    }
    json_response(&answer)
}

/// `GET /routing/tiers`: the tiers in effect, with their ranges and models.
pub(crate) async fn tiers(State(service): State<Service>) -> Response {
    let RoutingOptions { policy, legacy, fallback, .. } = &service.gateway.options().routing;
    let shown = policy.as_ref().map(|policy| shown_tiers(policy, "borrowed_from"));
    json_response(&json!({
        "enabled": policy.is_some(), "tiers": shown, "legacy": legacy.is_some(), "fallback_provider": fallback,
        "static_provider": service.gateway.options().active,
    }))
}

/// `GET /routing/models`: what is known of the tiers' models: prices for a million tokens, context, abilities. What
/// nobody knows is null.
pub(crate) async fn models(State(service): State<Service>) -> Response {
    let options = service.gateway.options();
    let prices = options.prices.now();
    let candidates =
        options.routing.policy.as_ref().map(|policy| policy.ladder.candidates()).unwrap_or_default();
    let entry = |candidate: &lynkr_routing::Candidate| {
        let quote = prices.of(&candidate.provider, &candidate.model);
        let entry = quote.as_ref().and_then(|quote| quote.entry.clone());
        let rates = quote.as_ref().map(|quote| quote.price.rates);
        // From 10⁻¹² dollars for one token.
        let dollars =
            |rate: Option<u64>| rate.map(|rate| rate.to_string().parse::<f64>().unwrap_or(f64::NAN) / 1e6);
        json!({
            "provider": candidate.provider, "model": candidate.model,
            "input": rates.and_then(|rates| dollars(rates.input)),
            "output": rates.and_then(|rates| dollars(rates.output)),
            "cacheRead": rates.and_then(|rates| dollars(rates.cache_read)),
            "cacheWrite": rates.and_then(|rates| dollars(rates.cache_write)),
            "context": entry.as_ref().and_then(|entry| entry.context),
            "maxOutput": entry.as_ref().and_then(|entry| entry.most_output),
            "toolCall": entry.as_ref().map(|entry| entry.tools),
            "vision": entry.as_ref().map(|entry| entry.vision),
            "reasoning": entry.as_ref().map(|entry| entry.reasoning),
        })
    };
    json_response(&json!({"models": candidates.into_iter().map(entry).collect::<Vec<_>>()}))
}

/// The days that statistics reach back.
const DAYS: u64 = 30;
/// So many decisions are shown, the newest ones.
const SHOWN: u32 = 100;

/// `GET /routing/stats`: requests, errors, tokens and costs of the last days by the tier whose model served. What went by
/// no tier has none.
pub(crate) async fn stats(State(service): State<Service>) -> Response {
    let Some(store) = &service.store else { return keeps_nothing() };
    let since = Timestamp::now().before(Duration::from_secs(DAYS * 86_400));
    let filter = UsageFilter { since: Some(since), ..UsageFilter::default() };
    let rows = match store.usage().totals(&filter, GroupBy::Tier).await {
        Ok(rows) => rows,
        Err(error) => return unavailable(&error),
    };
    let row = |totals: &UsageTotals| {
        json!({
            "tier": (!totals.group.is_empty()).then_some(&totals.group),
            "requests": totals.requests, "errors": totals.errors,
            "input_tokens": totals.input_tokens, "output_tokens": totals.output_tokens,
            "cache_read_tokens": totals.cache_read_tokens, "cost_usd": cost_usd(totals),
            "unpriced": totals.unpriced,
        })
    };
    let gateway = &service.gateway;
    let learning = gateway.options().routing.learning.as_ref().map(|rules| gateway.learning().report(rules));
    json_response(
        &json!({"learning": learning, "days": DAYS, "tiers": rows.iter().map(row).collect::<Vec<_>>()}),
    )
}

/// So many outcomes are looked at, the newest ones: shares are exact to less than a hundredth then.
const OUTCOMES: u32 = 20_000;

/// `GET /v1/routing/accuracy`: whether tiers were too easy or too hard for their requests, by what became of them.
pub(crate) async fn accuracy(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "since");
    let since = match asked.map(|(_, value)| value.parse()) {
        None => Timestamp::now().before(Duration::from_secs(DAYS * 86_400)),
        Some(Ok(millis)) => Timestamp::from_millis(millis),
        Some(Err(_)) => {
            let message = "since: is no time in milliseconds since 1970 UTC";
            return refused(StatusCode::BAD_REQUEST, "invalid_request", message);
        }
    };
    let Some(store) = &service.store else { return keeps_nothing() };
    match evaluated(store, Some(since), None).await {
        Ok(accuracy) => json_response(&accuracy),
        Err(error) => unavailable(&error),
    }
}

/// What the outcomes of that time say of the tiers.
pub(super) async fn evaluated(
    store: &Store,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Value, StoreError> {
    let mut accuracy = Accuracy::default();
    for (tier, text) in &store.telemetry().texts(OUTCOME, since, until, OUTCOMES).await? {
        accuracy.read(tier.as_deref().unwrap_or_default(), text);
    }
    let mut answer = accuracy.to_json();
    answer["since"] = since.map(Timestamp::as_millis).into();
    Ok(answer)
}

/// The kind of records that say what a request has earned.
const OUTCOME: &str = "routing_outcome";

/// `GET /v1/routing/telemetry`: the newest decisions with what came of each.
pub(crate) async fn telemetry(State(service): State<Service>) -> Response {
    let Some(store) = &service.store else { return keeps_nothing() };
    let found = match store.telemetry().find("routing", &TelemetryFilter::default(), SHOWN).await {
        Ok(found) => found,
        Err(error) => return unavailable(&error),
    };
    // What they earned came to be known after them.
    let since = found.last().map(|oldest| oldest.at);
    let filter = TelemetryFilter { since, ..TelemetryFilter::default() };
    let outcomes = match store.telemetry().find(OUTCOME, &filter, OUTCOMES).await {
        Ok(outcomes) if !found.is_empty() => outcomes,
        Ok(_) => Vec::new(),
        Err(error) => return unavailable(&error),
    };
    let earned: HashMap<&str, &Value> =
        outcomes.iter().filter_map(|own| Some((own.request_id.as_deref()?, &own.data))).collect();
    let entry = |record: &TelemetryRecord| {
        let mut entry = decision_of(record);
        let outcome = record.request_id.as_deref().and_then(|id| earned.get(id));
        entry["reward"] = outcome.and_then(|own| own.get("reward")).cloned().unwrap_or_default();
        entry["outcome"] = outcome.map(|own| (*own).clone()).unwrap_or_default();
        entry
    };
    json_response(&json!({"decisions": found.iter().map(entry).collect::<Vec<_>>()}))
}

/// Each tier with its range, its models, and under the given name whose they are where it has none of its own.
pub(crate) fn shown_tiers(policy: &Policy, borrowed_from: &str) -> [Value; 4] {
    Tier::ALL.map(|tier| {
        let rung = policy.ladder.rung(tier);
        json!({
            "tier": tier.name(),
            "range": [policy.bounds.floor(tier).get(), policy.bounds.ceiling(tier).get()],
            "models": rung.candidates.iter().map(ToString::to_string).collect::<Vec<_>>(),
            borrowed_from: rung.borrowed.map(Tier::name),
        })
    })
}

fn keeps_nothing() -> Response {
    refused(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "this gateway keeps nothing")
}
