//! What settings make of a provider, which dialect it is spoken to in, and what is refused.

use lynkr_protocol::Dialect::{self, Anthropic, Ollama, OpenAiChat, OpenAiResponses};

use crate::samples::{try_upstream, upstream, values, values_in_project};
use crate::{Upstream, provider_named};

const KEY: (&str, &str) = ("OPENAI_API_KEY", "sk-operator-key-1234");

#[test]
fn the_dialect_for_a_client() {
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Dialect, &'a str, Dialect);
    let cases: &[Case<'_>] = &[
        ("openai", &[], OpenAiChat, "gpt-4o", OpenAiChat),
        ("openai", &[], OpenAiResponses, "gpt-4o", OpenAiResponses),
        ("openai", &[], Anthropic, "gpt-4o", OpenAiChat),
        ("openai", &[], Anthropic, "gpt-5.4", OpenAiResponses),
        ("openai", &[], OpenAiChat, "gpt-5.4", OpenAiChat),
        ("openai", &[], OpenAiChat, "gpt-5.3-codex", OpenAiResponses),
        ("openai", &[], OpenAiChat, "o3-pro", OpenAiResponses),
        (
            "openai",
            &[("OPENAI_ENDPOINT", "http://h/v1/chat/completions")],
            OpenAiResponses,
            "o3-pro",
            OpenAiChat,
        ),
        ("openai", &[("OPENAI_ENDPOINT", "http://h/v1/responses")], OpenAiChat, "gpt-4o", OpenAiResponses),
        ("anthropic", &[], OpenAiResponses, "claude-opus-4-8", Anthropic),
        ("openrouter", &[], Anthropic, "a/b", Anthropic),
        ("openrouter", &[], Ollama, "openai/gpt-5", OpenAiChat),
        ("ollama", &[], Anthropic, "qwen3", Ollama),
        ("ollama", &[], OpenAiChat, "qwen3", OpenAiChat),
        ("ollama", &[], OpenAiResponses, "qwen3", Ollama),
        ("llamacpp", &[], Anthropic, "default", Anthropic),
        ("lmstudio", &[], Ollama, "default", OpenAiChat),
        ("builtin", &[], OpenAiResponses, "x", OpenAiResponses),
        (
            "openai-compatible",
            &[("OPENAI_COMPATIBLE_ENDPOINT", "http://h/v1")],
            OpenAiResponses,
            "x",
            OpenAiChat,
        ),
        (
            "openai-compatible",
            &[("OPENAI_COMPATIBLE_ENDPOINT", "http://h/v1/responses")],
            Anthropic,
            "x",
            OpenAiResponses,
        ),
    ];
    for (provider, environment, client, model, expected) in cases {
        let upstream = upstream(provider, environment);
        assert_eq!(
            upstream.dialect_for(*client, model),
            *expected,
            "{provider} {environment:?} {client} {model}"
        );
    }
}

#[test]
fn ollama_speaks_anthropic_since_0_14() {
    for (version, expected) in
        [("0.14.0", Anthropic), ("1.0.0", Anthropic), ("0.13.5", Ollama), ("unknown", Ollama), ("", Ollama)]
    {
        let upstream = upstream("ollama", &[]).with_ollama_version(version);
        assert_eq!(upstream.dialect_for(Anthropic, "qwen3"), expected, "{version}");
    }
}

