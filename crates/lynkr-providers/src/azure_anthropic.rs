//! Claude on Microsoft Foundry.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::anthropic;
use crate::endpoint::{Endpoint, Layout};
use crate::provider::{AuthScheme, Provider};
use crate::quirks::Quirks;

const SETTINGS: &[Setting] = &[
    Setting::new(
        "AZURE_ANTHROPIC_ENDPOINT",
        "azure_anthropic.endpoint",
        Kind::Url,
        "The resource's URL or full path, such as \
         `https://my-resource.services.ai.azure.com/anthropic/v1/messages`. Anthropic's own endpoint works as \
         well.",
    ),
    Setting::new(
        "AZURE_ANTHROPIC_API_KEY",
        "azure_anthropic.api_key",
        Kind::Secret,
        "The resource's key, or a Microsoft Entra token.",
    ),
    Setting::new(
        "AZURE_ANTHROPIC_VERSION",
        "azure_anthropic.version",
        Kind::Text,
        "The `anthropic-version` for clients that send none.",
    )
    .with_default("2023-06-01"),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "azure-anthropic",
    aliases: &["azure_anthropic", "foundry"],
    title: "Claude on Azure",
    settings: SETTINGS,
    endpoint_env: Some("AZURE_ANTHROPIC_ENDPOINT"),
    endpoint_example: "https://my-resource.services.ai.azure.com/anthropic/v1/messages",
    key_env: Some("AZURE_ANTHROPIC_API_KEY"),
    key_required: true,
    auth: AuthScheme::Azure("x-api-key"),
    default_model: "claude-opus-4-5",
    dialects: &[Endpoint::always(Dialect::Anthropic, "/anthropic/v1/messages")],
    layouts: &[
        Layout {
            marker: "/anthropic",
            dialects: &[Endpoint::always(Dialect::Anthropic, "/v1/messages")],
            models_path: None,
        },
        Layout {
            marker: "api.anthropic.com",
            dialects: &[Endpoint::always(Dialect::Anthropic, "/v1/messages")],
            models_path: Some("/v1/models"),
        },
    ],
    models_path: None,
    counts_tokens: true,
    vendor_hosts: &["*.services.ai.azure.com"],
    families: &["claude-"],
    anthropic_version_env: Some("AZURE_ANTHROPIC_VERSION"),
    quirks: Quirks { max_tokens_caps: anthropic::PROVIDER.quirks.max_tokens_caps, ..Quirks::NONE },
    notes: "Set `AZURE_ANTHROPIC_ENDPOINT` and `AZURE_ANTHROPIC_API_KEY`. A model is asked for by the name of its \
            deployment, which is the model's own unless you chose another. A client's own Anthropic token goes \
            through only where the endpoint is `api.anthropic.com`.",
    ..Provider::BLANK
};
