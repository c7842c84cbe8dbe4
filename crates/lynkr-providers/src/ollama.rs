//! An Ollama server, and which of its models can call tools.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::detection::{Probe, Proof};
use crate::embeddings::{Embeddings, EmbeddingsForm};
use crate::endpoint::{Endpoint, Offer, Version};
use crate::provider::{AuthScheme, ModelNames, Provider};
use crate::quirks::Quirks;

const BASE: &str = "http://127.0.0.1:11434";

const SETTINGS: &[Setting] = &[
    Setting::new(
        "OLLAMA_ENDPOINT",
        "ollama.endpoint",
        Kind::Url,
        "The server's base URL or full path; a full path settles which dialect is spoken.",
    )
    .with_default(BASE),
    Setting::new(
        "OLLAMA_MODEL",
        "ollama.model",
        Kind::Text,
        "The model for clients that ask for one that the server doesn't have. When neither this nor \
         `MODEL_DEFAULT` is set, it is the first tool-capable model that the server lists, else \
         `qwen2.5-coder:7b`.",
    ),
    Setting::new(
        "OLLAMA_KEEP_ALIVE",
        "ollama.keep_alive",
        Kind::Text,
        "How long a model stays loaded after a request: seconds, or text such as `5m`; `-1` for ever.",
    ),
    Setting::new(
        "OLLAMA_TOOL_MODELS",
        "ollama.tool_capable",
        Kind::List,
        "Beginnings of model names that can call tools, in addition to the ones that are known.",
    ),
    Setting::new(
        "OLLAMA_EMBEDDINGS_MODEL",
        "ollama.embeddings_model",
        Kind::Text,
        "The model that makes embeddings for clients that ask for one that the server doesn't have; \
         `nomic-embed-text` when unset.",
    ),
    Setting::new(
        "OLLAMA_EMBEDDINGS_ENDPOINT",
        "ollama.embeddings_endpoint",
        Kind::Url,
        "The base URL or full path of the server that makes embeddings; `OLLAMA_ENDPOINT` when unset.",
    ),
    Setting::new(
        "OLLAMA_TIMEOUT_MS",
        "ollama.timeout",
        Kind::Milliseconds,
        "How long it may take to begin its answer, and for the whole of one that isn't streamed; \
         `LYNKR_FIRST_BYTE_TIMEOUT_MS` and `LYNKR_ANSWER_TIMEOUT_MS` when unset.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "ollama",
    title: "Ollama",
    settings: SETTINGS,
    endpoint_env: Some("OLLAMA_ENDPOINT"),
    default_base: Some(BASE),
    auth: AuthScheme::None,
    model_env: Some("OLLAMA_MODEL"),
    timeout_env: Some("OLLAMA_TIMEOUT_MS"),
    default_model: "qwen2.5-coder:7b",
    dialects: &[
        Endpoint::always(Dialect::Ollama, "/api/chat"),
        Endpoint::always(Dialect::Anthropic, "/v1/messages").offered(Offer::Since(Version(0, 14, 0))),
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
    ],
    embeddings: Some(Embeddings {
        form: EmbeddingsForm::Ollama,
        path: "/api/embed",
        model_env: Some("OLLAMA_EMBEDDINGS_MODEL"),
        default_model: "nomic-embed-text",
        endpoint_env: Some("OLLAMA_EMBEDDINGS_ENDPOINT"),
        ..Embeddings::OPENAI
    }),
    model_names: ModelNames::Served,
    local_probe: Some(Probe { rank: 1, url: BASE, path: "/api/version", proof: Proof::JsonText("version") }),
    notes: "Speaks Anthropic Messages since 0.14.0; the gateway asks for the version. About models that no list \
            names it asks whether they can call tools.",
    // Other models answer 400 to a request that asks them to think.
    quirks: Quirks {
        reasoning_effort: &[
            "qwen3*",
            "deepseek-r1*",
            "deepseek-v3.1*",
            "gpt-oss*",
            "magistral*",
            "glm-4.6*",
            "glm-4.7*",
            "glm-5*",
            "nemotron*",
        ],
        ..Quirks::NONE
    },
    ..Provider::BLANK
};

/// Beginnings of model names that can call tools.
const TOOL_CAPABLE: &[&str] = &[
    "deepseek-r1",
    "firefunction-v2",
    "glm-4",
    "glm-4.5",
    "glm-4.7",
    "glm-5",
    "gpt-oss",
    "kimi-k2.5",
    "llama3.1",
    "llama3.2",
    "llama3.3",
    "minimax",
    "mistral",
    "mistral-nemo",
    "nemotron",
    "qwen2.5",
    "qwen3",
];

/// Names that begin as a capable one does, but write their calls as text.
const NOT_TOOL_CAPABLE: &[&str] = &["qwen2.5-coder"];

/// Whether an Ollama model can call tools. `extra` holds the user's own beginnings, which win.
///
/// The last part of the path counts, so that `library/qwen3` is `qwen3`; the user's entries may be whole
/// paths as well.
pub fn tool_capable(model: &str, extra: &[String]) -> bool {
    known_tool_capable(model, extra).unwrap_or(false)
}

/// Whether a model can call tools, if its name says so either way.
pub(crate) fn known_tool_capable(model: &str, extra: &[String]) -> Option<bool> {
    let model = model.to_ascii_lowercase();
    let name = model.rsplit('/').next().unwrap_or(&model);
    let begins = |beginning: &str| name.starts_with(beginning);
    if extra.iter().map(|own| own.to_ascii_lowercase()).any(|own| begins(&own) || model.starts_with(&own)) {
        return Some(true);
    }
    if NOT_TOOL_CAPABLE.iter().copied().any(begins) {
        return Some(false);
    }
    TOOL_CAPABLE.iter().copied().any(begins).then_some(true)
}

/// Where a server tells what a model can do.
pub(crate) const SHOW_PATH: &str = "/api/show";

/// What a server's description of a model says about tools; old servers say nothing.
pub fn reports_tools(description: &[u8]) -> Option<bool> {
    let description: serde_json::Value = serde_json::from_slice(description).ok()?;
    let capabilities = description.get("capabilities")?.as_array()?;
    Some(capabilities.iter().any(|capability| capability == "tools"))
}

/// How long Ollama keeps a model loaded, in the form that it takes: a number stays a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepAlive {
    /// Seconds; negative means for ever.
    Seconds(i64),
    /// Text such as `5m`.
    Text(String),
}

impl KeepAlive {
    pub(crate) fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Text(text.to_owned()), Self::Seconds)
    }
}

#[cfg(test)]
mod tests;
