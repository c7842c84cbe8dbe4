//! From settings to a service.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lynkr_api::{
    ApiOptions, Feed, Governor, Identity, IdentityError, Live, Load, LoadLimits, Memory, Policy, Reload,
    Service, ServiceParts,
};
use lynkr_builtin::BuiltinTransport;
use lynkr_config::{ExposeSecret, Inputs, Loaded, Problem, Severity, Trust, Values};
use lynkr_http::{ClientOptions, HttpTransport, MachineSigner, Proxies, Transport};
use lynkr_orchestrator::{
    BreakerRules, Gateway, GatewayOptions, Ledger, Ledgers, Limits, Parts, PriceBook, System,
};
use lynkr_store::Store;
use lynkr_telemetry::{Metrics, Otel};
use tokio::sync::Mutex;

use crate::choose::{Choice, Found, choose};
use crate::counted::CountedBy;
use crate::governance;
use crate::learning::{self, Kept};
use crate::otel::{self, ExportedBy};
use crate::pinned::PinnedIn;
use crate::prices;
use crate::recorded::RecordedIn;
use crate::reload::Reloader;
use crate::routing;
use crate::shelved::ShelvedIn;
use crate::storage;
use crate::tools;

/// Why the gateway can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something is wrong with the configuration; all of it is listed.
    #[error("the configuration has {} problem(s)", .0.len())]
    Configuration(Vec<Problem>),
    /// The address can't be had.
    #[error("can't listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The system has no more threads.
    #[error("can't start the threads that serve")]
    Threads(#[source] std::io::Error),
}

/// A gateway that isn't served yet.
#[derive(Debug)]
pub struct Built {
    /// What is served at first.
    pub service: Service,
    /// What is served at any time.
    pub live: Arc<Live>,
    /// Replaces it by what the configuration says then.
    pub reloader: Arc<Reloader>,
    /// Where.
    pub address: SocketAddr,
    /// What it proves to be, where it serves HTTPS.
    pub identity: Option<Identity>,
    /// Why the active provider was chosen.
    pub found: Found,
    /// How long requests may take to finish at the end.
    pub grace: Duration,
    /// Keeps what is learned.
    pub(crate) kept: Arc<Mutex<Kept>>,
}

/// Builds the gateway. Asks the model servers of this machine whether they are there, when no provider is set up.
pub async fn build(loaded: &Loaded, inputs: Inputs) -> Result<Built, StartError> {
    let reloader = Reloader::new(inputs.clone(), loaded.values.clone());
    let assembled = assemble(loaded, &inputs, None, reloader.clone()).await?;
    let live = Live::new(assembled.service.clone());
    reloader.serves(&live);
    if let Some(otel) = &assembled.service.otel {
        otel::watch(otel, &live);
    }
    let kept = Kept::new();
    kept.lock().await.read(&assembled.service).await;
    tokio::spawn(learning::keep(Arc::downgrade(&live), Arc::downgrade(&reloader), Arc::clone(&kept)));
    tokio::spawn(storage::forget(Arc::downgrade(&live), Arc::downgrade(&reloader)));
    let http = assembled.http;
    tokio::spawn(prices::keep_fresh(Arc::downgrade(&live), Arc::downgrade(&reloader), http));
    let identity = identity(&loaded.values).map_err(|problem| StartError::Configuration(vec![problem]))?;
    Ok(Built {
        kept,
        identity,
        service: assembled.service,
        live,
        reloader,
        address: assembled.address,
        found: assembled.found,
        grace: loaded.values.milliseconds("GRACEFUL_SHUTDOWN_TIMEOUT"),
    })
}

/// What a configuration makes.
pub(crate) struct Assembled {
    pub(crate) service: Service,
    pub(crate) address: SocketAddr,
    pub(crate) found: Found,
    /// Reaches what isn't in this process.
    pub(crate) http: Arc<dyn Transport>,
}

