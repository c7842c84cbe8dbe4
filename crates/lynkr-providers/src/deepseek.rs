//! DeepSeek's own API.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::endpoint::{Endpoint, Layout, Offer};
use crate::provider::{AuthScheme, Provider};
use crate::quirks::Quirks;

const BASE: &str = "https://api.deepseek.com";

const SETTINGS: &[Setting] = &[
    Setting::new("DEEPSEEK_API_KEY", "deepseek.api_key", Kind::Secret, "The key for DeepSeek."),
    Setting::new(
        "DEEPSEEK_ENDPOINT",
        "deepseek.endpoint",
        Kind::Url,
        "DeepSeek's base URL or full path; a full path settles which dialect is spoken, and a base URL that ends \
         in `/anthropic` that it is Anthropic Messages.",
    )
    .with_default(BASE),
    Setting::new(
        "DEEPSEEK_MODEL",
        "deepseek.model",
        Kind::Text,
        "The model for clients that ask for one that isn't DeepSeek's. Unset, Claude's names get a counterpart, \
         and everything else is `deepseek-flash`.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "deepseek",
    title: "DeepSeek",
    settings: SETTINGS,
    endpoint_env: Some("DEEPSEEK_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("DEEPSEEK_API_KEY"),
    key_required: true,
    auth: AuthScheme::ByDialect,
    model_env: Some("DEEPSEEK_MODEL"),
    default_model: "deepseek-flash",
    dialects: &[
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
        Endpoint::always(Dialect::Anthropic, "/anthropic/v1/messages"),
        Endpoint::always(Dialect::OpenAiResponses, "/v1/responses").offered(Offer::WhenPinned),
    ],
    layouts: &[Layout {
        marker: "/anthropic",
        dialects: &[Endpoint::always(Dialect::Anthropic, "/v1/messages")],
        models_path: None,
    }],
    vendor_hosts: &["api.deepseek.com"],
    families: &["deepseek-"],
    quirks: Quirks {
        // Thoughts that led to a tool call must come back in every later request, or it is refused. Those of
        // other turns are ignored there, and sending them always keeps the history's beginning the same.
        reasoning_content_history: true,
        reasoning_effort: &["deepseek-flash*", "deepseek-pro*", "deepseek-v4*"],
        model_map: &[("claude-opus*", "deepseek-v4-pro"), ("claude-*", "deepseek-flash")],
        ..Quirks::NONE
    },
    notes: "Set `DEEPSEEK_API_KEY`.",
    ..Provider::BLANK
};
