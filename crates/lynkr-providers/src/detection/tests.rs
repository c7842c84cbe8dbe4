//! The order of the search, and what proves a server.

use super::{Step, detection_order, reported_version};
use crate::provider_named;
use crate::samples::headers;

#[test]
fn keys_first_then_what_is_set_up_then_this_machine() {
    let order: Vec<String> = detection_order(&[])
        .into_iter()
        .map(|detection| match detection.step {
            Step::Configured => detection.provider.name.to_owned(),
            Step::Local(probe) => format!("{} {}{}", detection.provider.name, probe.url, probe.path),
        })
        .collect();
    assert_eq!(
        order,
        [
            "databricks",
            "anthropic",
            "azure-anthropic",
            "azure-openai",
            "openai",
            "openrouter",
            "atlas",
            "baidu",
            "bedrock",
            "deepseek",
            "edenai",
            "moonshot",
            "vertex",
            "zai",
            "anthropic-compatible",
            "llamacpp",
            "lmstudio",
            "ollama",
            "openai-compatible",
            "ollama http://127.0.0.1:11434/api/version",
            "llamacpp http://127.0.0.1:8080/props",
            "lmstudio http://127.0.0.1:1234/api/v0/models",
        ]
    );
}

#[test]
fn what_proves_a_server() {
    let version = br#"{"version":"0.14.2"}"#.as_slice();
    for (provider, status, header, body, expected) in [
        ("ollama", 200, ("content-type", "application/json"), version, true),
        ("ollama", 404, ("content-type", "application/json"), version, false),
        ("ollama", 200, ("x-lynkr-version", "0.1.0"), version, false),
        ("ollama", 200, ("X-Lynkr-Version", ""), version, false),
        ("ollama", 200, ("server", "Lynkr/0.1.0"), version, false),
        ("ollama", 200, ("a", "b"), br#"{"version":1}"#, false),
        ("ollama", 200, ("a", "b"), br#"["version"]"#, false),
        ("ollama", 200, ("a", "b"), b"<html>", false),
        ("ollama", 200, ("a", "b"), b"\xff", false),
        (
            "llamacpp",
            200,
            ("server", "llama.cpp"),
            br#"{"default_generation_settings":{},"total_slots":1}"#,
            true,
        ),
        ("llamacpp", 200, ("a", "b"), br#"{"status":"ok"}"#, false),
        ("lmstudio", 200, ("a", "b"), br#"{"object":"list","data":[]}"#, true),
        ("lmstudio", 200, ("a", "b"), br#"{"error":"Unexpected endpoint"}"#, false),
    ] {
        let probe = provider_named(provider).unwrap().local_probe.unwrap();
        assert_eq!(
            probe.proves(status, &headers(&[header]), body),
            expected,
            "{provider} {status} {header:?}"
        );
    }
}

#[test]
fn the_reported_version() {
    assert_eq!(reported_version(br#"{"version":"0.14.2"}"#).as_deref(), Some("0.14.2"));
    assert_eq!(reported_version(b"nonsense"), None);
}
