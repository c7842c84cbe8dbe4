//! Gemini's routes: the path names the model and what is asked of it.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use lynkr_orchestrator::{Answer, AnswerBody, InUrl, Ingress};
use lynkr_protocol::gemini::{self, Method, Model, Path};
use lynkr_protocol::{ApiError, Dialect};
use lynkr_types::FaultKind;

use crate::context::Service;
use crate::error::{error_response, failure_response};
use crate::ingress;
use crate::observe::RequestId;
use crate::reply::answer_response;
use crate::routes::models::shown;

const DIALECT: Dialect = Dialect::Gemini;

/// `POST /v1beta/models/{model}:{method}`, and the same below Vertex's paths.
pub(crate) async fn call(State(service): State<Service>, request: Request) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let path = request.uri().path().to_owned();
    let Some(Path { model, method }) = Path::parse(&path) else {
        let message = format!("there is no POST {path} here");
        return error_response(&ApiError::new(FaultKind::NotFound, message), DIALECT, &id);
    };
    let ingress = match ingress::read(&service, DIALECT, request).await {
        Ok(ingress) => ingress,
        Err(error) => return error_response(&error, DIALECT, &id),
    };
    match method {
        Method::CountTokens => count(&service, ingress, model, &id).await,
        Method::Generate => generate(&service, ingress, model, Form::Whole, &id).await,
        Method::Stream => {
            let form = if asks_for_events(&ingress) { Form::Events } else { Form::List };
            generate(&service, ingress, model, form, &id).await
        }
    }
}

/// In which form the answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One object.
    Whole,
    /// Server-sent events.
    Events,
    /// A list of objects: how the API streams unless it is asked for events.
    List,
}

fn asks_for_events(ingress: &Ingress) -> bool {
    ingress.query.as_deref().unwrap_or_default().split('&').any(|pair| pair == "alt=sse")
}

async fn generate(service: &Service, ingress: Ingress, model: String, form: Form, id: &str) -> Response {
    let in_url = Some(InUrl { model, stream: form == Form::Events });
    match Box::pin(service.gateway.generate(Ingress { in_url, ..ingress })).await {
        Ok(Answer { body: AnswerBody::Whole(bytes), status: 200, .. }) if form == Form::List => {
            let list = Bytes::from([&b"["[..], &bytes, b"]"].concat());
            ([(CONTENT_TYPE, "application/json")], list).into_response()
        }
        Ok(answer) => answer_response(answer),
        Err(failure) => failure_response(&failure, DIALECT, id),
    }
}

async fn count(service: &Service, ingress: Ingress, model: String, id: &str) -> Response {
    let in_url = Some(InUrl { model, stream: false });
    match Box::pin(service.gateway.count_tokens(Ingress { in_url, ..ingress })).await {
        Ok(answer) => answer_response(answer),
        Err(failure) => failure_response(&failure, DIALECT, id),
    }
}

/// `GET /v1beta/models`
pub(crate) async fn list(State(service): State<Service>, request: Request) -> Response {
    let models: Vec<Model> = shown(&service, ingress::warrant(request.extensions()))
        .await
        .into_iter()
        .map(|entry| Model { name: entry.id, input_limit: None, output_limit: None })
        .collect();
    ([(CONTENT_TYPE, "application/json")], gemini::models(&models)).into_response()
}
