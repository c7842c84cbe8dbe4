//! `GET /v1/responses` as a WebSocket, the form that Codex and Copilot prefer.
//!
//! A client sends `response.create` frames; each is a Responses request. The first may say
//! `generate: false`: a warm-up that only wants an id. Later ones name the id of the answer before and bring
//! **only the new input items**, even with `store: false`, so the connection keeps its own history. Every
//! event of the answer goes back as one bare JSON text frame.

mod events;
mod session;

use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderValue, header};
use lynkr_orchestrator::Headers;
use lynkr_protocol::{ApiError, Dialect};
use lynkr_types::FaultKind;

use crate::context::Service;
use crate::error::error_response;
use crate::observe::RequestId;
use session::Session;

/// Upgrades the connection. A request that isn't a WebSocket's is told to use HTTP, which clients then do at
/// once.
pub(crate) async fn upgrade(
    State(service): State<Service>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    // A frame becomes a request that nobody sent so; what is to pass untouched comes over HTTP.
    let untouched =
        service.gateway.passes_untouched(Dialect::OpenAiResponses, &Headers::from(request.headers()));
    let Some(upgrade) = upgrade.ok().filter(|_| !untouched) else {
        let message = if untouched {
            "requests with a subscription pass over HTTP; use POST"
        } else {
            "GET /v1/responses is a WebSocket; use POST for HTTP"
        };
        let error = ApiError::new(FaultKind::UpgradeRequired, message);
        let mut response = error_response(&error, Dialect::OpenAiResponses, &id);
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return response;
    };
    let limit = service.options.body_limit;
    let open = service.load.open_socket();
    let session = Session::new(service, &request, id);
    upgrade.max_message_size(limit).max_frame_size(limit).on_upgrade(|socket| async move {
        session.run(socket).await;
        // Until here the end of the process waits for it.
        drop(open);
    })
}
