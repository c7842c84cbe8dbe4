//! Which models there are: the active provider's list, asked for at most once a minute, and the aliases.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use lynkr_http::{Method, Outbound, Uri};
use lynkr_protocol::Dialect;
use lynkr_providers::{Call, Headers, Operation, Prepared, shown_name};
use serde_json::Value;
use tokio::time::Instant;

use crate::attempt::outbound_url;
use crate::gateway::Gateway;
use crate::hops;
use crate::whole;

/// How long a list is good for.
const GOOD_FOR: Duration = Duration::from_secs(60);
/// How long a provider may take to list its models. Claude Code gives up after three seconds.
const MOST_WAIT: Duration = Duration::from_millis(2_500);

/// One model that clients may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// Its name.
    pub id: String,
    /// The name under which Claude Code shows it, where it wouldn't show its own.
    pub shown: Option<String>,
    /// Who serves it.
    pub owned_by: String,
}

/// The last list, and when it was read.
#[derive(Debug, Default)]
pub(crate) struct ModelCache {
    last: std::sync::Mutex<Option<(Instant, Arc<Vec<String>>)>>,
    /// Held by the one request that asks.
    asking: tokio::sync::Mutex<()>,
}

impl ModelCache {
    /// The last list, and whether it is old.
    fn known(&self) -> Option<(Arc<Vec<String>>, bool)> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|(read, models)| (Arc::clone(models), read.elapsed() >= GOOD_FOR))
    }

    fn keep(&self, models: Arc<Vec<String>>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Instant::now(), models));
    }
}

impl Gateway {
    /// Every model that clients may ask for: aliases, the configured model, the active provider's list.
    pub async fn list_models(&self) -> Vec<ModelEntry> {
        let provider = self.active().provider().name;
        let listed = self.listed_models().await;
        let configured = self.active().configured_model().map(str::to_owned);
        let fallback = (listed.is_empty() && configured.is_none())
            .then(|| self.active().provider().default_model.to_owned())
            .filter(|model| !model.is_empty());
        let names = self.options().aliases.keys().cloned().chain(configured).chain(fallback);
        let mut entries: Vec<ModelEntry> = Vec::new();
        for id in names.chain(listed.iter().cloned()) {
            if !entries.iter().any(|entry| entry.id == id) {
                let shown = shown_name(&id);
                entries.push(ModelEntry { id, shown, owned_by: provider.to_owned() });
            }
        }
        entries
    }

    /// What is known of the active provider's models without making a request wait: only a server whose
    /// models nobody else can name is asked.
    pub(crate) async fn known_models(&self) -> Arc<Vec<String>> {
        let is_told = !self.active().configured_models().is_empty();
        let served = is_told || self.active().provider().model_names == lynkr_providers::ModelNames::Served;
        if served { self.listed_models().await } else { Arc::default() }
    }

    /// The list, asked for again when it is old. One request asks; the others go on with the old list, and
    /// wait only for the very first.
    pub(crate) async fn listed_models(&self) -> Arc<Vec<String>> {
        let told = self.active().configured_models();
        if !told.is_empty() {
            return Arc::new(told.to_vec());
        }
        let cache = self.models();
        let known = cache.known();
        let asking = match &known {
            Some((_, false)) => return known.map(|(models, _)| models).unwrap_or_default(),
            Some((old, true)) => match cache.asking.try_lock() {
                Ok(asking) => asking,
                Err(_) => return Arc::clone(old),
            },
            None => cache.asking.lock().await,
        };
        // Another request may have asked while this one waited.
        if let Some((models, false)) = cache.known() {
            return models;
        }
        let models = match tokio::time::timeout(MOST_WAIT, self.ask_for_models()).await {
            Ok(Some(models)) => Arc::new(models),
            // A provider that doesn't say keeps its last list; asking again waits for the next minute.
            Ok(None) | Err(_) => known.map(|(models, _)| models).unwrap_or_default(),
        };
        cache.keep(Arc::clone(&models));
        drop(asking);
        models
    }

    async fn ask_for_models(&self) -> Option<Vec<String>> {
        let upstream = self.active();
        let dialect = upstream.dialects().next().unwrap_or(Dialect::OpenAiChat);
        let call = Call {
            operation: Operation::ListModels,
            client: dialect,
            upstream: dialect,
            model: "",
            stream: false,
            query: None,
            client_headers: &Headers::new(),
            caller_credential: None,
        };
        let prepared = upstream.prepare(&call).ok()?;
        let url = outbound_url(upstream, &prepared.url)?;
        let outbound = question(&prepared, url, self.instance())?;
        let inbound = self.send(upstream, outbound, &prepared.credential).await.ok()?;
        if !inbound.status.is_success() {
            return None;
        }
        let bytes = whole::read(inbound.body, whole::Bounds::within(MOST_WAIT)).await.ok()?;
        model_names(&bytes)
    }
}

fn question(prepared: &Prepared, url: Uri, instance: &str) -> Option<Outbound> {
    let headers = hops::marked(prepared, instance).ok()?;
    Some(Outbound { method: Method::GET, url, headers, body: Vec::<Bytes>::new(), head_timeout: MOST_WAIT })
}

/// Model names in any vendor's list: `data[].id`, Ollama's `models[].name`, or Gemini's, which begins with
/// `models/`. Gemini also lists what gives no answers.
pub fn model_names(bytes: &[u8]) -> Option<Vec<String>> {
    let body: Value = serde_json::from_slice(bytes).ok()?;
    let list = body.get("data").or_else(|| body.get("models"))?.as_array()?;
    let name = |entry: &Value| {
        let name = entry.get("id").or_else(|| entry.get("name")).or_else(|| entry.get("model"))?;
        let methods = entry.get("supportedGenerationMethods").and_then(Value::as_array);
        if methods.is_some_and(|methods| !methods.iter().any(|method| method == "generateContent")) {
            return None;
        }
        let name = name.as_str()?;
        Some(name.strip_prefix("models/").unwrap_or(name).to_owned())
    };
    Some(list.iter().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vendors_list_is_read() {
        let read = |text: &str| model_names(text.as_bytes());
        assert_eq!(
            read(r#"{"data":[{"id":"a"},{"x":1},{"id":"b"}]}"#),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(read(r#"{"models":[{"name":"q:latest"}]}"#), Some(vec!["q:latest".to_owned()]));
        let gemini = r#"{"models":[
            {"name":"models/gemini-2.5-pro","supportedGenerationMethods":["generateContent","countTokens"]},
            {"name":"models/gemini-embedding-001","supportedGenerationMethods":["embedContent"]}]}"#;
        assert_eq!(read(gemini), Some(vec!["gemini-2.5-pro".to_owned()]));
        assert_eq!(read("[]"), None);
        assert_eq!(read("<html>"), None);
    }
}
