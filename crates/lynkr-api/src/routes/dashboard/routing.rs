//! How requests are routed: the tiers, what they came to, and how it was decided.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use lynkr_store::Timestamp;
use serde_json::{Value, json};

use super::ask::{Ask, Wrong, answer, store};
use crate::context::Service;
use crate::routes::routing::{evaluated, shown_tiers};

/// `GET /dashboard/api/routing`
pub(crate) async fn routing(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    answer(routed(&service, &Ask::new(query)).await)
}

async fn routed(service: &Service, ask: &Ask) -> Result<Value, Wrong> {
    let (filter, window) = (ask.filter()?, ask.window("7d", Timestamp::now())?);
    let store = store(service)?;
    let mut body = lynkr_report::routes(store, &filter, &window, &ask.flagship(service)).await?;
    let policy = service.gateway.options().routing.policy.as_ref();
    let tiers = policy.map(|policy| shown_tiers(policy, "borrowedFrom"));
    body.insert("enabled".to_owned(), tiers.is_some().into());
    body.insert("tiers".to_owned(), json!(tiers));
    let accuracy = evaluated(store, window.since, window.until).await?;
    // Without an outcome nothing was measured.
    let is_measured = accuracy["outcomes"].as_u64().is_some_and(|outcomes| outcomes > 0);
    body.insert("accuracy".to_owned(), if is_measured { accuracy } else { Value::Null });
    Ok(body.into())
}
