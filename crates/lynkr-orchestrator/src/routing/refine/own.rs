//! Requests of the gateway's own, which second opinions take: with nothing of the caller's headers, and with the gateway's
//! credentials.

use std::sync::Arc;

use async_trait::async_trait;
use lynkr_protocol::Dialect;
use serde_json::Value;

use crate::failure::Failure;
use crate::hops::HOPS_HEADER;
use crate::identity::Identity;
use crate::ingress::Ingress;
use crate::warrant::{Asking, Permit, Unbound, Warrant};

/// One on behalf of a caller, whose budgets it is charged to. `kind` is put behind the request's id.
pub(super) fn charged(caller: &Ingress, kind: &str, body: &Value) -> Ingress {
    Ingress {
        identity: Arc::clone(&caller.identity),
        warrant: Arc::new(Charged(Arc::clone(&caller.warrant))),
        ..free(caller, kind, body)
    }
}

/// One that a caller's request was the occasion for, and that nobody is charged with.
pub(super) fn free(caller: &Ingress, kind: &str, body: &Value) -> Ingress {
    // Of the caller's headers only those that end a loop.
    let hops = caller.headers.filtered(|name| name == HOPS_HEADER);
    Ingress {
        dialect: Dialect::OpenAiChat,
        body: body.to_string().into(),
        headers: hops,
        query: None,
        in_url: None,
        cloud: None,
        request_id: format!("{}-{kind}", caller.request_id),
        gateway_key: caller.gateway_key,
        identity: Arc::new(Identity::default()),
        trace: None,
        warrant: Arc::new(Unbound),
    }
}

/// The caller's budgets are charged; which models its key may name is of no concern, as the operator chose this one.
#[derive(Debug)]
struct Charged(Arc<dyn Warrant>);

#[async_trait]
impl Warrant for Charged {
    fn allows(&self, _: &str, _: &str, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn allows_unread(&self, provider: &str) -> Result<(), Failure> {
        self.0.allows_unread(provider)
    }

    fn shows(&self, provider: &str, model: &str) -> bool {
        self.0.shows(provider, model)
    }

    fn measures(&self) -> bool {
        self.0.measures()
    }

    async fn admit(&self, asking: &Asking<'_>) -> Result<Permit, Failure> {
        self.0.admit(asking).await
    }
}
