//! Z.ai, the vendor of GLM.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::endpoint::{Endpoint, Layout, Offer};
use crate::provider::{AuthScheme, Provider};
use crate::quirks::Quirks;

const BASE: &str = "https://api.z.ai/api/anthropic/v1/messages";

const SETTINGS: &[Setting] = &[
    Setting::new("ZAI_API_KEY", "zai.api_key", Kind::Secret, "The key for Z.ai."),
    Setting::new(
        "ZAI_ENDPOINT",
        "zai.endpoint",
        Kind::Url,
        "Z.ai's URL. The default speaks Anthropic Messages; \
         `https://api.z.ai/api/coding/paas/v4/chat/completions` speaks Chat Completions on a coding plan, \
         `https://api.z.ai/api/paas/v4/chat/completions` without one.",
    )
    .with_default(BASE),
    Setting::new(
        "ZAI_MODEL",
        "zai.model",
        Kind::Text,
        "The model for clients that ask for one that isn't Z.ai's. Unset, Claude's names get a counterpart, and \
         everything else is `GLM-4.7`. Names go up in lower case.",
    ),
    Setting::new(
        "ZAI_MAX_CONCURRENT",
        "zai.max_concurrent",
        Kind::Integer { min: 1, max: 1_000 },
        "How many requests to Z.ai may be under way at once; more wait their turn.",
    )
    .with_default("2"),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "zai",
    aliases: &["z-ai", "z.ai", "zhipu"],
    title: "Z.ai",
    settings: SETTINGS,
    endpoint_env: Some("ZAI_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("ZAI_API_KEY"),
    key_required: true,
    auth: AuthScheme::ByDialect,
    model_env: Some("ZAI_MODEL"),
    default_model: "glm-4.7",
    dialects: &[
        Endpoint::always(Dialect::Anthropic, "/v1/messages"),
        // These lie below other roots, so that only the endpoint can say where.
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions").offered(Offer::WhenPinned),
        Endpoint::always(Dialect::OpenAiResponses, "/v1/responses").offered(Offer::WhenPinned),
    ],
    layouts: &[Layout {
        marker: "/paas/",
        dialects: &[Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions")],
        models_path: None,
    }],
    models_path: None,
    vendor_hosts: &["api.z.ai", "open.bigmodel.cn"],
    families: &["glm-", "GLM-"],
    max_concurrent_env: Some("ZAI_MAX_CONCURRENT"),
    quirks: Quirks {
        // Usage comes with the last chunk; `stream_options` is no parameter there.
        stream_usage_option: false,
        reasoning_content_history: true,
        reasoning_effort: &["glm-5.2*", "glm-5.3*"],
        model_map: &[("claude-*sonnet*", "glm-4.7"), ("claude-*haiku*", "glm-4.5-air")],
        lowercase_models: true,
        ..Quirks::NONE
    },
    notes: "Set `ZAI_API_KEY`. At most `ZAI_MAX_CONCURRENT` requests are under way at once.",
    ..Provider::BLANK
};
