//! Anthropic's own API.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::api::{Api, Apis};
use crate::endpoint::Endpoint;
use crate::provider::{AuthScheme, Provider};
use crate::quirks::Quirks;

const BASE: &str = "https://api.anthropic.com";

const SETTINGS: &[Setting] = &[
    Setting::new(
        "ANTHROPIC_API_KEY",
        "anthropic.api_key",
        Kind::Secret,
        "The key for Anthropic's API. Unset, the caller's own key or token is passed on to Anthropic.",
    ),
    Setting::new("ANTHROPIC_ENDPOINT", "anthropic.endpoint", Kind::Url, "Anthropic's base URL or full path.")
        .with_default(BASE),
    Setting::new(
        "ANTHROPIC_MODEL",
        "anthropic.model",
        Kind::Text,
        "The model for clients that ask for one that isn't Anthropic's.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "anthropic",
    aliases: &["claude"],
    title: "Anthropic",
    settings: SETTINGS,
    endpoint_env: Some("ANTHROPIC_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("ANTHROPIC_API_KEY"),
    key_required: true,
    auth: AuthScheme::XApiKey,
    model_env: Some("ANTHROPIC_MODEL"),
    default_model: "claude-opus-4-5",
    dialects: &[Endpoint::always(Dialect::Anthropic, "/v1/messages")],
    apis: Apis::at_v1(&[Api::AnthropicFiles, Api::AnthropicBatches]),
    counts_tokens: true,
    keeps_threads: true,
    vendor_hosts: &["api.anthropic.com"],
    families: &["claude-"],
    families_complete: true,
    quirks: Quirks {
        max_tokens_caps: &[
            ("claude-3-haiku*", 4_096),
            ("claude-3-opus*", 4_096),
            ("claude-3-sonnet*", 4_096),
            ("claude-3-5-*", 8_192),
        ],
        ..Quirks::NONE
    },
    notes: "A subscription token of the official client goes through untouched, to Anthropic only.",
    ..Provider::BLANK
};
