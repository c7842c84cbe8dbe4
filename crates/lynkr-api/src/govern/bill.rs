//! What was taken for one request, until it is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use lynkr_orchestrator::{Charge, Spent, tokens};
use lynkr_protocol::neutral::Usage;
use lynkr_routing::{Quote, TokenUse};
use tokio::runtime::Handle;

use super::Governor;
use super::budgets::Room;
use super::limits::Limit;
use super::prices::charge;

/// What was taken for one request.
#[derive(Debug)]
pub(super) struct Bill {
    pub(super) governor: Arc<Governor>,
    /// The key that has a place taken.
    pub(super) place: Option<String>,
    /// Room in budgets.
    pub(super) room: Option<Room>,
    /// Limits that the tokens count to.
    pub(super) tokens: Vec<Limit>,
    pub(super) quote: Option<Arc<Quote>>,
    /// The estimates that were reserved.
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) settled: AtomicBool,
}

impl Bill {
    /// What isn't measured is charged as it was reserved. So is the output of an answer that was cut off: how much of it
    /// the provider has made and charges isn't known, and a client must not save by leaving early.
    fn cost(&self, spent: Spent<'_>) -> lynkr_store::Charge {
        let input = |usage: &Usage| match usage.total_input() {
            Some(_) => tokens(usage),
            None => TokenUse { input: self.input, ..TokenUse::default() },
        };
        let tokens = match spent {
            Spent::Nothing => return lynkr_store::Charge::default(),
            Spent::Answered(usage) => {
                TokenUse { output: usage.output.unwrap_or(self.output), ..input(usage) }
            }
            Spent::Cut(usage) => {
                TokenUse { output: usage.output.unwrap_or(0).max(self.output), ..input(usage) }
            }
        };
        charge(self.quote.as_deref(), &tokens)
    }
}

impl Charge for Bill {
    fn settle(&self, spent: Spent<'_>) {
        if self.settled.swap(true, Ordering::AcqRel) {
            return;
        }
        let cost = self.cost(spent);
        if let Some(room) = &self.room {
            self.governor.settle(room, cost);
        }
        if let Some(key) = &self.place {
            self.governor.leave(key);
        }
        if self.tokens.is_empty() || cost.tokens == 0 {
            return;
        }
        if self.governor.shared.is_none() {
            // Within this process nothing waits, and a task would cost more than the counting.
            for limit in &self.tokens {
                let _ = self.governor.add(limit, cost.tokens).now_or_never();
            }
            return;
        }
        let (governor, limits) = (Arc::clone(&self.governor), self.tokens.clone());
        // A process that ends has no runtime left, and no windows to count in.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                for limit in &limits {
                    governor.add(limit, cost.tokens).await;
                }
            });
        }
    }
}

impl Drop for Bill {
    fn drop(&mut self) {
        // Nobody saw the end: the client left before there was an answer.
        self.settle(Spent::Cut(&Usage::default()));
    }
}
