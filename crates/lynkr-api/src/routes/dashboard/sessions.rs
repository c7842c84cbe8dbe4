//! Sessions, one of them call by call, and its tokens turn by turn.

use axum::extract::{Path, RawQuery, Request, State};
use axum::response::Response;
use lynkr_store::{SessionKey, Timestamp, UsageFilter};
use serde_json::{Value, json};

use super::ask::{Ask, Wrong, answer, key_names, store};
use super::logs::cursor;
use crate::context::Service;
use crate::ingress::identity;

/// `GET /dashboard/api/sessions`: the last used first.
pub(crate) async fn sessions(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    answer(list(&service, &Ask::new(query)).await)
}

async fn list(service: &Service, ask: &Ask) -> Result<Value, Wrong> {
    let (filter, window) = (ask.filter()?, ask.window("7d", Timestamp::now())?);
    let limit = ask.number("limit", 50, 500)?;
    let before = ask.get("cursor").map(|text| {
        text.parse::<i64>()
            .map_err(|_| Wrong::Asked("cursor: is what `next` of the page before said".to_owned()))
    });
    let before = before.transpose()?;
    let store = store(service)?;
    let filter = UsageFilter { since: window.since, until: window.until, ..filter };
    let (flagship, names) = (ask.flagship(service), key_names(store).await?);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let page = lynkr_report::sessions(store, &filter, before, limit, &flagship, &names).await?;
    Ok(json!({"sessions": page.sessions, "next": page.next.map(|next| next.to_string())}))
}

/// `GET /dashboard/api/sessions/{id}`: its calls, the newest first.
pub(crate) async fn session(
    State(service): State<Service>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    answer(one(&service, id, &Ask::new(query)).await)
}

async fn one(service: &Service, id: String, ask: &Ask) -> Result<Value, Wrong> {
    let asked = ask.filter()?;
    let (limit, after) = (ask.number("limit", 100, 1_000)?, cursor(ask)?);
    let store = store(service)?;
    let filter = UsageFilter { session_id: Some(id.clone()), key_id: asked.key_id.clone(), ..asked };
    let (flagship, names) = (ask.flagship(service), key_names(store).await?);
    let found = lynkr_report::session(store, &filter, after, limit, &flagship, &names).await?;
    let mut body = found.ok_or_else(|| missing(&id))?;
    let owner = body.get("session").and_then(|session| session["key"].as_str()).unwrap_or_default();
    let key = SessionKey { owner: owner.to_owned(), id };
    body.insert("kept".to_owned(), store.sessions().find(&key).await?.is_some().into());
    Ok(body.into())
}

fn missing(id: &str) -> Wrong {
    Wrong::Missing(format!("id: no request of the session `{id}` is on record"))
}

/// `GET /api/sessions/{id}/tokens`: the tokens of each turn, of the caller's key where there are keys.
pub(crate) async fn session_tokens(
    State(service): State<Service>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let key_id = identity(request.extensions()).key.clone();
    let ask = Ask::new(query);
    let tokens = async {
        let filter = UsageFilter { session_id: Some(id.clone()), key_id, ..UsageFilter::default() };
        let found = lynkr_report::tokens(store(&service)?, &filter, &ask.flagship(&service)).await?;
        found.ok_or_else(|| missing(&id))
    };
    answer(tokens.await)
}
