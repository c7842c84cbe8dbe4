//! What keeps trouble small: breakers that fail fast, budgets that keep retries from becoming a load of their own.
//!
//! State machines over the runtime's clock, so that tests can hold it still. They know nothing of HTTP: the attempt
//! loop asks before it sends and tells what came of it.

pub(crate) mod breaker;
pub(crate) mod retry_budget;
