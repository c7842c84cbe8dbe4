//! Whether a model can call tools, where only its server knows: asked once per model and remembered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use lynkr_http::{HeaderMap, HeaderValue, Method, Outbound};
use lynkr_providers::{Credential, ToolSupport, Upstream, reports_tools};
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
        let inbound = self.send(upstream, outbound, &Credential::None).await.ok()?;
        if !inbound.status.is_success() {
            return None;
        }
        reports_tools(&whole::read(inbound.body, whole::Bounds::within(MOST_WAIT)).await.ok()?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use lynkr_config::{Inputs, load};
    use lynkr_http::{Inbound, InboundBody, StatusCode, Transport, TransportError};
    use lynkr_protocol::Dialect;
    use lynkr_providers::{provider_named, settings_tables};

    use super::*;
    use crate::{GatewayOptions, Parts, System};

    /// A server that describes every model alike, and counts how often it is asked.
    #[derive(Debug)]
    struct Server {
        status: u16,
        says: &'static str,
        asked: AtomicUsize,
    }

    #[async_trait]
    impl Transport for Server {
        async fn send(&self, request: Outbound) -> Result<Inbound, TransportError> {
            assert_eq!(request.url.path(), "/api/show");
            self.asked.fetch_add(1, Ordering::Relaxed);
            let status = StatusCode::from_u16(self.status).unwrap();
            Ok(Inbound { status, headers: HeaderMap::new(), body: InboundBody::full(self.says) })
        }
    }

    fn gateway(server: &Arc<Server>) -> Gateway {
        let values = load(&settings_tables(), &Inputs::default()).values;
        let active = Upstream::from_values(provider_named("ollama").unwrap(), &values).unwrap();
        Gateway::new(Parts {
            options: GatewayOptions::default(),
            active,
            others: Vec::new(),
            unusable: BTreeMap::new(),
            http: Arc::clone(server) as Arc<dyn Transport>,
            builtin: Arc::clone(server) as Arc<dyn Transport>,
            ledger: Arc::new(crate::Ledgers::default()),
            signer: Arc::new(lynkr_http::MachineSigner::new(Arc::clone(server) as Arc<dyn Transport>)),
            ambient: Arc::new(System),
        })
    }

    async fn calls_tools(gateway: &Gateway, model: &str) -> bool {
        let upstream = gateway.active();
        let routed = Routed {
            upstream,
            model: model.to_owned(),
            dialect: Dialect::Ollama,
            tools: false,
            verbatim: false,
        };
        gateway.calls_tools(&routed).await
    }

    #[tokio::test]
    async fn a_server_is_asked_once_about_a_model_that_no_list_names() {
        let capable = r#"{"capabilities":["completion","tools"]}"#;
        for (status, says, expected) in [
            (200, capable, true),
            (200, r#"{"capabilities":[]}"#, false),
            (200, "{}", false),
            (404, capable, false),
        ] {
            let server = Arc::new(Server { status, says, asked: AtomicUsize::new(0) });
            let gateway = gateway(&server);
            assert_eq!(calls_tools(&gateway, "devstral").await, expected, "{status} {says}");
            assert_eq!(calls_tools(&gateway, "devstral").await, expected);
            assert!(calls_tools(&gateway, "qwen3").await);
            assert!(!calls_tools(&gateway, "qwen2.5-coder:7b").await);
            assert_eq!(server.asked.load(Ordering::Relaxed), 1);
        }
    }
}
