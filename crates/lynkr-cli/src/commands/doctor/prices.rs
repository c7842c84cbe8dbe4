//! How old the list prices are.

use lynkr_app::prices_standing;

use super::Context;
use super::finding::{Finding, Verdict};

/// Prices change every few weeks.
const OLD: u64 = 90;
/// What is fetched once a day was fetched within these days.
const STALE: u64 = 3;

pub(super) fn look(on: &Context) -> Vec<Finding> {
    let standing = match prices_standing(&on.loaded.values) {
        Ok(standing) => standing,
        Err(problem) => return vec![Finding::new(Verdict::Wrong, problem.key, problem.message)],
    };
    let date = standing.date.map_or_else(|| "an unknown day".to_owned(), |date| date.to_string());
    let told = format!("{} models, of {date}", standing.models);
    let finding = match (standing.days, standing.refreshed) {
        (Some(days), true) if days > STALE => Finding::new(
            Verdict::Warning,
            "list prices",
            format!("{told}: the gateway couldn't fetch newer ones"),
        ),
        (Some(days), false) if days > OLD => {
            Finding::new(Verdict::Warning, "list prices", format!("{told}: {days} days old"))
                .with_suggestion("LYNKR_PRICES_REFRESH=true")
        }
        _ => Finding::new(Verdict::Good, "list prices", told),
    };
    vec![finding]
}