/// Makes a service of a configuration. What `before` has counted and kept goes on in it.
pub(crate) async fn assemble(
    loaded: &Loaded,
    inputs: &Inputs,
    before: Option<&Service>,
    reload: Arc<dyn Reload>,
) -> Result<Assembled, StartError> {
    let errors: Vec<Problem> =
        loaded.problems.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        return Err(StartError::Configuration(errors));
    }
    let values = &loaded.values;
    let api_keys = governance::api_keys(values);
    let address = governance::address(values).map_err(|problem| StartError::Configuration(vec![problem]))?;
    let builtin = builtin(values).map_err(|problem| StartError::Configuration(vec![problem]))?;
    let resolve = resolve(values).map_err(|problem| StartError::Configuration(vec![problem]))?;
    let http = transport(values, inputs, resolve);
    let choice = choose(values, &*http).await.map_err(StartError::Configuration)?;
    let prices =
        price_book(values, before, &choice).map_err(|problem| StartError::Configuration(vec![problem]))?;
    let options = GatewayOptions {
        prices: Arc::clone(&prices),
        routing: routing::options(values, &choice),
        agent: tools::agent(values).map_err(|problem| StartError::Configuration(vec![problem]))?,
        ..options(values, choice.active.provider().name)
    };
    let store = match before {
        Some(before) => before.store.clone(),
        None => storage::open(values).await.map_err(|problem| StartError::Configuration(vec![problem]))?,
    };
    let metrics = before.map_or_else(|| Arc::new(Metrics::new()), |before| Arc::clone(&before.metrics));
    let otel = match before {
        Some(before) => before.otel.clone(),
        None => otel::start(values, &http),
    };
    let (policy, governor) =
        governed(values, (address, &api_keys), before, (store.as_ref(), prices), &metrics)
            .await
            .map_err(|problem| StartError::Configuration(vec![problem]))?;
    let feed = before.map_or_else(Arc::default, |before| Arc::clone(&before.feed));
    let parts = Parts {
        options,
        active: choice.active,
        others: choice.others,
        unusable: choice.unusable,
        signer: Arc::new(MachineSigner::new(Arc::clone(&http))),
        http: Arc::clone(&http),
        builtin: Arc::new(builtin),
        ledger: ledger(&metrics, (store.as_ref(), &feed), otel.as_ref()),
        ambient: Arc::new(System),
    };
    let gateway = match before {
        Some(before) => before.gateway.followed_by(parts),
        None => Gateway::new(parts),
    };
    if let Some(store) = store.as_ref().filter(|_| before.is_none()) {
        gateway.shelve_on(Arc::new(ShelvedIn::new(store.clone())));
        gateway.pin_on(Arc::new(PinnedIn(store.clone())));
    }
    let load = load(values, before);
    let options = surface(values, api_keys, policy);
    let gateway = Arc::new(gateway);
    let service = ServiceParts { gateway, options, load, metrics, otel, governor, store, feed, reload };
    Ok(Assembled { service: service.into(), address, found: choice.found, http })
}

/// What models cost, by the table that is there already, else the one that comes with the program.
fn price_book(values: &Values, before: Option<&Service>, choice: &Choice) -> Result<Arc<PriceBook>, Problem> {
    let table = match before {
        Some(before) => before.options.policy.prices.now().table().clone(),
        None => prices::table(values)?,
    };
    let upstreams = std::iter::once(&choice.active).chain(&choice.others);
    Ok(Arc::new(PriceBook::new(prices::prices(values, table, upstreams)?)))
}

fn load(values: &Values, before: Option<&Service>) -> Arc<Load> {
    let load = match before {
        Some(before) => Arc::clone(&before.load),
        None => Arc::new(Load::new(load_limits(values), memory)),
    };
    load.set_limits(load_limits(values));
    load
}

/// Reaches providers over HTTP.
pub(crate) fn transport(
    values: &Values,
    inputs: &Inputs,
    resolve: BTreeMap<String, SocketAddr>,
) -> Arc<dyn Transport> {
    Arc::new(HttpTransport::new(ClientOptions {
        connect_timeout: values.milliseconds("LYNKR_CONNECT_TIMEOUT_MS"),
        resolve,
        proxies: proxies(inputs),
        ..ClientOptions::default()
    }))
}

