//! The port that the gateway is to listen on: free, a Lynkr's already, or somebody else's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

use lynkr_app::Question;
use lynkr_config::{Source, Values};
use lynkr_process::listener_on;

use super::Context;
use super::finding::{Finding, Verdict};

/// This machine answers at once.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn look(on: &Context) -> Vec<Finding> {
    let values = &on.loaded.values;
    let port = port(values);
    let what = format!("PORT {port}");
    if port == 0 {
        return vec![Finding::new(Verdict::Good, what, "any free one is taken")];
    }
    if let Some(version) = running(on).await {
        return vec![Finding::new(Verdict::Good, what, format!("Lynkr {version} listens there"))];
    }
    let address = SocketAddr::new(host(values), port);
    match TcpListener::bind(address) {
        Ok(_) => vec![Finding::new(Verdict::Good, what, "is free; no gateway runs there")],
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => vec![taken(values, what, address)],
        Err(error) => vec![Finding::new(Verdict::Wrong, what, format!("can't be listened on: {error}"))],
    }
}

fn taken(values: &Values, what: String, address: SocketAddr) -> Finding {
    let by = listener_on(address).map_or_else(|| "another program".to_owned(), |holder| holder.to_string());
    let is_default = values.source("PORT").is_none_or(|source| *source == Source::Default);
    let next = (1..=20)
        .filter_map(|more| address.port().checked_add(more))
        .find(|port| TcpListener::bind(SocketAddr::new(address.ip(), *port)).is_ok());
    // Nobody chose it: the gateway takes the next free one.
    let (verdict, told) = if is_default {
        (Verdict::Warning, format!("{by} listens there; the gateway takes the next free port"))
    } else {
        (Verdict::Wrong, format!("{by} listens there"))
    };
    let finding = Finding::new(verdict, what, told);
    match next {
        Some(next) => finding.with_suggestion(format!("PORT={next}")),
        None => finding,
    }
}

/// The version of the Lynkr that listens there.
async fn running(on: &Context) -> Option<String> {
    let url = format!("{}/health/live", base(&on.loaded.values));
    let question =
        Question { method: "GET", url: &url, headers: &[], body: String::new(), patience: PATIENCE };
    let answer = on.scout.as_ref()?.ask(&question).await.ok()?;
    answer.header("x-lynkr-version").map(str::to_owned)
}

/// The port that is configured.
pub(super) fn port(values: &Values) -> u16 {
    u16::try_from(values.integer("PORT")).unwrap_or(0)
}

fn host(values: &Values) -> IpAddr {
    values.text("LYNKR_HOST").and_then(|host| host.parse().ok()).unwrap_or(Ipv4Addr::LOCALHOST.into())
}

/// The URL of the gateway that is configured, as this machine reaches it.
pub(super) fn base(values: &Values) -> String {
    let scheme = if values.path("LYNKR_TLS_CERT").is_some() { "https" } else { "http" };
    let host = match host(values) {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    format!("{scheme}://{}", SocketAddr::new(host, port(values)))
}
