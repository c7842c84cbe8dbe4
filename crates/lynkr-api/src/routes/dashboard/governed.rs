//! Budgets and keys.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use lynkr_report::{Totals, by, dollars, percent};
use lynkr_store::{
    ApiKey, Budget, GroupBy, Spent, Store, StoreError, SubjectKind, Timestamp, Unit, UsageFilter,
};
use serde_json::{Value, json};

use super::ask::{Ask, Wrong, answer, key_names, store};
use crate::context::Service;

/// The most subjects that are listed of a budget.
const SUBJECTS: u32 = 100;

/// A budget with what it has counted.
pub(super) struct StandingOf {
    pub(super) budget: Budget,
    pub(super) name: Option<String>,
    pub(super) spent: Vec<SpentBy>,
}

/// What a subject has spent, with its name where it is a key that is known.
pub(super) struct SpentBy {
    pub(super) own: Spent,
    pub(super) name: Option<String>,
}

/// All budgets and what each has counted in its current period.
pub(super) async fn standings(store: &Store, now: Timestamp) -> Result<Vec<StandingOf>, StoreError> {
    let names = key_names(store).await?;
    let mut all = Vec::new();
    for budget in store.budgets().list().await? {
        let is_key = budget.rule.subject.kind == SubjectKind::Key;
        let name = |id: &str| names.get(id).filter(|_| is_key).cloned();
        let spent = store.budgets().spent(&budget, now, SUBJECTS).await?;
        let spent = spent.into_iter().map(|own| SpentBy { name: name(&own.subject), own }).collect();
        all.push(StandingOf { name: name(&budget.rule.subject.id), budget, spent });
    }
    Ok(all)
}

impl SpentBy {
    /// `blocked`, `warn` or `ok`.
    pub(super) fn state(&self, budget: &Budget) -> &'static str {
        let used = self.own.settled.saturating_add(self.own.reserved);
        let reached = |limit: Option<u64>| limit.is_some_and(|limit| used >= limit);
        match (reached(budget.rule.block_at), reached(budget.rule.warn_at)) {
            (true, _) => "blocked",
            (_, true) => "warn",
            _ => "ok",
        }
    }
}

/// `GET /dashboard/api/budgets`
pub(crate) async fn budgets(State(service): State<Service>) -> Response {
    let listed = async {
        let now = Timestamp::now();
        let all = standings(store(&service)?, now).await?;
        Ok(json!({"budgets": all.iter().map(|own| budget(own, now)).collect::<Vec<_>>()}))
    };
    answer(listed.await)
}

fn budget(own: &StandingOf, now: Timestamp) -> Value {
    let (budget, rule) = (&own.budget, &own.budget.rule);
    let amount = |value: u64| match rule.unit {
        Unit::CostNanos => json!(dollars(value)),
        Unit::Tokens | Unit::Requests => json!(value),
    };
    let limit = rule.block_at.or(rule.warn_at);
    let spent = |spent: &SpentBy| {
        let used = spent.own.settled.saturating_add(spent.own.reserved);
        json!({
            "subject": spent.own.subject, "name": spent.name,
            "settled": amount(spent.own.settled), "reserved": amount(spent.own.reserved),
            "periodStart": rule.period.start(now).as_millis(),
            "resetsAt": rule.period.end(now).map(Timestamp::as_millis),
            "usedPct": limit.and_then(|limit| percent(used, limit)), "state": spent.state(budget),
        })
    };
    json!({
        "id": budget.id,
        "subject": {"kind": rule.subject.kind.name(), "id": rule.subject.id, "name": own.name},
        "period": rule.period.to_text(), "unit": rule.unit.name(),
        "warnAt": rule.warn_at.map(amount), "blockAt": rule.block_at.map(amount),
        "createdAt": budget.created_at.as_millis(), "updatedAt": budget.updated_at.as_millis(),
        "spent": own.spent.iter().map(spent).collect::<Vec<_>>(),
    })
}

/// `GET /dashboard/api/keys`: never a secret.
pub(crate) async fn keys(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    answer(listed(&service, &Ask::new(query)).await)
}

async fn listed(service: &Service, ask: &Ask) -> Result<Value, Wrong> {
    let now = Timestamp::now();
    let (window, flagship) = (ask.window("30d", now)?, ask.flagship(service));
    let store = store(service)?;
    let filter = UsageFilter { since: window.since, until: window.until, ..UsageFilter::default() };
    let cells = store.usage().cells(&filter, &[GroupBy::Key]).await?;
    let used: std::collections::BTreeMap<String, Totals> = by(&cells, &[0], &flagship)
        .into_iter()
        .filter_map(|(values, totals)| Some((values.into_iter().next()?, totals)))
        .collect();
    let keys = store.keys().list().await?;
    let none = Totals::none(&flagship);
    let shown: Vec<Value> =
        keys.iter().map(|own| key(own, used.get(&own.id).unwrap_or(&none), now)).collect();
    Ok(json!({"keys": shown, "operatorKeys": service.options.api_keys.len()}))
}

fn key(key: &ApiKey, used: &Totals, now: Timestamp) -> Value {
    let rule = &key.rule;
    let state = match (key.revoked_at, rule.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= now => "expired",
        _ => "active",
    };
    let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
    let limits = &rule.limits;
    json!({
        "id": key.id, "prefix": key.prefix, "name": rule.name,
        "user": rule.user, "team": rule.team, "customer": rule.customer, "organisation": rule.organisation,
        "scopes": rule.scopes, "models": rule.models, "providers": rule.providers,
        "limits": {
            "requests_per_minute": limits.requests_per_minute, "requests_per_day": limits.requests_per_day,
            "tokens_per_minute": limits.tokens_per_minute, "tokens_per_day": limits.tokens_per_day,
            "concurrent": limits.concurrent,
        },
        "createdAt": key.created_at.as_millis(), "expiresAt": millis(rule.expires_at),
        "revokedAt": millis(key.revoked_at), "lastUsedAt": millis(key.last_used_at),
        "state": state, "usage": used.to_json(),
    })
}
