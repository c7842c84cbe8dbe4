//! Stored answers beyond the process: written through, and read when memory has none.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use lynkr_protocol::wire::Json;
use ring::digest::{Context, SHA256};
use serde_json::value::RawValue;

use super::{Kept, StoredResponses};
use crate::gateway::Gateway;
use crate::ingress::Ingress;

/// A stored answer as a shelf has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelved {
    /// The provider that has it; then there is no body.
    pub provider: Option<String>,
    /// What the gateway has of it, in a form of the gateway's own.
    pub body: Vec<u8>,
}

/// Whoever keeps answers beyond the process. The owner is a digest, or the id of a key.
#[async_trait]
pub trait Shelf: Send + Sync + fmt::Debug {
    /// Keeps an answer. Called on a request's own path: it doesn't wait.
    fn put(&self, owner: &str, id: &str, shelved: Shelved);
    /// Forgets an answer.
    async fn forget(&self, owner: &str, id: &str);
    /// An answer of this owner; `None` also when it can't be asked for.
    async fn find(&self, owner: &str, id: &str) -> Option<Shelved>;
    /// Waits until everything that was put so far is kept, or can't be.
    async fn settled(&self);
}

impl Gateway {
    /// Keeps stored answers on this shelf as well. The first one counts; gateways that follow have the same.
    pub fn shelve_on(&self, shelf: Arc<dyn Shelf>) {
        let _ = self.stored().shelf.set(shelf);
    }

    /// Waits until the answers that were given so far are on the shelf: for the end of the process.
    pub async fn shelved(&self) {
        if let Some(shelf) = self.stored().shelf.get() {
            shelf.settled().await;
        }
    }

    /// Brings an answer back from the shelf that memory has none of.
    pub(crate) async fn recall(&self, ingress: &Ingress, id: &str) {
        let stored = self.stored();
        let key = (ingress.caller(), id.into());
        let Some(shelf) = stored.shelf.get().filter(|_| !stored.has(&key)) else { return };
        let Some(found) = shelf.find(&owner(ingress), id).await else { return };
        let provider = found.provider.as_deref().and_then(|name| self.upstream(name));
        if let Some(upstream) = provider {
            stored.pin(key, upstream.provider().name);
        } else if let Some(kept) = read(&found.body) {
            stored.keep(key, kept);
        }
    }
}

impl StoredResponses {
    /// Keeps an answer on the shelf, if there is one.
    pub(super) fn shelve(&self, owner: &str, id: &str, shelved: impl FnOnce() -> Shelved) {
        if let Some(shelf) = self.shelf.get() {
            shelf.put(owner, id, shelved());
        }
    }

    /// Forgets an answer everywhere.
    pub(crate) async fn forget_of(&self, ingress: &Ingress, id: &str) {
        self.forget(&(ingress.caller(), id.into()));
        if let Some(shelf) = self.shelf.get() {
            shelf.forget(&owner(ingress), id).await;
        }
    }
}

/// Whose answers those of a request are: the key's, else those of whatever credential was shown. The same in every
/// process, and no way back to the credential.
pub(crate) fn owner(ingress: &Ingress) -> String {
    if let Some(key) = &ingress.identity.key {
        return key.clone();
    }
    let mut digest = Context::new(&SHA256);
    digest.update(format!("{:?}", ingress.gateway_key).as_bytes());
    for name in ["authorization", "x-api-key", "api-key"] {
        digest.update(b"\0");
        digest.update(ingress.header(name).unwrap_or_default().as_bytes());
    }
    digest.finish().as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// An answer as the shelf takes it: `{"inputs":1,"items":[...],"body":{...}}`.
pub(super) fn written(kept: &Kept) -> Shelved {
    let items: Vec<&str> = kept.items.iter().map(Json::get).collect();
    let body = String::from_utf8_lossy(&kept.body);
    let body = if body.is_empty() { "null" } else { &*body };
    let text = format!(r#"{{"inputs":{},"items":[{}],"body":{body}}}"#, kept.inputs, items.join(","));
    Shelved { provider: None, body: text.into_bytes() }
}

/// The same read back; `None` when it is something else.
pub(super) fn read(bytes: &[u8]) -> Option<Kept> {
    let fields: HashMap<String, Box<RawValue>> = serde_json::from_slice(bytes).ok()?;
    let items: Vec<Box<RawValue>> = serde_json::from_str(fields.get("items")?.get()).ok()?;
    let items = items.iter().map(|item| Json::parse(item.get()).ok()).collect::<Option<Vec<Json>>>()?;
    let inputs = fields.get("inputs")?.get().parse().ok()?;
    let body = match fields.get("body")?.get() {
        "null" => Bytes::new(),
        body => Bytes::from(body.to_owned()),
    };
    Some(Kept { items: Arc::new(items), inputs, body })
}
