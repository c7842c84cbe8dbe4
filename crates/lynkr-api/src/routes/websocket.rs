//! `GET /v1/responses` as a WebSocket, the form that Codex and Copilot prefer.
//!
//! A client sends `response.create` frames; each is a Responses request. The first may say
//! `generate: false`: a warm-up that only wants an id. Later ones name the id of the answer before and bring
//! **only the new input items**, even with `store: false`, so the connection keeps its own history. Every
//! event of the answer goes back as one bare JSON text frame.

mod session;

use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
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
    let Ok(upgrade) = upgrade else {
        let error =
            ApiError::new(FaultKind::UpgradeRequired, "GET /v1/responses is a WebSocket; use POST for HTTP");
        let mut response = error_response(&error, Dialect::OpenAiResponses, &id);
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return response;
    };
    if !is_trusted_origin(request.headers()) {
        let error =
            ApiError::new(FaultKind::Permission, "origin: a web page of another host may not connect here");
        return error_response(&error, Dialect::OpenAiResponses, &id);
    }
    let limit = service.options.body_limit;
    let session = Session::new(service, request.headers(), id);
    upgrade.max_message_size(limit).max_frame_size(limit).on_upgrade(|socket| session.run(socket))
}

/// A browser lets any page open a WebSocket to this machine and read from it, so pages of other hosts are
/// refused. Tools send no origin, or one that isn't a web page's.
fn is_trusted_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return !headers.contains_key(header::ORIGIN);
    };
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    if !matches!(scheme, "http" | "https") {
        return true;
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_hosts_are_refused() {
        let trusted = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            is_trusted_origin(&headers)
        };
        assert!(is_trusted_origin(&HeaderMap::new()));
        for origin in
            ["http://localhost:3000", "http://127.0.0.1:8080", "https://[::1]:1", "vscode-file://vscode-app"]
        {
            assert!(trusted(origin), "{origin}");
        }
        for origin in
            ["https://example.com", "http://localhost.example.com", "null", "http://127.0.0.1.example.com:80"]
        {
            assert!(!trusted(origin), "{origin}");
        }
    }
}
