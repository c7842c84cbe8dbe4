//! Of more requests a second than have to be learned from, a part is: judging every answer would cost a busy gateway more than
//! it would ever know better for it.
//!
//! Which part depends on nothing that a request comes to, nor on what was decided on it, so that what is learned from is like
//! the rest. Sessions stay in it or out of it as a whole for as long as the load stays the same: what a request says of
//! the answer before it is of use only where that was judged.

use std::sync::{Mutex, PoisonError};

use super::day_of;
use crate::routing::PinKey;

/// From so many requests a second on a part of them is learned from: about so many.
const ENOUGH: u64 = 200;
/// And no more than so many in any one second: the load of a second is known when it is over.
const MOST: u64 = 1_000;

/// Which requests are learned from.
#[derive(Debug)]
pub(super) struct Sample(Mutex<Second>);

#[derive(Debug)]
struct Second {
    /// In seconds of Unix time.
    number: u64,
    came: u64,
    taken: u64,
    /// Requests whose draw is above this aren't learned from.
    bar: u32,
    left_out: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Self(Mutex::new(Second { number: 0, came: 0, taken: 0, bar: u32::MAX, left_out: 0 }))
    }
}

impl Sample {
    /// Whether a request is learned from that comes now. `draw` is what chance, or its session, gives it.
    pub(super) fn takes(&self, now: u64, draw: u32) -> bool {
        let mut second = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now != second.number {
            // After a pause nothing is known of the load.
            second.bar = if now == second.number + 1 { bar(second.came) } else { u32::MAX };
            (second.number, second.came, second.taken) = (now, 0, 0);
        }
        second.came += 1;
        let takes = draw <= second.bar && second.taken < MOST;
        second.taken += u64::from(takes);
        second.left_out += u64::from(!takes);
        takes
    }

    /// How many weren't learned from for being too many.
    pub(super) fn left_out(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).left_out
    }
}

/// Where as many came in a second, the draw up to which requests are learned from.
fn bar(came: u64) -> u32 {
    let share = u64::from(u32::MAX) * ENOUGH / came.max(ENOUGH);
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// What a session draws: the same all day, and another number the next.
pub(super) fn draw(session: PinKey, now: u64) -> u32 {
    let [first, rest] = session.halves();
    let mixed = (first ^ rest ^ day_of(now)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u32::try_from(mixed >> 32).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    //! All of few, and about as many as are enough of more.

    use super::*;

    #[test]
    fn few_requests_are_all_learned_from() {
        let sample = Sample::default();
        for second in 1..100 {
            for number in 0..ENOUGH {
                let session = PinKey::number(second * 1_000 + number);
                assert!(sample.takes(second, draw(session, second)));
            }
        }
        assert_eq!(sample.left_out(), 0);
    }

    #[test]
    fn of_more_about_as_many_as_are_enough() {
        let sample = Sample::default();
        let taken = |second: u64| {
            let sessions = (0..5_000).map(|number| PinKey::number(number * 7_919));
            sessions
                .filter(|session| sample.takes(second, draw(*session, second)))
                .map(PinKey::halves)
                .collect::<Vec<_>>()
        };
        assert_eq!(taken(1).len(), 1_000, "nobody knew how many would come");
        let next = taken(2);
        assert!((150..250).contains(&next.len()), "{}", next.len());
        assert_eq!(taken(3), next, "the same sessions");
        assert_ne!(taken(86_400 * 3), next, "others on another day");
        assert!(sample.takes(86_400 * 4, u32::MAX), "it was quiet in between");
    }
}
