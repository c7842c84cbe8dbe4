//! Providers as people set them up.

use lynkr_protocol::Dialect;
use lynkr_providers::PROVIDERS;

/// A provider as somebody set it up.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) name: &'static str,
    pub(super) provider: &'static str,
    pub(super) environment: &'static [(&'static str, &'static str)],
    /// The version that an Ollama server reports.
    pub(super) version: Option<&'static str>,
    /// Whether the operator's `lynkr.toml` is the one beside this file.
    pub(super) named: bool,
    /// Whether the client is one that signed in with ChatGPT; its token passes and there is no key.
    pub(super) signed_in: bool,
}

impl Setup {
    /// Whether a client's request can get there at all: a subscription takes its own client's requests alone.
    pub(super) fn serves(&self, client: Dialect) -> bool {
        !self.signed_in || client == Dialect::OpenAiResponses
    }
}

const fn setup(
    name: &'static str,
    provider: &'static str,
    environment: &'static [(&'static str, &'static str)],
) -> Setup {
    Setup { name, provider, environment, version: None, named: false, signed_in: false }
}

const KEY: &str = "key-for-golden-0123456789";

/// Every provider, and every part of its API that has an address of its own.
pub(super) const SETUPS: &[Setup] = &[
    setup("anthropic", "anthropic", &[("ANTHROPIC_API_KEY", "sk-ant-golden-0123456789")]),
    setup(
        "anthropic-compatible",
        "anthropic-compatible",
        &[
            ("ANTHROPIC_COMPATIBLE_ENDPOINT", "https://models.example.com"),
            ("ANTHROPIC_COMPATIBLE_API_KEY", KEY),
        ],
    ),
    setup("atlas", "atlas", &[("ATLASCLOUD_API_KEY", KEY)]),
    setup(
        "azure-anthropic",
        "azure-anthropic",
        &[
            ("AZURE_ANTHROPIC_ENDPOINT", "https://my-resource.services.ai.azure.com/anthropic/v1/messages"),
            ("AZURE_ANTHROPIC_API_KEY", KEY),
        ],
    ),
    setup(
        "azure-openai (resource)",
        "azure-openai",
        &[
            ("AZURE_OPENAI_ENDPOINT", "https://my-resource.openai.azure.com"),
            ("AZURE_OPENAI_API_KEY", KEY),
            ("AZURE_OPENAI_DEPLOYMENT", "my-gpt-4o"),
        ],
    ),
    setup(
        "azure-openai (/openai/v1)",
        "azure-openai",
        &[
            ("AZURE_OPENAI_ENDPOINT", "https://my-resource.openai.azure.com/openai/v1"),
            ("AZURE_OPENAI_API_KEY", KEY),
            ("AZURE_OPENAI_DEPLOYMENT", "gpt-5.4"),
        ],
    ),
    setup(
        "azure-openai (/models)",
        "azure-openai",
        &[
            ("AZURE_OPENAI_ENDPOINT", "https://my-resource.services.ai.azure.com/models"),
            ("AZURE_OPENAI_API_KEY", KEY),
            ("AZURE_OPENAI_DEPLOYMENT", "mistral-large"),
        ],
    ),
    setup(
        "azure-openai (/openai/responses)",
        "azure-openai",
        &[
            ("AZURE_OPENAI_ENDPOINT", "https://my-resource.cognitiveservices.azure.com/openai/responses"),
            ("AZURE_OPENAI_API_KEY", KEY),
            ("AZURE_OPENAI_DEPLOYMENT", "gpt-5-codex"),
        ],
    ),
    setup("baidu", "baidu", &[("BAIDU_API_KEY", "bce-v3/ALTAK-golden/0123456789")]),
    setup(
        "bedrock (Converse)",
        "bedrock",
        &[
            ("AWS_BEDROCK_API_KEY", KEY),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_BEDROCK_MODEL_ID", "eu.amazon.nova-pro-v1:0"),
        ],
    ),
    setup(
        "bedrock (Claude)",
        "bedrock",
        &[("AWS_BEDROCK_MODEL_ID", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")],
    ),
    setup("builtin", "builtin", &[]),
    Setup { signed_in: true, ..setup("chatgpt", "chatgpt", &[]) },
    Setup { named: true, ..setup("custom provider", "rack", &[("RACK_KEY", KEY)]) },
    setup(
        "databricks",
        "databricks",
        &[("DATABRICKS_API_BASE", "https://my-workspace.cloud.databricks.com"), ("DATABRICKS_API_KEY", KEY)],
    ),
    setup("deepseek", "deepseek", &[("DEEPSEEK_API_KEY", KEY)]),
    setup("edenai", "edenai", &[("EDENAI_API_KEY", KEY)]),
    setup("llamacpp", "llamacpp", &[]),
    setup("lmstudio", "lmstudio", &[]),
    setup("moonshot", "moonshot", &[("MOONSHOT_API_KEY", KEY)]),
    setup("ollama (before 0.14)", "ollama", &[("OLLAMA_MODEL", "qwen3:8b")]),
    Setup { version: Some("0.14.2"), ..setup("ollama", "ollama", &[("OLLAMA_MODEL", "qwen3:8b")]) },
    setup("openai", "openai", &[("OPENAI_API_KEY", KEY)]),
    setup("openai (reasoning)", "openai", &[("OPENAI_API_KEY", KEY), ("OPENAI_MODEL", "gpt-5.4")]),
    setup(
        "openai-compatible",
        "openai-compatible",
        &[
            ("OPENAI_COMPATIBLE_ENDPOINT", "https://models.example.com/v1"),
            ("OPENAI_COMPATIBLE_API_KEY", KEY),
        ],
    ),
    setup("openrouter", "openrouter", &[("OPENROUTER_API_KEY", KEY)]),
    setup("vertex", "vertex", &[("VERTEX_API_KEY", KEY), ("VERTEX_MODEL", "gemini-3-pro-preview")]),
    setup(
        "vertex (express)",
        "vertex",
        &[
            ("VERTEX_API_KEY", KEY),
            ("VERTEX_ENDPOINT", "https://aiplatform.googleapis.com"),
            ("VERTEX_MODEL", "gemini-2.0-flash"),
        ],
    ),
    setup(
        "vertex (project)",
        "vertex",
        &[
            ("VERTEX_PROJECT", "my-project"),
            ("VERTEX_LOCATION", "europe-west1"),
            ("VERTEX_MODEL", "gemini-2.5-flash"),
        ],
    ),
    setup(
        "vertex (Claude)",
        "vertex",
        &[("VERTEX_PROJECT", "my-project"), ("VERTEX_MODEL", "claude-sonnet-4-5@20250929")],
    ),
    setup(
        "vertex (others)",
        "vertex",
        &[("VERTEX_PROJECT", "my-project"), ("VERTEX_MODEL", "meta/llama-4-maverick-17b-128e-instruct-maas")],
    ),
    setup("zai", "zai", &[("ZAI_API_KEY", KEY)]),
    setup(
        "zai (chat)",
        "zai",
        &[("ZAI_API_KEY", KEY), ("ZAI_ENDPOINT", "https://api.z.ai/api/coding/paas/v4/chat/completions")],
    ),
];

#[test]
fn no_provider_is_left_out() {
    for provider in PROVIDERS {
        assert!(SETUPS.iter().any(|setup| setup.provider == provider.name), "{} is missing", provider.name);
    }
}
