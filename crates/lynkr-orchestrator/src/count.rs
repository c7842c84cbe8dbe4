//! `count_tokens`: the provider's own counter where it has one, else an estimate that says that it is one.

use bytes::Bytes;
use lynkr_http::{HeaderMap, HeaderName, HeaderValue, Method, Outbound};
use lynkr_protocol::neutral::Conversation;
use lynkr_protocol::peek::peek;
use lynkr_protocol::{Dialect, codec};
use lynkr_providers::{Call, Operation};
use lynkr_types::Receipt;

use crate::answer::{Answer, AnswerBody, passed_back};
use crate::attempt::outbound_url;
use crate::envelope;
use crate::estimate;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::hops::{self, HOPS_HEADER};
use crate::ingress::Ingress;
use crate::plan::splice;
use crate::route::Routed;
use crate::whole;

impl Gateway {
    /// An estimate of a conversation's input tokens.
    pub fn estimate_tokens(&self, conversation: &Conversation) -> u64 {
        estimate::input_tokens(conversation)
    }

    /// Counts the input tokens of an Anthropic request. A counter that fails is no reason to fail: the
    /// estimate answers then.
    pub async fn count_tokens(&self, ingress: Ingress) -> Result<Answer, Failure> {
        let mut receipt = Receipt::default();
        let hops = hops::next(&ingress, self.instance())?;
        let peek = peek(Dialect::Anthropic, &ingress.body).map_err(Failure::client)?;
        let asked = peek.model.as_deref().unwrap_or_default();
        let routed = self.route(&ingress, asked, None, &mut receipt).await?;
        if routed.dialect == Dialect::Anthropic && peek.native {
            let body = if let Some(envelope) = routed.envelope() {
                envelope::count_body(envelope, &ingress, &peek, &routed, &mut receipt)?
            } else {
                let mut edits: Vec<_> = peek.set_model(&routed.model).into_iter().collect();
                splice(&ingress.body, &mut edits)
            };
            if let Some(answer) = self.ask_counter(&ingress, &routed, body, &hops, &receipt).await {
                return Ok(answer);
            }
        }
        let conversation =
            codec(Dialect::Anthropic).decode_request(&ingress.body).map_err(Failure::client)?;
        let tokens = estimate::input_tokens(&conversation);
        Ok(Answer {
            status: 200,
            content_type: "application/json".to_owned(),
            headers: vec![("x-lynkr-estimate".to_owned(), "true".to_owned())],
            receipt,
            body: AnswerBody::Whole(Bytes::from(format!("{{\"input_tokens\":{tokens}}}"))),
        })
    }

    async fn ask_counter(
        &self,
        ingress: &Ingress,
        routed: &Routed<'_>,
        body: Vec<Bytes>,
        hops: &str,
        receipt: &Receipt,
    ) -> Option<Answer> {
        let credential = ingress.credential();
        let call = Call {
            operation: Operation::CountTokens,
            client: Dialect::Anthropic,
            upstream: routed.dialect,
            model: envelope::counted_model(routed),
            stream: false,
            query: ingress.query.as_deref(),
            client_headers: &ingress.headers,
            caller_credential: credential.as_ref(),
        };
        let prepared = routed.upstream.prepare(&call).ok()?;
        let mut headers = HeaderMap::new();
        let mark = (!prepared.verbatim).then_some((HOPS_HEADER, hops));
        for (name, value) in prepared.lines().chain(mark) {
            headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?);
        }
        let limits = &self.options().limits;
        let outbound = Outbound {
            method: Method::POST,
            url: outbound_url(routed.upstream, &prepared.url)?,
            headers,
            body,
            head_timeout: limits.first_byte,
        };
        let inbound = self.send(routed.upstream, outbound, &prepared.credential).await.ok()?;
        if !inbound.status.is_success() {
            tracing::debug!(
                status = inbound.status.as_u16(),
                "the provider didn't count; an estimate answers"
            );
            return None;
        }
        let headers = passed_back(&inbound.headers);
        let bytes = whole::read(inbound.body, limits.idle).await.ok()?;
        let bytes = envelope::count_answer(routed, bytes)?;
        Some(Answer {
            status: 200,
            content_type: "application/json".to_owned(),
            headers,
            receipt: receipt.clone(),
            body: AnswerBody::Whole(bytes),
        })
    }
}
