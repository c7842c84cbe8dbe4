//! Prepared requests: one snapshot per provider and dialect, and the rules that no snapshot shows.

use std::fmt::Write as _;

use lynkr_protocol::Dialect::{self, Anthropic, Ollama, OpenAiChat, OpenAiResponses};
use lynkr_types::{Fault as _, FaultKind};

mod clouds;

use super::{Call, Operation, PrepareError, Prepared};
use crate::samples::{NONE, headers, try_upstream, upstream, values_in_project};
use crate::{CallerCredential, Headers, PROVIDERS, Upstream};

const ENVIRONMENT: &[(&str, &str)] = &[
    ("ANTHROPIC_API_KEY", "sk-ant-api03-configured"),
    ("OPENAI_API_KEY", "sk-configured-openai"),
    ("OPENAI_ORGANIZATION", "org-configured"),
    ("OPENROUTER_API_KEY", "sk-or-v1-configured"),
    ("LMSTUDIO_API_KEY", "configured-lmstudio"),
    ("OPENAI_COMPATIBLE_ENDPOINT", "https://compatible.example/api/v4?tenant=7"),
    ("ANTHROPIC_COMPATIBLE_ENDPOINT", "https://compatible.example/anthropic"),
    ("DATABRICKS_API_BASE", "https://adb-1.7.azuredatabricks.net/"),
    ("DATABRICKS_API_KEY", "dapi-configured"),
    ("AZURE_ANTHROPIC_ENDPOINT", "https://mine.services.ai.azure.com/anthropic/v1/messages"),
    ("AZURE_ANTHROPIC_API_KEY", "configured-azure-anthropic"),
    ("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com"),
    ("AZURE_OPENAI_API_KEY", "configured-azure-openai"),
    ("AZURE_OPENAI_DEPLOYMENT", "my-deployment"),
    ("ZAI_API_KEY", "configured-zai"),
    ("MOONSHOT_API_KEY", "sk-configured-moonshot"),
    ("BAIDU_API_KEY", "bce-v3/ALTAK-configured"),
    ("DEEPSEEK_API_KEY", "sk-configured-deepseek"),
    ("ATLASCLOUD_API_KEY", "configured-atlas"),
    ("EDENAI_API_KEY", "configured-edenai"),
    ("VERTEX_API_KEY", "configured-vertex"),
];

fn call(client: Dialect, upstream: Dialect, client_headers: &Headers) -> Call<'_> {
    Call {
        operation: Operation::Generate,
        client,
        upstream,
        model: "m",
        stream: true,
        query: Some("beta=true&stream=true"),
        client_headers,
        caller_credential: None,
    }
}

/// The whole request, the secret included: these are made up.
fn show(result: &Result<Prepared, PrepareError>) -> String {
    match result {
        Ok(prepared) => {
            let mut text = format!("{} {}\n", prepared.method, prepared.url);
            for (name, value) in prepared.headers.iter() {
                let _ = writeln!(text, "{name}: {value}");
            }
            if let Some((name, value)) = prepared.credential.header() {
                let _ = writeln!(text, "[{:?}] {name}: {value}", prepared.credential.origin());
            }
            text
        }
        Err(error) => format!("refused: {error}\n"),
    }
}

#[test]
fn every_provider_in_every_dialect() {
    let client_headers = headers(&[
        ("accept", "application/json"),
        ("user-agent", "client/1"),
        ("anthropic-version", "2026-10-21"),
        ("anthropic-beta", "a,b"),
        ("openai-organization", "org-of-the-caller"),
        ("x-title", "title"),
        ("authorization", "Bearer sk-caller"),
        ("cookie", "c"),
    ]);
    let caller = CallerCredential::Bearer("callers-own-token");
    for provider in PROVIDERS {
        let upstream = upstream(provider.name, ENVIRONMENT).with_ollama_version("0.14.0");
        let model = upstream.configured_model().unwrap_or(provider.default_model);
        let mut text = String::new();
        for client in Dialect::ALL {
            let spoken = upstream.dialect_for(client, model);
            let call =
                Call { model, caller_credential: Some(caller), ..call(client, spoken, &client_headers) };
            let _ = write!(text, "# {client} client, {spoken}\n{}\n", show(&upstream.prepare(&call)));
        }
        for spoken in upstream.dialects() {
            let call = Call { model, stream: false, ..call(spoken, spoken, NONE) };
            let _ = write!(text, "# {spoken} without a stream\n{}\n", show(&upstream.prepare(&call)));
        }
        for operation in [Operation::CountTokens, Operation::ListModels] {
            let call = Call { operation, model, query: None, ..call(Anthropic, Anthropic, &client_headers) };
            let _ = write!(text, "# {operation:?}\n{}\n", show(&upstream.prepare(&call)));
        }
        insta::assert_snapshot!(provider.name, text);
    }
}

