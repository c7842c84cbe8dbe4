//! What the providers' caches saved.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use lynkr_store::Timestamp;
use serde_json::Value;

use super::ask::{Ask, Wrong, answer, store};
use crate::context::Service;

/// `GET /dashboard/api/cache`
pub(crate) async fn cache(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    answer(saved(&service, &Ask::new(query)).await)
}

async fn saved(service: &Service, ask: &Ask) -> Result<Value, Wrong> {
    let (filter, window) = (ask.filter()?, ask.window("7d", Timestamp::now())?);
    let prices = service.options.policy.prices.now();
    Ok(lynkr_report::cache(store(service)?, &filter, &window, &prices).await?)
}
