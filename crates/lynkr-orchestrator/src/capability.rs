//! Whether a model can call tools, where only its server knows: asked once per model and remembered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use lynkr_http::{HeaderMap, HeaderValue, Method, Outbound};
use lynkr_providers::{ToolSupport, Upstream, reports_tools};
use tokio::time::Instant;

use crate::attempt::outbound_url;
use crate::gateway::Gateway;
use crate::route::Routed;
use crate::whole;

/// How long an answer is good for: a model may be replaced under its name.
const GOOD_FOR: Duration = Duration::from_mins(10);
/// How long a question that got no answer isn't asked again.
const SILENCE_FOR: Duration = Duration::from_secs(60);
/// How long the question may take.
const MOST_WAIT: Duration = Duration::from_millis(2_500);
/// Past so many models the memory starts again: names come from clients.
const MOST_MODELS: usize = 1_024;

/// What servers said, by URL and model.
#[derive(Debug, Default)]
pub(crate) struct Capabilities {
    known: Mutex<HashMap<String, (Instant, bool)>>,
}

impl Capabilities {
    fn get(&self, key: &str) -> Option<bool> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|(until, _)| *until > Instant::now()).map(|(_, capable)| *capable)
    }

    fn put(&self, key: String, capable: bool, good_for: Duration) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_MODELS {
            known.clear();
        }
        known.insert(key, (Instant::now() + good_for, capable));
    }
}

impl Gateway {
    /// Whether the model can call tools. A server that doesn't say has none that can: that is what its list
    /// of known names leaves.
    pub(crate) async fn calls_tools(&self, routed: &Routed<'_>) -> bool {
        let (url, body) = match routed.upstream.tool_support(&routed.model) {
            ToolSupport::Known(capable) => return capable,
            ToolSupport::Ask { url, body } => (url, body),
        };
        let key = format!("{url} {body}");
        if let Some(capable) = self.capabilities().get(&key) {
            return capable;
        }
        let asked = tokio::time::timeout(MOST_WAIT, self.ask(routed.upstream, &url, body)).await;
        let said = asked.ok().flatten();
        let good_for = if said.is_some() { GOOD_FOR } else { SILENCE_FOR };
        self.capabilities().put(key, said.unwrap_or(false), good_for);
        said.unwrap_or(false)
    }

    async fn ask(&self, upstream: &Upstream, url: &str, body: String) -> Option<bool> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let outbound = Outbound {
            method: Method::POST,
            url: outbound_url(upstream, url)?,
            headers,
            body: vec![Bytes::from(body)],
            head_timeout: MOST_WAIT,
        };
        let inbound = self.transport(upstream).send(outbound).await.ok()?;
        if !inbound.status.is_success() {
            return None;
        }
        reports_tools(&whole::read(inbound.body, MOST_WAIT).await.ok()?)
    }
}
