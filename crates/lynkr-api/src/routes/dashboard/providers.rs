//! How the providers fare: their health of late, their breakers, and what they were used for.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use lynkr_orchestrator::{BreakerReport, Figures, Gateway, HEALTH_WINDOW, ProviderEntry, ProviderHealth};
use lynkr_report::{Flagship, Totals, by};
use lynkr_store::{GroupBy, Store, StoreError, Timestamp, UsageFilter};
use serde_json::{Value, json};

use super::ask::Ask;
use crate::context::Service;
use crate::routes::health::status;
use crate::routes::models::json_response;

/// A day.
const DAY: Duration = Duration::from_secs(86_400);

/// `GET /dashboard/api/providers`
pub(crate) async fn providers(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    let (gateway, flagship) = (&service.gateway, Ask::new(query).flagship(&service));
    let used = match &service.store {
        Some(store) => used(store, &flagship).await.inspect_err(|error| {
            tracing::warn!(%error, "the store doesn't answer");
        }),
        None => Ok(None),
    };
    let used = used.unwrap_or_default();
    let none = Totals::none(&flagship);
    let healths = gateway.provider_healths();
    let shown = |provider: &ProviderEntry| {
        let health = healths.iter().find(|own| own.name == provider.name);
        let usage = used.as_ref().map(|used| used.get(provider.name).unwrap_or(&none).to_json());
        one(gateway, provider, health, usage.map(Value::Object))
    };
    let now = Timestamp::now();
    json_response(&json!({
        "providers": gateway.providers().iter().map(shown).collect::<Vec<_>>(),
        "breakers": gateway.breaker_reports().iter().map(|own| breaker(own, now)).collect::<Vec<_>>(),
        "windowSeconds": HEALTH_WINDOW.as_secs(),
    }))
}

/// What each provider was used for in the last day.
async fn used(store: &Store, flagship: &Flagship) -> Result<Option<BTreeMap<String, Totals>>, StoreError> {
    let since = Timestamp::now().before(DAY);
    let filter = UsageFilter { since: Some(since), ..UsageFilter::default() };
    let cells = store.usage().cells(&filter, &[GroupBy::Provider]).await?;
    let rows = by(&cells, &[0], flagship).into_iter();
    Ok(Some(rows.filter_map(|(values, totals)| Some((values.into_iter().next()?, totals))).collect()))
}

fn one(
    gateway: &Gateway,
    provider: &ProviderEntry,
    fares: Option<&ProviderHealth>,
    usage: Option<Value>,
) -> Value {
    let dialects: Vec<&str> = provider.dialects.iter().map(|dialect| dialect.name()).collect();
    let nothing = Figures::default();
    let state = |name: &str| json!({"state": gateway.breaker_state(name).name().to_ascii_lowercase()});
    let models = fares.map(|own| own.models.as_slice()).unwrap_or_default();
    let model = |(model, figures): &(String, Figures)| {
        let breaker = state(&format!("{}:{model}", provider.name));
        json!({"name": model, "health": health(figures), "breaker": breaker})
    };
    json!({
        "name": provider.name, "type": provider.kind, "title": provider.title,
        "endpoint": provider.endpoint, "dialects": dialects, "model": provider.model,
        "active": provider.active, "configured": provider.configured, "hasKey": provider.has_key,
        "health": health(fares.map_or(&nothing, |own| &own.total)),
        "breaker": state(provider.name),
        "models": models.iter().map(model).collect::<Vec<_>>(),
        "usage": usage,
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Figures of late; what isn't known is null.
fn health(figures: &Figures) -> Value {
    let at = |seconds: Option<u64>| seconds.map(|seconds| seconds.saturating_mul(1_000));
    json!({
        "status": status(figures), "successRate": figures.success_rate(),
        "latencyP50Ms": figures.latency_p50.map(millis), "latencyP95Ms": figures.latency_p95.map(millis),
        "inFlight": figures.in_flight, "requests": figures.requests, "successes": figures.successes,
        "throttled": figures.throttled, "abandoned": figures.abandoned,
        "failures": {
            "upstream": figures.upstream_failures, "client": figures.client_failures,
            "gateway": figures.gateway_failures,
        },
        "lastSuccess": at(figures.last_success), "lastFailure": at(figures.last_failure),
    })
}

fn breaker(report: &BreakerReport, now: Timestamp) -> Value {
    let ago = |ago: Option<Duration>| ago.map(|ago| now.before(ago).as_millis());
    json!({
        "name": report.name, "state": report.state.name().to_ascii_lowercase(),
        "failures": report.failures, "successes": report.successes,
        "refused": report.refused, "passed": report.passed, "failed": report.failed,
        "lastFailureAt": ago(report.last_failure), "lastChangeAt": ago(report.last_change),
        "nextTryAt": report.next_try.map(|wait| now.after(wait).as_millis()),
    })
}
