//! Moonshot AI, the vendor of Kimi.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::endpoint::{Endpoint, Layout};
use crate::provider::Provider;
use crate::quirks::Quirks;

const BASE: &str = "https://api.moonshot.ai/v1";

const SETTINGS: &[Setting] = &[
    Setting::new("MOONSHOT_API_KEY", "moonshot.api_key", Kind::Secret, "The key for Moonshot AI."),
    Setting::new(
        "MOONSHOT_ENDPOINT",
        "moonshot.endpoint",
        Kind::Url,
        "Moonshot's base URL or full path; a full path settles which dialect is spoken. In China it is \
         `https://api.moonshot.cn/v1`.",
    )
    .with_default(BASE),
    Setting::new(
        "MOONSHOT_MODEL",
        "moonshot.model",
        Kind::Text,
        "The model for clients that ask for one that isn't Moonshot's; `kimi-k2.6` when neither this nor \
         `MODEL_DEFAULT` is set, since `kimi-k2-turbo-preview` has been withdrawn.",
    ),
];

/// Models whose sampling follows from whether they think; anything else is refused.
const FIXED: &[&str] = &["kimi-*"];

pub(crate) const PROVIDER: Provider = Provider {
    name: "moonshot",
    aliases: &["kimi", "moonshotai"],
    title: "Moonshot AI",
    settings: SETTINGS,
    endpoint_env: Some("MOONSHOT_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("MOONSHOT_API_KEY"),
    key_required: true,
    model_env: Some("MOONSHOT_MODEL"),
    default_model: "kimi-k2.6",
    dialects: &[
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
        Endpoint::always(Dialect::Anthropic, "/anthropic/v1/messages"),
    ],
    layouts: &[Layout {
        marker: "/anthropic",
        dialects: &[Endpoint::always(Dialect::Anthropic, "/v1/messages")],
        models_path: None,
    }],
    vendor_hosts: &["api.moonshot.ai", "api.moonshot.cn"],
    families: &["kimi-", "moonshot-"],
    quirks: Quirks {
        max_completion_tokens: FIXED,
        fixed_sampling: FIXED,
        // A model that thinks refuses a tool call in the history whose thoughts are missing.
        reasoning_content_history: true,
        model_map: &[("claude-*", "kimi-k2.6")],
        ..Quirks::NONE
    },
    notes: "Set `MOONSHOT_API_KEY`.",
    ..Provider::BLANK
};
