//! What the dashboard and the status line read. The forms are described in `docs/usage.md`.

mod analytics;
mod ask;
mod cache;
mod config;
mod events;
mod governed;
mod insights;
mod logs;
mod overview;
mod providers;
mod routing;
mod sessions;
mod statusline;
mod usage;

pub(crate) use analytics::analytics;
pub(crate) use cache::cache;
pub(crate) use config::config;
pub(crate) use events::events;
pub(crate) use governed::{budgets, keys};
pub(crate) use insights::recommendations;
pub(crate) use logs::{log, logs};
pub(crate) use overview::overview;
pub(crate) use providers::providers;
pub(crate) use routing::routing;
pub(crate) use sessions::{session, session_tokens, sessions};
pub(crate) use statusline::statusline;
pub(crate) use usage::{own_usage, token_stats, usage};
