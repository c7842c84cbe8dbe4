//! A task that wakes itself goes on at once.
//!
//! hyper's connections wake themselves while they are polled: whoever takes a body's last piece wakes the connection that
//! the piece came from, which is the same task. The scheduler takes that for a yield: it puts the task behind all others,
//! and wakes another thread to take it. For a short request that costs more than reading it.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use pin_project_lite::pin_project;

/// So often something goes on at once; then others have their turn.
const MOST: usize = 4;

/// It is being polled; else a wake is the task's.
const POLLED: u8 = 1;
/// It was woken since it was polled last.
const RUNG: u8 = 2;

/// Polls again at once what was woken while it was polled.
#[derive(Debug)]
pub(crate) struct Bell {
    rope: Arc<Rope>,
    waker: Waker,
    /// What the rope's end is tied to: whoever polls sees without a lock that it is the same task as before.
    task: Option<Waker>,
}

/// What wakes it.
#[derive(Debug, Default)]
struct Rope {
    state: AtomicU8,
    task: Mutex<Option<Waker>>,
}

impl Rope {
    fn task(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Rope {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Always a write: either the next poll reads it, and with it what was done before the wake, or the one under way
        // finds it at its end.
        if self.state.fetch_or(RUNG, Ordering::AcqRel) & (POLLED | RUNG) == 0
            && let Some(task) = &*self.task()
        {
            task.wake_by_ref();
        }
    }
}

impl Bell {
    pub(crate) fn new() -> Self {
        let rope = Arc::new(Rope::default());
        Self { waker: Waker::from(Arc::clone(&rope)), rope, task: None }
    }

    /// Polls until it is ready, or nothing has woken it meanwhile.
    pub(crate) fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        if !self.task.as_ref().is_some_and(|task| task.will_wake(context.waker())) {
            self.tie(Some(context.waker().clone()));
        }
        let mut own = Context::from_waker(&self.waker);
        for _ in 0..MOST {
            self.rope.state.swap(POLLED, Ordering::AcqRel);
            if let Poll::Ready(output) = poll(&mut own) {
                self.rope.state.swap(0, Ordering::AcqRel);
                return Poll::Ready(output);
            }
            let rested = self.rope.state.compare_exchange(POLLED, 0, Ordering::AcqRel, Ordering::Acquire);
            if rested.is_ok() {
                return Poll::Pending;
            }
        }
        self.rope.state.swap(0, Ordering::AcqRel);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Wakes nobody until it is polled again.
    pub(crate) fn untie(&mut self) {
        self.tie(None);
    }

    fn tie(&mut self, task: Option<Waker>) {
        let before = std::mem::replace(&mut *self.rope.task(), task.clone());
        self.task = task;
        drop(before);
    }
}

pin_project! {
    /// A future that is polled again at once where it was woken while it was polled, instead of by way of the scheduler.
    #[derive(Debug)]
    pub struct Rerun<F> {
        #[pin]
        future: F,
        bell: Bell,
    }
}

impl<F: Future> Rerun<F> {
    /// Wraps a future that is a whole task, or most of one.
    pub fn new(future: F) -> Self {
        Self { future, bell: Bell::new() }
    }
}

impl<F: Future> Future for Rerun<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        this.bell.poll(context, |context| this.future.as_mut().poll(context))
    }
}

#[cfg(test)]
mod tests {
    //! Wakes from within, from without, and from other threads.

    use std::future::poll_fn;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Counts how often a task is woken.
    #[derive(Debug, Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Polls once a future that wakes itself in its first polls; says how often it was polled, and its task woken.
    fn polled(wakes: usize) -> (usize, usize, bool) {
        let (count, mut polls) = (Arc::new(Count::default()), 0);
        let waker = Waker::from(Arc::clone(&count));
        let ready = {
            let mut future = std::pin::pin!(Rerun::new(poll_fn(|context| {
                polls += 1;
                if polls <= wakes {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(())
            })));
            future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
        };
        (polls, count.0.load(Ordering::SeqCst), ready)
    }

    #[test]
    fn it_goes_on_at_once_but_not_for_ever() {
        assert_eq!(polled(0), (1, 0, true));
        assert_eq!(polled(1), (2, 0, true));
        assert_eq!(polled(MOST - 1), (MOST, 0, true));
        assert_eq!(polled(MOST), (MOST, 1, false), "others have their turn");
    }

    #[test]
    fn a_wake_from_without_is_the_tasks() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut inner = None;
        let mut future = Box::pin(Rerun::new(poll_fn(|context| {
            inner = Some(context.waker().clone());
            Poll::<()>::Pending
        })));
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
        drop(future);
        if let Some(inner) = inner {
            inner.wake_by_ref();
            inner.wake();
        }
        assert_eq!(count.0.load(Ordering::SeqCst), 1, "the task is told once until it is polled");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_wake_of_another_thread_is_lost() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel::<u32>(1);
        let sent = tokio::spawn(async move {
            for number in 0..20_000 {
                if sender.send(number).await.is_err() {
                    return;
                }
            }
        });
        let got = tokio::spawn(Rerun::new(async move {
            let mut got = 0;
            while receiver.recv().await.is_some() {
                got += 1;
            }
            got
        }));
        assert_eq!(got.await.ok(), Some(20_000));
        assert!(sent.await.is_ok());
    }
}
