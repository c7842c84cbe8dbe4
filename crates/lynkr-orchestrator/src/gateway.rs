//! The gateway: everything that lives as long as the process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lynkr_http::{Inbound, Outbound, Proof, Signer, Transport, TransportError, Upload};
use lynkr_protocol::{ApiError, Dialect, ReplyContext};
use lynkr_providers::{AmbientCredential, CallerCredential, Credential, Headers, Provider, Upstream};
use lynkr_types::{FaultKind, Receipt};

use crate::agent::{AgentOptions, Memory};
use crate::ambient::Ambient;
use crate::bulkhead::Bulkheads;
use crate::capability::Capabilities;
use crate::count::Counters;
use crate::failure::Failure;
use crate::health::Health;
use crate::ingress::Ingress;
use crate::learning::Learning;
use crate::ledger::Ledger;
use crate::models::ModelCache;
use crate::prices::PriceBook;
use crate::reach::Reach;
use crate::resilience::breaker::{BreakerReport, BreakerRules, BreakerState, Breakers};
use crate::resilience::retry_budget::RetryBudgets;
use crate::route::Routed;
use crate::routing::{Router, RoutingOptions};
use crate::sessions::Sessions;
use crate::settle::{Account, Books};
use crate::shutdown::Shutdown;
use crate::stored::StoredResponses;

/// How long things may take, and how often they are tried.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long the head of an answer may take.
    pub first_byte: Duration,
    /// How long a stream may be silent.
    pub idle: Duration,
    /// How long the head of a stream is held back for an early failure.
    pub hold: Duration,
    /// How often a silent stream is kept alive.
    pub ping: Duration,
    /// How often a failed request is sent again.
    pub max_retries: u32,
    /// The first wait before sending again; it doubles.
    pub first_delay: Duration,
    /// The longest wait. A provider that asks for more gets its answer passed on instead.
    pub max_delay: Duration,
    /// When circuit breakers open and close.
    pub breakers: BreakerRules,
    /// How long a provider may take to count the tokens of a request before an estimate answers.
    pub count: Duration,
    /// How much is kept of translated answers.
    pub stored_bytes: usize,
    /// The largest whole answer of a provider, in bytes.
    pub answer_bytes: usize,
    /// How long a whole answer may take from its head to its end.
    pub answer: Duration,
}

impl Limits {
    /// How long the head of an answer of this provider may take.
    pub(crate) fn first_byte_of(&self, upstream: &Upstream) -> Duration {
        upstream.timeout().unwrap_or(self.first_byte)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(90),
            hold: Duration::from_secs(5),
            ping: Duration::from_secs(15),
            max_retries: 3,
            first_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(10),
            breakers: BreakerRules::default(),
            count: Duration::from_secs(5),
            stored_bytes: 64 * 1024 * 1024,
            answer_bytes: 256 * 1024 * 1024,
            answer: Duration::from_secs(3_600),
        }
    }
}

/// What the configuration says about models.
#[derive(Debug, Clone, Default)]
pub struct GatewayOptions {
    /// The provider that answers, by name.
    pub active: String,
    /// `LYNKR_FORCE_MODEL`.
    pub force_model: Option<String>,
    /// `MODEL_DEFAULT`.
    pub default_model: Option<String>,
    /// `EMBEDDINGS_PROVIDER`.
    pub embeddings_provider: Option<String>,
    /// Names that clients may use, and what they stand for.
    pub aliases: BTreeMap<String, String>,
    /// `LYNKR_SESSION_FINGERPRINT`: whether a request that names no session gets one by how it begins.
    pub fingerprints: bool,
    /// `LYNKR_TRANSCRIPTS`: whether the ledger is told what was said.
    pub transcripts: bool,
    /// What models cost.
    pub prices: Arc<PriceBook>,
    /// Tiers and what belongs to them.
    pub routing: RoutingOptions,
    /// Server mode, where it is on.
    pub agent: Option<AgentOptions>,
    /// How long things may take.
    pub limits: Limits,
}

/// What a gateway is built from.
#[derive(Debug)]
pub struct Parts {
    /// What the configuration says.
    pub options: GatewayOptions,
    /// The active provider.
    pub active: Upstream,
    /// The other providers that are set up.
    pub others: Vec<Upstream>,
    /// Why the remaining providers can't be used, by name.
    pub unusable: BTreeMap<String, String>,
    /// Reaches providers over HTTP.
    pub http: Arc<dyn Transport>,
    /// The responder in this process.
    pub builtin: Arc<dyn Transport>,
    /// Told of each request that is over.
    pub ledger: Arc<dyn Ledger>,
    /// Proves who asks, where no key is configured.
    pub signer: Arc<dyn Signer>,
    /// The clock and the dice.
    pub ambient: Arc<dyn Ambient>,
}

