//! Counting in the database.

use async_trait::async_trait;

use super::{Counts, Place, RateRule, RateVerdict};
use crate::database::{Database, Work};
use crate::error::StoreError;
use crate::statement::sql;

const BEGIN: &str = "INSERT INTO rate_windows (name, window_start, spent, expires_at) VALUES ($1, $2, 0, $3) \
    ON CONFLICT (name, window_start) DO NOTHING";

const PREVIOUS: &str = "SELECT spent FROM rate_windows WHERE name = $1 AND window_start = $2";

/// Checks and adds in one statement.
const TAKE: &str = "UPDATE rate_windows SET spent = spent + $3 \
    WHERE name = $1 AND window_start = $2 AND spent <= $4 RETURNING spent";

/// Rate limits that every process on the same store shares.
#[derive(Debug, Clone)]
pub struct StoreLimits {
    pub(crate) database: Database,
}

#[async_trait]
impl Counts for StoreLimits {
    async fn count(&self, rule: &RateRule, place: Place) -> Result<RateVerdict, StoreError> {
        let mut work = self.database.begin().await?;
        let expires = place.start.saturating_add(place.length.saturating_mul(2));
        work.execute(sql(BEGIN).bind(&place.name).bind(place.start).bind(expires)).await?;
        let previous = spent(&mut work, &place.name, place.before).await?;
        let most = place.most_before.saturating_sub(place.weighed(previous));
        let take = sql(TAKE).bind(&place.name).bind(place.start).bind(place.cost).bind(most);
        let taken = work.rows(take).await?;
        let (allowed, current) = match taken.first() {
            Some(row) => (true, row.int("spent")?),
            None => (false, spent(&mut work, &place.name, place.start).await?),
        };
        work.commit().await?;
        Ok(place.verdict(rule, allowed, current, previous))
    }
}

async fn spent(work: &mut Work, name: &str, start: i64) -> Result<i64, StoreError> {
    let rows = work.rows(sql(PREVIOUS).bind(name).bind(start)).await?;
    rows.first().map_or(Ok(0), |row| row.int("spent"))
}
