//! Which headers of real clients go up.

use lynkr_protocol::Dialect::{Anthropic, OpenAiChat, OpenAiResponses};

use super::forward_headers;
use crate::provider_named;
use crate::samples::headers;

/// Names that no client may send through, whatever is spoken.
const NEVER: &[&str] = &[
    "host",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
    "proxy-connection",
    "content-length",
    "content-encoding",
    "accept-encoding",
    "cookie",
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "x-anthropic-api-key",
    "anthropic-api-key",
    "openai-api-key",
    "anthropic-auth-token",
    "x-lynkr-workspace",
    "x-lynkr-tenant-id",
    "x-lynkr-hop",
    "lynkr-virtual-key",
    "x-session-id",
    "x-workspace-cwd",
    "x-tenant-id",
    "x-request-id",
    "x-forwarded-for",
    "forwarded",
    "origin",
];

fn forwarded(
    provider: &str,
    client: lynkr_protocol::Dialect,
    upstream: lynkr_protocol::Dialect,
    names: &[&str],
) -> Vec<String> {
    let sent: Vec<(&str, &str)> = names.iter().map(|name| (*name, "value")).collect();
    let kept = forward_headers(provider_named(provider).unwrap(), client, upstream, &headers(&sent));
    kept.iter().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn what_claude_code_sends() {
    let names = [
        "accept",
        "user-agent",
        "anthropic-version",
        "anthropic-beta",
        "anthropic-dangerous-direct-browser-access",
        "x-app",
        "x-claude-code-session-id",
        "x-claude-code-agent-id",
        "x-stainless-retry-count",
        "x-client-request-id",
    ];
    assert_eq!(forwarded("anthropic", Anthropic, Anthropic, &names), names);
    assert_eq!(forwarded("openai", Anthropic, OpenAiChat, &names), ["user-agent", "x-client-request-id"]);
}

#[test]
fn what_codex_and_copilot_send() {
    let names = [
        "accept",
        "originator",
        "session-id",
        "thread-id",
        "x-client-request-id",
        "x-codex-window-id",
        "x-codex-turn-metadata",
        "x-initiator",
        "x-interaction-type",
        "openai-beta",
        "user-agent",
    ];
    assert_eq!(forwarded("openai", OpenAiResponses, OpenAiResponses, &names), names);
    assert_eq!(
        forwarded("anthropic", OpenAiResponses, Anthropic, &names),
        ["x-client-request-id", "user-agent"]
    );
}

#[test]
fn what_never_goes_up() {
    for provider in ["anthropic", "openai", "openrouter", "ollama"] {
        assert_eq!(forwarded(provider, Anthropic, Anthropic, NEVER), Vec::<String>::new());
        assert_eq!(forwarded(provider, Anthropic, OpenAiChat, NEVER), Vec::<String>::new());
    }
}

#[test]
fn attribution_goes_to_openrouter_only() {
    let names = ["http-referer", "x-title"];
    assert_eq!(forwarded("openrouter", Anthropic, OpenAiChat, &names), names);
    assert_eq!(forwarded("openai", OpenAiChat, OpenAiChat, &names), Vec::<String>::new());
}

#[test]
fn what_the_connection_header_names_stays_here() {
    let sent = headers(&[("connection", "keep-alive, X-App"), ("x-app", "cli"), ("user-agent", "a")]);
    let kept = forward_headers(provider_named("anthropic").unwrap(), Anthropic, Anthropic, &sent);
    assert_eq!(kept, headers(&[("user-agent", "a")]));
}
