//! Where embeddings are asked for, and with whose key.

use lynkr_protocol::Dialect;

use crate::embeddings::EmbeddingsForm;
use crate::samples::{NONE, try_upstream, upstream, values_in_project};
use crate::{Call, Operation, Upstream};

fn url(upstream: &Upstream) -> String {
    let call = Call {
        operation: Operation::Embeddings,
        client: Dialect::OpenAiChat,
        upstream: Dialect::OpenAiChat,
        model: "m",
        stream: false,
        query: None,
        client_headers: NONE,
        caller_credential: None,
    };
    upstream.for_embeddings().prepare(&call).map_or_else(|error| error.to_string(), |prepared| prepared.url)
}

/// Provider, setting, its value, and the URL that embeddings go to (or the error).
const ENDPOINTS: &[[&str; 4]] = &[
    ["openai", "OPENAI_ENDPOINT", "https://api.openai.com/v1", "https://api.openai.com/v1/embeddings"],
    [
        "openai",
        "OPENAI_ENDPOINT",
        "http://127.0.0.1:1/v1/chat/completions",
        "http://127.0.0.1:1/v1/embeddings",
    ],
    [
        "openrouter",
        "OPENROUTER_ENDPOINT",
        "https://proxy.example/api/v1",
        "https://proxy.example/api/v1/embeddings",
    ],
    ["edenai", "EDENAI_ENDPOINT", "https://api.edenai.run/v3", "https://api.edenai.run/v3/embeddings"],
    [
        "edenai",
        "EDENAI_ENDPOINT",
        "https://api.edenai.run/v3/llm",
        "https://api.edenai.run/v3/llm/embeddings",
    ],
    ["ollama", "OLLAMA_ENDPOINT", "http://127.0.0.1:2/api/chat", "http://127.0.0.1:2/api/embed"],
    [
        "ollama",
        "OLLAMA_EMBEDDINGS_ENDPOINT",
        "http://127.0.0.1:3/api/embeddings",
        "http://127.0.0.1:3/api/embed",
    ],
    ["ollama", "OLLAMA_EMBEDDINGS_ENDPOINT", "http://127.0.0.1:3", "http://127.0.0.1:3/api/embed"],
    [
        "ollama",
        "OLLAMA_EMBEDDINGS_ENDPOINT",
        "http://127.0.0.1:3/v1/embeddings",
        "http://127.0.0.1:3/v1/embeddings",
    ],
    [
        "llamacpp",
        "LLAMACPP_EMBEDDINGS_ENDPOINT",
        "http://127.0.0.1:4/embeddings",
        "http://127.0.0.1:4/embeddings",
    ],
    ["llamacpp", "LLAMACPP_EMBEDDINGS_ENDPOINT", "http://127.0.0.1:4", "http://127.0.0.1:4/v1/embeddings"],
    ["lmstudio", "LMSTUDIO_ENDPOINT", "http://127.0.0.1:5", "http://127.0.0.1:5/v1/embeddings"],
    [
        "openai-compatible",
        "OPENAI_COMPATIBLE_ENDPOINT",
        "http://127.0.0.1:6/api/v4?tenant=7",
        "http://127.0.0.1:6/api/v4/embeddings?tenant=7",
    ],
    [
        "azure-openai",
        "AZURE_OPENAI_ENDPOINT",
        "https://mine.openai.azure.com",
        "https://mine.openai.azure.com/openai/deployments/m/embeddings?api-version=2024-08-01-preview",
    ],
    [
        "azure-openai",
        "AZURE_OPENAI_ENDPOINT",
        "https://mine.openai.azure.com/openai/v1",
        "https://mine.openai.azure.com/openai/v1/embeddings",
    ],
    [
        "azure-openai",
        "AZURE_OPENAI_ENDPOINT",
        "https://mine.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2025-01-01",
        "https://mine.openai.azure.com/openai/deployments/m/embeddings?api-version=2025-01-01",
    ],
    [
        "databricks",
        "DATABRICKS_API_BASE",
        "https://adb-1.7.azuredatabricks.net",
        "https://adb-1.7.azuredatabricks.net/serving-endpoints/m/invocations",
    ],
    ["anthropic", "ANTHROPIC_ENDPOINT", "https://api.anthropic.com", "Anthropic offers no embeddings here"],
];

#[test]
fn every_endpoint_leads_to_its_embeddings() {
    for &[provider, env, endpoint, expected] in ENDPOINTS {
        let keys = [
            ("OPENAI_API_KEY", "sk-configured"),
            ("OPENROUTER_API_KEY", "sk-or-configured"),
            ("EDENAI_API_KEY", "configured"),
            ("AZURE_OPENAI_API_KEY", "configured"),
            ("DATABRICKS_API_KEY", "dapi-configured"),
            ("ANTHROPIC_API_KEY", "sk-ant-configured"),
        ];
        let environment: Vec<_> = keys.into_iter().chain([(env, endpoint)]).collect();
        assert_eq!(url(&upstream(provider, &environment)), expected, "{env}={endpoint}");
    }
}

#[test]
fn a_full_path_settles_the_form() {
    let form = |endpoint| upstream("ollama", &[("OLLAMA_EMBEDDINGS_ENDPOINT", endpoint)]).embeddings_form();
    assert_eq!(form("http://127.0.0.1:3/api/embed"), Some(EmbeddingsForm::Ollama));
    assert_eq!(form("http://127.0.0.1:3"), Some(EmbeddingsForm::Ollama));
    assert_eq!(form("http://127.0.0.1:3/v1/embeddings"), Some(EmbeddingsForm::OpenAi));
    assert_eq!(upstream("anthropic", &[]).embeddings_form(), None);
}

/// A cloned project must not be able to send the operator's key to a host of its choice.
#[test]
fn a_project_s_endpoint_for_embeddings_doesn_t_get_the_operator_s_key() {
    let values = values_in_project(
        &[("LLAMACPP_API_KEY", "the-operator-s-key")],
        "LLAMACPP_EMBEDDINGS_ENDPOINT=https://elsewhere.example/embeddings\n",
    );
    let problems = try_upstream("llamacpp", &values).unwrap_err();
    assert_eq!(problems.first().unwrap().key, "LLAMACPP_EMBEDDINGS_ENDPOINT");
}
