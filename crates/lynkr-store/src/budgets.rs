//! Budgets: what a subject may spend in a period, and what it has spent.
//!
//! A request reserves what it may cost before it is sent and settles what it did cost when it is over. A reservation
//! is taken in one statement that checks and adds, so no two requests, tasks or replicas can take the same room.
//!
//! **Slack.** Admission never takes `settled + reserved` beyond the limit. What a request costs more than it reserved
//! is charged all the same, so a budget can be exceeded by at most the sum, over the requests under way at that
//! moment, of actual minus estimate; with estimates that are never too low it isn't exceeded at all. A reservation
//! that expired before it was settled frees its room first, so its whole cost counts as slack.
//!
//! **Leases** ([`Purse`](crate::Purse)) are reservations for many requests at once, taken where there is plenty of room. They
//! count as reserved, so nothing above changes; only that one process may be refused what another holds for the moment:
//! at most a 32nd part of what was left when it was taken. Standings tell what is held so apart from what is reserved.

/// What gateways hold ahead of requests of the counter that the statement is about.
macro_rules! ahead {
    () => {
        "(SELECT CAST(COALESCE(SUM(own.idle), 0) AS BIGINT) FROM budget_reservations AS own \
        WHERE own.budget_id = budget_spend.budget_id AND own.subject_id = budget_spend.subject_id \
        AND own.period_start = budget_spend.period_start AND own.idle > 0 AND own.released = FALSE) AS ahead"
    };
}

mod definition;
pub(crate) mod lease;
mod reserve;
mod rules;
mod settle;
mod spent;

pub use definition::{Budget, Charge, NewBudget, Subject, SubjectKind, Unit};
pub use reserve::{Admission, Refusal, Reservation, Standing};
pub use rules::{BudgetRules, Counted};
pub use spent::Spent;

use std::time::Duration;

use crate::database::Database;
use crate::error::StoreError;
use crate::time::Timestamp;

pub(crate) use reserve::MOST;
pub(crate) use settle::settle;

/// Definitions, reservations and spending.
#[derive(Debug, Clone, Copy)]
pub struct Budgets<'s> {
    pub(crate) database: &'s Database,
}

impl Budgets<'_> {
    /// Sets a budget, in place of one of the same subject, period and unit, which keeps what it has counted.
    pub async fn put(&self, budget: &NewBudget, now: Timestamp) -> Result<Budget, StoreError> {
        definition::put(self.database, budget, now).await
    }

    /// Every budget.
    pub async fn list(&self) -> Result<Vec<Budget>, StoreError> {
        definition::list(self.database).await
    }

    /// Removes a budget and what it has counted; says whether it was there.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        definition::remove(self.database, id).await
    }

    /// Takes room for what a request may cost from every budget of its subjects, or from none.
    ///
    /// The room comes back when the reservation is settled, or when `keep` is over: a replica that died must not
    /// hold it for ever.
    pub async fn reserve(
        &self,
        subjects: &[Subject],
        estimate: &Charge,
        now: Timestamp,
        keep: Duration,
    ) -> Result<Admission, StoreError> {
        reserve::reserve(self.database, subjects, estimate, now, keep).await
    }

    /// Charges what a request did cost and gives the reserved room back. Settling once more changes nothing.
    /// A request that cost nothing is settled with the empty charge.
    pub async fn settle(&self, reservation: &str, actual: &Charge) -> Result<(), StoreError> {
        let mut work = self.database.begin().await?;
        settle::settle(&mut work, &[(reservation, *actual)]).await?;
        work.commit().await
    }

    /// Reserves and settles in one go: for what is paid when it is asked for. Charges all budgets or none.
    pub async fn charge(
        &self,
        subjects: &[Subject],
        charge: &Charge,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        reserve::charge(self.database, subjects, charge, now).await
    }

    /// Where the subjects' budgets stand.
    pub async fn standings(&self, subjects: &[Subject], now: Timestamp) -> Result<Vec<Standing>, StoreError> {
        reserve::standings(self.database, subjects, now).await
    }

    /// What a budget has counted in its current period, the largest first, at most so many subjects.
    pub async fn spent(&self, budget: &Budget, now: Timestamp, limit: u32) -> Result<Vec<Spent>, StoreError> {
        spent::read(self.database, budget, now, limit).await
    }

    /// Frees the room of reservations that expired; says of how many.
    pub async fn release_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        settle::release_expired(self.database, now).await
    }
}
