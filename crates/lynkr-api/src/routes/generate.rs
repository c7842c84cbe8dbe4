//! The routes that a model answers.

use axum::extract::{Request, State};
use axum::response::Response;
use lynkr_protocol::Dialect;

use crate::context::Service;
use crate::error::{error_response, failure_response};
use crate::ingress;
use crate::observe::RequestId;
use crate::reply::answer_response;

/// `POST /v1/messages`
pub(crate) async fn messages(State(service): State<Service>, request: Request) -> Response {
    generate(service, Dialect::Anthropic, request).await
}

/// `POST /v1/chat/completions`
pub(crate) async fn chat(State(service): State<Service>, request: Request) -> Response {
    generate(service, Dialect::OpenAiChat, request).await
}

/// `POST /v1/responses`
pub(crate) async fn responses(State(service): State<Service>, request: Request) -> Response {
    generate(service, Dialect::OpenAiResponses, request).await
}

/// `POST /api/chat`
pub(crate) async fn ollama(State(service): State<Service>, request: Request) -> Response {
    generate(service, Dialect::Ollama, request).await
}

async fn generate(service: Service, dialect: Dialect, request: Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let ingress = match ingress::read(&service, dialect, request).await {
        Ok(ingress) => ingress,
        Err(error) => return error_response(&error, dialect, &id),
    };
    // Boxed: the pipeline's future is large, and most of a connection's life is spent outside of it.
    match Box::pin(service.gateway.generate(ingress)).await {
        Ok(answer) => answer_response(answer),
        Err(failure) => failure_response(&failure, dialect, &id),
    }
}

/// `POST /v1/messages/count_tokens`
pub(crate) async fn count_tokens(State(service): State<Service>, request: Request) -> Response {
    count(service, Dialect::Anthropic, request).await
}

/// `POST /v1/responses/input_tokens`
pub(crate) async fn input_tokens(State(service): State<Service>, request: Request) -> Response {
    count(service, Dialect::OpenAiResponses, request).await
}

async fn count(service: Service, dialect: Dialect, request: Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let ingress = match ingress::read(&service, dialect, request).await {
        Ok(ingress) => ingress,
        Err(error) => return error_response(&error, dialect, &id),
    };
    match Box::pin(service.gateway.count_tokens(ingress)).await {
        Ok(answer) => answer_response(answer),
        Err(failure) => failure_response(&failure, dialect, &id),
    }
}
