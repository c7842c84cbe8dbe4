//! A llama.cpp server.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::detection::{Probe, Proof};
use crate::embeddings::Embeddings;
use crate::endpoint::Endpoint;
use crate::provider::{ModelNames, Provider};
use crate::quirks::Quirks;

const BASE: &str = "http://127.0.0.1:8080";

const SETTINGS: &[Setting] = &[
    Setting::new(
        "LLAMACPP_ENDPOINT",
        "llamacpp.endpoint",
        Kind::Url,
        "The server's base URL or full path. A server from before 2026 has no `/v1/messages`: for it, give \
         the full path of `/v1/chat/completions`.",
    )
    .with_default(BASE),
    Setting::new("LLAMACPP_API_KEY", "llamacpp.api_key", Kind::Secret, "The server's key, if it wants one."),
    Setting::new(
        "LLAMACPP_MODEL",
        "llamacpp.model",
        Kind::Text,
        "The model for clients that ask for one that the server doesn't have; `default` when neither this \
         nor `MODEL_DEFAULT` is set and the server lists none.",
    ),
    Setting::new(
        "LLAMACPP_EMBEDDINGS_ENDPOINT",
        "llamacpp.embeddings_endpoint",
        Kind::Url,
        "The base URL or full path of the server that makes embeddings; `LLAMACPP_ENDPOINT` when unset. A full path \
         is used as it is.",
    ),
    Setting::new(
        "LLAMACPP_TIMEOUT_MS",
        "llamacpp.timeout",
        Kind::Milliseconds,
        "How long it may take to begin its answer, and for the whole of one that isn't streamed; \
         `LYNKR_FIRST_BYTE_TIMEOUT_MS` and `LYNKR_ANSWER_TIMEOUT_MS` when unset.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "llamacpp",
    aliases: &["llama.cpp", "llama-cpp"],
    title: "llama.cpp",
    settings: SETTINGS,
    endpoint_env: Some("LLAMACPP_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("LLAMACPP_API_KEY"),
    model_env: Some("LLAMACPP_MODEL"),
    timeout_env: Some("LLAMACPP_TIMEOUT_MS"),
    default_model: "default",
    dialects: &[
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
        Endpoint::always(Dialect::Anthropic, "/v1/messages"),
    ],
    embeddings: Some(Embeddings { endpoint_env: Some("LLAMACPP_EMBEDDINGS_ENDPOINT"), ..Embeddings::OPENAI }),
    counts_tokens: true,
    model_names: ModelNames::Served,
    local_probe: Some(Probe {
        rank: 2,
        url: BASE,
        path: "/props",
        proof: Proof::JsonObject("default_generation_settings"),
    }),
    notes: "Its usual port is the gateway's own default: set `PORT` or start one of them elsewhere.",
    quirks: Quirks { late_system: false, reasoning_content_history: true, ..Quirks::NONE },
    ..Provider::BLANK
};
