//! `GET /v1/usage`, its like for all callers, and the totals of tokens.

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use lynkr_report::{Totals, UsageReport, by, rows, sum};
use lynkr_store::{GroupBy, Store, Timestamp, UsageFilter};
use serde_json::{Map, Value, json};

use super::ask::{Ask, Wrong, answer, csv, key_names, store};
use crate::context::Service;
use crate::ingress::identity;
use crate::routes::models::json_response;
use crate::routes::sessions::old_totals;

/// The most sessions in a report.
const SESSIONS: usize = 20;

/// `GET /v1/usage`: what the caller's key has used, where there are keys; else all.
pub(crate) async fn own_usage(
    State(service): State<Service>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let ask = Ask::new(query);
    let key_id = identity(request.extensions()).key.clone();
    reported(&ask, own(&service, &ask, key_id).await)
}

/// A report in the form that is asked for.
fn reported(ask: &Ask, report: Result<(UsageReport, Map<String, Value>), Wrong>) -> Response {
    match report {
        Ok((report, _)) if ask.get("format") == Some("csv") => csv("usage", report.to_csv()),
        Ok((_, body)) => json_response(&body.into()),
        Err(wrong) => answer(Err(wrong)),
    }
}

async fn own(
    service: &Service,
    ask: &Ask,
    key_id: Option<String>,
) -> Result<(UsageReport, Map<String, Value>), Wrong> {
    let asked = ask.filter()?;
    let filter = UsageFilter { key_id: key_id.or_else(|| asked.key_id.clone()), ..asked };
    let now = Timestamp::now();
    let window = ask.window("30d", now)?;
    let store = store(service)?;
    let report = lynkr_report::usage(store, &filter, window, ask.flagship(service)).await?;
    let mut body = report.to_json();
    body.insert("prices".to_owned(), prices(service));
    // The form of before, for who reads it still.
    body.insert("total".to_owned(), old_totals(&report.totals(), ""));
    let models = by_old_model(&report);
    body.insert("models".to_owned(), models.into());
    Ok((report, body))
}

fn by_old_model(report: &UsageReport) -> Vec<Value> {
    let named = |(values, totals): &(Vec<String>, Totals)| {
        old_totals(totals, values.first().map_or("", String::as_str))
    };
    report.models().iter().map(named).collect()
}

/// Where the prices are from.
fn prices(service: &Service) -> Value {
    let prices = service.options.policy.prices.now();
    let table = prices.table();
    json!({"source": table.origin(), "date": table.date().map(|date| date.to_string())})
}

/// `GET /dashboard/api/usage`: what all have used.
pub(crate) async fn usage(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    let ask = Ask::new(query);
    let now = Timestamp::now();
    reported(&ask, everyones(&service, &ask, now).await)
}

async fn everyones(
    service: &Service,
    ask: &Ask,
    now: Timestamp,
) -> Result<(UsageReport, Map<String, Value>), Wrong> {
    let (filter, window, flagship) = (ask.filter()?, ask.window("7d", now)?, ask.flagship(service));
    let store = store(service)?;
    let report = lynkr_report::usage(store, &filter, window.clone(), flagship.clone()).await?;
    let mut body = report.to_json();
    body.insert("prices".to_owned(), prices(service));
    body.insert("byDay".to_owned(), report.days_json(now).into());
    if ask.get("format") == Some("csv") {
        return Ok((report, body));
    }
    let filter = UsageFilter { since: window.since, until: window.until, ..filter };
    // The records are gone through once.
    let cells = store.usage().cells(&filter, &[GroupBy::Key, GroupBy::Client, GroupBy::Session]).await?;
    let names = key_names(store).await?;
    let mut keys = rows(&by(&cells, &[0], &flagship), &["name"]);
    for row in &mut keys {
        let label = row["name"].as_str().and_then(|id| names.get(id)).cloned();
        row["label"] = label.into();
    }
    body.insert("byKey".to_owned(), keys.into());
    body.insert("byClient".to_owned(), rows(&by(&cells, &[1], &flagship), &["name"]).into());
    let mut sessions = by(&cells, &[2], &flagship);
    sessions.retain(|(values, _)| values.first().is_some_and(|session| !session.is_empty()));
    sessions.truncate(SESSIONS);
    body.insert("bySession".to_owned(), rows(&sessions, &["name"]).into());
    Ok((report, body))
}

/// `GET /api/tokens/stats`: the tokens of the caller's key, where there are keys; else all.
pub(crate) async fn token_stats(
    State(service): State<Service>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let ask = Ask::new(query);
    let key_id = identity(request.extensions()).key.clone();
    answer(stats(&service, &ask, key_id).await)
}

async fn stats(service: &Service, ask: &Ask, key_id: Option<String>) -> Result<Value, Wrong> {
    let window = ask.window("30d", Timestamp::now())?;
    let flagship = ask.flagship(service);
    let store: &Store = store(service)?;
    let filter = UsageFilter { since: window.since, until: window.until, key_id, ..UsageFilter::default() };
    let cells = store.usage().cells(&filter, &[GroupBy::Provider, GroupBy::Model]).await?;
    let sessions = store.usage().cells(&filter, &[GroupBy::Session]).await?;
    let sessions = by(&sessions, &[0], &flagship);
    let named = sessions.iter().filter(|(values, _)| values.first().is_some_and(|own| !own.is_empty()));
    Ok(json!({
        "window": window.name, "since": window.since.map(Timestamp::as_millis),
        "totals": sum(&cells, &flagship).to_json(),
        "byModel": rows(&by(&cells, &[1, 0], &flagship), &["name", "provider"]),
        "byProvider": rows(&by(&cells, &[0], &flagship), &["name"]),
        "sessions": named.count(),
    }))
}
