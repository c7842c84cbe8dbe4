//! Which lane a thread is, and values that each lane has for itself.
//!
//! A lane is a thread that serves connections of its own. Two cores that write to one line of memory hand it to and fro, which
//! costs more than what is written: what a request counts is counted by its lane, and summed by whoever reads it.

use std::cell::Cell;
use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

thread_local! {
    /// Which lane this thread is, if it is one.
    static LANE: Cell<Option<usize>> = const { Cell::new(None) };
}

/// As many lanes as the machine may work on at once.
pub fn count() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// From now on this thread is the lane of this number, from 0 on.
pub fn be(number: usize) {
    LANE.set(Some(number));
}

/// Which lane this thread is; `None` where it is none.
pub fn own() -> Option<usize> {
    LANE.get()
}

/// A value for each lane, and one for all threads that are none; each is made at its first use.
#[derive(Debug)]
pub struct PerLane<T> {
    /// The first is for threads that are no lanes.
    places: Box<[Place<T>]>,
}

/// On lines of memory of its own: processors fetch two of 64 bytes at a time.
#[derive(Debug)]
#[repr(align(128))]
struct Place<T>(OnceLock<T>);

impl<T> PerLane<T> {
    /// No value yet.
    pub fn new() -> Self {
        Self { places: (0..=count()).map(|_| Place(OnceLock::new())).collect() }
    }

    /// Every value made at once.
    pub fn filled(make: impl Fn() -> T) -> Self {
        Self { places: (0..=count()).map(|_| Place(OnceLock::from(make()))).collect() }
    }

    /// This thread's.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        let own = own().map_or(0, |lane| lane + 1);
        let [elsewhere, ..] = &*self.places else { unreachable!("there is always the first") };
        self.places.get(own).unwrap_or(elsewhere).0.get_or_init(make)
    }

    /// All that were made.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.places.iter().filter_map(|place| place.0.get())
    }
}

impl<T: Default> PerLane<T> {
    /// This thread's, which begins as nothing.
    pub fn own(&self) -> &T {
        self.get_or_init(T::default)
    }
}

impl<T> Default for PerLane<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn each_lane_has_its_own_and_all_other_threads_have_one() {
        let values = PerLane::new();
        let made = AtomicUsize::new(0);
        let make = || made.fetch_add(1, Ordering::Relaxed);
        assert_eq!((*values.get_or_init(make), *values.get_or_init(make)), (0, 0));
        let on = |lane: Option<usize>| {
            thread::scope(|scope| {
                let asked = scope.spawn(|| {
                    lane.into_iter().for_each(be);
                    assert_eq!(own(), lane);
                    *values.get_or_init(make)
                });
                asked.join().unwrap()
            })
        };
        assert_eq!(on(None), 0);
        for lane in 0..count() {
            assert_eq!(on(Some(lane)), lane + 1);
            assert_eq!(on(Some(lane)), lane + 1, "it is there");
        }
        assert_eq!(on(Some(count())), 0, "no lane of this machine's");
        assert_eq!(PerLane::filled(|| ()).iter().count(), count() + 1);
        assert_eq!(values.iter().copied().sum::<usize>(), (0..=count()).sum());
    }
}
