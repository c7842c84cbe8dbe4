//! The shared cache, which may be away: after a failure it is left alone for a moment, so that requests don't wait for
//! it one after the other. It is asked again by itself, without a restart.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lynkr_store::{SharedCache, StoreError};
use tokio::time::Instant;

/// How long it is left alone.
const REST: Duration = Duration::from_secs(1);

/// The cache, and whether it was away when it was asked last.
#[derive(Debug)]
pub(super) struct Shared {
    cache: SharedCache,
    away: Away,
}

impl Shared {
    pub(super) fn new(cache: SharedCache) -> Self {
        Self { cache, away: Away::default() }
    }

    /// The cache, unless it is left alone.
    pub(super) fn cache(&self) -> Option<&SharedCache> {
        (!self.away.rests()).then_some(&self.cache)
    }

    /// What came of asking: `None` when it was away.
    pub(super) fn heard<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        match answer {
            Ok(answer) => {
                if self.away.ends() {
                    tracing::info!("the shared cache is back: rates are counted together again");
                }
                Some(answer)
            }
            Err(error) => {
                if self.away.begins() {
                    tracing::warn!(%error, "the shared cache is away: rates are counted within this process");
                }
                None
            }
        }
    }
}

/// Until when it is left alone; `None` while it answers.
#[derive(Debug, Default)]
struct Away(Mutex<Option<Instant>>);

impl Away {
    fn rests(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until)
    }

    /// It failed. Says whether it did answer before.
    fn begins(&self) -> bool {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.replace(Instant::now() + REST).is_none()
    }

    /// It answered. Says whether it was away before.
    fn ends(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_followed_by_a_rest_and_told_once() {
        let away = Away::default();
        assert!(!away.rests() && !away.ends());
        assert!(away.begins(), "it answered until now");
        assert!(away.rests());
        tokio::time::advance(REST).await;
        assert!(!away.rests());
        assert!(!away.begins(), "it was away already");
        assert!(away.ends() && !away.rests() && !away.ends());
    }
}
