//! Compaction of a conversation, which the Responses API has beside stored answers. It names a model, which the router
//! decides on as on that of any other request.

use lynkr_http::{Pieces, Upload};
use lynkr_protocol::Dialect;
use lynkr_protocol::peek::peek;
use lynkr_providers::{Api, ApiCall};
use lynkr_types::Receipt;

use super::ApiRequest;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::hops;
use crate::plan::splice;
use crate::session_id::SessionId;
use crate::warrant::Asking;

impl Gateway {
    /// Has a conversation compacted by the provider of its model. Only the vendor's own models can.
    pub async fn compact_response(&self, request: ApiRequest) -> Result<Answer, Failure> {
        let mut receipt = Receipt::default();
        let passed = self.pass_modelled(&request, &mut receipt).await.transpose();
        passed.unwrap_or_else(|| Err(self.nobody_has(Api::OpenAiResponses)))
    }

    /// Passes a call on to the provider of its model; `None` when that one has no such part.
    async fn pass_modelled(
        &self,
        request: &ApiRequest,
        receipt: &mut Receipt,
    ) -> Result<Option<Answer>, Failure> {
        let ingress = &request.ingress;
        let hops = hops::next(ingress, self.instance())?;
        // A compaction may refer to its input instead of having one; then no field of it is looked for.
        let peek = peek(Dialect::OpenAiResponses, &ingress.body).unwrap_or_default();
        let pin = self.stored().pinned_to(ingress, &peek);
        let asked = peek.model.as_deref().unwrap_or_default();
        let routed = self.route(ingress, asked, pin.as_deref()).await?.noted(receipt);
        if routed.dialect != Dialect::OpenAiResponses || !routed.upstream.has_api(request.api) {
            return Ok(None);
        }
        let provider = routed.upstream.provider().name;
        ingress.warrant.allows(provider, &routed.model, asked)?;
        ingress.warrant.allows_unread(provider)?;
        let session = SessionId::said(ingress, &peek);
        let session = session.as_ref().map(|session| session.id.as_str());
        let asking = Asking { provider, model: &routed.model, estimate: None, session, again: false };
        let permit = ingress.warrant.admit(&asking).await?;
        let prepared = routed.upstream.prepare_api(&ApiCall {
            api: request.api,
            method: request.method,
            path: &request.path,
            query: ingress.query.as_deref(),
            content_type: ingress.header("content-type"),
            client_headers: &ingress.headers,
            caller_credential: ingress.credential(),
        })?;
        let mut edits: Vec<_> =
            peek.set_model(&routed.model).filter(|_| peek.model.is_some()).into_iter().collect();
        let body = Upload::new(Pieces::new(splice(&ingress.body, &mut edits)));
        let mut answer = self.pass(request, (routed.upstream, &prepared), &hops, body).await?;
        answer.headers.extend(permit.headers);
        Ok(Some(Answer { receipt: receipt.clone(), ..answer }))
    }
}
