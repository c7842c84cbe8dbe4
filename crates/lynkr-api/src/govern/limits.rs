//! Rate limits: in Redis where there is one, else within this process.

use std::time::Duration;

use lynkr_orchestrator::{Failure, Headers};
use lynkr_store::{KeyLimits, RateLimits, RateRule, RateVerdict, Timestamp, Window};

use super::{Governor, refusals};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// A limit with whom it holds for.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub(super) rule: RateRule,
    pub(super) subject: String,
    pub(super) what: &'static str,
}

impl Limit {
    pub(super) fn new(
        name: &str,
        (limit, length): (u64, Duration),
        window: Window,
        subject: &str,
        what: &'static str,
    ) -> Self {
        let rule = RateRule { name: name.to_owned(), limit, length, window };
        Self { rule, subject: subject.to_owned(), what }
    }
}

/// A key's limits on requests.
pub(super) fn of_requests(limits: &KeyLimits, key: &str) -> impl Iterator<Item = Limit> {
    let rows = [
        ("key-requests", limits.requests_per_minute, MINUTE, "requests a minute"),
        ("key-requests", limits.requests_per_day, DAY, "requests a day"),
    ];
    of(rows, key)
}

/// A key's limits on tokens.
pub(super) fn of_tokens(limits: &KeyLimits, key: &str) -> impl Iterator<Item = Limit> {
    let rows = [
        ("key-tokens", limits.tokens_per_minute, MINUTE, "tokens a minute"),
        ("key-tokens", limits.tokens_per_day, DAY, "tokens a day"),
    ];
    of(rows, key)
}

type Row = (&'static str, Option<u64>, Duration, &'static str);

fn of(rows: [Row; 2], key: &str) -> impl Iterator<Item = Limit> {
    rows.into_iter().filter_map(move |(name, limit, length, what)| {
        Some(Limit::new(name, (limit?, length), Window::Sliding, key, what))
    })
}

impl Governor {
    /// Takes one request out of a limit, or with a cost of zero asks whether there is room.
    pub(super) async fn take(&self, limit: &Limit, cost: u64) -> RateVerdict {
        let now = Timestamp::now();
        if let Some(shared) = &self.shared
            && let Some(cache) = shared.cache()
            && let Some(verdict) = shared.heard(cache.take(&limit.rule, &limit.subject, cost, now).await)
        {
            return verdict;
        }
        self.take_here(limit, cost, now).await
    }

    async fn take_here(&self, limit: &Limit, cost: u64, now: Timestamp) -> RateVerdict {
        let verdict = self.local.take(&limit.rule, &limit.subject, cost, now).await;
        // Counting in memory doesn't fail.
        verdict.unwrap_or(RateVerdict {
            allowed: true,
            limit: limit.rule.limit,
            remaining: 0,
            resets_in: MINUTE,
        })
    }

    /// Counts what is known only now.
    pub(super) async fn add(&self, limit: &Limit, cost: u64) {
        let now = Timestamp::now();
        if let Some(shared) = &self.shared
            && let Some(cache) = shared.cache()
            && shared.heard(cache.add(&limit.rule, &limit.subject, cost, now).await).is_some()
        {
            return;
        }
        let _ = self.local.add(&limit.rule, &limit.subject, cost, now).await;
    }

    /// Takes one request out of each limit. Gives the headers that tell of the one with the least room.
    pub(super) async fn take_all(&self, limits: &[Limit]) -> Result<Headers, Failure> {
        let mut least: Option<(RateVerdict, &Limit)> = None;
        for limit in limits {
            let verdict = self.take(limit, 1).await;
            if !verdict.allowed {
                self.metrics.rate_limited();
                let mut failure = refusals::rate_limited(limit.what, verdict.limit, verdict.resets_in);
                failure.headers.extend(headers(&verdict, limit));
                return Err(failure);
            }
            if least.is_none_or(|(other, _)| verdict.remaining < other.remaining) {
                least = Some((verdict, limit));
            }
        }
        Ok(least.map(|(verdict, limit)| headers(&verdict, limit)).unwrap_or_default())
    }
}

/// The standard headers.
fn headers(verdict: &RateVerdict, limit: &Limit) -> Headers {
    let window = limit.rule.length.as_secs().max(1);
    let lines = [
        ("ratelimit-policy", format!("{};w={window}", verdict.limit)),
        ("ratelimit-limit", verdict.limit.to_string()),
        ("ratelimit-remaining", verdict.remaining.to_string()),
        ("ratelimit-reset", refusals::seconds(verdict.resets_in).to_string()),
    ];
    lines.into_iter().collect()
}
