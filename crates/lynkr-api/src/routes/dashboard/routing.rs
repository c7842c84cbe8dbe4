//! How requests are routed: the tiers, what they came to, and how it was decided.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use lynkr_routing::Tier;
use lynkr_store::Timestamp;
use serde_json::{Value, json};

use super::ask::{Ask, Wrong, answer, store};
use crate::context::Service;
use crate::routes::routing::evaluated;

/// `GET /dashboard/api/routing`
pub(crate) async fn routing(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    answer(routed(&service, &Ask::new(query)).await)
}

async fn routed(service: &Service, ask: &Ask) -> Result<Value, Wrong> {
    let (filter, window) = (ask.filter()?, ask.window("7d", Timestamp::now())?);
    let store = store(service)?;
    let mut body = lynkr_report::routes(store, &filter, &window, &ask.flagship(service)).await?;
    let tiers = tiers(service);
    body.insert("enabled".to_owned(), tiers.is_some().into());
    body.insert("tiers".to_owned(), tiers.into());
    let accuracy = evaluated(store, window.since, window.until).await?;
    // Without an outcome nothing was measured.
    let is_measured = accuracy["outcomes"].as_u64().is_some_and(|outcomes| outcomes > 0);
    body.insert("accuracy".to_owned(), if is_measured { accuracy } else { Value::Null });
    Ok(body.into())
}

/// The tiers with their ranges and models; `None` without tiers.
fn tiers(service: &Service) -> Option<Vec<Value>> {
    let policy = service.gateway.options().routing.policy.as_ref()?;
    let tier = |tier: Tier| {
        let rung = policy.ladder.rung(tier);
        json!({
            "tier": tier.name(),
            "range": [policy.bounds.floor(tier).get(), policy.bounds.ceiling(tier).get()],
            "models": rung.candidates.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "borrowedFrom": rung.borrowed.map(Tier::name),
        })
    };
    Some(Tier::ALL.into_iter().map(tier).collect())
}
