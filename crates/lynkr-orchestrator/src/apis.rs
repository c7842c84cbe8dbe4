//! The parts of vendors' APIs beside their models: files, batches, stored responses. They pass through as they are, both
//! ways as they come: nothing is held as a whole, translated or sent twice.
//!
//! Such a call says nothing about a model, so health, breakers and the ledger aren't told of it.

mod compact;
mod passing;
mod results;

use std::time::Duration;

use bytes::Bytes;
use http_body::Body as _;
use lynkr_http::header::CONTENT_LENGTH;
use lynkr_http::{HeaderMap, HeaderValue, Method, Outbound, Upload};
use lynkr_protocol::ApiError;
use lynkr_providers::{Api, ApiCall, Headers, Origin, PrepareError, Prepared, Upstream};
use lynkr_types::{FaultKind, Receipt};

use crate::answer::{Answer, AnswerBody, passed_back_whole};
use crate::attempt::{named, outbound_url};
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::hops;
use crate::ingress::Ingress;
use crate::warrant::Asking;

pub use passing::Passing;

/// A call of such a part.
#[derive(Debug)]
pub struct ApiRequest {
    /// The part.
    pub api: Api,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, which begins with `/v1/`.
    pub path: String,
    /// The head of the request. Its body goes up as it comes, apart from it.
    pub ingress: Ingress,
}

impl Gateway {
    /// Passes a call on to the provider that has this part: the active one, else one that is set up, else one whose
    /// credential the caller shows.
    pub async fn call_api(&self, request: ApiRequest, body: Upload) -> Result<Answer, Failure> {
        self.call_api_of(&request, None, body).await
    }

    /// The same, for what is known to live with a provider.
    pub(crate) async fn call_api_of(
        &self,
        request: &ApiRequest,
        pin: Option<&str>,
        body: Upload,
    ) -> Result<Answer, Failure> {
        let hops = hops::next(&request.ingress, self.instance())?;
        let (upstream, prepared) = self.api_home(request, pin)?;
        let warrant = &request.ingress.warrant;
        let provider = upstream.provider().name;
        warrant.allows_unread(provider)?;
        // The body isn't read: only the head names a session here, which the caller knows.
        let asking = Asking { provider, model: "", estimate: None, session: None, again: false };
        let permit = warrant.admit(&asking).await?;
        let mut answer = self.pass(request, (upstream, &prepared), &hops, body).await?;
        answer.headers.extend(permit.headers);
        Ok(answer)
    }

    fn api_home(&self, request: &ApiRequest, pin: Option<&str>) -> Result<(&Upstream, Prepared), Failure> {
        let call = ApiCall {
            api: request.api,
            method: request.method,
            path: &request.path,
            query: request.ingress.query.as_deref(),
            content_type: request.ingress.header("content-type"),
            client_headers: &request.ingress.headers,
            caller_credential: request.ingress.credential(),
        };
        let active = self.active().provider().name;
        let is_set_up = |own: &Upstream| own.is_configured() || own.provider().name == active;
        let pinned = pin.and_then(|name| self.upstream(name));
        let mut why: Option<PrepareError> = None;
        for upstream in pinned.into_iter().chain(self.upstreams().filter(|own| is_set_up(own))) {
            if !upstream.has_api(request.api) {
                continue;
            }
            match upstream.prepare_api(&call) {
                Ok(prepared) => return Ok((upstream, prepared)),
                Err(error) => why = why.or(Some(error)),
            }
        }
        let others = self.upstreams().filter(|own| !is_set_up(own) && own.has_api(request.api));
        let shown = |prepared: &Prepared| {
            matches!(prepared.credential.origin(), Some(Origin::Caller | Origin::Subscription))
        };
        let mut prepared = others.filter_map(|own| Some((own, own.prepare_api(&call).ok()?)));
        if let Some(found) = prepared.find(|(_, prepared)| shown(prepared)) {
            return Ok(found);
        }
        Err(why.map_or_else(|| self.nobody_has(request.api), Failure::from))
    }

    /// No provider that could be asked has this part.
    pub(crate) fn nobody_has(&self, api: Api) -> Failure {
        let (title, names) = (self.active().provider().title, api.providers().join(", "));
        let message =
            format!("{title} has no {api} here; of the providers these have: {names}. Set one of them up");
        Failure::client(ApiError::new(FaultKind::NotImplemented, message).with_code("not_offered"))
    }

    pub(crate) async fn pass(
        &self,
        request: &ApiRequest,
        (upstream, prepared): (&Upstream, &Prepared),
        hops: &str,
        body: Upload,
    ) -> Result<Answer, Failure> {
        let limits = &self.options().limits;
        let mut outbound = outbound(upstream, prepared, hops, limits.first_byte)?;
        // Some servers refuse a POST that doesn't say that it has no body.
        if outbound.method == Method::POST && body.size_hint().exact() == Some(0) {
            outbound.headers.append(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let provider = upstream.provider().name;
        let sent = self.send_streamed(upstream, outbound, &prepared.credential, body).await;
        let inbound = sent.map_err(|error| named(Failure::from(&error), upstream))?;
        let status = inbound.status.as_u16();
        tracing::info!(
            request_id = %request.ingress.request_id, provider, api = %request.api, method = request.method,
            status, "passed on"
        );
        let passing = Passing::new(inbound.body, limits.idle, request.ingress.request_id.clone());
        let answer = Answer {
            status,
            content_type: String::new(),
            headers: Headers::new(),
            receipt: Receipt::default(),
            body: AnswerBody::Passing(Box::new(passing)),
        }
        .with_head(&inbound.headers);
        if results::leads_astray(request, prepared, &answer) {
            return results::led_here(request, answer, crate::whole::Bounds::of(limits)).await;
        }
        Ok(answer)
    }
}

impl Answer {
    /// Takes over a provider's head.
    fn with_head(mut self, headers: &HeaderMap) -> Self {
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
        kind.unwrap_or_default().clone_into(&mut self.content_type);
        self.headers = passed_back_whole(headers);
        self
    }
}

fn outbound(
    upstream: &Upstream,
    prepared: &Prepared,
    hops: &str,
    head_timeout: Duration,
) -> Result<Outbound, Failure> {
    let headers = hops::marked(prepared, hops)?;
    let url = outbound_url(upstream, &prepared.url).ok_or_else(|| {
        let message = format!("the endpoint of {} is not a URL", upstream.provider().title);
        Failure::client(ApiError::new(FaultKind::Internal, message))
    })?;
    let method = Method::from_bytes(prepared.method.as_bytes()).unwrap_or(Method::GET);
    Ok(Outbound { method, url, headers, body: Vec::<Bytes>::new(), head_timeout })
}
