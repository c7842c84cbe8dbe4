//! Any server that speaks OpenAI Chat Completions or Responses.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::api::{Api, Apis};
use crate::embeddings::Embeddings;
use crate::endpoint::{Endpoint, Offer};
use crate::provider::{ModelNames, Provider};

const SETTINGS: &[Setting] = &[
    Setting::new(
        "OPENAI_COMPATIBLE_ENDPOINT",
        "openai_compatible.endpoint",
        Kind::Url,
        "The base URL or full path of a server that speaks OpenAI's API. A full path that ends in \
         `/responses` makes it speak Responses; else it is spoken to in Chat Completions.",
    ),
    Setting::new(
        "OPENAI_COMPATIBLE_API_KEY",
        "openai_compatible.api_key",
        Kind::Secret,
        "The key for that server. Unset, the caller's own is passed on.",
    ),
    Setting::new(
        "OPENAI_COMPATIBLE_MODEL",
        "openai_compatible.model",
        Kind::Text,
        "The model for clients that ask for one that the server doesn't have.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "openai-compatible",
    aliases: &["openai_compatible"],
    title: "OpenAI-compatible server",
    settings: SETTINGS,
    endpoint_env: Some("OPENAI_COMPATIBLE_ENDPOINT"),
    key_env: Some("OPENAI_COMPATIBLE_API_KEY"),
    model_env: Some("OPENAI_COMPATIBLE_MODEL"),
    dialects: &[
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
        Endpoint::always(Dialect::OpenAiResponses, "/v1/responses").offered(Offer::WhenPinned),
    ],
    embeddings: Some(Embeddings::OPENAI),
    apis: Apis::at_v1(&[Api::OpenAiResponses]),
    model_names: ModelNames::Served,
    notes: "An endpoint must be set.",
    ..Provider::BLANK
};
