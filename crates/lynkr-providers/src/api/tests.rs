//! Calls that pass through: who has them, where, and what goes up with them.

use super::{Api, ApiCall};
use crate::samples::{NONE, headers, upstream};
use crate::{CallerCredential, Headers, Upstream};

fn call<'a>(api: Api, path: &'a str, client_headers: &'a Headers) -> ApiCall<'a> {
    ApiCall {
        api,
        method: "POST",
        path,
        query: Some("beta=true&stream=true&api_key=x"),
        content_type: Some("multipart/form-data; boundary=b"),
        client_headers,
        caller_credential: None,
    }
}

fn url(upstream: &Upstream, api: Api, path: &str) -> String {
    let call = ApiCall { query: None, ..call(api, path, NONE) };
    upstream.prepare_api(&call).map_or_else(|error| error.to_string(), |prepared| prepared.url)
}

#[test]
fn the_path_goes_below_the_endpoint_s_own_root() {
    let azure = |endpoint| {
        upstream(
            "azure-openai",
            &[("AZURE_OPENAI_ENDPOINT", endpoint), ("AZURE_OPENAI_API_KEY", "configured")],
        )
    };
    let openai =
        |endpoint| upstream("openai", &[("OPENAI_ENDPOINT", endpoint), ("OPENAI_API_KEY", "sk-configured")]);
    for (upstream, api, path, expected) in [
        (
            openai("https://api.openai.com/v1"),
            Api::OpenAiFiles,
            "/v1/files/f",
            "https://api.openai.com/v1/files/f",
        ),
        (openai("http://127.0.0.1:1/v4"), Api::OpenAiBatches, "/v1/batches", "http://127.0.0.1:1/v4/batches"),
        (
            azure("https://mine.openai.azure.com"),
            Api::OpenAiFiles,
            "/v1/files",
            "https://mine.openai.azure.com/openai/v1/files",
        ),
        (
            azure("https://mine.openai.azure.com/openai/v1"),
            Api::OpenAiResponses,
            "/v1/responses/r",
            "https://mine.openai.azure.com/openai/v1/responses/r",
        ),
        (
            azure("https://mine.openai.azure.com/openai/responses?api-version=2025-04-01-preview"),
            Api::OpenAiFiles,
            "/v1/files",
            "Azure OpenAI offers no files here",
        ),
        (
            upstream("anthropic", &[("ANTHROPIC_API_KEY", "sk-ant-c")]),
            Api::OpenAiFiles,
            "/v1/files",
            "Anthropic offers no files here",
        ),
        (
            upstream("openai-compatible", &[("OPENAI_COMPATIBLE_ENDPOINT", "http://127.0.0.1:6")]),
            Api::OpenAiResponses,
            "/v1/responses/r",
            "OpenAI-compatible server offers no stored responses here",
        ),
    ] {
        assert_eq!(url(&upstream, api, path), expected, "{path}");
    }
}

#[test]
fn what_matters_to_the_vendor_goes_up_and_nothing_else() {
    let sent = headers(&[
        ("accept", "application/binary"),
        ("anthropic-beta", "files-api-2025-04-14"),
        ("anthropic-version", "2023-06-01"),
        ("x-api-key", "sk-ant-api03-callers-own"),
        ("cookie", "c"),
        ("x-lynkr-provider", "anthropic"),
    ]);
    let caller = CallerCredential::from_headers(&sent).unwrap();
    let call = ApiCall { caller_credential: Some(caller), ..call(Api::AnthropicFiles, "/v1/files", &sent) };
    let prepared = upstream("anthropic", &[]).prepare_api(&call).unwrap();
    assert_eq!(prepared.url, "https://api.anthropic.com/v1/files?beta=true&stream=true");
    let names: Vec<&str> = prepared.headers.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["content-type", "accept", "anthropic-beta", "anthropic-version"]);
    assert_eq!(prepared.headers.get("content-type"), Some("multipart/form-data; boundary=b"));
    assert_eq!(prepared.credential.header(), Some(("x-api-key", "sk-ant-api03-callers-own")));
}

/// ChatGPT's paths have no version in them.
#[test]
fn a_signed_in_codex_compacts_at_chatgpt() {
    let sent = headers(&[
        ("authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"),
        ("chatgpt-account-id", "acct_1"),
    ]);
    let caller = CallerCredential::from_headers(&sent).unwrap();
    let path = "/v1/responses/compact";
    let call =
        ApiCall { caller_credential: Some(caller), query: None, ..call(Api::OpenAiResponses, path, &sent) };
    let prepared = upstream("chatgpt", &[]).prepare_api(&call).unwrap();
    assert_eq!(prepared.url, "https://chatgpt.com/backend-api/codex/responses/compact");
}

/// A client of the gateway must not reach more of a vendor's API with the operator's key than it asked for.
#[test]
fn a_path_doesn_t_lead_out_of_its_part() {
    let openai = upstream("openai", &[("OPENAI_API_KEY", "sk-configured")]);
    for path in [
        "/v1/files/../organization/users",
        "/v1/files/%2e%2e/organization",
        "/v1/files/a%2Fb",
        "/v1/files/",
        "/v1/files//content",
        "/v1/files/f?x=1",
        "/v2/files",
        "/v1files",
    ] {
        assert_eq!(url(&openai, Api::OpenAiFiles, path), "OpenAI offers no files here", "{path}");
    }
    assert_eq!(
        url(&openai, Api::OpenAiFiles, "/v1/files/file-abc_1.x/content"),
        "https://api.openai.com/v1/files/file-abc_1.x/content"
    );
}

#[test]
fn every_api_has_a_provider() {
    for api in [
        Api::OpenAiFiles,
        Api::OpenAiBatches,
        Api::OpenAiResponses,
        Api::AnthropicFiles,
        Api::AnthropicBatches,
    ] {
        assert!(!api.providers().is_empty(), "{api:?}");
    }
    assert_eq!(Api::OpenAiBatches.providers(), ["azure-openai", "openai"]);
}
