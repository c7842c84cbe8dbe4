//! Who may use the gateway, for what, how often and for how much.
//!
//! [`Policy`] is what the configuration says, and changes with it. [`Governor`] is what lives as long as the process:
//! keys that were checked, what was counted, which budgets there are.

mod bill;
mod budgets;
mod keys;
mod limits;
mod prices;
mod refusals;
mod shared;
mod warrant;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lynkr_orchestrator::PriceBook;
use lynkr_store::{
    AuditEntry, LocalLimits, RateLimits as _, RateRule, SharedCache, Store, Timestamp, Window, record_id,
};
use lynkr_telemetry::Metrics;
use serde_json::Value;

pub use keys::GOOD_FOR as KEYS_GOOD_FOR;
pub(crate) use keys::{Checked, is_gateway_key};
pub(crate) use warrant::Caller;

/// By what the general rate limit tells callers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateBy {
    /// By session; by address where there is none.
    Session,
    /// By address.
    Ip,
    /// By both together.
    Both,
    /// By key; by address where there is none.
    Key,
    /// By user; by address where there is none.
    User,
}

/// The general rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatePolicy {
    /// How many requests fit into a window.
    pub most: u64,
    /// Its length.
    pub window: Duration,
    /// By what callers are told apart.
    pub by: RateBy,
}

/// What the configuration says about callers.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Whether every request must show a key.
    pub key_required: bool,
    /// Whether a request without a key may do what needs the scope `admin`: on a gateway that only this machine
    /// reaches.
    pub open_admin: bool,
    /// The names in `Host` that are served besides this machine's own; `None` for any name.
    pub hosts: Option<Vec<String>>,
    /// The general rate limit.
    pub rate: Option<RatePolicy>,
    /// Whether budgets are enforced.
    pub budgets: bool,
    /// The most output tokens that are reserved for one request.
    pub output_reserve: u64,
    /// What models cost.
    pub prices: Arc<PriceBook>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            key_required: false,
            open_admin: true,
            hosts: None,
            rate: None,
            budgets: true,
            output_reserve: 4_096,
            prices: Arc::default(),
        }
    }
}

/// The address that a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Refused administration is put on record so often a minute at most: else anybody could fill the disk.
const DENIALS: u64 = 60;

/// What is counted and remembered of callers.
#[derive(Debug)]
pub struct Governor {
    store: Option<Store>,
    shared: Option<shared::Shared>,
    metrics: Arc<Metrics>,
    local: LocalLimits,
    keys: keys::KeyCache,
    budgets: budgets::Known,
    /// Requests under way, by key.
    under_way: Mutex<HashMap<String, u64>>,
}

impl Governor {
    /// Counts and remembers from now on. Without a store there are no keys and no budgets in it; without a shared cache
    /// rates are counted within this process.
    pub fn new(store: Option<Store>, shared: Option<SharedCache>, metrics: Arc<Metrics>) -> Self {
        Self {
            store,
            shared: shared.map(shared::Shared::new),
            metrics,
            local: LocalLimits::new(),
            keys: keys::KeyCache::default(),
            budgets: budgets::Known::default(),
            under_way: Mutex::default(),
        }
    }

    /// Reads which budgets there are, so that they are known should the store be down at the first request.
    pub async fn read_ahead(&self) {
        self.known_budgets().await;
    }

    /// Puts on record what an operator did, or was refused. Says nothing where nothing is kept.
    pub(crate) async fn audit(&self, actor: &str, action: &str, target: &str, done: Done, detail: Value) {
        let Some(store) = &self.store else { return };
        if done == Done::Denied && !self.may_record_denial().await {
            return;
        }
        store.writer().audit(AuditEntry {
            id: record_id(),
            at: Timestamp::now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            target: target.to_owned(),
            outcome: done.name().to_owned(),
            request_id: None,
            detail,
        });
    }

    async fn may_record_denial(&self) -> bool {
        let length = Duration::from_secs(60);
        let rule = RateRule { name: "denials".to_owned(), limit: DENIALS, length, window: Window::Fixed };
        let verdict = self.local.take(&rule, "all", 1, Timestamp::now()).await;
        verdict.is_ok_and(|verdict| verdict.allowed)
    }

    /// Takes a place among a key's requests under way; `false` when there is none.
    fn enter(&self, key: &str, most: u64) -> bool {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let count = under_way.entry(key.to_owned()).or_default();
        let is_free = *count < most;
        *count += u64::from(is_free);
        is_free
    }

    fn leave(&self, key: &str) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                under_way.remove(key);
            }
        }
    }
}

/// How an operator's act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Ok,
    Failed,
    Denied,
}

impl Done {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Denied => "denied",
        }
    }
}
