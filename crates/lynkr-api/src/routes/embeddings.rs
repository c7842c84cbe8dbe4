//! The routes of embeddings, in each vendor's form.

use axum::extract::{Request, State};
use axum::response::Response;
use lynkr_orchestrator::EmbeddingsForm;

use crate::context::Service;
use crate::error::{error_response, failure_response};
use crate::ingress;
use crate::observe::RequestId;
use crate::reply::answer_response;

/// `POST /v1/embeddings`
pub(crate) async fn openai(State(service): State<Service>, request: Request) -> Response {
    embed(service, EmbeddingsForm::OpenAi, request).await
}

/// `POST /api/embed`
pub(crate) async fn ollama(State(service): State<Service>, request: Request) -> Response {
    embed(service, EmbeddingsForm::Ollama, request).await
}

/// `POST /api/embeddings`
pub(crate) async fn ollama_prompt(State(service): State<Service>, request: Request) -> Response {
    embed(service, EmbeddingsForm::OllamaPrompt, request).await
}

async fn embed(service: Service, form: EmbeddingsForm, request: Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let dialect = form.dialect();
    let ingress = match ingress::read(&service, dialect, request).await {
        Ok(ingress) => ingress,
        Err(error) => return error_response(&error, dialect, &id),
    };
    match Box::pin(service.gateway.embed(ingress, form)).await {
        Ok(answer) => answer_response(answer),
        Err(failure) => failure_response(&failure, dialect, &id),
    }
}
