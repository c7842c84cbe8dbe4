//! A bound on how much of a provider's load may be retries.
//!
//! Each first attempt deposits a fraction of a token, each retry takes a whole one. In quiet times a small reserve
//! lets retries through at once; in an outage retries stay a fifth of the load however many requests fail.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;

/// What a first attempt is worth: five of them pay for one retry. In thousandths, so that sums are exact.
const DEPOSIT: u64 = 200;
/// What a retry costs.
const RETRY: u64 = 1_000;
/// What is there at the start, and never taken by nobody: ten retries.
const RESERVE: u64 = 10_000;
/// The most that is saved up: a hundred retries. A provider that was healthy for an hour must not pay with a flood.
const MOST: u64 = 100_000;

/// One balance per upstream.
#[derive(Debug, Default)]
pub(crate) struct RetryBudgets {
    balances: Mutex<HashMap<String, u64, RandomState>>,
}

impl RetryBudgets {
    /// A first attempt is made.
    pub(crate) fn deposit(&self, upstream: &str) {
        self.change(upstream, |balance| {
            *balance = (*balance + DEPOSIT).min(MOST);
        });
    }

    /// Whether a retry may be made; it is paid for if so.
    pub(crate) fn withdraw(&self, upstream: &str) -> bool {
        self.change(upstream, |balance| match balance.checked_sub(RETRY) {
            Some(rest) => {
                *balance = rest;
                true
            }
            None => false,
        })
    }

    fn change<T>(&self, upstream: &str, change: impl FnOnce(&mut u64) -> T) -> T {
        let mut balances = self.balances.lock().unwrap_or_else(PoisonError::into_inner);
        // Upstreams come from the configuration, so there are few; the name is copied once for each.
        if let Some(balance) = balances.get_mut(upstream) {
            return change(balance);
        }
        change(balances.entry(upstream.to_owned()).or_insert(RESERVE))
    }
}

#[cfg(test)]
mod tests;
