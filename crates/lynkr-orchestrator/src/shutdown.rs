//! The end of the process, told to what is still under way: a stream that is cut says so to its client.
//!
//! Every request waits for it, so each lane has a list of its own of who does.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;
use lynkr_types::lane::PerLane;
use slab::Slab;

/// Whether it has come.
#[derive(Debug)]
pub struct Shutdown {
    lanes: PerLane<Arc<Waiting>>,
}

/// What one lane knows of it, and who waits there.
#[derive(Debug, Default)]
struct Waiting {
    is_here: AtomicBool,
    wakers: Mutex<Slab<Waker>>,
}

impl Waiting {
    fn wakers(&self) -> MutexGuard<'_, Slab<Waker>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { lanes: PerLane::filled(Arc::default) }
    }
}

impl Shutdown {
    /// What is under way ends now.
    pub fn begin(&self) {
        for lane in self.lanes.iter() {
            lane.is_here.store(true, Ordering::SeqCst);
            // Whoever is woken may leave the list at once.
            let woken: Vec<Waker> = lane.wakers().iter().map(|(_, waker)| waker.clone()).collect();
            woken.iter().for_each(Waker::wake_by_ref);
        }
    }

    /// Resolves when it comes, or has come.
    pub fn comes(&self) -> Comes {
        Comes { waiting: Arc::clone(self.lanes.own()), place: None }
    }

    /// What clients are told of it.
    pub fn error() -> ApiError {
        let message = "the gateway is shutting down; send the request again";
        ApiError::new(FaultKind::Unavailable, message).with_code("service_unavailable")
    }
}

/// Waits for it.
#[derive(Debug)]
pub struct Comes {
    waiting: Arc<Waiting>,
    /// Where its waker is, and the same waker once more: whoever polls sees without a lock that nothing has changed.
    place: Option<(usize, Waker)>,
}

impl Future for Comes {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (Self { waiting, place }, waker) = (self.get_mut(), context.waker());
        match place {
            Some((_, own)) if own.will_wake(waker) => {}
            Some((key, own)) => {
                let listed =
                    waiting.wakers().get_mut(*key).map(|listed| std::mem::replace(listed, waker.clone()));
                own.clone_from(waker);
                drop(listed);
            }
            None => *place = Some((waiting.wakers().insert(waker.clone()), waker.clone())),
        }
        // Looked at after the waker is in its place: it is either seen here, or wakes.
        if waiting.is_here.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Comes {
    fn drop(&mut self) {
        if let Some((key, _)) = self.place {
            let listed = self.waiting.wakers().try_remove(key);
            drop(listed);
        }
    }
}

/// Waits for it on behalf of one stream.
#[derive(Debug)]
pub(crate) struct Cut(Comes);

impl Cut {
    pub(crate) fn of(shutdown: &Shutdown) -> Self {
        Self(shutdown.comes())
    }

    /// Ready once: afterwards the stream is over.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    #[tokio::test]
    async fn whoever_waits_and_whoever_comes_later_is_told() {
        let shutdown = Shutdown::default();
        let never_polled = shutdown.comes();
        let waiting = tokio::spawn(shutdown.comes());
        let early = tokio::time::timeout(std::time::Duration::from_millis(5), shutdown.comes()).await;
        assert!(early.is_err(), "it hasn't come");
        shutdown.begin();
        never_polled.await;
        waiting.await.unwrap();
        shutdown.comes().await;
    }

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_last_one_to_poll_is_woken_and_whoever_leaves_leaves_nothing() {
        let shutdown = Shutdown::default();
        let (first, second, left) =
            (Arc::<Woken>::default(), Arc::<Woken>::default(), Arc::<Woken>::default());
        let poll = |comes: &mut Comes, woken: &Arc<Woken>| {
            let waker = Waker::from(Arc::clone(woken));
            Pin::new(comes).poll(&mut Context::from_waker(&waker)).is_ready()
        };
        let (mut stays, mut leaves) = (shutdown.comes(), shutdown.comes());
        assert!(!poll(&mut stays, &first) && !poll(&mut stays, &first) && !poll(&mut stays, &second));
        assert!(!poll(&mut leaves, &left));
        drop(leaves);
        assert_eq!(shutdown.lanes.own().wakers().len(), 1);
        shutdown.begin();
        let told = [first, second, left].map(|woken| woken.0.load(Ordering::SeqCst));
        assert_eq!(told, [false, true, false]);
        assert!(poll(&mut stays, &Arc::default()));
        drop(stays);
        assert!(shutdown.lanes.own().wakers().is_empty());
    }
}
