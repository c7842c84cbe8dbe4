//! The requests that get tokens, and what is read from their answers.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde::Deserialize;
use serde_json::Value;

use crate::transport::{Inbound, Outbound, Transport};

/// How long a token service may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a service that fails is asked again, and how long is waited before.
const WAITS: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(750)];
/// The most that is read of an answer.
const MOST_BYTES: usize = 256 * 1024;

/// One question.
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) patience: Duration,
    /// Whether a failure may be asked again.
    pub(super) again: bool,
}

impl Question {
    /// A form.
    pub(super) fn form(url: &str, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, "application/x-www-form-urlencoded", body.into_bytes())
    }

    /// A JSON body, asked with a token.
    pub(super) fn json(url: &str, body: &Value, token: &str) -> Self {
        Self::post(url, "application/json", body.to_string().into_bytes())
            .with(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    fn post(url: &str, content_type: &str, body: Vec<u8>) -> Self {
        Self { method: Method::POST, body, ..Self::get(url) }.with(CONTENT_TYPE.as_str(), content_type)
    }

    pub(super) fn get(url: &str) -> Self {
        Self {
            method: Method::GET,
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            patience: PATIENCE,
            again: true,
        }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Asks; a success's body comes back, and anything else as a sentence without secrets.
pub(super) async fn ask(http: &dyn Transport, question: &Question) -> Result<Vec<u8>, String> {
    let mut waits = WAITS.iter();
    loop {
        let (why, may_pass) = match once(http, question).await {
            Ok(body) => return Ok(body),
            Err(failed) => failed,
        };
        match waits.next().filter(|_| may_pass && question.again) {
            Some(wait) => tokio::time::sleep(*wait).await,
            None => return Err(why),
        }
    }
}

/// One attempt: what went wrong, and whether that may pass.
async fn once(http: &dyn Transport, question: &Question) -> Result<Vec<u8>, (String, bool)> {
    let place = place(&question.url);
    let outbound = outbound(question).ok_or_else(|| (format!("{place} can't be asked"), false))?;
    let answered = tokio::time::timeout(question.patience, async {
        let inbound = http.send(outbound).await?;
        let status = inbound.status;
        Ok((status, read(inbound).await?))
    });
    match answered.await {
        Err(_) => Err((format!("{place} didn't answer in time"), true)),
        Ok(Err(error)) => Err((format!("{place}: {}", crate::TransportError::chain(&error)), true)),
        Ok(Ok((status, body))) if status.is_success() => Ok(body),
        Ok(Ok((status, body))) => {
            let may_pass = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
            Err((format!("{place} answered {}{}", status.as_u16(), complaint(&body)), may_pass))
        }
    }
}

fn outbound(question: &Question) -> Option<Outbound> {
    let mut headers = HeaderMap::new();
    for (name, value) in &question.headers {
        headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?);
    }
    Some(Outbound {
        method: question.method.clone(),
        url: question.url.parse().ok()?,
        headers,
        body: vec![Bytes::from(question.body.clone())],
        head_timeout: question.patience,
    })
}

async fn read(mut inbound: Inbound) -> Result<Vec<u8>, crate::TransportError> {
    let mut body = Vec::new();
    while let Some(bytes) = inbound.body.next().await {
        body.extend_from_slice(&bytes?);
        if body.len() > MOST_BYTES {
            break;
        }
    }
    Ok(body)
}

/// Scheme, host and path: a query may hold what is nobody's business.
fn place(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// What an error body says: OAuth's `error` and `error_description`, or Google's `error.message`.
fn complaint(body: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return String::new() };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let error = body.get("error");
    let words = match error {
        Some(Value::Object(error)) => vec![text(error.get("status")), text(error.get("message"))],
        error => vec![text(error), text(body.get("error_description"))],
    };
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() { String::new() } else { format!(": {}", words.join(": ")) }
}

/// What a token service grants.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
}

/// The token and its seconds in an OAuth answer.
pub(super) fn granted(body: &[u8]) -> Result<(String, Duration), String> {
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|_| "the token service answered without an access token".to_owned())?;
    // Google's tokens live for an hour unless they say otherwise.
    Ok((answer.access_token, Duration::from_secs(answer.expires_in.unwrap_or(3600))))
}

/// Secrets go over TLS, or no further than this machine.
pub(super) fn check_safe(field: &str, url: &str) -> Result<(), String> {
    if is_secure(url) || is_near(url, IpAddr::is_loopback) {
        return Ok(());
    }
    Err(format!("its `{field}` must be an https URL"))
}

/// Where a token of another provider is read: a cloud's own metadata service has no TLS.
pub(super) fn check_source(url: &str) -> Result<(), String> {
    let is_link_local = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    if is_near(url, is_link_local) { Ok(()) } else { check_safe("credential_source.url", url) }
}

fn is_secure(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|url| url.scheme_str() == Some("https") && url.host().is_some())
}

fn is_near(url: &str, is_near: impl Fn(&IpAddr) -> bool) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    let Some(host) = url.host() else { return false };
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let ip = ip.or_else(|| (host == "localhost").then(|| IpAddr::from([127, 0, 0, 1])));
    url.scheme_str() == Some("http") && ip.is_some_and(|ip| is_near(&ip))
}
