//! Room in budgets that a process takes ahead of its requests, so that most of them need no statement of their own.
//!
//! For each counter (a budget, a subject, a period) that many requests ask, the process holds a *lease*: a reservation
//! like that of a request, for many of them. A request is admitted in memory while all of its counters have room in their
//! leases. A *round*, one transaction a few times a second, settles what was charged in between, takes more room where it
//! is low, and gives back what isn't used. Requests that find no room wait for the next round together.
//!
//! **What stays exact.** A lease is a reservation, so what all processes take together never exceeds a limit. It is a small
//! part of what is left and of no use where little is left: there every request takes its own room
//! ([`Budgets::reserve`](crate::Budgets::reserve)), as it does while few requests come. What is held ahead isn't shown as
//! spent, and doesn't count for warnings.
//!
//! **What is lost.** Nothing at a graceful end. A process that is killed loses what was charged since its last round; its
//! leases end by themselves a minute later.

mod pocket;
mod pockets;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::budgets::lease::{self, Balanced};
use crate::budgets::{BudgetRules, Charge, Counted, Standing};
use crate::database::Database;
use crate::error::StoreError;
use crate::time::Timestamp;
use pocket::LEASE;
use pockets::{Decision, Plan, Pockets, Request};

/// Room that a request has in leases. It has to be settled.
#[derive(Debug)]
pub struct Hold {
    /// Pockets, and what was taken of each.
    parts: Vec<(u64, i64)>,
}

/// A request that was admitted in memory.
#[derive(Debug)]
pub struct Taken {
    /// What it is settled by.
    pub hold: Hold,
    /// The budgets that have come to where they warn.
    pub warnings: Vec<Standing>,
}

/// Room ahead of requests. Clones share it.
#[derive(Debug, Clone)]
pub struct Purse {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    database: Database,
    /// How often a round is made; `None` where nobody makes any unless asked to.
    interval: Option<Duration>,
    state: Mutex<State>,
    /// Held by the one that makes a round.
    turn: tokio::sync::Mutex<()>,
    /// Somebody waits for a round, or it is time to end.
    wake: Arc<Notify>,
    /// The number of the last round that is over.
    over: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    pockets: Pockets,
    /// The number of the last round that began.
    begun: u64,
    is_running: bool,
    is_closed: bool,
    is_failing: bool,
}

