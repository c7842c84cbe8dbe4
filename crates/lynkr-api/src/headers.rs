//! Headers of our own making.

use axum::response::Response;
use http::{HeaderName, HeaderValue};
use lynkr_orchestrator::Headers;
use lynkr_types::Receipt;

/// Adds a header; one that can't be sent is left out.
pub(crate) fn add(response: &mut Response, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}

/// Adds a provider's headers, of which several may have one name.
pub(crate) fn add_all(response: &mut Response, headers: Headers) {
    for (name, value) in headers {
        response.headers_mut().append(name, value);
    }
}

/// Shows what the gateway changed.
pub(crate) fn add_receipt(response: &mut Response, receipt: &Receipt) {
    if !receipt.is_empty() {
        add(response, "x-lynkr-receipt", &receipt.to_header());
    }
}
