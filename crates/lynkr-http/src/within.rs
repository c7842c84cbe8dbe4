//! A bound on how long something may take.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::error::Elapsed;

/// Waits for something, at most so long. What is there already costs no timer and no look at the clock: most bodies have come with
/// their heads.
///
/// # Errors
///
/// The time is over.
pub async fn within<F: Future>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let now = poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    });
    match now.await {
        Some(output) => Ok(output),
        None => tokio::time::timeout(limit, future).await,
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_there_comes_and_what_isn_t_is_waited_for() {
        let limit = Duration::from_secs(1);
        assert_eq!(within(limit, ready(1)).await, Ok(1));
        assert_eq!(within(limit, tokio::time::sleep(limit / 2)).await, Ok(()));
        assert!(within(limit, pending::<()>()).await.is_err());
        assert_eq!(within(Duration::ZERO, ready(2)).await, Ok(2));
    }
}
