//! Work that no answer needs, put off until its thread has nothing else to do.
//!
//! What a request leaves behind (its record, its line in the log) takes as long as a fifth of serving it. A thread that
//! [puts off](put_off) does such work after the answer has gone out, or while the provider thinks; all others do it at once.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// More than this isn't put off: on a thread that never rests it is done in between.
const MOST: usize = 64;
/// Nor does what is patient hold more than this many bytes: on a busy thread bodies would pile up.
const MOST_HELD: usize = 256 * 1024;
/// So often, and so long each time, is waited for other threads' work.
const LOOKS: u32 = 100;
const LOOK_EVERY: Duration = Duration::from_millis(1);

type Work = Box<dyn FnOnce()>;

/// What a thread has put off.
#[derive(Default)]
struct PutOff {
    next: VecDeque<Work>,
    patient: VecDeque<Patient>,
    /// The bytes that these hold.
    held: usize,
}

/// What waits for the second rest.
struct Patient {
    work: Work,
    holds: usize,
    /// Whether it has seen the first.
    rested: bool,
}

impl PutOff {
    fn pop_patient(&mut self, may: impl FnOnce(&Self, &Patient) -> bool) -> Option<Work> {
        let first = self.patient.front()?;
        if !may(self, first) {
            return None;
        }
        let first = self.patient.pop_front()?;
        self.held -= first.holds;
        Some(first.work)
    }
}

thread_local! {
    /// What this thread has put off; `None` where it puts off nothing.
    static PUT_OFF: RefCell<Option<PutOff>> = const { RefCell::new(None) };
}

/// How much was put off since the start, on all threads, and how much of it is done.
static QUEUED: AtomicU64 = AtomicU64::new(0);
static DONE: AtomicU64 = AtomicU64::new(0);

/// Does something when this thread rests, or at once where it puts off nothing.
pub fn later(work: impl FnOnce() + 'static) {
    let mut work = Some(work);
    let waiting = with_queue(|queue| {
        queue.next.push_back(Box::new(work.take()?));
        QUEUED.fetch_add(1, Ordering::Relaxed);
        Some(queue.next.len())
    });
    if let Some(work) = work {
        work();
    } else if waiting.flatten().is_some_and(|waiting| waiting >= MOST) {
        catch_up();
    }
}

/// Does something when this thread rests for the second time: not before a provider that answers at once has answered. Nobody
/// waits for it; work of the other sort that needs it does it itself. `holds` is how many bytes it keeps in memory.
pub fn patiently(holds: usize, work: impl FnOnce() + 'static) {
    let mut work = Some(work);
    let _ = with_queue(|queue| {
        queue.patient.push_back(Patient { work: Box::new(work.take()?), holds, rested: false });
        queue.held += holds;
        Some(())
    });
    if let Some(work) = work {
        return work();
    }
    let is_full = |queue: &PutOff, _: &Patient| queue.patient.len() > MOST || queue.held > MOST_HELD;
    while let Some(oldest) = with_queue(|queue| queue.pop_patient(is_full)).flatten() {
        safely(oldest);
    }
}

/// From now on this thread puts off. Whoever calls this calls [`catch_up`] whenever the thread has nothing else to do, and
/// when it ends.
pub fn put_off() {
    let _ = PUT_OFF.try_with(|queue| {
        queue.borrow_mut().get_or_insert_default();
    });
}

/// Does what this thread has put off, in its order. What is patient waits for the next time.
pub fn catch_up() {
    while let Some(work) = with_queue(|queue| queue.next.pop_front()).flatten() {
        safely(work);
        DONE.fetch_add(1, Ordering::Release);
    }
    let has_rested = |_: &PutOff, first: &Patient| first.rested;
    while let Some(work) = with_queue(|queue| queue.pop_patient(has_rested)).flatten() {
        safely(work);
    }
    let _ = with_queue(|queue| queue.patient.iter_mut().for_each(|waiting| waiting.rested = true));
}

