//! Asks the model servers of this machine whether they are there. This runs before our own socket is bound, so
//! that we can't take ourselves for one of them.

use std::time::Duration;

use lynkr_http::{HeaderMap, HeaderName, HeaderValue, Method, Outbound, Transport};
use lynkr_orchestrator::HOPS_HEADER;
use lynkr_providers::{Headers, Probe, reported_version};

/// A server on this machine answers at once or isn't there.
const MOST_WAIT: Duration = Duration::from_millis(400);

/// The most that is read of an answer.
const MOST_BYTES: usize = 1024 * 1024;

/// What a server said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

/// Whether the server that a probe looks for is there.
pub(crate) async fn proves(http: &dyn Transport, probe: &Probe) -> Option<Said> {
    proves_at(http, probe, probe.url).await
}

/// Whether it is there at another URL than its usual one, which has no slash at its end.
pub(crate) async fn proves_at(http: &dyn Transport, probe: &Probe, url: &str) -> Option<Said> {
    let said = ask(http, &format!("{url}{}", probe.path)).await?;
    probe.proves(said.status, &said.headers, &said.body).then_some(said)
}

/// The version of an Ollama server, if it answers.
pub(crate) async fn ollama_version(http: &dyn Transport, url: &str) -> Option<String> {
    reported_version(&ask(http, url).await?.body)
}

async fn ask(http: &dyn Transport, url: &str) -> Option<Said> {
    tokio::time::timeout(MOST_WAIT, answer(http, url)).await.ok()?
}

async fn answer(http: &dyn Transport, url: &str) -> Option<Said> {
    // A gateway that is asked knows by this that a gateway asks.
    let headers =
        HeaderMap::from_iter([(HeaderName::from_static(HOPS_HEADER), HeaderValue::from_static("probe"))]);
    let outbound = Outbound {
        method: Method::GET,
        url: url.parse().ok()?,
        headers,
        body: Vec::new(),
        head_timeout: MOST_WAIT,
    };
    let mut inbound = http.send(outbound).await.ok()?;
    let headers = inbound.headers.into();
    let mut body = Vec::new();
    while let Some(bytes) = inbound.body.next().await {
        body.extend_from_slice(&bytes.ok()?);
        if body.len() > MOST_BYTES {
            return None;
        }
    }
    Some(Said { status: inbound.status.as_u16(), headers, body })
}
