//! What a status line shows.

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use lynkr_store::{Timestamp, UsageFilter};
use serde_json::Value;

use super::ask::{Ask, Wrong, answer, store};
use crate::context::Service;
use crate::ingress::identity;

/// `GET /dashboard/api/statusline`: the last request and the day so far, of the caller's key where there are keys.
pub(crate) async fn statusline(
    State(service): State<Service>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let key_id = identity(request.extensions()).key.clone();
    answer(line(&service, &Ask::new(query), key_id).await)
}

async fn line(service: &Service, ask: &Ask, key_id: Option<String>) -> Result<Value, Wrong> {
    let filter = UsageFilter { key_id, ..UsageFilter::default() };
    let session = ask.get("session").map(str::to_owned);
    Ok(lynkr_report::statusline(store(service)?, &filter, session, Timestamp::now()).await?)
}
