//! What callers are told when they are refused.

use std::time::Duration;

use lynkr_orchestrator::Failure;
use lynkr_protocol::ApiError;
use lynkr_store::{Refusal, Standing, SubjectKind, Timestamp, Unit};
use lynkr_types::{FaultKind, Retry};

/// The header that says which budget is nearly or fully spent.
pub(super) const BUDGET_HEADER: &str = "x-lynkr-budget";

/// A model or provider that the key may not ask.
pub(super) fn not_allowed(what: &str, name: &str) -> Failure {
    let message = format!("{what}: this key may not ask for `{name}`");
    let error = ApiError::new(FaultKind::Permission, message);
    Failure::client(error.with_code(format!("{what}_not_allowed")).with_param(what))
}

/// Too many requests, or tokens.
pub(super) fn rate_limited(what: &str, limit: u64, wait: Duration) -> Failure {
    let message = format!("rate limit: {limit} {what} were used up; try again in {} s", seconds(wait));
    let mut error = ApiError::new(FaultKind::RateLimit, message).with_code("rate_limit_exceeded");
    error.retry_after = Some(wait);
    Failure::client(error)
}

/// Too many requests at the same time.
pub(super) fn too_many_at_once(limit: u64) -> Failure {
    let message = format!("rate limit: this key has {limit} requests under way already");
    let mut error = ApiError::new(FaultKind::RateLimit, message).with_code("rate_limit_exceeded");
    error.retry_after = Some(Duration::from_secs(1));
    Failure::client(error)
}

/// A budget without room: 402 for a user's or session's own, 429 for those above. Trying again doesn't help before the
/// period's end, and clients that would retry a 429 are told so.
pub(super) fn over_budget(refusal: &Refusal, now: Timestamp) -> Failure {
    let standing = &refusal.standing;
    let (kind, id) = (standing.subject.kind, &standing.subject.id);
    let limit = standing.budget.rule.block_at.unwrap_or_default();
    let own = matches!(kind, SubjectKind::User | SubjectKind::Session);
    let fault = if own { FaultKind::Billing } else { FaultKind::RateLimit };
    let reason = match standing.budget.rule.unit {
        Unit::Tokens => "token_limit_exceeded",
        Unit::Requests => "request_limit_exceeded",
        Unit::CostNanos => "cost_limit_exceeded",
    };
    let (limit, spent) = (amount(standing, limit), amount(standing, standing.spent()));
    let message = format!(
        "{reason}: the budget of {} `{id}` has {limit} for each {}, of which {spent} are spent or reserved",
        kind.name(),
        standing.budget.rule.period.to_text(),
    );
    let mut error = ApiError::new(fault, message).with_code("budget_exceeded");
    error.retry_after = standing.resets_at.map(|end| now.until(end));
    let mut failure = Failure::client(error);
    failure.retry = Retry::Never;
    let told = format!("reason={reason}; level={}; limit={limit}; current={spent}", kind.name());
    failure.headers.add(BUDGET_HEADER, &told);
    failure
}

/// The warning that goes with an answer.
pub(super) fn warning(standing: &Standing) -> String {
    let alert = match standing.budget.rule.unit {
        Unit::Tokens => "token_alert",
        Unit::Requests => "request_alert",
        Unit::CostNanos => "cost_alert",
    };
    let rule = &standing.budget.rule;
    let limit = amount(standing, rule.block_at.or(rule.warn_at).unwrap_or_default());
    let current = amount(standing, standing.spent());
    format!("warning={alert}; level={}; limit={limit}; current={current}", standing.subject.kind.name())
}

/// The store can't say whether there is room.
pub(super) fn unknowable() -> Failure {
    let message = "budgets can't be checked for the moment; try again";
    let mut error = ApiError::new(FaultKind::Unavailable, message).with_code("store_unavailable");
    error.retry_after = Some(Duration::from_secs(5));
    Failure::client(error)
}

pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[expect(clippy::cast_precision_loss, reason = "an amount for people")]
fn amount(standing: &Standing, amount: u64) -> String {
    match standing.budget.rule.unit {
        Unit::CostNanos => format!("{:.6} USD", amount as f64 / 1e9),
        Unit::Tokens | Unit::Requests => format!("{amount} {}", standing.budget.rule.unit.name()),
    }
}
