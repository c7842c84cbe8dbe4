//! Threads that serve connections, each with a runtime of its own.
//!
//! Whatever belongs to a client's connection stays on one of them: the requests, and the connections to providers that
//! these use, which each lane has a pool of its own for. No thread is woken on the way of a request, and what one core has
//! read isn't worked on by another. Work that takes long has to go to `spawn_blocking`, as on any runtime.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};

use lynkr_types::lane;
use pin_project_lite::pin_project;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// What a lane's thread does besides serving.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// When it begins.
    pub begins: fn(),
    /// Whenever it has nothing left to do for now.
    pub rests: fn(),
}

impl Default for Habits {
    fn default() -> Self {
        Self { begins: || (), rests: || () }
    }
}

/// Threads with a runtime each. They end when this is dropped.
#[derive(Debug)]
pub struct Lanes {
    lanes: Vec<Lane>,
    /// Where the search for the least busy one begins, so that equal ones take turns.
    turn: AtomicUsize,
}

#[derive(Debug)]
struct Lane {
    runtime: Handle,
    /// How many tasks were put on it and haven't ended.
    tasks: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Lanes {
    /// Starts one for each core that this process may use. Errors are the system's, when it has no more threads.
    pub fn start(habits: Habits) -> io::Result<Self> {
        let lanes =
            (0..lane::count()).map(|number| Lane::start(number, habits)).collect::<io::Result<_>>()?;
        Ok(Self { lanes, turn: AtomicUsize::new(0) })
    }

    /// Puts a task on the lane that has the fewest.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let (before, after) = self.lanes.split_at(turn % self.lanes.len().max(1));
        let lanes = after.iter().chain(before);
        let Some(lane) = lanes.min_by_key(|lane| lane.tasks.load(Ordering::Relaxed)) else { return };
        lane.runtime.spawn(Counted { task, _count: Count::new(&lane.tasks) });
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        for lane in &mut self.lanes {
            drop(lane.stop.take());
        }
        for lane in &mut self.lanes {
            if let Some(thread) = lane.thread.take() {
                let _ = thread.join();
            }
        }
    }
}

impl Lane {
    fn start(number: usize, habits: Habits) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().on_thread_park(habits.rests).build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name(format!("lane-{number}")).spawn(move || {
            lane::be(number);
            (habits.begins)();
            let _ = runtime.block_on(stopped);
            // What it has handed to blocking threads isn't waited for.
            runtime.shutdown_background();
            (habits.rests)();
        })?;
        Ok(Self { runtime: handle, tasks: Arc::default(), stop: Some(stop), thread: Some(thread) })
    }
}

pin_project! {
    /// One of a lane's tasks. No `async` block: that would have the task's room twice.
    struct Counted<F> {
        #[pin]
        task: F,
        _count: Count,
    }
}

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().task.poll(context)
    }
}

/// Counts as long as it lives.
struct Count(Arc<AtomicUsize>);

impl Count {
    fn new(tasks: &Arc<AtomicUsize>) -> Self {
        tasks.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(tasks))
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
