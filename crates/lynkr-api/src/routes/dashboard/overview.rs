//! The first view: what all the others say, in a few figures.

use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use lynkr_orchestrator::{BreakerState, Status};
use lynkr_report::{Flagship, UsageReport, by, first_of_day, rows, sum};
use lynkr_store::{GroupBy, Latency, Store, StoreError, Timestamp, UsageFilter};
use serde_json::{Map, Value, json};

use super::ask::{Ask, Wrong, answer};
use super::governed::standings;
use super::insights::advice;
use crate::VERSION;
use crate::context::Service;

/// So many of the newest requests tell how long requests take.
const NEWEST: u32 = 2_000;
const DAY: Duration = Duration::from_secs(86_400);

/// `GET /dashboard/api/overview`
pub(crate) async fn overview(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    answer(all(&service, &Ask::new(query)).await)
}

async fn all(service: &Service, ask: &Ask) -> Result<Value, Wrong> {
    let now = Timestamp::now();
    let (window, flagship) = (ask.window("7d", now)?, ask.flagship(service));
    let load = &service.load;
    let mut body = json!({
        "version": VERSION, "now": now.as_millis(), "uptimeSeconds": load.uptime().as_secs(),
        "window": window.name, "since": window.since.map(Timestamp::as_millis), "flagship": flagship.model,
        "totals": null, "today": null, "byTier": null, "byDay": null, "latency": null,
        "live": {"active": under_way(service), "streams": load.streams(), "shed": load.shed()},
        "providers": providers(service),
        "budgets": null, "sessions": null, "recommendations": null, "store": null,
        "features": {
            "tiers": service.gateway.options().routing.policy.is_some(),
            "keysRequired": service.options.key_required(),
            "transcripts": service.gateway.options().transcripts,
        },
    });
    let Some(store) = &service.store else { return Ok(body) };
    let report = lynkr_report::usage(store, &UsageFilter::default(), window, flagship).await?;
    for (name, value) in stored(store, &report, now).await? {
        body[name] = value;
    }
    body["recommendations"] = advice(service, store, &report.window, now).await?.summary();
    Ok(body)
}

/// What only the store knows.
async fn stored(
    store: &Store,
    report: &UsageReport,
    now: Timestamp,
) -> Result<Map<String, Value>, StoreError> {
    let any = UsageFilter::default();
    let today = store.usage().cells(&any.since(first_of_day(now)), &[]).await?;
    let filter = UsageFilter { since: report.window.since, until: report.window.until, ..any.clone() };
    let latencies = store.usage().latencies(&filter, NEWEST).await?;
    let body = json!({
        "totals": report.totals().to_json(),
        "today": sum(&today, &report.flagship).to_json(),
        "byTier": rows(&report.by_tier(), &["name"]),
        "byDay": report.days_json(now),
        "latency": latency(&latencies),
        "budgets": budgets(store, now).await?,
        "sessions": {"active24h": active(store, &any.since(now.before(DAY)), &report.flagship).await?},
        "store": writer(store),
    });
    Ok(if let Value::Object(body) = body { body } else { Map::new() })
}

/// Of the newest answered requests in the window.
fn latency(found: &[Latency]) -> Value {
    let mut totals: Vec<u64> = found.iter().map(|own| own.total_ms).collect();
    let mut firsts: Vec<u64> = found.iter().filter_map(|own| own.first_token_ms).collect();
    totals.sort_unstable();
    firsts.sort_unstable();
    let at = |sorted: &[u64], percent: usize| {
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(place).copied()
    };
    json!({
        "p50Ms": at(&totals, 50), "p95Ms": at(&totals, 95),
        "firstTokenP50Ms": at(&firsts, 50), "firstTokenP95Ms": at(&firsts, 95),
    })
}

/// How many sessions there were.
async fn active(store: &Store, filter: &UsageFilter, flagship: &Flagship) -> Result<usize, StoreError> {
    let cells = store.usage().cells(filter, &[GroupBy::Session, GroupBy::Key]).await?;
    let sessions = by(&cells, &[0, 1], flagship);
    Ok(sessions.iter().filter(|(values, _)| values.first().is_some_and(|own| !own.is_empty())).count())
}

async fn budgets(store: &Store, now: Timestamp) -> Result<Value, StoreError> {
    let all = standings(store, now).await?;
    let states: Vec<&str> =
        all.iter().flat_map(|own| own.spent.iter().map(|spent| spent.state(&own.budget))).collect();
    let count = |state: &str| states.iter().filter(|own| **own == state).count();
    Ok(json!({"total": all.len(), "near": count("warn"), "blocked": count("blocked")}))
}

fn writer(store: &Store) -> Value {
    let stats = store.writer().stats();
    json!({
        "kind": store.kind(), "queued": stats.queued, "dropped": stats.dropped.total(),
        "lastError": stats.last_error,
    })
}

/// Requests that providers are asked at the moment; who looks at the dashboard isn't counted.
fn under_way(service: &Service) -> usize {
    service.gateway.provider_healths().iter().map(|own| own.total.in_flight).sum()
}

fn providers(service: &Service) -> Value {
    let (entries, healths) = (service.gateway.providers(), service.gateway.provider_healths());
    let statuses: Vec<Option<Status>> = entries
        .iter()
        .map(|entry| healths.iter().find(|own| own.name == entry.name).and_then(|own| own.total.status()))
        .collect();
    let count = |status: Option<Status>| statuses.iter().filter(|own| **own == status).count();
    let reports = service.gateway.breaker_reports();
    let open = reports.iter().filter(|report| report.state == BreakerState::Open).count();
    json!({
        "total": entries.len(), "healthy": count(Some(Status::Healthy)),
        "degraded": count(Some(Status::Degraded)), "unhealthy": count(Some(Status::Unhealthy)),
        "unknown": count(None), "openBreakers": open,
    })
}
