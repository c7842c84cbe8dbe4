//! From settings to a service.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lynkr_api::{ApiOptions, Service};
use lynkr_builtin::BuiltinTransport;
use lynkr_config::{ExposeSecret, Loaded, Problem, Severity, Values};
use lynkr_http::{ClientOptions, HttpTransport, Transport};
use lynkr_orchestrator::{Gateway, GatewayOptions, Limits, Parts, System};

use crate::choose::{Found, choose};

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
}

/// A gateway that isn't served yet.
#[derive(Debug)]
pub struct Built {
    /// What is served.
    pub service: Service,
    /// Where.
    pub address: SocketAddr,
    /// Why the active provider was chosen.
    pub found: Found,
    /// How long requests may take to finish at the end.
    pub grace: Duration,
}

/// Builds the gateway. Asks the model servers of this machine whether they are there, when no provider is set up.
pub async fn build(loaded: &Loaded) -> Result<Built, StartError> {
    let errors: Vec<Problem> =
        loaded.problems.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        return Err(StartError::Configuration(errors));
    }
    let values = &loaded.values;
    let api_keys = api_keys(values);
    let address =
        address(values, !api_keys.is_empty()).map_err(|problem| StartError::Configuration(vec![problem]))?;
    let builtin = builtin(values).map_err(|problem| StartError::Configuration(vec![problem]))?;
    let http: Arc<dyn Transport> = Arc::new(HttpTransport::new(ClientOptions {
        connect_timeout: values.milliseconds("LYNKR_CONNECT_TIMEOUT_MS"),
        ..ClientOptions::default()
    }));
    let choice = choose(values, &*http).await.map_err(StartError::Configuration)?;
    let options = options(values, choice.active.provider().name);
    let gateway = Gateway::new(Parts {
        options,
        active: choice.active,
        others: choice.others,
        unusable: choice.unusable,
        http,
        builtin: Arc::new(builtin),
        ambient: Arc::new(System),
    });
    let body_limit = usize::try_from(values.bytes("REQUEST_JSON_LIMIT")).unwrap_or(usize::MAX);
    Ok(Built {
        service: Service {
            gateway: Arc::new(gateway),
            options: ApiOptions { body_limit, api_keys: Arc::new(api_keys) },
        },
        address,
        found: choice.found,
        grace: values.milliseconds("GRACEFUL_SHUTDOWN_TIMEOUT"),
    })
}

fn options(values: &Values, active: &str) -> GatewayOptions {
    GatewayOptions {
        active: active.to_owned(),
        force_model: values.text("LYNKR_FORCE_MODEL").map(str::to_owned),
        default_model: values.text("MODEL_DEFAULT").map(str::to_owned),
        aliases: values.aliases(),
        limits: Limits {
            first_byte: values.milliseconds("LYNKR_FIRST_BYTE_TIMEOUT_MS"),
            idle: values.milliseconds("LYNKR_STREAM_IDLE_TIMEOUT_MS"),
            hold: values.milliseconds("LYNKR_HOLD_MS"),
            ping: values.milliseconds("LYNKR_PING_INTERVAL_MS"),
            max_retries: u32::try_from(values.integer("API_RETRY_MAX_RETRIES")).unwrap_or(u32::MAX),
            stored_bytes: usize::try_from(values.bytes("LYNKR_STORED_RESPONSES_MAX_BYTES"))
                .unwrap_or(usize::MAX),
            ..Limits::default()
        },
    }
}

fn api_keys(values: &Values) -> Vec<String> {
    let keys =
        values.secret("LYNKR_API_KEYS").map(|keys| keys.expose_secret().to_owned()).unwrap_or_default();
    keys.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

/// Where to listen. An address that other machines reach needs keys: an open gateway spends its owner's money.
fn address(values: &Values, has_keys: bool) -> Result<SocketAddr, Problem> {
    let host = values.text("LYNKR_HOST").unwrap_or("127.0.0.1");
    let ip: IpAddr = match host {
        "localhost" => IpAddr::from([127, 0, 0, 1]),
        other => other.trim_matches(['[', ']']).parse().map_err(|_| {
            Problem::error("LYNKR_HOST", format!("is `{host}`, which is no IP address"))
                .with_hint("127.0.0.1 serves this machine, 0.0.0.0 every network")
        })?,
    };
    if !ip.is_loopback() && !has_keys {
        let problem =
            Problem::error("LYNKR_HOST", format!("is {ip}, which other machines can reach, without a key"));
        return Err(problem.with_hint("set LYNKR_API_KEYS, or listen on 127.0.0.1"));
    }
    let port = u16::try_from(values.integer("PORT")).unwrap_or(8080);
    Ok(SocketAddr::new(ip, port))
}

fn builtin(values: &Values) -> Result<BuiltinTransport, Problem> {
    let pace = values.milliseconds("LYNKR_BUILTIN_PACE_MS");
    let Some(path) = values.path("LYNKR_BUILTIN_SCENARIO") else {
        return Ok(BuiltinTransport::new(None, pace));
    };
    let wrong = |why: String| {
        Problem::error(
            "LYNKR_BUILTIN_SCENARIO",
            format!("names {}, which can't be used: {why}", path.display()),
        )
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let scenario = lynkr_builtin::Scenario::parse(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(BuiltinTransport::new(Some(scenario), pace))
}
