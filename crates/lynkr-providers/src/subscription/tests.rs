//! Where a subscription's token goes, and what goes with it.

use lynkr_protocol::Dialect::{Anthropic, OpenAiChat, OpenAiResponses};
use lynkr_types::{Fault as _, FaultKind};

use super::verbatim_headers;
use crate::samples::{headers, upstream};
use crate::{Call, CallerCredential, Headers, Operation, Origin, PrepareError, Prepared};

const CLAUDE: &str = "Bearer sk-ant-oat01-of-the-caller";
/// The form of a JSON web token; nobody's.
const SIGNED_IN: &str = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl";

/// What Claude Code sends, what a proxy in between adds, and what is the gateway's.
fn claude_code() -> Headers {
    headers(&[
        ("host", "127.0.0.1:8080"),
        ("accept", "application/json"),
        ("x-new-header", "first"),
        ("authorization", CLAUDE),
        ("content-type", "application/json"),
        ("anthropic-beta", "oauth-2025-04-20,a"),
        ("x-new-header", "second"),
        ("anthropic-version", "2023-06-01"),
        ("connection", "keep-alive, x-this-hop"),
        ("x-this-hop", "1"),
        ("accept-encoding", "gzip, br"),
        ("content-length", "7"),
        ("x-api-key", "dummy"),
        ("cookie", "a=b"),
        ("x-lynkr-tenant-id", "t"),
        ("lynkr-hops", "abc"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-request-id", "req_1"),
        ("x-app", "cli"),
    ])
}

fn codex() -> Headers {
    headers(&[
        ("version", "0.169.0"),
        ("authorization", SIGNED_IN),
        ("chatgpt-account-id", "acct_1"),
        ("originator", "codex_exec"),
    ])
}

fn prepare(
    provider: &str,
    environment: &[(&str, &str)],
    dialects: (lynkr_protocol::Dialect, lynkr_protocol::Dialect),
    sent: &Headers,
) -> Result<Prepared, PrepareError> {
    let caller = CallerCredential::from_headers(sent);
    upstream(provider, environment).prepare(&Call {
        operation: Operation::Generate,
        client: dialects.0,
        upstream: dialects.1,
        model: "m",
        stream: true,
        query: Some("beta=true"),
        client_headers: sent,
        caller_credential: caller,
    })
}

const KEY: (&str, &str) = ("ANTHROPIC_API_KEY", "sk-ant-api03-configured");

#[test]
fn everything_passes_in_its_order_but_what_is_this_hops_own() {
    let prepared = prepare("anthropic", &[KEY], (Anthropic, Anthropic), &claude_code()).unwrap();
    assert!(prepared.verbatim);
    assert_eq!(prepared.url, "https://api.anthropic.com/v1/messages?beta=true");
    let map = prepared.header_map().unwrap();
    assert!(map.get("authorization").unwrap().is_sensitive());
    assert_eq!(
        Headers::from(map),
        headers(&[
            ("accept", "application/json"),
            ("x-new-header", "first"),
            ("x-new-header", "second"),
            ("authorization", CLAUDE),
            ("content-type", "application/json"),
            ("anthropic-beta", "oauth-2025-04-20,a"),
            ("anthropic-version", "2023-06-01"),
            ("x-app", "cli"),
        ])
    );
    assert!(!format!("{prepared:?}").contains("oat01"));
}

/// Whose credential goes up, of every configuration that could be asked.
#[test]
fn a_subscription_goes_to_its_own_vendors_host_and_nowhere_else() {
    let off = ("LYNKR_OAUTH_PASSTHROUGH", "false");
    let foundry = ("AZURE_ANTHROPIC_ENDPOINT", "https://mine.services.ai.azure.com/anthropic");
    let behind_azure = ("AZURE_ANTHROPIC_ENDPOINT", "https://api.anthropic.com/v1/messages");
    let azure_key = ("AZURE_ANTHROPIC_API_KEY", "configured-azure");
    let own = |provider, environment: &[(&str, &str)], dialects, sent: &Headers| {
        prepare(provider, environment, dialects, sent).map(|prepared| prepared.credential.origin())
    };
    let alike = (Anthropic, Anthropic);
    let claude = claude_code();
    let subscription = Ok(Some(Origin::Subscription));
    let configured = Ok(Some(Origin::Configured));
    assert_eq!(own("anthropic", &[], alike, &claude), subscription);
    assert_eq!(own("anthropic", &[KEY], alike, &claude), subscription);
    assert_eq!(own("anthropic", &[KEY, off], alike, &claude), configured);
    assert_eq!(own("azure-anthropic", &[behind_azure, azure_key], alike, &claude), subscription);
    assert_eq!(own("azure-anthropic", &[foundry, azure_key], alike, &claude), configured);
    // Translated, it isn't the official client's request any more.
    assert_eq!(own("anthropic", &[KEY], (OpenAiChat, Anthropic), &claude), configured);
    // Plain HTTP, another port and a host that only looks alike are other hosts.
    for endpoint in [
        "http://api.anthropic.com",
        "https://api.anthropic.com:8443",
        "https://api.anthropic.com.example.net",
        "http://127.0.0.1:9",
    ] {
        let elsewhere = ("ANTHROPIC_ENDPOINT", endpoint);
        assert_eq!(own("anthropic", &[elsewhere], alike, &claude), Ok(None), "{endpoint}");
        assert_eq!(own("anthropic", &[elsewhere, KEY], alike, &claude), configured, "{endpoint}");
    }
    for provider in ["ollama", "lmstudio", "llamacpp"] {
        assert_eq!(own(provider, &[], (OpenAiChat, OpenAiChat), &claude), Ok(None), "{provider}");
    }
    let alike = (OpenAiResponses, OpenAiResponses);
    assert_eq!(own("chatgpt", &[], alike, &codex()), subscription);
    let openai = [("OPENAI_API_KEY", "sk-configured-openai")];
    assert_eq!(own("openai", &openai, alike, &codex()), configured);
    // A token without its account may be anybody's.
    let bare = codex().filtered(|name| name != "chatgpt-account-id");
    assert!(own("chatgpt", &[], alike, &bare).is_err());
}

#[test]
fn a_refusal_says_what_is_missing_and_why() {
    let off = ("LYNKR_OAUTH_PASSTHROUGH", "false");
    let alike = (Anthropic, Anthropic);
    for (error, said) in [
        (prepare("anthropic", &[off], alike, &claude_code()), "LYNKR_OAUTH_PASSTHROUGH is off"),
        (prepare("anthropic", &[], (OpenAiChat, Anthropic), &claude_code()), "own requests only"),
        (prepare("anthropic", &[], alike, &codex()), "not for this provider"),
        (prepare("chatgpt", &[], (OpenAiResponses, OpenAiResponses), &claude_code()), "sign-in only"),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), FaultKind::Authentication);
        let message = error.to_string();
        assert!(message.contains(said), "{message}");
        assert!(!message.contains("sk-ant-oat") && !message.contains("eyJ"), "{message}");
    }
}

#[test]
fn a_signed_in_codex_is_served_by_the_vendors_other_host() {
    let sent = codex();
    let caller = CallerCredential::from_headers(&sent).unwrap();
    assert_eq!(format!("{caller:?}"), "ChatGpt(****)");
    let openai = upstream("openai", &[]);
    assert_eq!(openai.subscribers_provider(caller, OpenAiResponses), Some("chatgpt"));
    assert_eq!(openai.subscribers_provider(caller, OpenAiChat), None);
    let elsewhere = upstream("openai", &[("OPENAI_ENDPOINT", "http://127.0.0.1:9/v1")]);
    assert_eq!(elsewhere.subscribers_provider(caller, OpenAiResponses), None);
    let off = upstream("openai", &[("LYNKR_OAUTH_PASSTHROUGH", "off")]);
    assert_eq!(off.subscribers_provider(caller, OpenAiResponses), None);
    let sent = claude_code();
    let claude = CallerCredential::from_headers(&sent).unwrap();
    assert_eq!(openai.subscribers_provider(claude, OpenAiResponses), None);
}

#[test]
fn a_token_without_a_place_goes_last() {
    assert_eq!(verbatim_headers(&headers(&[("a", "1"), ("b", "2")])).1, 2);
}
