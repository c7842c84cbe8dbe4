//! The explorer.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use lynkr_report::{Analytics, AnalyticsError};
use lynkr_store::Timestamp;

use super::ask::{Ask, Wrong, answer, csv, store};
use crate::context::Service;
use crate::routes::models::json_response;

/// The most days.
const MOST_DAYS: u32 = 90;

/// `GET /dashboard/api/analytics`: a metric by a dimension, stacked by another.
pub(crate) async fn analytics(State(service): State<Service>, RawQuery(query): RawQuery) -> Response {
    let ask = Ask::new(query);
    match explored(&service, &ask).await {
        Ok(found) if ask.get("format") == Some("csv") => csv("analytics", found.to_csv()),
        Ok(found) => json_response(&found.to_json()),
        Err(wrong) => answer(Err(wrong)),
    }
}

async fn explored(service: &Service, ask: &Ask) -> Result<Analytics, Wrong> {
    let (filter, days) = (ask.filter()?, ask.number("days", 30, MOST_DAYS)?);
    let store = store(service)?;
    let wanted = (
        ask.get("metric").unwrap_or("cost"),
        ask.get("by").unwrap_or("day"),
        ask.get("stack").unwrap_or_default(),
    );
    let span = (u64::from(days), Timestamp::now());
    let flagship = ask.flagship(service);
    lynkr_report::analytics(store, &filter, wanted, span, &flagship).await.map_err(|error| match error {
        AnalyticsError::Asked(sentence) => Wrong::Asked(sentence),
        AnalyticsError::Store(error) => Wrong::Store(error),
    })
}
