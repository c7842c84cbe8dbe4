//! Who may use the gateway: from settings to a policy.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use lynkr_api::{Governor, Policy, RateBy, RatePolicy, Service};
use lynkr_config::{ExposeSecret, Problem, Trust, Values};
use lynkr_orchestrator::PriceBook;
use lynkr_store::{SharedCache, SharedOptions, Store, redis_url};
use lynkr_telemetry::Metrics;

/// What only the operator may decide: whoever wrote the project that the gateway is started in may not.
const OPERATORS: &[&str] = &["LYNKR_INSECURE", "LYNKR_ALLOWED_HOSTS", "LYNKR_BUDGET_ENFORCER"];

/// The operator's own keys.
pub(crate) fn api_keys(values: &Values) -> Vec<String> {
    let keys =
        values.secret("LYNKR_API_KEYS").map(|keys| keys.expose_secret().to_owned()).unwrap_or_default();
    keys.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

/// Where to listen.
pub(crate) fn address(values: &Values) -> Result<SocketAddr, Problem> {
    let host = values.text("LYNKR_HOST").unwrap_or("127.0.0.1");
    let ip: IpAddr = match host {
        "localhost" => IpAddr::from([127, 0, 0, 1]),
        other => other.trim_matches(['[', ']']).parse().map_err(|_| {
            Problem::error("LYNKR_HOST", format!("is `{host}`, which is no IP address"))
                .with_hint("127.0.0.1 serves this machine, 0.0.0.0 every network")
        })?,
    };
    let port = u16::try_from(values.integer("PORT")).unwrap_or(8080);
    Ok(SocketAddr::new(ip, port))
}

/// What holds for callers of a gateway at this address. An address that other machines reach needs keys: an open gateway
/// spends its owner's money.
pub(crate) fn policy(
    values: &Values,
    address: SocketAddr,
    has_operators_keys: bool,
    store: Option<&Store>,
    prices: Arc<PriceBook>,
) -> Result<Policy, Problem> {
    for env in OPERATORS {
        if let Some(source) = values.source(env).filter(|source| source.trust() == Trust::Project) {
            let problem =
                Problem::error(*env, "is refused here: a project can't say who may use the gateway");
            return Err(problem.with_source(source));
        }
    }
    let is_local = address.ip().is_loopback();
    let is_insecure = values.bool("LYNKR_INSECURE");
    if !is_local && !is_insecure && !has_operators_keys && store.is_none() {
        let message = format!("is {}, which other machines can reach, and no key can be known", address.ip());
        let hint = "set LYNKR_API_KEYS, or a store that `lynkr keys` makes keys in, or listen on 127.0.0.1";
        return Err(Problem::error("LYNKR_HOST", message).with_hint(hint));
    }
    if !is_local && is_insecure {
        tracing::warn!("LYNKR_INSECURE: other machines are served without a key");
    }
    let allowed: Vec<String> = values.list("LYNKR_ALLOWED_HOSTS").to_vec();
    let any_host = allowed.iter().any(|host| host == "*") || (!is_local && allowed.is_empty());
    Ok(Policy {
        key_required: values.bool("LYNKR_REQUIRE_KEY") || (!is_local && !is_insecure),
        open_admin: is_local,
        hosts: (!any_host).then_some(allowed),
        rate: values.bool("RATE_LIMIT_ENABLED").then(|| rate(values)),
        budgets: values.bool("LYNKR_BUDGET_ENFORCER"),
        output_reserve: values.integer("LYNKR_BUDGET_OUTPUT_RESERVE"),
        prices,
    })
}

fn rate(values: &Values) -> RatePolicy {
    RatePolicy {
        most: values.integer("RATE_LIMIT_MAX"),
        window: values.milliseconds("RATE_LIMIT_WINDOW_MS"),
        by: match values.text("RATE_LIMIT_KEY_BY") {
            Some("ip") => RateBy::Ip,
            Some("both") => RateBy::Both,
            Some("key") => RateBy::Key,
            Some("user") => RateBy::User,
            _ => RateBy::Session,
        },
    }
}

/// What lives as long as the process. A Redis server that isn't there at the start is no reason not to start: rates are
/// counted within this process until it is.
pub(crate) async fn governor(
    values: &Values,
    before: Option<&Service>,
    store: Option<&Store>,
    metrics: &Arc<Metrics>,
) -> Result<Arc<Governor>, Problem> {
    if let Some(before) = before {
        return Ok(Arc::clone(&before.governor));
    }
    let shared = match redis_url(values)? {
        None => None,
        Some(url) => match SharedCache::lazy(&url, SharedOptions::default()) {
            Ok(shared) => {
                if let Err(error) = shared.ping().await {
                    tracing::warn!(%error, "REDIS_URL: no answer; rates count within this process until it comes");
                }
                Some(shared)
            }
            Err(error) => return Err(Problem::error("REDIS_URL", format!("can't be used: {error}"))),
        },
    };
    let governor = Arc::new(Governor::new(store.cloned(), shared, Arc::clone(metrics)));
    governor.read_ahead().await;
    Ok(governor)
}