#[test]
fn which_providers_are_set_up() {
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], bool);
    let cases: &[Case<'_>] = &[
        ("openai", &[KEY], true),
        ("openai", &[("OPENAI_API_KEY", "dummy")], false),
        ("openai", &[("OPENAI_ENDPOINT", "http://127.0.0.1:9/v1")], true),
        ("anthropic", &[KEY], false),
        ("ollama", &[("OLLAMA_MODEL", "qwen3")], false),
        ("ollama", &[("OLLAMA_ENDPOINT", "http://127.0.0.1:11434")], true),
        ("llamacpp", &[("LLAMACPP_API_KEY", "long-enough-key")], false),
        ("builtin", &[], false),
        ("databricks", &[("DATABRICKS_API_KEY", "dapi-0123456789")], false),
        ("databricks", &[("DATABRICKS_API_BASE", "https://w.cloud.databricks.com")], false),
        (
            "databricks",
            &[
                ("DATABRICKS_API_BASE", "https://w.cloud.databricks.com"),
                ("DATABRICKS_API_KEY", "dapi-0123456789"),
            ],
            true,
        ),
        (
            "azure-openai",
            &[("AZURE_OPENAI_ENDPOINT", "https://r"), ("AZURE_OPENAI_API_KEY", "placeholder")],
            false,
        ),
        ("deepseek", &[("DEEPSEEK_API_KEY", "sk-0123456789")], true),
        ("zai", &[("ZAI_MODEL", "glm-5.3")], false),
    ];
    for (provider, environment, expected) in cases {
        let provider = provider_named(provider).unwrap();
        assert_eq!(
            Upstream::configured(provider, &values(environment)),
            *expected,
            "{provider:?} {environment:?}"
        );
    }
}

#[test]
fn endpoints_that_can_not_be_used_are_explained() {
    for (provider, environment, expected) in [
        ("openai-compatible", ("X", ""), "must be set"),
        ("azure-openai", ("X", ""), "must be set"),
        ("databricks", ("X", ""), "must be set"),
        ("openai", ("OPENAI_ENDPOINT", "https://h/v1/messages"), "full path of the dialect anthropic"),
        ("anthropic", ("ANTHROPIC_ENDPOINT", "https://h/v1/chat/completions"), "dialect openai_chat"),
    ] {
        let problems = try_upstream(provider, &values(&[environment])).unwrap_err();
        assert!(matches!(&problems[..], [problem] if problem.message.contains(expected)), "{problems:?}");
    }
}

#[test]
fn a_projects_endpoint_is_never_joined_with_a_key_from_elsewhere() {
    let elsewhere = "OPENAI_ENDPOINT=https://evil.example/v1\n";
    let problems = try_upstream("openai", &values_in_project(&[KEY], elsewhere)).unwrap_err();
    let shown = problems.first().unwrap().to_string();
    assert!(
        shown.contains("OPENAI_ENDPOINT")
            && shown.contains("OPENAI_API_KEY comes from elsewhere (environment)")
    );
    assert!(shown.contains(".env") && shown.contains("hint:") && !shown.contains("sk-operator"), "{shown}");

    // Plain http to the vendor's name is not the vendor.
    let plain = "OPENAI_ENDPOINT=http://api.openai.com/v1\n";
    assert!(try_upstream("openai", &values_in_project(&[KEY], plain)).is_err());

    for (environment, dot_env) in [
        (vec![KEY], "OPENAI_ENDPOINT=https://api.openai.com/v1/responses\n"),
        (vec![], "OPENAI_ENDPOINT=https://gateway.example/v1\nOPENAI_API_KEY=sk-projects-own-key\n"),
        (vec![KEY, ("OPENAI_ENDPOINT", "https://mine.example/v1")], elsewhere),
        (vec![], elsewhere),
    ] {
        let upstream = try_upstream("openai", &values_in_project(&environment, dot_env));
        assert!(upstream.is_ok(), "{dot_env} {upstream:?}");
    }
}

#[test]
fn an_endpoint_in_a_projects_file_can_not_quote_the_environment() {
    let values =
        values_in_project(&[KEY], "OPENAI_COMPATIBLE_ENDPOINT=https://evil.example/${OPENAI_API_KEY}/v1\n");
    let upstream = try_upstream("openai-compatible", &values).unwrap();
    assert!(!upstream.url_of("/v1/models").contains("operator"), "{}", upstream.url_of("/v1/models"));
}

#[test]
fn a_subscription_token_is_no_key() {
    let values = values(&[("ANTHROPIC_API_KEY", "sk-ant-oat01-someones-token")]);
    let problems = try_upstream("anthropic", &values).unwrap_err();
    assert!(problems.first().unwrap().message.contains("subscription token"), "{problems:?}");
}

