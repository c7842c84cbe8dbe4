//! How requests were routed: methods, and where the score alone would have sent them.

use lynkr_store::{GroupBy, Store, StoreError, Timestamp, UsageCell, UsageFilter};
use serde_json::{Map, Value, json};

use crate::flagship::Flagship;
use crate::totals::{by, rows};
use crate::window::Window;

/// The part of the routing view that the store knows.
pub async fn routes(
    store: &Store,
    filter: &UsageFilter,
    window: &Window,
    flagship: &Flagship,
) -> Result<Map<String, Value>, StoreError> {
    let filter = UsageFilter { since: window.since, until: window.until, ..filter.clone() };
    let mix = store.usage().cells(&filter, &[GroupBy::Tier]).await?;
    let groups = [GroupBy::Method, GroupBy::BaseTier, GroupBy::ServedTier];
    let routed = store.usage().cells(&filter, &groups).await?;
    let is_routed = |cell: &&UsageCell| cell.groups.first().is_some_and(|method| !method.is_empty());
    let routed: Vec<UsageCell> = routed.iter().filter(is_routed).cloned().collect();
    let methods: Vec<Value> = by(&routed, &[0], flagship)
        .iter()
        .map(|(values, own)| {
            json!({
                "name": values.first(), "requests": own.requests, "errors": own.errors,
                "pinned": own.pinned, "fallbacks": own.fallbacks,
            })
        })
        .collect();
    let sum = |pick: fn(&UsageCell) -> u64| routed.iter().map(pick).sum::<u64>();
    let body = json!({
        "window": window.name, "since": window.since.map(Timestamp::as_millis),
        "mix": rows(&by(&mix, &[0], flagship), &["name"]),
        "methods": methods, "shifts": shifts(&routed, flagship),
        "pinned": sum(|cell| cell.pinned), "fallbacks": sum(|cell| cell.fallbacks),
        "routed": sum(|cell| cell.requests),
    });
    Ok(if let Value::Object(body) = body { body } else { Map::new() })
}

/// Requests that another tier served than the score alone would have chosen.
fn shifts(routed: &[UsageCell], flagship: &Flagship) -> Vec<Value> {
    let shift = |(values, own): &(Vec<String>, crate::Totals)| {
        let (base, served) = (values.first()?, values.get(1)?);
        let is_shift = !base.is_empty() && !served.is_empty() && base != served;
        is_shift.then(|| json!({"base": base, "served": served, "requests": own.requests}))
    };
    by(routed, &[1, 2], flagship).iter().filter_map(shift).collect()
}
