//! The surface over real sockets, in front of a scripted provider.

mod clouds;
mod gemini;
mod providers;
mod vendors;
mod websocket;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lynkr_config::Inputs;
use lynkr_http::{ClientOptions, HttpTransport, Transport};
use lynkr_orchestrator::{Gateway, GatewayOptions, Habits, Lanes, Limits, Parts, System};
use lynkr_providers::{Upstream, resolve_provider, settings_tables};

use crate::{ApiOptions, Listener, Live, Load, LoadLimits, Memory, Service, ServiceParts, Unchanging, serve};

/// A gateway in front of an OpenAI endpoint.
pub(crate) fn service(endpoint: &str) -> Service {
    let environment = BTreeMap::from([
        ("OPENAI_ENDPOINT".to_owned(), endpoint.to_owned()),
        ("OPENAI_API_KEY".to_owned(), "sk-test-0123456789".to_owned()),
    ]);
    let inputs = Inputs { environment, ..Inputs::default() };
    let values = lynkr_config::load(&settings_tables(), &inputs).values;
    let active = Upstream::from_values(resolve_provider("openai", &[]).unwrap(), &values).unwrap();
    let http: Arc<dyn Transport> = Arc::new(HttpTransport::new(ClientOptions::default()));
    let limits = Limits { first_delay: Duration::from_millis(1), ..Limits::default() };
    let gateway = Gateway::new(Parts {
        options: GatewayOptions { active: "openai".to_owned(), limits, ..GatewayOptions::default() },
        active,
        others: Vec::new(),
        unusable: BTreeMap::new(),
        http: Arc::clone(&http),
        builtin: Arc::clone(&http),
        ledger: Arc::new(lynkr_orchestrator::Ledgers::default()),
        signer: Arc::new(lynkr_http::MachineSigner::new(http)),
        ambient: Arc::new(System),
    });
    around(gateway)
}

/// A surface with nothing switched off.
fn around(gateway: Gateway) -> Service {
    let options = ApiOptions {
        body_limit: 1024 * 1024,
        client_timeout: std::time::Duration::from_secs(60),
        metrics: true,
        health_checks: true,
        needs_store: false,
        api_keys: Arc::default(),
        policy: Arc::default(),
        start_token: Some("a-start-token".into()),
    };
    let governor = Arc::new(crate::Governor::new(None, None, Arc::default()));
    let load = Arc::new(Load::new(LoadLimits::default(), Memory::default));
    let reload = Arc::new(Unchanging);
    Service::from(ServiceParts {
        gateway: Arc::new(gateway),
        options,
        load,
        metrics: Arc::default(),
        governor,
        otel: None,
        store: None,
        feed: Arc::default(),
        reload,
    })
}

/// The same, with keys that clients must show.
pub(crate) fn with_keys(service: &Service, keys: &[&str]) -> Service {
    let mut parts = ServiceParts::clone(service);
    parts.options.api_keys = Arc::new(keys.iter().map(|&key| key.to_owned()).collect());
    parts.into()
}

/// The same, served on a free port until the test ends.
fn gateway(endpoint: &str) -> SocketAddr {
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = listener.address().unwrap();
    let live = Live::new(service(endpoint));
    tokio::spawn(async move {
        let lanes = Lanes::start(Habits::default()).unwrap();
        serve(listener, &lanes, live, std::future::pending(), Duration::ZERO).await
    });
    address
}
