//! The signature of one request.

use std::fmt::Write as _;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign as sign_request};
use aws_sigv4::sign::v4::SigningParams;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};
use ring::digest::{Context, SHA256};

use crate::transport::Outbound;

/// What a signature holds for.
pub(super) struct Scope<'a> {
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) time: SystemTime,
}

/// Signs a request: `x-amz-date`, `authorization`, and `x-amz-security-token` where the credentials have one.
///
/// Of the headers, only those are signed that AWS wants signed: what a proxy on the way adds or takes otherwise
/// doesn't break the signature. The path is encoded once in the URL and, as for every service but S3, once more in
/// what is signed.
pub(super) fn sign(
    request: &mut Outbound,
    credentials: &Credentials,
    scope: &Scope<'_>,
) -> Result<(), String> {
    let unsignable = |why: &dyn std::fmt::Display| format!("the request can't be signed: {why}");
    forget_old(&mut request.headers);
    let identity = credentials.clone().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(scope.time)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsignable(&error))?
        .into();
    let url = request.url.to_string();
    let headers = request.headers.iter().filter(|(name, _)| is_signed(name));
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let body = SignableBody::Precomputed(digest(request));
    let signable = SignableRequest::new(request.method.as_str(), url, headers, body)
        .map_err(|error| unsignable(&error))?;
    let signed = sign_request(signable, &params).map_err(|error| unsignable(&error))?;
    let (headers, _) = signed.into_parts().0.into_parts();
    for header in headers {
        let mut value =
            HeaderValue::from_str(header.value()).map_err(|_| unsignable(&"a value can't be sent"))?;
        value.set_sensitive(true);
        request.headers.insert(HeaderName::from_static(header.name()), value);
    }
    Ok(())
}

fn is_signed(name: &HeaderName) -> bool {
    *name == HOST || *name == CONTENT_TYPE || name.as_str().starts_with("x-amz-")
}

/// What a client or an earlier attempt signed is no part of this signature.
fn forget_old(headers: &mut HeaderMap) {
    for name in ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256", AUTHORIZATION.as_str()] {
        headers.remove(name);
    }
}

/// The body's SHA-256 in hexadecimal digits. Its pieces aren't joined for it.
fn digest(request: &Outbound) -> String {
    let mut context = Context::new(&SHA256);
    for piece in &request.body {
        context.update(piece);
    }
    let mut digits = String::with_capacity(64);
    for byte in context.finish().as_ref() {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
