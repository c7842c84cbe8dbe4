//! Any server that speaks Anthropic Messages.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::api::{Api, Apis};
use crate::endpoint::Endpoint;
use crate::provider::{AuthScheme, ModelNames, Provider};

const SETTINGS: &[Setting] = &[
    Setting::new(
        "ANTHROPIC_COMPATIBLE_ENDPOINT",
        "anthropic_compatible.endpoint",
        Kind::Url,
        "The base URL or full path of a server that speaks Anthropic Messages.",
    ),
    Setting::new(
        "ANTHROPIC_COMPATIBLE_API_KEY",
        "anthropic_compatible.api_key",
        Kind::Secret,
        "The key for that server. Unset, the caller's own is passed on.",
    ),
    Setting::new(
        "ANTHROPIC_COMPATIBLE_MODEL",
        "anthropic_compatible.model",
        Kind::Text,
        "The model for clients that ask for one that the server doesn't have.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "anthropic-compatible",
    aliases: &["anthropic_compatible"],
    title: "Anthropic-compatible server",
    settings: SETTINGS,
    endpoint_env: Some("ANTHROPIC_COMPATIBLE_ENDPOINT"),
    key_env: Some("ANTHROPIC_COMPATIBLE_API_KEY"),
    auth: AuthScheme::XApiKey,
    model_env: Some("ANTHROPIC_COMPATIBLE_MODEL"),
    dialects: &[Endpoint::always(Dialect::Anthropic, "/v1/messages")],
    apis: Apis::at_v1(&[Api::AnthropicBatches]),
    counts_tokens: true,
    model_names: ModelNames::Served,
    notes: "An endpoint must be set.",
    ..Provider::BLANK
};