/// The panic's hook tells of one; the rest is done all the same.
fn safely(work: Work) {
    let _ = catch_unwind(AssertUnwindSafe(work));
}

/// Waits until as much is done as has been put off by now, on all threads: whoever shows what requests have left behind shows
/// those that were answered. Gives up after a tenth of a second.
pub async fn caught_up() {
    let wanted = QUEUED.load(Ordering::Relaxed);
    catch_up();
    for _ in 0..LOOKS {
        if DONE.load(Ordering::Acquire) >= wanted {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What this thread has put off, where it does; not from within, and not where the thread ends.
fn with_queue<T>(work: impl FnOnce(&mut PutOff) -> T) -> Option<T> {
    PUT_OFF.try_with(|queue| queue.try_borrow_mut().ok()?.as_mut().map(work)).ok().flatten()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Notes numbers in their order.
    #[derive(Clone, Default)]
    struct Notes(Arc<Mutex<Vec<u32>>>);

    impl Notes {
        fn note(&self, number: u32) -> impl FnOnce() + 'static {
            let own = self.clone();
            move || own.0.lock().unwrap().push(number)
        }

        fn all(&self) -> Vec<u32> {
            self.0.lock().unwrap().clone()
        }
    }

    #[test]
    fn it_is_done_at_once_or_when_the_thread_rests() {
        let notes = Notes::default();
        later(notes.note(1));
        assert_eq!(notes.all(), [1]);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                put_off();
                later(notes.note(2));
                let inner = notes.clone();
                later(move || later(inner.note(3)));
                assert_eq!(notes.all(), [1]);
                catch_up();
                assert_eq!(notes.all(), [1, 2, 3]);
            });
        });
    }

    #[test]
    fn what_is_patient_waits_for_the_second_rest() {
        let notes = Notes::default();
        patiently(1, notes.note(1));
        assert_eq!(notes.all(), [1]);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                put_off();
                patiently(1, notes.note(2));
                later(notes.note(3));
                catch_up();
                assert_eq!(notes.all(), [1, 3]);
                patiently(1, notes.note(4));
                catch_up();
                assert_eq!(notes.all(), [1, 3, 2]);
                for number in 5..=68 {
                    patiently(1, notes.note(number));
                }
                assert_eq!(notes.all(), [1, 3, 2, 4], "only so many wait");
            });
        });
    }

    #[test]
    fn what_is_patient_holds_little() {
        let notes = Notes::default();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                put_off();
                patiently(MOST_HELD - 10, notes.note(1));
                patiently(10, notes.note(2));
                assert!(notes.all().is_empty());
                patiently(5, notes.note(3));
                assert_eq!(notes.all(), [1]);
                patiently(MOST_HELD + 1, notes.note(4));
                assert_eq!(notes.all(), [1, 2, 3, 4]);
            });
        });
    }

    #[test]
    fn no_more_than_the_bound_waits_and_a_panic_takes_nothing_with_it() {
        let notes = Notes::default();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                put_off();
                later(|| std::panic::panic_any("on purpose"));
                for number in 1..64 {
                    assert!(notes.all().is_empty());
                    later(notes.note(number));
                }
                assert_eq!(notes.all().len(), 63);
            });
        });
    }

    #[tokio::test]
    async fn who_shows_waits_for_the_others() {
        let notes = Notes::default();
        let (told, tells) = std::sync::mpsc::channel();
        let (go, goes) = std::sync::mpsc::channel();
        let own = notes.clone();
        let thread = std::thread::spawn(move || {
            put_off();
            later(own.note(1));
            told.send(()).unwrap();
            goes.recv().unwrap();
            catch_up();
        });
        tells.recv().unwrap();
        let soon = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            go.send(()).unwrap();
        };
        tokio::join!(caught_up(), soon);
        assert_eq!(notes.all(), [1]);
        thread.join().unwrap();
    }
}
