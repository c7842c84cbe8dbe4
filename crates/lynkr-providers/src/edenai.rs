//! Eden AI, which passes requests on to many vendors.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::embeddings::Embeddings;
use crate::endpoint::{Endpoint, Layout};
use crate::provider::{ModelNames, Provider};

const BASE: &str = "https://api.edenai.run/v3";

const SETTINGS: &[Setting] = &[
    Setting::new("EDENAI_API_KEY", "edenai.api_key", Kind::Secret, "The key for Eden AI."),
    Setting::new("EDENAI_ENDPOINT", "edenai.endpoint", Kind::Url, "Eden AI's base URL or full path.")
        .with_default(BASE),
    Setting::new(
        "EDENAI_MODEL",
        "edenai.model",
        Kind::Text,
        "The model for clients that ask for one without a vendor in its name; `openai/gpt-4o-mini` when neither \
         this nor `MODEL_DEFAULT` is set.",
    ),
    Setting::new(
        "EDENAI_EMBEDDINGS_MODEL",
        "edenai.embeddings_model",
        Kind::Text,
        "The model that makes embeddings for clients that ask for one without a vendor in its name. Unset, OpenAI's \
         models are found under their own names, and `openai/text-embedding-ada-002` stands in for all others.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "edenai",
    aliases: &["eden-ai", "eden"],
    title: "Eden AI",
    settings: SETTINGS,
    endpoint_env: Some("EDENAI_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("EDENAI_API_KEY"),
    key_required: true,
    model_env: Some("EDENAI_MODEL"),
    default_model: "openai/gpt-4o-mini",
    dialects: &[Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions")],
    layouts: &[Layout {
        marker: "/v3/llm",
        dialects: &[Endpoint::always(Dialect::OpenAiChat, "/chat/completions")],
        models_path: Some("/models"),
    }],
    embeddings: Some(Embeddings {
        model_env: Some("EDENAI_EMBEDDINGS_MODEL"),
        default_model: "openai/text-embedding-ada-002",
        counterparts: &[("text-embedding-*", "openai/")],
        // Eden AI's reference names no `encoding_format`.
        takes_encoding: false,
        paths: &[("/v3/llm", "/embeddings")],
        ..Embeddings::OPENAI
    }),
    vendor_hosts: &["api.edenai.run"],
    model_names: ModelNames::Slashed,
    notes: "Set `EDENAI_API_KEY`. Names of models are `vendor/model`.",
    ..Provider::BLANK
};