impl Purse {
    pub(crate) fn new(database: Database, interval: Option<Duration>) -> Self {
        let shared = Shared {
            database,
            interval,
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            wake: Arc::default(),
            over: watch::Sender::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Takes room for a request from the leases of all its counters, or from none; waits for a round if that may help.
    /// `None` when the request has to reserve its own room in the store.
    ///
    /// Must be called within a Tokio runtime.
    pub async fn take(
        &self,
        rules: &BudgetRules,
        counted: &[Counted<'_>],
        charge: &Charge,
        now: Timestamp,
    ) -> Option<Taken> {
        let request = Request { counted, charge, read_at: rules.read_at(), now };
        let (decision, begun) = {
            let mut state = self.shared.lock();
            if state.is_closed {
                return None;
            }
            (state.pockets.take(&request, true), state.begun)
        };
        match decision {
            Decision::Taken(taken) => return Some(taken),
            Decision::Ask => {
                self.start();
                return None;
            }
            // In a box: most requests don't wait, and each would move the room that a round takes.
            Decision::Wait => Box::pin(self.next_round(begun, now)).await,
        }
        match self.shared.lock().pockets.take(&request, false) {
            Decision::Taken(taken) => Some(taken),
            Decision::Ask | Decision::Wait => None,
        }
    }

    /// Charges what a request did cost, and gives its room back to the lease. Must be called once for each hold.
    pub fn settle(&self, hold: &Hold, actual: &Charge) {
        self.shared.lock().pockets.settle(hold, actual);
    }

    /// What a request found in the store that took its own room there.
    pub fn note(&self, standings: &[Standing], now: Timestamp) {
        let mut state = self.shared.lock();
        for standing in standings {
            state.pockets.note(standing, now);
        }
    }

    /// Gives back what isn't used of a counter that has no room left for a request. Says whether there was any.
    pub async fn give_back(&self, standing: &Standing, now: Timestamp) -> bool {
        let begun = {
            let mut state = self.shared.lock();
            if !state.pockets.give_back(standing, now) {
                return false;
            }
            state.begun
        };
        self.next_round(begun, now).await;
        true
    }

    /// What is settled and reserved of a budget for a subject, where that is known here from a moment ago.
    pub fn spent(&self, counted: &Counted<'_>, now: Timestamp) -> Option<u64> {
        self.shared.lock().pockets.spent(counted, now)
    }

    /// The budgets were read anew: what is held of others, or of those that have changed, goes back.
    pub fn review(&self, rules: &BudgetRules, now: Timestamp) {
        self.shared.lock().pockets.review(rules, now);
    }

    /// Makes a round: settles what was charged and brings the leases to what is wanted. Dropping it does no harm.
    ///
    /// # Errors
    /// When the store can't be written; then the next round does it.
    pub async fn balance(&self, now: Timestamp) -> Result<(), StoreError> {
        self.shared.balance(now).await
    }

    /// Settles what was charged and gives back what isn't used; takes nothing any more. `false` when there was no time.
    pub async fn close(&self, within: Duration) -> bool {
        self.shared.lock().is_closed = true;
        self.shared.wake.notify_one();
        let settled = async {
            while self.shared.balance(Timestamp::now()).await.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        let in_time = tokio::time::timeout(within, settled).await.is_ok();
        if !in_time && self.shared.lock().pockets.has_unwritten() {
            tracing::error!("charges to budgets are lost: the store didn't take them before the end");
            return false;
        }
        true
    }

    /// Waits until a round is over that began after the one of this number.
    async fn next_round(&self, begun: u64, now: Timestamp) {
        if self.shared.interval.is_none() {
            // Its error is what the request finds when it asks the store itself.
            let _ = self.shared.balance(now).await;
            return;
        }
        self.start();
        self.shared.wake.notify_one();
        let mut over = self.shared.over.subscribe();
        let _ = over.wait_for(|over| *over > begun).await;
    }

    /// Starts the task that makes the rounds.
    fn start(&self) {
        let Some(interval) = self.shared.interval else { return };
        let mut state = self.shared.lock();
        if state.is_running || state.is_closed {
            return;
        }
        state.is_running = true;
        drop(state);
        let (shared, wake) = (Arc::downgrade(&self.shared), Arc::clone(&self.shared.wake));
        tokio::spawn(async move {
            loop {
                let _ = tokio::time::timeout(interval, wake.notified()).await;
                let Some(shared) = shared.upgrade() else { return };
                if shared.rests() {
                    return;
                }
                // What failed is done in the next round, and told already.
                let _ = shared.balance(Timestamp::now()).await;
            }
        });
    }
}

/// Between two tries at the end.
const PAUSE: Duration = Duration::from_millis(100);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the task has nothing to do any more. Then it ends, and the next request starts another.
    fn rests(&self) -> bool {
        let mut state = self.lock();
        let rests = state.is_closed || state.pockets.is_empty();
        state.is_running &= !rests;
        rests
    }

    async fn balance(&self, now: Timestamp) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let (plans, number) = {
            let mut state = self.lock();
            state.begun += 1;
            let ends = state.is_closed;
            (state.pockets.plan(now, ends), state.begun)
        };
        let mut result = Ok(());
        for plan in plans {
            match self.write(&plan, now).await {
                Ok(balanced) => self.lock().pockets.apply(&plan, balanced, now),
                // The rest goes with the next round.
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        self.note(result.as_ref().err());
        self.over.send_replace(number);
        result
    }

    async fn write(&self, plan: &Plan, now: Timestamp) -> Result<Vec<Balanced>, StoreError> {
        let expires = now.after(LEASE);
        match lease::balance(&self.database, &plan.entries, expires).await {
            Err(error) if !error.may_pass() => {
                tracing::warn!(%error, "the store doesn't take a round of leases; each goes alone");
            }
            ended => return ended,
        }
        let mut all = Vec::with_capacity(plan.entries.len());
        for entry in &plan.entries {
            all.push(match lease::balance(&self.database, std::slice::from_ref(entry), expires).await {
                Ok(mut one) => one.pop().unwrap_or(Balanced::Gone),
                Err(error) if error.may_pass() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, budget = entry.counter.budget, "what was charged to a budget is lost");
                    Balanced::Gone
                }
            });
        }
        Ok(all)
    }

    /// Tells when it begins to fail and when it ends.
    fn note(&self, error: Option<&StoreError>) {
        let was_failing = std::mem::replace(&mut self.lock().is_failing, error.is_some());
        match error {
            Some(error) if !was_failing => {
                tracing::warn!(%error, "the store takes no charges to budgets; they wait");
            }
            None if was_failing => tracing::info!("the store takes charges to budgets again"),
            _ => {}
        }
    }
}
