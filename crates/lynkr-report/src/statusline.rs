//! What a status line shows: the last request and the day so far.

use lynkr_routing::Prices;
use lynkr_store::{Store, StoreError, Timestamp, UsageFilter};
use serde_json::{Value, json};

use crate::day::first_of_day;
use crate::flagship::Flagship;
use crate::totals::sum;

/// The last request of those that are meant, and what today (in UTC) comes to. `session` narrows the last request only.
pub async fn statusline(
    store: &Store,
    filter: &UsageFilter,
    session: Option<String>,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let own = UsageFilter { session_id: session, ..filter.clone() };
    let last = store.usage().find(&own, 1).await?;
    let cells = store.usage().cells(&filter.since(first_of_day(now)), &[]).await?;
    // The comparison isn't shown, so no flagship is looked up.
    let today = sum(&cells, &Flagship::new(&Prices::default(), ""));
    let last = last.first().map(|record| {
        json!({
            "tier": record.tier, "provider": record.provider, "model": record.model,
            "pinned": record.route.as_ref().is_some_and(|route| route.pinned),
            "at": record.at.as_millis(),
        })
    });
    Ok(json!({
        "last": last,
        "todaySpendUsd": today.actual_cost(), "todayUnpriced": today.unpriced,
        "cacheReadPct": today.cache_read_percent(), "todayRequests": today.requests,
    }))
}
