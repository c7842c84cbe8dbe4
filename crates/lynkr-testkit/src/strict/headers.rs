//! Headers: the right credential, the version, and nothing that a gateway should have kept to itself.

use super::Broken;
use crate::model::{ModelScript, Wire};
use crate::recorded::Recorded;
use crate::sigv4;

const LEAKS: [&str; 5] = ["x-lynkr", "x-forwarded", "forwarded", "via", "proxy-"];

/// What no vendor should see.
pub(crate) fn check_common(request: &Recorded, script: &ModelScript, broken: &mut Broken) {
    for (name, value) in &request.headers {
        if LEAKS.iter().any(|leak| name.starts_with(leak)) {
            broken.push(format!("header {name} leaks the gateway"));
        }
        if script.secrets.iter().any(|secret| value.contains(secret.as_str())) {
            broken.push(format!("header {name} carries a credential of the client"));
        }
    }
    if request.header("host") != Some(request.server.to_string().as_str()) {
        broken.push("header host: names another server".to_owned());
    }
}

pub(super) fn check(dialect: Wire, request: &Recorded, script: &ModelScript, broken: &mut Broken) {
    check_common(request, script, broken);
    let json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    // Ollama itself does not look, and one of its official callers sends none.
    if dialect != Wire::Ollama && !json {
        broken.push("header content-type: must be application/json".to_owned());
    }
    if dialect == Wire::Anthropic && request.header("anthropic-version").is_none() {
        broken.push("header anthropic-version: required".to_owned());
    }
    if let Some(secret) = &script.secret {
        broken.extend(sigv4::check(request, secret).err().map(|why| format!("signature: {why}")));
    }
    if let Some(key) = &script.key {
        credential(dialect, request, key, broken);
    }
}

/// The id of the access key that a request was signed with (Signature Version 4).
fn signed_with(request: &Recorded) -> Option<&str> {
    let signature = request.header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 Credential=")?;
    request.header("x-amz-date")?;
    signature.split('/').next()
}

fn credential(dialect: Wire, request: &Recorded, key: &str, broken: &mut Broken) {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let presented = match dialect {
        Wire::Anthropic => request.header("x-api-key").or(bearer),
        Wire::Chat | Wire::Responses => bearer,
        Wire::Ollama => return,
        // A Bedrock key, or a signature made with an access key of that id.
        Wire::Converse | Wire::Invoke => bearer.or_else(|| signed_with(request)),
    };
    if presented != Some(key) {
        broken.push(format!(
            "credential: expected the configured key, got {}",
            presented.map_or("none", |_| "another")
        ));
    }
}
