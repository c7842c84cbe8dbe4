//! The paths of clients that are set to a cloud: Anthropic's dialect in Bedrock's or Vertex AI's envelope. The envelope
//! comes off here, the request goes the way of every other, and the answer gets what that cloud puts around it.

mod framed;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::HeaderValue;
use lynkr_orchestrator::{Answer, AnswerBody, Cloud, Failure, FromCloud, Ingress};
use lynkr_protocol::bedrock_converse::invoke;
use lynkr_protocol::framing::event_stream;
use lynkr_protocol::gemini::unescape;
use lynkr_protocol::{ApiError, DecodeError, Dialect, clouds};
use lynkr_types::FaultKind;

use crate::context::Service;
use crate::error::{error_response, failure_response};
use crate::ingress;
use crate::observe::RequestId;
use crate::reply::answer_response;
use framed::Framed;

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Whole,
    Stream,
    Count,
}

/// `POST /model/{id}/…`
pub(crate) async fn bedrock(State(service): State<Service>, request: Request) -> Response {
    let (path, id) = place(&request);
    let call = path.strip_prefix("/model/").and_then(|rest| rest.rsplit_once('/'));
    let asked = call.and_then(|(model, operation)| {
        let asked = match operation {
            "invoke" => Asked::Whole,
            "invoke-with-response-stream" => Asked::Stream,
            "count-tokens" => Asked::Count,
            _ => return None,
        };
        (!model.is_empty()).then(|| (unescape(model), asked))
    });
    let Some((model, asked)) = asked else { return unknown(&path, Dialect::BedrockConverse, &id) };
    let unwrapped = |body: &[u8]| match asked {
        Asked::Count => {
            invoke::read_count_request(body).and_then(|inside| clouds::open(&inside, Some(&model), None))
        }
        Asked::Whole | Asked::Stream => clouds::open(body, Some(&model), Some(asked == Asked::Stream)),
    };
    let ingress = match opened(&service, request, Cloud::Bedrock, unwrapped).await {
        Ok(ingress) => ingress,
        Err(error) => return error_response(&error, Dialect::BedrockConverse, &id),
    };
    match answer(&service, ingress, asked).await {
        Ok(answer) => in_frames(answer, asked),
        Err(failure) => failure_response(&failure, Dialect::BedrockConverse, &id),
    }
}

/// `POST /v1/projects/{project}/locations/{location}/publishers/anthropic/models/{model}:…`
pub(crate) async fn vertex(State(service): State<Service>, request: Request) -> Response {
    let (path, id) = place(&request);
    let call = path.split_once("/publishers/anthropic/models/").map(|(_, call)| unescape(call));
    let asked = call.as_deref().and_then(|call| match call.rsplit_once(':')? {
        ("count-tokens", "rawPredict") => Some((None, Asked::Count)),
        ("", _) => None,
        (model, "rawPredict") => Some((Some(model), Asked::Whole)),
        (model, "streamRawPredict") => Some((Some(model), Asked::Stream)),
        _ => None,
    });
    let Some((model, asked)) = asked else { return unknown(&path, Dialect::Anthropic, &id) };
    let stream = (asked != Asked::Count).then_some(asked == Asked::Stream);
    let unwrapped = |body: &[u8]| clouds::open(body, model, stream);
    let ingress = match opened(&service, request, Cloud::Vertex, unwrapped).await {
        Ok(ingress) => ingress,
        Err(error) => return error_response(&error, Dialect::Anthropic, &id),
    };
    match answer(&service, ingress, asked).await {
        Ok(answer) => answer_response(answer),
        Err(failure) => failure_response(&failure, Dialect::Anthropic, &id),
    }
}

fn place(request: &Request) -> (String, String) {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    (request.uri().path().to_owned(), id)
}

fn unknown(path: &str, dialect: Dialect, id: &str) -> Response {
    let message = format!("there is no POST {path} here");
    error_response(&ApiError::new(FaultKind::NotFound, message), dialect, id)
}

/// The request as Anthropic's own client would have sent it.
async fn opened(
    service: &Service,
    request: Request,
    cloud: Cloud,
    unwrapped: impl Fn(&[u8]) -> Result<clouds::Opened, DecodeError>,
) -> Result<Ingress, ApiError> {
    let ingress = ingress::read(service, Dialect::Anthropic, request).await?;
    let opened = unwrapped(&ingress.body)?;
    let mut headers = ingress.headers;
    // What proves the client to its cloud is nothing to anybody else.
    let is_proof = |name: &str| {
        matches!(name, "authorization" | "x-api-key" | "x-goog-user-project")
            || (name.starts_with("x-amz-") && !name.starts_with("x-amzn-"))
    };
    headers.retain(|name, _| !is_proof(name));
    if !opened.betas.is_empty() {
        headers.add("anthropic-beta", &opened.betas.join(","));
    }
    let cloud = Some(FromCloud { cloud, version: opened.version });
    Ok(Ingress { headers, cloud, body: Bytes::from(opened.body), ..ingress })
}

async fn answer(service: &Service, ingress: Ingress, asked: Asked) -> Result<Answer, Failure> {
    match asked {
        Asked::Count => Box::pin(service.gateway.count_tokens(ingress)).await,
        Asked::Whole | Asked::Stream => Box::pin(service.gateway.generate(ingress)).await,
    }
}

/// An answer as Bedrock gives it.
fn in_frames(mut answer: Answer, asked: Asked) -> Response {
    match (&answer.body, asked) {
        (AnswerBody::Whole(bytes), Asked::Count) => {
            if let Some(tokens) = count(bytes) {
                answer.body = AnswerBody::Whole(Bytes::from(invoke::count_reply(tokens)));
            }
            answer_response(answer)
        }
        (AnswerBody::Stream(_), _) => {
            event_stream::CONTENT_TYPE.clone_into(&mut answer.content_type);
            let mut response = answer_response(answer).map(|body| Body::new(Framed::new(body)));
            let inside = HeaderValue::from_static("application/json");
            response.headers_mut().insert("x-amzn-bedrock-content-type", inside);
            response
        }
        _ => answer_response(answer),
    }
}

fn count(bytes: &[u8]) -> Option<u64> {
    serde_json::from_slice::<serde_json::Value>(bytes).ok()?.get("input_tokens")?.as_u64()
}
