//! Where the providers with several kinds of endpoint are asked, with which credential.

use lynkr_protocol::Dialect::{self, Anthropic, OpenAiChat, OpenAiResponses};

use super::call;
use crate::samples::{NONE, headers, try_upstream, upstream, values_in_project};
use crate::{Call, CallerCredential, Upstream};

/// The URL, and the credential as `name: value`.
fn asked(upstream: &Upstream, client: Dialect, model: &str) -> (Dialect, String, String) {
    let spoken = upstream.dialect_for(client, model);
    let prepared = upstream.prepare(&Call { model, query: None, ..call(client, spoken, NONE) }).unwrap();
    let credential =
        prepared.credential.header().map(|(name, value)| format!("{name}: {value}")).unwrap_or_default();
    (spoken, prepared.url, credential)
}

type Row<'a> = (&'a [(&'a str, &'a str)], Dialect, &'a str, Dialect, &'a str);

#[track_caller]
fn check(provider: &str, always: &[(&str, &str)], rows: &[Row<'_>]) {
    for (environment, client, model, spoken, url) in rows {
        let environment: Vec<_> = always.iter().chain(*environment).copied().collect();
        let asked = asked(&upstream(provider, &environment), *client, model);
        assert_eq!((asked.0, asked.1.as_str()), (*spoken, *url), "{environment:?} {client} {model}");
    }
}

const BARE: (&str, &str) = ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com/");
const V: (&str, &str) = ("AZURE_OPENAI_API_VERSION", "2024-10-21");

const fn at(url: &'static str) -> (&'static str, &'static str) {
    ("AZURE_OPENAI_ENDPOINT", url)
}

const AZURE_OPENAI: &[Row<'_>] = &[
    (
        &[BARE],
        Anthropic,
        "gpt-4o",
        OpenAiChat,
        "https://r.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-08-01-preview",
    ),
    (
        &[BARE, V],
        OpenAiChat,
        "my gpt/../x",
        OpenAiChat,
        "https://r.openai.azure.com/openai/deployments/my%20gpt%2F..%2Fx/chat/completions?api-version=2024-10-21",
    ),
    (
        &[BARE, V],
        OpenAiResponses,
        "gpt-4o",
        OpenAiResponses,
        "https://r.openai.azure.com/openai/v1/responses",
    ),
    (&[BARE], Anthropic, "gpt-5.4", OpenAiResponses, "https://r.openai.azure.com/openai/v1/responses"),
    (
        &[at("https://r.openai.azure.com?api-version=2025-01-01-preview"), V],
        OpenAiChat,
        "d",
        OpenAiChat,
        "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2025-01-01-preview",
    ),
    (
        &[at("https://r.openai.azure.com/openai/deployments/own/chat/completions?api-version=1")],
        OpenAiResponses,
        "own",
        OpenAiChat,
        "https://r.openai.azure.com/openai/deployments/own/chat/completions?api-version=1",
    ),
    (
        &[at("https://r.openai.azure.com/openai/deployments/own/chat/completions"), V],
        OpenAiChat,
        "other",
        OpenAiChat,
        "https://r.openai.azure.com/openai/deployments/other/chat/completions?api-version=2024-10-21",
    ),
    (
        &[at("https://r.services.ai.azure.com/models/chat/completions")],
        Anthropic,
        "grok-4",
        OpenAiChat,
        "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview",
    ),
    (
        &[at("https://r.services.ai.azure.com/models"), V],
        OpenAiResponses,
        "grok-4",
        OpenAiChat,
        "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-10-21",
    ),
    (
        &[at("https://r.openai.azure.com/openai/responses?api-version=2025-03-01-preview")],
        OpenAiChat,
        "gpt-4o",
        OpenAiResponses,
        "https://r.openai.azure.com/openai/responses?api-version=2025-03-01-preview",
    ),
    (
        &[at("https://r.openai.azure.com/openai/responses")],
        Anthropic,
        "gpt-4o",
        OpenAiResponses,
        "https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview",
    ),
    (
        &[at("https://r.openai.azure.com/openai/v1"), V],
        OpenAiChat,
        "gpt-4o",
        OpenAiChat,
        "https://r.openai.azure.com/openai/v1/chat/completions",
    ),
    (
        &[at("https://r.openai.azure.com/openai/v1/responses")],
        OpenAiChat,
        "gpt-4o",
        OpenAiResponses,
        "https://r.openai.azure.com/openai/v1/responses",
    ),
];

#[test]
fn azure_openai_in_all_its_forms() {
    check("azure-openai", &[("AZURE_OPENAI_API_KEY", "azure-key-0123")], AZURE_OPENAI);
}

#[test]
fn databricks_in_all_its_forms() {
    const CLAUDE: &str = "databricks-claude-sonnet-4-5";
    const CHAT: &str =
        "https://w.cloud.databricks.com/serving-endpoints/databricks-claude-sonnet-4-5/invocations";
    let path = |path| ("DATABRICKS_ENDPOINT_PATH", path);
    check(
        "databricks",
        &[("DATABRICKS_API_BASE", "https://w.cloud.databricks.com/"), ("DATABRICKS_API_KEY", "dapi-0123")],
        &[
            (&[], OpenAiChat, CLAUDE, OpenAiChat, CHAT),
            (&[], OpenAiResponses, CLAUDE, OpenAiChat, CHAT),
            (
                &[],
                Anthropic,
                CLAUDE,
                Anthropic,
                "https://w.cloud.databricks.com/serving-endpoints/anthropic/v1/messages",
            ),
            (
                &[],
                Anthropic,
                "databricks-gpt-5",
                OpenAiChat,
                "https://w.cloud.databricks.com/serving-endpoints/databricks-gpt-5/invocations",
            ),
            (
                &[path("/serving-endpoints/databricks-claude-sonnet-4-5/invocations")],
                Anthropic,
                CLAUDE,
                OpenAiChat,
                CHAT,
            ),
            (
                &[path("/serving-endpoints/anthropic/v1/messages")],
                OpenAiChat,
                CLAUDE,
                Anthropic,
                "https://w.cloud.databricks.com/serving-endpoints/anthropic/v1/messages",
            ),
            (
                &[path("/serving-endpoints/chat/completions")],
                OpenAiChat,
                CLAUDE,
                OpenAiChat,
                "https://w.cloud.databricks.com/serving-endpoints/chat/completions",
            ),
        ],
    );
}

#[test]
fn the_path_below_an_endpoint_can_not_change_its_host() {
    let base = ("DATABRICKS_API_BASE", "https://w.cloud.databricks.com");
    let dot_env = "DATABRICKS_ENDPOINT_PATH=@evil.example/x\n";
    let problems = try_upstream("databricks", &values_in_project(&[base], dot_env)).unwrap_err();
    assert!(problems.first().unwrap().to_string().contains("must begin with a slash"), "{problems:?}");
    for path in ["//evil.example/x", "/../../x", "/\\evil.example", "/@evil.example"] {
        let own = upstream("databricks", &[base, ("DATABRICKS_ENDPOINT_PATH", path)]);
        assert_eq!(own.host(), Some("w.cloud.databricks.com"), "{path}");
    }
}

#[test]
fn how_the_key_is_shown() {
    const JWT: &str = "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl";
    let azure = ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com");
    let claude = ("AZURE_ANTHROPIC_ENDPOINT", "https://r.services.ai.azure.com");
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Dialect, &'a str);
    let cases: &[Case<'_>] = &[
        ("azure-openai", &[azure, ("AZURE_OPENAI_API_KEY", "0123456789")], OpenAiChat, "api-key: 0123456789"),
        (
            "azure-openai",
            &[azure, ("AZURE_OPENAI_API_KEY", JWT)],
            OpenAiChat,
            "authorization: Bearer eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
        ),
        (
            "azure-anthropic",
            &[claude, ("AZURE_ANTHROPIC_API_KEY", "0123456789")],
            Anthropic,
            "x-api-key: 0123456789",
        ),
        (
            "azure-anthropic",
            &[claude, ("AZURE_ANTHROPIC_API_KEY", JWT)],
            Anthropic,
            "authorization: Bearer eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
        ),
        ("zai", &[("ZAI_API_KEY", "0123456789")], OpenAiChat, "x-api-key: 0123456789"),
        (
            "zai",
            &[
                ("ZAI_API_KEY", "0123456789"),
                ("ZAI_ENDPOINT", "https://api.z.ai/api/paas/v4/chat/completions"),
            ],
            Anthropic,
            "authorization: Bearer 0123456789",
        ),
        ("deepseek", &[("DEEPSEEK_API_KEY", "sk-0123456789")], Anthropic, "x-api-key: sk-0123456789"),
        (
            "deepseek",
            &[("DEEPSEEK_API_KEY", "sk-0123456789")],
            OpenAiChat,
            "authorization: Bearer sk-0123456789",
        ),
        (
            "moonshot",
            &[("MOONSHOT_API_KEY", "sk-0123456789")],
            Anthropic,
            "authorization: Bearer sk-0123456789",
        ),
    ];
    for (provider, environment, client, expected) in cases {
        let (_, _, shown) = asked(&upstream(provider, environment), *client, "m");
        assert_eq!(shown, *expected, "{provider} {client}");
    }
}

#[test]
fn a_missing_key_is_named() {
    for (provider, environment, key) in [
        ("databricks", ("DATABRICKS_API_BASE", "https://w.cloud.databricks.com"), "DATABRICKS_API_KEY"),
        (
            "azure-anthropic",
            ("AZURE_ANTHROPIC_ENDPOINT", "https://r.services.ai.azure.com"),
            "AZURE_ANTHROPIC_API_KEY",
        ),
        ("azure-openai", ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com"), "AZURE_OPENAI_API_KEY"),
        ("zai", ("X", ""), "ZAI_API_KEY"),
        ("moonshot", ("X", ""), "MOONSHOT_API_KEY"),
        ("baidu", ("X", ""), "BAIDU_API_KEY"),
        ("deepseek", ("X", ""), "DEEPSEEK_API_KEY"),
        ("atlas", ("X", ""), "ATLASCLOUD_API_KEY"),
        ("edenai", ("X", ""), "EDENAI_API_KEY"),
    ] {
        let upstream = upstream(provider, &[environment]);
        let spoken = upstream.dialect_for(OpenAiChat, "m");
        // Many vendors' keys begin so; whose this is can't be told.
        let caller = CallerCredential::Bearer("sk-somebody-s-own-key");
        let call = Call { caller_credential: Some(caller), ..call(spoken, spoken, NONE) };
        let message = upstream.prepare(&call).unwrap_err().to_string();
        assert!(message.contains(&format!("needs a key: set {key}")), "{message}");
    }
}

#[test]
fn a_client_s_own_token_goes_to_its_vendor_through_any_provider() {
    let sent = headers(&[("authorization", "Bearer sk-ant-oat01-callers-own")]);
    let token = CallerCredential::from_headers(&sent).unwrap();
    let through = |endpoint| {
        let upstream = upstream("azure-anthropic", &[("AZURE_ANTHROPIC_ENDPOINT", endpoint)]);
        let call = Call { caller_credential: Some(token), ..call(Anthropic, Anthropic, &sent) };
        upstream.prepare(&call).map(|prepared| prepared.credential.header().is_some())
    };
    assert_eq!(through("https://api.anthropic.com/v1/messages"), Ok(true));
    assert_eq!(through("http://api.anthropic.com/v1/messages"), Ok(false));
    assert_eq!(through("https://gateway.example/v1/messages"), Ok(false));
    assert!(through("https://r.services.ai.azure.com/anthropic").is_err());
}

#[test]
fn a_project_can_not_send_a_key_to_another_customer_s_host() {
    let key = ("AZURE_OPENAI_API_KEY", "operators-own-key");
    let dot_env = "AZURE_OPENAI_ENDPOINT=https://somebody.openai.azure.com\n";
    let problems = try_upstream("azure-openai", &values_in_project(&[key], dot_env)).unwrap_err();
    assert!(problems.first().unwrap().to_string().contains("comes from elsewhere"), "{problems:?}");

    let both = format!("{dot_env}AZURE_OPENAI_API_KEY=projects-own-key\n");
    assert!(try_upstream("azure-openai", &values_in_project(&[], &both)).unwrap().has_key());

    let dot_env = "DATABRICKS_API_BASE=https://somebody.cloud.databricks.com\n";
    let upstream = try_upstream("databricks", &values_in_project(&[], dot_env)).unwrap();
    let caller = CallerCredential::Bearer("dapi-callers-own-token");
    let call = Call { caller_credential: Some(caller), ..call(OpenAiChat, OpenAiChat, NONE) };
    assert!(upstream.prepare(&call).is_err());
}

#[test]
fn a_client_can_not_choose_the_api_version_of_the_endpoint() {
    let own = upstream(
        "azure-openai",
        &[("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com"), ("AZURE_OPENAI_API_KEY", "0123456789")],
    );
    let call = Call { query: Some("api-version=1&x=2"), ..call(OpenAiChat, OpenAiChat, NONE) };
    let url = own.prepare(&call).unwrap().url;
    assert!(url.ends_with("?api-version=2024-08-01-preview&x=2"), "{url}");
}

#[test]
fn the_anthropic_version_is_the_client_s_or_the_configured_one() {
    let own = upstream(
        "azure-anthropic",
        &[
            ("AZURE_ANTHROPIC_ENDPOINT", "https://r.services.ai.azure.com"),
            ("AZURE_ANTHROPIC_API_KEY", "0123456789"),
            ("AZURE_ANTHROPIC_VERSION", "2024-01-01"),
        ],
    );
    let sent = crate::samples::headers(&[("anthropic-version", "2026-10-21")]);
    for (client_headers, expected) in [(&sent, "2026-10-21"), (NONE, "2024-01-01")] {
        let prepared = own.prepare(&call(Anthropic, Anthropic, client_headers)).unwrap();
        let versions: Vec<_> = prepared.headers.all("anthropic-version").collect();
        assert_eq!(versions, [expected]);
    }
}
