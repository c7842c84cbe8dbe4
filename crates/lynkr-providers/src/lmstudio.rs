//! An LM Studio server.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::detection::{Probe, Proof};
use crate::embeddings::Embeddings;
use crate::endpoint::Endpoint;
use crate::provider::{ModelNames, Provider};
use crate::quirks::Quirks;

const BASE: &str = "http://127.0.0.1:1234";

const SETTINGS: &[Setting] = &[
    Setting::new(
        "LMSTUDIO_ENDPOINT",
        "lmstudio.endpoint",
        Kind::Url,
        "The server's base URL or full path. A server before 0.4.1 has no `/v1/messages`: for it, give the \
         full path of `/v1/chat/completions`.",
    )
    .with_default(BASE),
    Setting::new("LMSTUDIO_API_KEY", "lmstudio.api_key", Kind::Secret, "The server's key, if it wants one."),
    Setting::new(
        "LMSTUDIO_MODEL",
        "lmstudio.model",
        Kind::Text,
        "The model for clients that ask for one that the server doesn't have; `default` when neither this \
         nor `MODEL_DEFAULT` is set and the server lists none.",
    ),
    Setting::new(
        "LMSTUDIO_TIMEOUT_MS",
        "lmstudio.timeout",
        Kind::Milliseconds,
        "How long it may take to begin its answer, and for the whole of one that isn't streamed; \
         `LYNKR_FIRST_BYTE_TIMEOUT_MS` and `LYNKR_ANSWER_TIMEOUT_MS` when unset.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "lmstudio",
    aliases: &["lm-studio"],
    title: "LM Studio",
    settings: SETTINGS,
    endpoint_env: Some("LMSTUDIO_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("LMSTUDIO_API_KEY"),
    model_env: Some("LMSTUDIO_MODEL"),
    timeout_env: Some("LMSTUDIO_TIMEOUT_MS"),
    default_model: "default",
    dialects: &[
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
        Endpoint::always(Dialect::Anthropic, "/v1/messages"),
    ],
    embeddings: Some(Embeddings::OPENAI),
    model_names: ModelNames::Served,
    local_probe: Some(Probe { rank: 3, url: BASE, path: "/api/v0/models", proof: Proof::JsonArray("data") }),
    quirks: Quirks { late_system: false, ..Quirks::NONE },
    ..Provider::BLANK
};
