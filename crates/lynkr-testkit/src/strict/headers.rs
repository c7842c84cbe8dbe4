//! Headers: the right credential, the version, and nothing that a gateway should have kept to itself.

use super::Broken;
use crate::model::{Dialect, ModelScript};
use crate::recorded::Recorded;

const LEAKS: [&str; 5] = ["x-lynkr", "x-forwarded", "forwarded", "via", "proxy-"];

pub(super) fn check(dialect: Dialect, request: &Recorded, script: &ModelScript, broken: &mut Broken) {
    for (name, value) in &request.headers {
        if LEAKS.iter().any(|leak| name.starts_with(leak)) {
            broken.push(format!("header {name} leaks the gateway"));
        }
        if script.secrets.iter().any(|secret| value.contains(secret.as_str())) {
            broken.push(format!("header {name} carries a credential of the client"));
        }
    }
    let json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    // Ollama itself does not look, and one of its official callers sends none.
    if dialect != Dialect::Ollama && !json {
        broken.push("header content-type: must be application/json".to_owned());
    }
    if dialect == Dialect::Anthropic && request.header("anthropic-version").is_none() {
        broken.push("header anthropic-version: required".to_owned());
    }
    if request.header("host") != Some(request.server.to_string().as_str()) {
        broken.push("header host: names another server".to_owned());
    }
    if let Some(key) = &script.key {
        credential(dialect, request, key, broken);
    }
}

fn credential(dialect: Dialect, request: &Recorded, key: &str, broken: &mut Broken) {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let presented = match dialect {
        Dialect::Anthropic => request.header("x-api-key").or(bearer),
        Dialect::Chat | Dialect::Responses => bearer,
        Dialect::Ollama => return,
    };
    if presented != Some(key) {
        broken.push(format!(
            "credential: expected the configured key, got {}",
            presented.map_or("none", |_| "another")
        ));
    }
}
