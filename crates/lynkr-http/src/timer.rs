//! One timer for many waits that hardly ever last to their end.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::time::{Instant, Sleep, sleep_until};

/// Tells when a time has come, for one wait after another: each request on a connection has a limit, and nearly every one ends long
/// before it. The runtime is asked for a time again only when the one that it was asked for has come, so that most waits
/// cost it nothing.
#[derive(Debug, Default)]
pub struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// Whom the runtime wakes when the sleep is over; `None` where it hasn't been asked.
    waker: Option<Waker>,
}

impl Timer {
    /// Ready when the time has come. Until then it wakes the task now and then that doesn't wait for it any more.
    pub fn poll(&mut self, context: &mut Context<'_>, until: Instant) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() > until {
            sleep.as_mut().reset(until);
            self.waker = None;
        }
        loop {
            let is_set = self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
            if is_set && !sleep.is_elapsed() {
                return Poll::Pending;
            }
            self.waker = None;
            if sleep.as_mut().poll(context).is_pending() {
                self.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
            if Instant::now() >= until {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn each_wait_has_its_own_end() {
        let (mut timer, began) = (Timer::default(), Instant::now());
        let mut waits = async |from: u32, to: u32| {
            tokio::time::advance((SECOND * from).saturating_sub(began.elapsed())).await;
            let until = began + SECOND * to;
            let polled = poll_fn(|context| Poll::Ready(timer.poll(context, until))).await;
            assert_eq!(polled.is_ready(), from >= to);
            poll_fn(|context| timer.poll(context, until)).await;
            assert_eq!(began.elapsed(), SECOND * from.max(to));
        };
        waits(0, 10).await;
        // Sooner than the one before; later; long over.
        waits(11, 12).await;
        waits(12, 30).await;
        waits(40, 35).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_over_early_leaves_the_next_its_time() {
        let (mut timer, began) = (Timer::default(), Instant::now());
        for second in 0..5 {
            tokio::time::advance(SECOND).await;
            let until = Instant::now() + SECOND * 10;
            assert!(
                poll_fn(|context| Poll::Ready(timer.poll(context, until))).await.is_pending(),
                "{second}"
            );
        }
        let until = began + SECOND * 20;
        // Another task waits, for which the runtime has to be asked anew.
        let waits = tokio::spawn(async move { poll_fn(|context| timer.poll(context, until)).await });
        waits.await.unwrap();
        assert_eq!(began.elapsed(), SECOND * 20);
    }
}
