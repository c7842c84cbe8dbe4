//! Foreign names for this machine are kept out.
//!
//! A web page can make its own name point to 127.0.0.1 (DNS rebinding). Its requests are then of the same origin to the
//! browser, which lets the page read the answers; but they carry the page's name in `Host`.

use axum::extract::Request;
use axum::response::Response;
use http::header;
use lynkr_protocol::ApiError;
use lynkr_types::FaultKind;

use crate::caller::dialect_of;
use crate::context::Service;
use crate::error::error_response;
use crate::observe::RequestId;

/// What refuses a request to a name that isn't this machine's.
pub(crate) fn check_host(service: &Service, request: &Request) -> Option<Response> {
    let Some(allowed) = &service.options.policy.hosts else { return None };
    let sent = request.headers().get(header::HOST).map(|host| host.to_str().unwrap_or("?"));
    let named = sent.or_else(|| request.uri().authority().map(http::uri::Authority::as_str));
    if named.is_none_or(|named| is_served(named, allowed)) {
        return None;
    }
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let dialect = dialect_of(request.uri().path(), request.headers());
    let message = "host: this gateway isn't served under that name; LYNKR_ALLOWED_HOSTS can name it";
    let error = ApiError::new(FaultKind::Permission, message).with_code("host_not_allowed");
    Some(error_response(&error, dialect, &id))
}

fn is_served(named: &str, allowed: &[String]) -> bool {
    let name = match named.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => named,
    };
    let name = name.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    let is_local = name == "localhost"
        || name.ends_with(".localhost")
        || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    is_local || allowed.iter().any(|own| own.eq_ignore_ascii_case(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_names_are_served() {
        let allowed = ["gateway.test".to_owned()];
        for named in [
            "localhost",
            "localhost:8080",
            "LOCALHOST.:1",
            "127.0.0.1:8080",
            "127.1.2.3",
            "[::1]:8080",
            "[::1]",
            "a.localhost:1",
            "gateway.test:8080",
            "Gateway.Test",
        ] {
            assert!(is_served(named, &allowed), "{named}");
        }
        for named in
            ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test:80", "10.0.0.1", "", "?", "evil:80:80"]
        {
            assert!(!is_served(named, &allowed), "{named}");
        }
    }
}
