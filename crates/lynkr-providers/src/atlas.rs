//! Atlas Cloud, which passes requests on to many vendors.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::endpoint::{Endpoint, Offer};
use crate::provider::{ModelNames, Provider};
use crate::quirks::Quirks;

const BASE: &str = "https://api.atlascloud.ai/v1";

const SETTINGS: &[Setting] = &[
    Setting::new("ATLASCLOUD_API_KEY", "atlas.api_key", Kind::Secret, "The key for Atlas Cloud."),
    Setting::new(
        "ATLASCLOUD_ENDPOINT",
        "atlas.endpoint",
        Kind::Url,
        "Atlas Cloud's base URL or full path; a full path settles which dialect is spoken.",
    )
    .with_default(BASE),
    Setting::new(
        "ATLASCLOUD_MODEL",
        "atlas.model",
        Kind::Text,
        "The model for clients that ask for one without a vendor in its name; `qwen/qwen3.8-max` when neither \
         this nor `MODEL_DEFAULT` is set.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "atlas",
    aliases: &["atlascloud", "atlas-cloud"],
    title: "Atlas Cloud",
    settings: SETTINGS,
    endpoint_env: Some("ATLASCLOUD_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("ATLASCLOUD_API_KEY"),
    key_required: true,
    model_env: Some("ATLASCLOUD_MODEL"),
    default_model: "qwen/qwen3.8-max",
    dialects: &[
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
        // Documented for some of the models only.
        Endpoint::always(Dialect::Anthropic, "/v1/messages").offered(Offer::WhenPinned),
        Endpoint::always(Dialect::OpenAiResponses, "/v1/responses").offered(Offer::WhenPinned),
    ],
    vendor_hosts: &["api.atlascloud.ai"],
    model_names: ModelNames::Slashed,
    // Most of its models think, and want their thoughts back with a tool's result.
    quirks: Quirks { reasoning_content_history: true, ..Quirks::NONE },
    notes: "Set `ATLASCLOUD_API_KEY`. Names of models are `vendor/model`, in the vendor's upper and lower case.",
    ..Provider::BLANK
};
