//! Insights with their evidence.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use lynkr_report::{BudgetUse, Insights, Setup, Window, evidence, insights};
use lynkr_routing::Tier;
use lynkr_store::{Store, StoreError, Timestamp};
use serde_json::Value;

use super::ask::{Ask, Wrong, answer, store};
use super::governed::standings;
use crate::context::Service;

/// `GET /dashboard/api/recommendations`
pub(crate) async fn recommendations(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    answer(found(&service, &Ask::new(query)).await)
}

async fn found(service: &Service, ask: &Ask) -> Result<Value, Wrong> {
    let now = Timestamp::now();
    let window = ask.window("7d", now)?;
    Ok(advice(service, store(service)?, &window, now).await?.to_json(&window, now))
}

/// What the rules say of that time.
pub(super) async fn advice(
    service: &Service,
    store: &Store,
    window: &Window,
    now: Timestamp,
) -> Result<Insights, StoreError> {
    let uses = standings(store, now).await?.into_iter().flat_map(|own| {
        let rule = own.budget.rule.clone();
        let limit = rule.block_at.or(rule.warn_at);
        own.spent.into_iter().filter_map(move |spent| {
            Some(BudgetUse {
                subject: format!("{} {}", rule.subject.kind.name(), spent.name.unwrap_or(spent.own.subject)),
                period: rule.period.to_text(),
                unit: rule.unit.name(),
                used: spent.own.settled.saturating_add(spent.own.reserved),
                limit: limit?,
            })
        })
    });
    let setup = Setup { tiers: tiers(service), budgets: uses.collect() };
    let prices = service.options.policy.prices.now();
    Ok(insights(&evidence(store, window, setup, &prices).await?))
}

/// The tiers with their first models.
fn tiers(service: &Service) -> Vec<[String; 3]> {
    let Some(policy) = &service.gateway.options().routing.policy else { return Vec::new() };
    let tier = |tier: Tier| {
        let first = policy.ladder.rung(tier).candidates.first()?;
        Some([tier.name().to_owned(), first.provider.clone(), first.model.clone()])
    };
    Tier::ALL.into_iter().filter_map(tier).collect()
}