/// The gateway.
#[derive(Debug)]
pub struct Gateway {
    parts: Parts,
    instance: String,
    stored: Arc<StoredResponses>,
    models: ModelCache,
    capabilities: Capabilities,
    counters: Counters,
    sessions: Arc<Sessions>,
    hidden: Arc<Memory>,
    bulkheads: Bulkheads,
    breakers: Arc<Breakers>,
    retry_budgets: Arc<RetryBudgets>,
    health: Arc<Health>,
    router: Arc<Router>,
    shutdown: Arc<Shutdown>,
    reach: Reach,
    /// The providers that the operator gave names of their own.
    custom: Vec<&'static Provider>,
}

impl Gateway {
    /// A gateway of these parts.
    pub fn new(parts: Parts) -> Self {
        let instance = parts.ambient.seed().chars().take(12).collect();
        let stored = Arc::new(StoredResponses::new(parts.options.limits.stored_bytes));
        let (models, capabilities) = (ModelCache::default(), Capabilities::default());
        let bulkheads = Bulkheads::of(std::iter::once(&parts.active).chain(&parts.others));
        let all = std::iter::once(&parts.active).chain(&parts.others).map(Upstream::provider);
        let custom = all.filter(|provider| provider.kind.is_some()).collect();
        let health = Arc::new(Health::new(Arc::clone(&parts.ambient)));
        let breakers = Breakers::new(parts.options.limits.breakers);
        let retry_budgets = Arc::default();
        let router: Arc<Router> = Arc::default();
        if let Some(learning) = &parts.options.routing.learning {
            router.learning().configure(&learning.rules);
        }
        Self {
            parts,
            instance,
            stored,
            models,
            capabilities,
            counters: Counters::default(),
            sessions: Arc::default(),
            hidden: Arc::default(),
            bulkheads,
            breakers,
            retry_budgets,
            health,
            router,
            shutdown: Arc::default(),
            reach: Reach::default(),
            custom,
        }
    }

    /// The gateway that follows this one when the configuration was read anew. It is the same to loops and to
    /// clients that name a stored answer, and knows how providers have fared and what sessions measured; its
    /// breakers are closed.
    #[must_use]
    pub fn followed_by(&self, parts: Parts) -> Self {
        if let Some(learning) = &parts.options.routing.learning {
            self.router.learning().configure(&learning.rules);
        }
        Self {
            instance: self.instance.clone(),
            stored: Arc::clone(&self.stored),
            sessions: Arc::clone(&self.sessions),
            hidden: Arc::clone(&self.hidden),
            retry_budgets: Arc::clone(&self.retry_budgets),
            health: Arc::clone(&self.health),
            router: Arc::clone(&self.router),
            shutdown: Arc::clone(&self.shutdown),
            ..Self::new(parts)
        }
    }

    /// What the configuration says.
    pub fn options(&self) -> &GatewayOptions {
        &self.parts.options
    }

    /// The active provider.
    pub fn active(&self) -> &Upstream {
        &self.parts.active
    }

    /// A provider that is set up.
    pub fn upstream(&self, name: &str) -> Option<&Upstream> {
        self.upstreams().find(|upstream| upstream.provider().name == name)
    }

    /// Whether requests of a client of this dialect with these headers pass to the active provider's vendor
    /// untouched, since they show the official client's own subscription.
    pub fn passes_untouched(&self, client: Dialect, headers: &Headers) -> bool {
        let active = self.active();
        CallerCredential::from_headers(headers).is_some_and(|caller| {
            active.passes_subscription(caller, client, client)
                || active.subscribers_provider(caller, client).is_some()
        })
    }

    /// Every provider that can be asked, the active one first.
    pub(crate) fn upstreams(&self) -> impl Iterator<Item = &Upstream> {
        std::iter::once(&self.parts.active).chain(&self.parts.others)
    }

    pub(crate) fn custom(&self) -> &[&'static Provider] {
        &self.custom
    }

    /// The end of the process, for whoever has something under way.
    pub fn shutdown(&self) -> &Arc<Shutdown> {
        &self.shutdown
    }

    pub(crate) fn health(&self) -> &Health {
        &self.health
    }

    /// Why a provider can't be asked, if it is a known one.
    pub fn why_not(&self, name: &str) -> Option<&str> {
        self.parts.unusable.get(name).map(String::as_str)
    }