fn passed(
    upstream: &Upstream,
    dialect: Dialect,
    caller: CallerCredential<'_>,
) -> Result<Option<(String, String)>, PrepareError> {
    let call = Call { caller_credential: Some(caller), ..call(dialect, dialect, NONE) };
    let prepared = upstream.prepare(&call)?;
    Ok(prepared.credential.header().map(|(name, value)| (name.to_owned(), value.to_owned())))
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_caller_s_credential_keeps_its_form_where_both_are_taken() {
    let anthropic = upstream("anthropic", &[]);
    let key = CallerCredential::ApiKey("sk-ant-api03-x");
    let token = CallerCredential::Bearer("sk-ant-api03-y");
    assert_eq!(passed(&anthropic, Anthropic, key).unwrap(), Some(header("x-api-key", "sk-ant-api03-x")));
    assert_eq!(
        passed(&anthropic, Anthropic, token).unwrap(),
        Some(header("authorization", "Bearer sk-ant-api03-y"))
    );
    let openai = upstream("openai", &[]);
    let key = CallerCredential::ApiKey("sk-proj-callers");
    assert_eq!(
        passed(&openai, OpenAiChat, key).unwrap(),
        Some(header("authorization", "Bearer sk-proj-callers"))
    );
}

#[test]
fn without_a_usable_credential_the_vendor_is_not_asked() {
    let openai = upstream("openai", &[]);
    for (caller, reason) in [
        (None, "it sent none"),
        (Some("sk-dummy"), "it sent a placeholder"),
        (Some("sk-ant-api03-callers"), "not for this provider"),
    ] {
        let caller = caller.map(CallerCredential::ApiKey);
        let call = Call { caller_credential: caller, ..call(OpenAiChat, OpenAiChat, NONE) };
        let error = openai.prepare(&call).unwrap_err();
        assert_eq!(error.kind(), FaultKind::Authentication);
        let message = error.to_string();
        assert!(message.contains("OPENAI_API_KEY") && message.contains(reason), "{message}");
        assert!(!message.contains("sk-"), "{message}");
    }
}

#[test]
fn an_endpoint_of_the_operator_s_needs_no_key() {
    let own = upstream("openai", &[("OPENAI_ENDPOINT", "http://127.0.0.1:9/v1")]);
    assert!(own.prepare(&call(OpenAiChat, OpenAiChat, NONE)).is_ok());
    let caller = CallerCredential::Bearer("dummy");
    assert_eq!(passed(&own, OpenAiChat, caller).unwrap(), Some(header("authorization", "Bearer dummy")));
}

#[test]
fn a_project_s_endpoint_gets_no_credential() {
    let values = values_in_project(&[], "OPENAI_ENDPOINT=https://elsewhere.example/v1\n");
    let upstream = try_upstream("openai", &values).unwrap();
    for caller in ["sk-proj-callers-own", "dummy", "some-other-gateway-key"] {
        let caller = CallerCredential::Bearer(caller);
        assert_eq!(passed(&upstream, OpenAiChat, caller).unwrap(), None);
    }
}

#[test]
fn the_caller_s_account_goes_with_the_caller_s_credential() {
    let sent = headers(&[("openai-organization", "org-caller"), ("openai-project", "p")]);
    let caller = CallerCredential::Bearer("sk-proj-callers-own");
    let names = |upstream: &Upstream| {
        let call = Call { caller_credential: Some(caller), ..call(OpenAiChat, OpenAiChat, &sent) };
        let prepared = upstream.prepare(&call).unwrap();
        prepared.headers.filtered(|name| name.starts_with("openai-"))
    };
    assert_eq!(names(&upstream("openai", &[("OPENAI_ORGANIZATION", "org-mine")])), sent);
    assert_eq!(
        names(&upstream("openai", ENVIRONMENT)),
        headers(&[("openai-organization", "org-configured")])
    );
}

#[test]
fn queries() {
    let anthropic = upstream("anthropic", ENVIRONMENT);
    let compatible = upstream("openai-compatible", ENVIRONMENT);
    for (upstream, dialect, query, expected) in [
        (&anthropic, Anthropic, "beta=true", "?beta=true"),
        (&anthropic, Anthropic, "", ""),
        (&anthropic, Anthropic, "stream=true&Key=x&api_key=y&a=1&&b=2", "?a=1&b=2"),
        (&anthropic, Anthropic, "a=1#x&b= 2\r\n&c=3", "?c=3"),
        (&compatible, OpenAiChat, "a=1", "?tenant=7&a=1"),
        (&compatible, OpenAiChat, "", "?tenant=7"),
    ] {
        let call = Call { query: Some(query), ..call(dialect, dialect, NONE) };
        let url = upstream.prepare(&call).unwrap().url;
        let shown = url.find('?').map_or("", |index| url.split_at(index).1);
        assert_eq!(shown, expected, "{query}");
    }
}

#[test]
fn dialects_that_are_not_spoken_are_refused() {
    for (provider, dialect) in [
        ("anthropic", OpenAiChat),
        ("openai", Anthropic),
        ("openai-compatible", OpenAiResponses),
        ("ollama", Anthropic),
    ] {
        let error = upstream(provider, ENVIRONMENT).prepare(&call(dialect, dialect, NONE)).unwrap_err();
        assert!(matches!(error, PrepareError::Dialect { .. }), "{provider} {dialect}");
    }
}

#[test]
fn what_is_accepted_follows_the_dialect() {
    let builtin = upstream("builtin", &[]);
    for (dialect, stream, expected) in [
        (Ollama, true, "application/x-ndjson"),
        (OpenAiResponses, true, "text/event-stream"),
        (Anthropic, false, "application/json"),
    ] {
        let call = Call { stream, ..call(dialect, dialect, NONE) };
        let prepared = builtin.prepare(&call).unwrap();
        assert_eq!(prepared.headers.get("accept"), Some(expected), "{dialect}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let sent = headers(&[("user-agent", "who-secret")]);
    let caller = CallerCredential::Bearer("caller-secret-token");
    for provider in PROVIDERS {
        let upstream = upstream(
            provider.name,
            &[
                ("OPENAI_ENDPOINT", "https://h/v1?key=query-secret"),
                ("OPENAI_API_KEY", "sk-key-secret"),
                ("ANTHROPIC_API_KEY", "sk-key-secret"),
                ("OPENROUTER_API_KEY", "sk-key-secret"),
                ("OPENAI_COMPATIBLE_ENDPOINT", "https://h/v1?key=query-secret"),
                ("ANTHROPIC_COMPATIBLE_ENDPOINT", "https://h"),
                ("DATABRICKS_API_BASE", "https://h?key=query-secret"),
                ("DATABRICKS_API_KEY", "dapi-key-secret"),
                ("AZURE_ANTHROPIC_ENDPOINT", "https://h"),
                ("AZURE_ANTHROPIC_API_KEY", "azure-key-secret"),
                ("AZURE_OPENAI_ENDPOINT", "https://h/openai/v1?key=query-secret"),
                ("AZURE_OPENAI_API_KEY", "azure-key-secret"),
                ("ZAI_API_KEY", "key-secret"),
                ("MOONSHOT_API_KEY", "sk-key-secret"),
                ("BAIDU_API_KEY", "bce-v3/secret"),
                ("DEEPSEEK_API_KEY", "sk-key-secret"),
                ("ATLASCLOUD_API_KEY", "key-secret"),
                ("EDENAI_API_KEY", "key-secret"),
                ("VERTEX_API_KEY", "key-secret"),
            ],
        );
        let dialect = upstream.dialect_for(OpenAiChat, "m");
        let call = Call { caller_credential: Some(caller), query: None, ..call(dialect, dialect, &sent) };
        let prepared = upstream.prepare(&call);
        assert!(prepared.is_ok() || provider.name == "chatgpt", "{prepared:?}");
        let credential = prepared.as_ref().map(|prepared| &prepared.credential);
        let shown = format!("{upstream:?} {prepared:?} {credential:?} {caller:?}");
        assert!(!shown.contains("secret"), "{shown}");
    }
}