/// What the surface itself needs to know.
fn surface(values: &Values, api_keys: Vec<String>, policy: Policy) -> ApiOptions {
    ApiOptions {
        body_limit: usize::try_from(values.bytes("REQUEST_JSON_LIMIT")).unwrap_or(usize::MAX),
        client_timeout: values.milliseconds("LYNKR_CLIENT_TIMEOUT_MS"),
        metrics: values.bool("METRICS_ENABLED"),
        health_checks: values.bool("HEALTH_CHECK_ENABLED"),
        needs_store: storage::is_named(values),
        api_keys: Arc::new(api_keys),
        policy: Arc::new(policy),
        start_token: values.secret("LYNKR_START_TOKEN").map(|token| token.expose_secret().into()),
    }
}

/// Whoever wants to know of a request that is over.
fn ledger(
    metrics: &Arc<Metrics>,
    (store, feed): (Option<&Store>, &Arc<Feed>),
    otel: Option<&Arc<Otel>>,
) -> Arc<dyn Ledger> {
    let mut ledgers: Vec<Arc<dyn Ledger>> = vec![Arc::new(CountedBy(Arc::clone(metrics)))];
    ledgers.push(Arc::new(RecordedIn { store: store.cloned(), feed: Arc::clone(feed) }));
    if let Some(otel) = otel {
        ledgers.push(Arc::new(ExportedBy(Arc::clone(otel))));
    }
    Arc::new(Ledgers(ledgers))
}

/// What holds for callers, and what is counted and remembered of them.
async fn governed(
    values: &Values,
    (address, api_keys): (SocketAddr, &[String]),
    before: Option<&Service>,
    (store, prices): (Option<&Store>, Arc<PriceBook>),
    metrics: &Arc<Metrics>,
) -> Result<(Policy, Arc<Governor>), Problem> {
    let policy = governance::policy(values, address, !api_keys.is_empty(), store, prices)?;
    let governor = governance::governor(values, before, store, metrics).await?;
    Ok((policy, governor))
}

fn options(values: &Values, active: &str) -> GatewayOptions {
    GatewayOptions {
        active: active.to_owned(),
        force_model: values.text("LYNKR_FORCE_MODEL").map(str::to_owned),
        default_model: values.text("MODEL_DEFAULT").map(str::to_owned),
        embeddings_provider: values.text("EMBEDDINGS_PROVIDER").map(str::to_owned),
        aliases: values.aliases(),
        fingerprints: values.bool("LYNKR_SESSION_FINGERPRINT"),
        transcripts: values.bool("LYNKR_TRANSCRIPTS"),
        prices: Arc::default(),
        routing: lynkr_orchestrator::RoutingOptions::default(),
        agent: None,
        limits: Limits {
            first_byte: values.milliseconds("LYNKR_FIRST_BYTE_TIMEOUT_MS"),
            idle: values.milliseconds("LYNKR_STREAM_IDLE_TIMEOUT_MS"),
            count: values.milliseconds("LYNKR_COUNT_TIMEOUT_MS"),
            hold: values.milliseconds("LYNKR_HOLD_MS"),
            ping: values.milliseconds("LYNKR_PING_INTERVAL_MS"),
            first_delay: values.milliseconds("API_RETRY_INITIAL_DELAY"),
            max_delay: values.milliseconds("API_RETRY_MAX_DELAY"),
            breakers: breaker_rules(values),
            max_retries: u32::try_from(values.integer("API_RETRY_MAX_RETRIES")).unwrap_or(u32::MAX),
            stored_bytes: usize::try_from(values.bytes("LYNKR_STORED_RESPONSES_MAX_BYTES"))
                .unwrap_or(usize::MAX),
            answer_bytes: usize::try_from(values.bytes("LYNKR_MAX_ANSWER_BYTES")).unwrap_or(usize::MAX),
            answer: values.milliseconds("LYNKR_ANSWER_TIMEOUT_MS"),
        },
    }
}

