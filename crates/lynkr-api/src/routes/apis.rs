//! The parts of vendors' APIs beside their models: what is asked passes on, and so does the answer.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::Method;
use lynkr_orchestrator::{Answer, Api, ApiRequest, Failure, Ingress, StoredCall};
use lynkr_protocol::Dialect;

use crate::caller::dialect_of;
use crate::context::Service;
use crate::error::{error_response, failure_response};
use crate::ingress;
use crate::observe::RequestId;
use crate::reply::answer_response;
use crate::upload::Fault;

/// `/v1/files` and what is below it: the caller's headers tell whose files.
pub(crate) async fn files(State(service): State<Service>, request: Request) -> Response {
    let api = match dialect_of(request.uri().path(), request.headers()) {
        Dialect::Anthropic => Api::AnthropicFiles,
        _ => Api::OpenAiFiles,
    };
    pass(service, api, request).await
}

/// `/v1/batches` and what is below it.
pub(crate) async fn batches(State(service): State<Service>, request: Request) -> Response {
    pass(service, Api::OpenAiBatches, request).await
}

/// `/v1/messages/batches` and what is below it.
pub(crate) async fn message_batches(State(service): State<Service>, request: Request) -> Response {
    pass(service, Api::AnthropicBatches, request).await
}

async fn pass(service: Service, api: Api, request: Request) -> Response {
    let (id, method, path) = told(&request);
    let (ingress, uploading) = match ingress::read_head(&service, api.dialect(), request) {
        Ok(read) => read,
        Err(error) => return error_response(&error, api.dialect(), &id),
    };
    let (upload, fault) = uploading.into_upload();
    let call = ApiRequest { api, method, path, ingress };
    let answered = Box::pin(service.gateway.call_api(call, upload)).await;
    respond(answered, api.dialect(), &id, Some(&fault))
}

/// `GET /v1/responses/{id}`
pub(crate) async fn response(service: State<Service>, id: Path<String>, request: Request) -> Response {
    stored(service, StoredCall::Retrieve, id, request).await
}

/// `DELETE /v1/responses/{id}`
pub(crate) async fn delete_response(service: State<Service>, id: Path<String>, request: Request) -> Response {
    stored(service, StoredCall::Delete, id, request).await
}

/// `POST /v1/responses/{id}/cancel`
pub(crate) async fn cancel_response(service: State<Service>, id: Path<String>, request: Request) -> Response {
    stored(service, StoredCall::Cancel, id, request).await
}

/// `GET /v1/responses/{id}/input_items`
pub(crate) async fn input_items(service: State<Service>, id: Path<String>, request: Request) -> Response {
    stored(service, StoredCall::InputItems, id, request).await
}

async fn stored(
    State(service): State<Service>,
    call: StoredCall,
    Path(response): Path<String>,
    request: Request,
) -> Response {
    const DIALECT: Dialect = Dialect::OpenAiResponses;
    let (id, method, path) = told(&request);
    let (ingress, uploading) = match ingress::read_head(&service, DIALECT, request) {
        Ok(read) => read,
        Err(error) => return error_response(&error, DIALECT, &id),
    };
    let (upload, fault) = uploading.into_upload();
    let asked = ApiRequest { api: Api::OpenAiResponses, method, path, ingress };
    let answered = Box::pin(service.gateway.stored_response(asked, call, &response, upload)).await;
    respond(answered, DIALECT, &id, Some(&fault))
}

/// `POST /v1/responses/compact`
pub(crate) async fn compact(State(service): State<Service>, request: Request) -> Response {
    let (id, asked) = match modelled(&service, "/v1/responses/compact", request).await {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let answered = Box::pin(service.gateway.compact_response(asked)).await;
    respond(answered, Dialect::OpenAiResponses, &id, None)
}

/// A call that names a model, which is read as a whole.
async fn modelled(
    service: &Service,
    path: &str,
    request: Request,
) -> Result<(String, ApiRequest), Box<Response>> {
    let (id, method, _) = told(&request);
    let dialect = Dialect::OpenAiResponses;
    let read: Result<Ingress, _> = ingress::read(service, dialect, request).await;
    let ingress = read.map_err(|error| Box::new(error_response(&error, dialect, &id)))?;
    Ok((id, ApiRequest { api: Api::OpenAiResponses, method, path: path.to_owned(), ingress }))
}

/// A request's id, method and path.
fn told(request: &Request) -> (String, &'static str, String) {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let method = match *request.method() {
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        // The body of a HEAD's answer is left out further down.
        _ => "GET",
    };
    // Azure's prefix is the client's; where the provider has one, it puts its own.
    let path = request.uri().path();
    let path = path.strip_prefix("/openai").filter(|rest| rest.starts_with("/v1/")).unwrap_or(path);
    (id, method, path.to_owned())
}

fn respond(answered: Result<Answer, Failure>, dialect: Dialect, id: &str, fault: Option<&Fault>) -> Response {
    match (answered, fault.and_then(Fault::get)) {
        (Ok(answer), _) => answer_response(answer),
        (Err(_), Some(own)) => error_response(own, dialect, id),
        (Err(failure), None) => failure_response(&failure, dialect, id),
    }
}