#[test]
fn placeholders_are_not_a_key_for_the_vendor_but_may_be_one_for_others() {
    let at_vendor = upstream("openai", &[("OPENAI_API_KEY", "sk-dummy")]);
    assert!(!at_vendor.has_key() && at_vendor.warnings().len() == 1);
    let elsewhere =
        upstream("openai", &[("OPENAI_API_KEY", "sk-dummy"), ("OPENAI_ENDPOINT", "http://127.0.0.1:9/v1")]);
    assert!(elsewhere.has_key() && elsewhere.warnings().is_empty());
}

#[test]
fn a_client_s_short_model_name_is_not_taken_for_the_vendor_s() {
    let short = upstream("anthropic", &[("ANTHROPIC_MODEL", "opus")]);
    assert_eq!((short.configured_model(), short.warnings().len()), (None, 1));
    let whole = upstream("anthropic", &[("ANTHROPIC_MODEL", "claude-haiku-4-5")]);
    assert_eq!((whole.configured_model(), whole.warnings().len()), (Some("claude-haiku-4-5"), 0));
    let own =
        upstream("anthropic", &[("ANTHROPIC_MODEL", "opus"), ("ANTHROPIC_ENDPOINT", "http://127.0.0.1:9")]);
    assert_eq!(own.configured_model(), Some("opus"));
}

#[test]
fn debug_shows_no_secret() {
    let upstream =
        upstream("openai", &[KEY, ("OPENAI_ENDPOINT", "https://h/v1?api-key=sk-operator-in-query")]);
    let shown = format!("{upstream:?} {}", upstream.shown_endpoint());
    assert!(!shown.contains("operator"), "{shown}");
}

#[test]
fn a_missing_endpoint_is_named_with_an_example() {
    for (provider, env, example) in [
        ("databricks", "DATABRICKS_API_BASE", "cloud.databricks.com"),
        ("azure-openai", "AZURE_OPENAI_ENDPOINT", ".openai.azure.com"),
        ("azure-anthropic", "AZURE_ANTHROPIC_ENDPOINT", "/anthropic/v1/messages"),
    ] {
        let problems = try_upstream(provider, &values(&[])).unwrap_err();
        let shown = problems.first().unwrap().to_string();
        assert!(shown.contains(env) && shown.contains(example), "{shown}");
    }
}

#[test]
fn what_else_is_configured() {
    assert_eq!(upstream("zai", &[]).max_concurrent(), Some(2));
    assert_eq!(upstream("zai", &[("ZAI_MAX_CONCURRENT", "7")]).max_concurrent(), Some(7));
    assert_eq!(upstream("deepseek", &[]).max_concurrent(), None);
    let endpoint = ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com");
    let azure = upstream("azure-openai", &[endpoint, ("AZURE_OPENAI_REASONING_EFFORT", "high")]);
    assert_eq!(azure.default_reasoning_effort(), Some("high"));
    assert_eq!(upstream("azure-openai", &[endpoint]).default_reasoning_effort(), None);
}

#[test]
fn a_version_that_is_none_is_refused() {
    let values = values(&[
        ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com"),
        ("AZURE_OPENAI_API_VERSION", "1&api-key=x"),
    ]);
    let problems = try_upstream("azure-openai", &values).unwrap_err();
    assert!(problems.first().unwrap().to_string().contains("AZURE_OPENAI_API_VERSION"), "{problems:?}");
}

#[test]
fn a_deployment_beside_the_endpoint_s_own_is_pointed_out() {
    let url = "https://r.openai.azure.com/openai/deployments/own/chat/completions?api-version=1";
    let azure =
        upstream("azure-openai", &[("AZURE_OPENAI_ENDPOINT", url), ("AZURE_OPENAI_DEPLOYMENT", "prod")]);
    assert_eq!((azure.configured_model(), azure.warnings().len()), (Some("own"), 1));
}
