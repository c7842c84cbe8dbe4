//! OpenRouter, which passes requests on to many vendors.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::embeddings::Embeddings;
use crate::endpoint::Endpoint;
use crate::provider::{ModelNames, Provider};
use crate::quirks::Quirks;

const BASE: &str = "https://openrouter.ai/api/v1";

const SETTINGS: &[Setting] = &[
    Setting::new(
        "OPENROUTER_API_KEY",
        "openrouter.api_key",
        Kind::Secret,
        "The key for OpenRouter. Unset, the caller's own key is passed on to OpenRouter.",
    ),
    Setting::new(
        "OPENROUTER_ENDPOINT",
        "openrouter.endpoint",
        Kind::Url,
        "OpenRouter's base URL or full path; a full path settles which dialect is spoken.",
    )
    .with_default(BASE),
    Setting::new(
        "OPENROUTER_MODEL",
        "openrouter.model",
        Kind::Text,
        "The model for clients that ask for one without a vendor in its name; `openai/gpt-4o-mini` when \
         neither this nor `MODEL_DEFAULT` is set.",
    ),
    Setting::new(
        "OPENROUTER_EMBEDDINGS_MODEL",
        "openrouter.embeddings_model",
        Kind::Text,
        "The model that makes embeddings for clients that ask for one without a vendor in its name. Unset, OpenAI's \
         models are found under their own names, and `openai/text-embedding-ada-002` stands in for all others.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "openrouter",
    aliases: &[],
    title: "OpenRouter",
    settings: SETTINGS,
    endpoint_env: Some("OPENROUTER_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("OPENROUTER_API_KEY"),
    key_required: true,
    model_env: Some("OPENROUTER_MODEL"),
    default_model: "openai/gpt-4o-mini",
    dialects: &[
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
        Endpoint::always(Dialect::Anthropic, "/v1/messages"),
        // Documented as a beta that keeps no state: an earlier response can't be referred to.
        Endpoint::always(Dialect::OpenAiResponses, "/v1/responses"),
    ],
    // Its models are listed to anybody.
    key_check_path: Some("/v1/key"),
    embeddings: Some(Embeddings {
        model_env: Some("OPENROUTER_EMBEDDINGS_MODEL"),
        default_model: "openai/text-embedding-ada-002",
        counterparts: &[("text-embedding-*", "openai/")],
        ..Embeddings::OPENAI
    }),
    vendor_hosts: &["openrouter.ai", "eu.openrouter.ai"],
    model_names: ModelNames::Slashed,
    own_headers: &["http-referer", "x-openrouter-title", "x-title"],
    quirks: Quirks {
        cache_control: true,
        reasoning_effort: &["*"],
        reasoning_content_history: true,
        ..Quirks::NONE
    },
    ..Provider::BLANK
};