fn breaker_rules(values: &Values) -> BreakerRules {
    let count = |env| u32::try_from(values.integer(env)).unwrap_or(u32::MAX);
    BreakerRules {
        failures: count("CIRCUIT_BREAKER_FAILURE_THRESHOLD"),
        successes: count("CIRCUIT_BREAKER_SUCCESS_THRESHOLD"),
        rest: values.milliseconds("CIRCUIT_BREAKER_TIMEOUT"),
    }
}

fn load_limits(values: &Values) -> LoadLimits {
    if !values.bool("LOAD_SHEDDING_ENABLED") {
        return LoadLimits { memory: f64::INFINITY, heap: f64::INFINITY, active: u64::MAX };
    }
    LoadLimits {
        memory: values.share("LOAD_SHEDDING_MEMORY_THRESHOLD"),
        heap: values.share("LOAD_SHEDDING_HEAP_THRESHOLD"),
        active: values.integer("LOAD_SHEDDING_ACTIVE_REQUESTS_THRESHOLD"),
    }
}

fn memory() -> Memory {
    let process = lynkr_telemetry::process_memory();
    Memory {
        resident: process.resident_bytes,
        private: process.private_bytes,
        limit: lynkr_telemetry::memory_limit(),
    }
}

/// Where tests have put the vendors' hosts. Whoever can say that a vendor is elsewhere gets no further without
/// a certificate that this machine trusts; a release build doesn't even listen.
pub(crate) fn resolve(values: &Values) -> Result<BTreeMap<String, SocketAddr>, Problem> {
    const ENV: &str = "LYNKR_TEST_RESOLVE";
    let pairs = values.pairs(ENV);
    let is_project = values.source(ENV).is_some_and(|source| source.trust() == Trust::Project);
    if !pairs.is_empty() && (!cfg!(debug_assertions) || is_project) {
        return Err(Problem::error(ENV, "is for tests of the gateway itself and is refused here"));
    }
    let read = |(host, address): &(String, String)| {
        let wrong = |_| Problem::error(ENV, format!("`{address}` is no address with a port"));
        Ok((host.to_ascii_lowercase(), address.parse().map_err(wrong)?))
    };
    pairs.iter().map(read).collect()
}

/// The certificate and key for HTTPS, if they are set.
fn identity(values: &Values) -> Result<Option<Identity>, Problem> {
    let (certificate, key) = ("LYNKR_TLS_CERT", "LYNKR_TLS_KEY");
    match (values.path(certificate), values.path(key)) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(Problem::error(key, format!("is not set, but {certificate} is"))),
        (None, Some(_)) => Err(Problem::error(certificate, format!("is not set, but {key} is"))),
        (Some(chain), Some(private)) => {
            let wrong = |error| match error {
                IdentityError::Certificate(why) => unusable(certificate, chain, &why),
                IdentityError::Key(why) => unusable(key, private, &why),
            };
            Identity::read(chain, private).map(Some).map_err(wrong)
        }
    }
}

fn unusable(env: &str, path: &Path, why: &str) -> Problem {
    Problem::error(env, format!("names {}, which can't be used: {why}", path.display()))
}

fn proxies(inputs: &Inputs) -> Proxies {
    let variable = |name| inputs.shared_variable(name).to_owned();
    Proxies {
        http: variable("HTTP_PROXY"),
        https: variable("HTTPS_PROXY"),
        all: variable("ALL_PROXY"),
        none: variable("NO_PROXY"),
    }
}

fn builtin(values: &Values) -> Result<BuiltinTransport, Problem> {
    let pace = values.milliseconds("LYNKR_BUILTIN_PACE_MS");
    let Some(path) = values.path("LYNKR_BUILTIN_SCENARIO") else {
        return Ok(BuiltinTransport::new(None, pace));
    };
    let wrong = |why: String| unusable("LYNKR_BUILTIN_SCENARIO", path, &why);
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let scenario = lynkr_builtin::Scenario::parse(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(BuiltinTransport::new(Some(scenario), pace))
}