    pub(crate) fn stored(&self) -> &Arc<StoredResponses> {
        &self.stored
    }

    pub(crate) fn bulkheads(&self) -> &Bulkheads {
        &self.bulkheads
    }

    pub(crate) fn breakers(&self) -> &Arc<Breakers> {
        &self.breakers
    }

    pub(crate) fn retry_budgets(&self) -> &RetryBudgets {
        &self.retry_budgets
    }

    /// The state of a provider's breaker, or of `provider:model`; one that was never used is closed.
    pub fn breaker_state(&self, name: &str) -> BreakerState {
        self.breakers.state(name)
    }

    /// What the circuit breakers have seen, by name.
    pub fn breaker_reports(&self) -> Vec<BreakerReport> {
        self.breakers.reports()
    }

    /// Closes the breakers of a provider, or all of them. Tells how many were not at rest.
    pub fn reset_breakers(&self, provider: Option<&str>) -> usize {
        self.breakers.reset(provider)
    }

    pub(crate) fn models(&self) -> &ModelCache {
        &self.models
    }

    pub(crate) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The transport to providers elsewhere.
    pub(crate) fn remote(&self) -> Arc<dyn Transport> {
        Arc::clone(&self.parts.http)
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(crate) fn sessions(&self) -> &Arc<Sessions> {
        &self.sessions
    }

    /// What clients weren't told of their answers.
    pub(crate) fn hidden(&self) -> &Memory {
        &self.hidden
    }

    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// What is learned from requests.
    pub fn learning(&self) -> &Arc<Learning> {
        self.router.learning()
    }

    /// Learns from what has come, and tells the ledger what the requests have earned. Off the requests' path.
    pub fn study(&self, all: bool) {
        let Some(rules) = &self.options().routing.learning else { return };
        let (learning, now) = (self.router.learning(), self.ambient().unix_seconds());
        let earned = if all { learning.study_all(rules, now) } else { learning.study(rules, now) };
        for own in &earned {
            self.parts.ledger.earned(own);
        }
    }

    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    pub(crate) fn ambient(&self) -> &dyn Ambient {
        &*self.parts.ambient
    }

    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    fn transport(&self, upstream: &Upstream) -> &dyn Transport {
        if upstream.host().is_none() { &*self.parts.builtin } else { &*self.parts.http }
    }

    /// Sends one request to a provider. What the machine has to prove itself with is applied here, each time
    /// anew: signatures and tokens grow old.
    pub(crate) async fn send(
        &self,
        upstream: &Upstream,
        mut outbound: Outbound,
        credential: &Credential,
    ) -> Result<Inbound, TransportError> {
        self.prove(&mut outbound, credential).await?;
        self.transport(upstream).send(outbound).await
    }

    /// The same for a body that goes up as it comes. A signature over it is no more to be had.
    pub(crate) async fn send_streamed(
        &self,
        upstream: &Upstream,
        mut outbound: Outbound,
        credential: &Credential,
        body: Upload,
    ) -> Result<Inbound, TransportError> {
        self.prove(&mut outbound, credential).await?;
        self.transport(upstream).send_streamed(outbound, body).await
    }

    async fn prove(&self, outbound: &mut Outbound, credential: &Credential) -> Result<(), TransportError> {
        let proof = match credential.ambient() {
            None => return Ok(()),
            Some(AmbientCredential::AwsSigV4 { region, service }) => Proof::AwsSigV4 { region, service },
            Some(AmbientCredential::GoogleToken) => Proof::GoogleToken,
        };
        self.parts.signer.sign(outbound, proof).await
    }

    /// The account of a request, which the ledger is handed in the end.
    pub(crate) fn account(
        &self,
        ingress: &Ingress,
        routed: &Routed<'_>,
        stream: bool,
        receipt: &Receipt,
    ) -> Account {
        Account::new(ingress, routed, stream, receipt, self.books())
    }

    /// Whoever is told when a request is over.
    pub(crate) fn books(&self) -> Books {
        Books { ledger: Arc::clone(&self.parts.ledger), prices: Arc::clone(&self.parts.options.prices) }
    }

    pub(crate) fn reply_context(&self, model: &str) -> ReplyContext {
        ReplyContext {
            model: model.to_owned(),
            created: self.ambient().unix_seconds(),
            seed: self.ambient().seed(),
            input_estimate: 0,
            include_usage: false,
            request: None,
        }
    }
}

/// A value that can't stand in a header.
pub(crate) fn bad_header(name: &str) -> Failure {
    let message = format!("header {name}: holds characters that can't be sent on");
    Failure::client(ApiError::new(FaultKind::InvalidRequest, message))
}
