//! Requests of two processes and their ends, rounds that are broken off, periods that end, processes that are away for long:
//! everything is charged once to its own period, and no limit is exceeded but by what requests cost more than they asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use lynkr_store::{Period, Timestamp, Unit};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::{Process, Room, budget, team};
use crate::harness::{Place, minutes, now};

const MOST: u64 = 4_000;

/// A request under way.
struct Under {
    room: Room,
    period: Timestamp,
    /// What is surely reserved for it.
    held: u64,
    asked: u64,
}

/// Two processes on one store, and what should be in it.
struct World {
    processes: [Process; 2],
    open: [Vec<Under>; 2],
    charged: BTreeMap<Timestamp, u64>,
    slack: u64,
    ahead: u64,
    refused: u64,
    clock: Timestamp,
}

impl World {
    async fn admit(&mut self, which: usize, amount: u64) {
        match self.processes[which].admit(amount, self.clock).await {
            Some(room) => {
                self.ahead += u64::from(matches!(room, Room::Ahead(_)));
                let period = Period::Day.start(self.clock);
                self.open[which].push(Under { room, period, held: amount, asked: amount });
            }
            None => self.refused += 1,
        }
    }

    async fn settle(&mut self, which: usize, index: Option<Index>, actual: Option<u64>) {
        if self.open[which].is_empty() {
            return;
        }
        let at = index.map_or(0, |index| index.index(self.open[which].len()));
        let under = self.open[which].remove(at);
        let actual = actual.unwrap_or(under.asked);
        self.processes[which].settle(under.room, actual).await;
        *self.charged.entry(under.period).or_default() += actual;
        self.slack += actual.saturating_sub(under.held);
    }

    async fn step(&mut self, step: u8, which: usize, amount: u64, index: Index) {
        match step {
            0..6 => self.admit(which, amount).await,
            // A few are large.
            6 => self.admit(which, amount * 30).await,
            7 => self.settle(which, Some(index), Some(amount)).await,
            8 | 9 => self.settle(which, Some(index), None).await,
            10 => self.processes[which].balance(self.clock).await,
            11 => {
                let brief = Duration::from_micros(amount * 200);
                let round = self.processes[which].store.purse().balance(self.clock);
                let _ = tokio::time::timeout(brief, round).await;
            }
            12 => self.clock = self.clock.after(Duration::from_secs(amount / 3)),
            // Whoever was away this long lost what it held.
            13 if amount == 9 => {
                self.clock = self.clock.after(Duration::from_secs(30_000));
                self.open.iter_mut().flatten().for_each(|under| under.held = 0);
            }
            _ => {}
        }
        let standings = self.processes[0].store.budgets().standings(&[team()], self.clock).await.unwrap();
        let (all, slack) = (standings[0].spent() + standings[0].ahead, self.slack);
        assert!(all <= MOST + slack, "{all} is more than {MOST} and the slack of {slack}");
    }

    async fn end(mut self) {
        for which in 0..2 {
            while !self.open[which].is_empty() {
                self.settle(which, None, None).await;
            }
            self.processes[which].balance(self.clock).await;
            self.processes[which].balance(self.clock.after(Duration::from_secs(10))).await;
        }
        let long_after = self.clock.after(minutes(600));
        self.processes[0].store.budgets().release_expired(long_after).await.unwrap();
        for (period, sum) in self.charged {
            assert_eq!(self.processes[0].books(period).await, (sum, 0, 0), "{period:?}");
        }
    }
}

pub(super) async fn any_order_keeps_the_books_of_leases(place: Place) {
    let mut first = Process::by_hand(&place).await;
    first.set(&budget(team(), Unit::Tokens, MOST)).await;
    let mut world = World {
        processes: [first, Process::by_hand(&place).await],
        open: Default::default(),
        charged: BTreeMap::new(),
        slack: 0,
        ahead: 0,
        refused: 0,
        clock: now(),
    };
    let mut runner = TestRunner::deterministic();
    let step = (0_u8..14, 0_usize..2, 0_u64..10, any::<Index>());
    let steps = proptest::collection::vec(step, 1_500).new_tree(&mut runner).unwrap().current();
    for (step, which, amount, index) in steps {
        world.step(step, which, amount, index).await;
    }
    let (ahead, refused, periods) = (world.ahead, world.refused, world.charged.len());
    assert!(ahead > 40 && refused > 10 && periods > 2, "{ahead} ahead, {refused} refused, {periods} periods");
    world.end().await;
}
