//! What the stored requests add up to: the reports of `lynkr usage`, `GET /v1/usage` and the dashboard.
//!
//! The store is asked for cells ([`lynkr_store::UsageCell`]); everything else here is arithmetic over them. What isn't known
//! is `None` and null, never zero. The forms of the JSON are described in `docs/usage.md`.

#![warn(missing_docs)]

mod analytics;
mod cache;
mod calls;
mod day;
mod figures;
mod flagship;
mod insights;
mod routes;
mod sessions;
mod statusline;
mod totals;
mod trajectory;
mod usage;
mod window;

pub use analytics::{Analytics, AnalyticsError, analytics};
pub use cache::cache;
pub use calls::{call, decision_of};
pub use day::{day_name, first_of_day};
pub use figures::{dollars, percent};
pub use flagship::{FLAGSHIP, Flagship};
pub use insights::{BudgetUse, Evidence, Insights, Setup, evidence, insights};
pub use routes::routes;
pub use sessions::{SessionPage, session, sessions, tokens};
pub use statusline::statusline;
pub use totals::{Totals, by, rows, sum};
pub use trajectory::{Trajectory, trajectories};
pub use usage::{UsageReport, csv_cell, usage};
pub use window::{Asked, Window};
