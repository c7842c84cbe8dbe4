//! The time that heads of requests may take, watched by one timer for all that come over a connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer as HyperTimer};
use lynkr_orchestrator::Timer;

/// What hyper asks for the time of a connection. It waits for one head at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct HeadTimer(Arc<Mutex<Timer>>);

/// A head that is waited for.
struct Head {
    until: tokio::time::Instant,
    timer: HeadTimer,
}

impl HyperTimer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Head { until: deadline.into(), timer: self.clone() })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl Future for Head {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.timer.0.lock().unwrap_or_else(PoisonError::into_inner).poll(context, self.until)
    }
}

impl Sleep for Head {}
