//! The feed of requests, and one of them.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use lynkr_report::{call, decision_of};
use lynkr_store::{Cursor, TelemetryFilter, Timestamp, UsageFilter};
use serde_json::{Value, json};

use super::ask::{Ask, Wrong, answer, key_names, store};
use crate::context::Service;

/// The most requests on a page, and so many unless the caller says so.
const MOST: u32 = 500;
const USUAL: u32 = 50;

/// `GET /dashboard/api/logs`: requests, the newest first.
pub(crate) async fn logs(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    answer(list(&service, &Ask::new(query)).await)
}

async fn list(service: &Service, ask: &Ask) -> Result<Value, Wrong> {
    let (filter, window) = (ask.filter()?, ask.window("all", Timestamp::now())?);
    let limit = ask.number("limit", USUAL, MOST)?;
    let after = cursor(ask)?;
    let store = store(service)?;
    let filter = UsageFilter { since: window.since, until: window.until, ..filter };
    let page = store.usage().page(&filter, after, limit).await?;
    let (flagship, names) = (ask.flagship(service), key_names(store).await?);
    let requests: Vec<Value> = page.records.iter().map(|record| call(record, &flagship, &names)).collect();
    Ok(json!({"requests": requests, "next": page.next.map(Cursor::to_text)}))
}

/// Where a page begins.
pub(super) fn cursor(ask: &Ask) -> Result<Option<Cursor>, Wrong> {
    let wrong = || Wrong::Asked("cursor: is what `next` of the page before said".to_owned());
    ask.get("cursor").map(|text| Cursor::parse(text).ok_or_else(wrong)).transpose()
}

/// `GET /dashboard/api/logs/{id}`: a request, and the whole of why it went where it went.
pub(crate) async fn log(
    State(service): State<Service>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    answer(one(&service, &id, &Ask::new(query)).await)
}

async fn one(service: &Service, id: &str, ask: &Ask) -> Result<Value, Wrong> {
    let store = store(service)?;
    let missing = || Wrong::Missing(format!("id: no request `{id}` is on record"));
    let record = store.usage().get(id).await?.ok_or_else(missing)?;
    // Both are written with the same time.
    let until = Timestamp::from_millis(record.at.as_millis().saturating_add(1));
    let filter = TelemetryFilter { since: Some(record.at), until: Some(until), ..TelemetryFilter::default() };
    let notes = store.telemetry().find("routing", &filter, MOST).await?;
    let own = notes.iter().find(|note| note.request_id.as_ref() == Some(&record.request_id));
    let names = key_names(store).await?;
    Ok(json!({
        "request": call(&record, &ask.flagship(service), &names),
        "decision": own.map(decision_of),
    }))
}
