//! Web pages of other hosts are kept out.
//!
//! A browser lets any page send a simple POST to this machine, and open a WebSocket and read from it. Both would
//! spend the user's money, so a request that names a foreign page as its origin is refused. Tools send no
//! origin, or one that isn't a web page's.

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, header};
use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;

use crate::caller::dialect_of;
use crate::context::Service;
use crate::error::error_response;
use crate::observe::RequestId;

/// What refuses a request of a foreign page.
pub(crate) fn check_origin(service: &Service, request: &Request) -> Option<Response> {
    let has_keys = service.options.key_required();
    if is_trusted(request.headers(), has_keys) {
        return None;
    }
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let dialect = dialect_of(request.uri().path(), request.headers());
    let error =
        ApiError::new(FaultKind::Permission, "origin: a web page of another host may not use this gateway");
    Some(error_response(&error, dialect, &id))
}

/// Whether the origin is this machine's. The gateway's own host counts only where a key is wanted as well: a
/// foreign name may be made to point here.
fn is_trusted(headers: &HeaderMap, has_keys: bool) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some((scheme, host)) = origin.to_str().ok().and_then(|origin| origin.split_once("://")) else {
        return false;
    };
    if !matches!(scheme, "http" | "https") {
        return true;
    }
    let own = headers.get(header::HOST).and_then(|own| own.to_str().ok());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]") || (has_keys && own == Some(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(origin: &str, has_keys: bool) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers.insert(header::HOST, "gateway.example.com:8080".parse().unwrap());
        is_trusted(&headers, has_keys)
    }

    #[test]
    fn pages_of_other_hosts_are_refused() {
        assert!(is_trusted(&HeaderMap::new(), false));
        for origin in [
            "http://localhost:3000",
            "http://127.0.0.1:8080",
            "https://[::1]:1",
            "http://[::1]",
            "vscode-file://vscode-app",
        ] {
            assert!(trusted(origin, false), "{origin}");
        }
        for origin in
            ["https://example.com", "http://localhost.example.com", "null", "http://127.0.0.1.example.com:80"]
        {
            assert!(!trusted(origin, true), "{origin}");
        }
        assert!(trusted("http://gateway.example.com:8080", true));
        assert!(!trusted("http://gateway.example.com:8080", false));
    }
}
