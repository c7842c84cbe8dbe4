//! How long the head of an answer may take: anew for as long as the body of its request moves.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// The patience of one request.
#[derive(Debug)]
pub(crate) struct Patience<'a> {
    after: Duration,
    until: Instant,
    /// How many pieces of the body have gone up, where that is counted, and how many had at the last look.
    progress: Option<(&'a AtomicU64, u64)>,
}

impl<'a> Patience<'a> {
    /// From now on.
    pub(crate) fn new(after: Duration, progress: Option<&'a AtomicU64>) -> Self {
        let progress = progress.map(|progress| (progress, progress.load(Ordering::Relaxed)));
        Self { after, until: Instant::now() + after, progress }
    }

    /// When to look next whether it is over.
    pub(crate) const fn until(&self) -> Instant {
        self.until
    }

    /// Whether it is over. If the body has moved meanwhile, it begins anew.
    pub(crate) fn is_over(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.until
            && let Some((progress, seen)) = &mut self.progress
        {
            let gone = progress.load(Ordering::Relaxed);
            if std::mem::replace(seen, gone) < gone {
                self.until = now + self.after;
            }
        }
        now >= self.until
    }

    /// Waits for something; `None` when it is over before.
    pub(crate) async fn wait<F: Future>(&mut self, pending: F) -> Option<F::Output> {
        let mut pending = std::pin::pin!(pending);
        loop {
            match timeout_at(self.until, &mut pending).await {
                Ok(output) => return Some(output),
                Err(_) if self.is_over() => return None,
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_begins_anew_while_the_body_moves() {
        let after = Duration::from_secs(10);
        let gone = AtomicU64::new(3);
        let began = Instant::now();
        let mut patience = Patience::new(after, Some(&gone));
        let moves = async {
            tokio::time::sleep(after / 2).await;
            gone.store(4, Ordering::Relaxed);
            pending::<()>().await;
        };
        assert_eq!(patience.wait(moves).await, None);
        assert_eq!(began.elapsed(), 2 * after);
        assert!(patience.is_over());
        assert_eq!(Patience::new(after, None).wait(pending::<()>()).await, None);
        assert_eq!(began.elapsed(), 3 * after);
        assert_eq!(Patience::new(after, None).wait(async { 7 }).await, Some(7));
    }
}
