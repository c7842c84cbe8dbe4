//! What every handler is given.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use lynkr_orchestrator::Gateway;
use lynkr_store::Store;
use lynkr_telemetry::{Metrics, Otel};
use serde_json::json;

use crate::admin::{Reload, Reloaded};
use crate::feed::Feed;
use crate::govern::{Done, Governor, Policy};
use crate::overload::Load;

/// What the surface itself needs to know.
#[derive(Clone)]
pub struct ApiOptions {
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// How long a client may take to the end of a request's head, and stay silent within its body.
    pub client_timeout: Duration,
    /// Whether `/metrics` and what is below it is served.
    pub metrics: bool,
    /// Whether the health checks for orchestrators are served.
    pub health_checks: bool,
    /// Whether the operator named a store: then requests shouldn't be sent here while it is down.
    pub needs_store: bool,
    /// The operator's own keys, which may do everything. Where there are any, every request must show a key.
    pub api_keys: Arc<Vec<String>>,
    /// What holds for callers.
    pub policy: Arc<Policy>,
    /// What this process was started with, to prove that it is itself; `None`: it proves nothing.
    pub start_token: Option<Arc<str>>,
}

impl ApiOptions {
    /// Whether every request must show a key.
    pub fn key_required(&self) -> bool {
        self.policy.key_required || !self.api_keys.is_empty()
    }
}

impl std::fmt::Debug for ApiOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiOptions")
            .field("body_limit", &self.body_limit)
            .field("client_timeout", &self.client_timeout)
            .field("metrics", &self.metrics)
            .field("health_checks", &self.health_checks)
            .field("needs_store", &self.needs_store)
            .field("api_keys", &self.api_keys.len())
            .field("policy", &self.policy)
            .field("start_token", &self.start_token.is_some())
            .finish()
    }
}

/// The gateway behind the surface. Every handler gets one, so it is one pointer.
#[derive(Debug, Clone)]
pub struct Service(Arc<ServiceParts>);

/// What a [`Service`] is made of.
#[derive(Debug, Clone)]
pub struct ServiceParts {
    /// The pipeline.
    pub gateway: Arc<Gateway>,
    /// What the surface itself needs to know.
    pub options: ApiOptions,
    /// What is under way, and whether more may come.
    pub load: Arc<Load>,
    /// The numbers that are shown.
    pub metrics: Arc<Metrics>,
    /// The export to OpenTelemetry; `None` where nothing is exported.
    pub otel: Option<Arc<Otel>>,
    /// What is counted and remembered of callers.
    pub governor: Arc<Governor>,
    /// What is kept; `None` on a gateway that keeps nothing.
    pub store: Option<Store>,
    /// Where settled requests are told.
    pub feed: Arc<Feed>,
    /// Reads the configuration anew.
    pub reload: Arc<dyn Reload>,
}

impl From<ServiceParts> for Service {
    fn from(parts: ServiceParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Service {
    type Target = ServiceParts;

    fn deref(&self) -> &ServiceParts {
        &self.0
    }
}

impl Service {
    /// The same parts behind a pointer of its own, whose count nobody else writes to.
    pub(crate) fn apart(&self) -> Self {
        Self(Arc::new(ServiceParts::clone(self)))
    }

    /// Puts on record that the configuration was read anew, by whom (a key's id, `anonymous`, `signal`, `file`), and what
    /// came of it.
    pub async fn record_reload(&self, actor: &str, outcome: &Result<Reloaded, Vec<String>>) {
        let (done, detail) = match outcome {
            Ok(reloaded) => (Done::Ok, json!({"changed": reloaded.changed})),
            Err(problems) => (Done::Failed, json!({"problems": problems})),
        };
        self.governor.audit(actor, "config.reload", "configuration", done, detail).await;
    }
}
