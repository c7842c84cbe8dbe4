//! A Databricks workspace, which serves models of many vendors, Claude among them.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::embeddings::Embeddings;
use crate::endpoint::{Endpoint, Layout, Offer};
use crate::provider::Provider;
use crate::quirks::Quirks;

const SETTINGS: &[Setting] = &[
    Setting::new(
        "DATABRICKS_API_BASE",
        "databricks.api_base",
        Kind::Url,
        "The workspace's URL, such as `https://adb-1234567890123456.7.azuredatabricks.net`. The base URL of its \
         AI gateway works as well.",
    ),
    Setting::new(
        "DATABRICKS_API_KEY",
        "databricks.api_key",
        Kind::Secret,
        "A personal access token or service principal's token for the workspace.",
    ),
    Setting::new(
        "DATABRICKS_ENDPOINT_PATH",
        "databricks.endpoint_path",
        Kind::Text,
        "The path of one serving endpoint, which settles the model unless a client names another one. Unset, it \
         follows from the model: `/serving-endpoints/databricks-claude-sonnet-4-5/invocations` for the default \
         one.",
    ),
];

/// Databricks names the same models otherwise.
const MODEL_MAP: &[(&str, &str)] = &[
    ("claude-opus-4-6*", "databricks-claude-opus-4-6"),
    ("claude-opus-4-5*", "databricks-claude-opus-4-5"),
    ("claude-opus-4-1*", "databricks-claude-opus-4-1"),
    ("claude-sonnet-4-6*", "databricks-claude-sonnet-4-6"),
    ("claude-sonnet-4-5*", "databricks-claude-sonnet-4-5"),
    ("claude-haiku-4-5*", "databricks-claude-haiku-4-5"),
];

const CHAT: &str = "/serving-endpoints/{model}/invocations";

pub(crate) const PROVIDER: Provider = Provider {
    name: "databricks",
    title: "Databricks",
    settings: SETTINGS,
    endpoint_env: Some("DATABRICKS_API_BASE"),
    endpoint_path_env: Some("DATABRICKS_ENDPOINT_PATH"),
    endpoint_example: "https://my-workspace.cloud.databricks.com",
    key_env: Some("DATABRICKS_API_KEY"),
    key_required: true,
    default_model: "databricks-claude-sonnet-4-5",
    dialects: &[
        Endpoint::always(Dialect::OpenAiChat, CHAT),
        // The Anthropic API of a workspace serves Claude only, with all that chat can't express.
        Endpoint::always(Dialect::Anthropic, "/serving-endpoints/anthropic/v1/messages")
            .offered(Offer::ForModels(&["*claude*"])),
    ],
    layouts: &[
        Layout {
            marker: "/anthropic",
            dialects: &[Endpoint::always(Dialect::Anthropic, "/v1/messages")],
            models_path: None,
        },
        Layout {
            marker: "/mlflow",
            dialects: &[Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions")],
            models_path: None,
        },
        Layout {
            marker: "/serving-endpoints/",
            dialects: &[Endpoint::always(Dialect::OpenAiChat, CHAT)],
            models_path: None,
        },
    ],
    models_path: None,
    embeddings: Some(Embeddings {
        path: CHAT,
        paths: &[("/mlflow", "/v1/embeddings")],
        takes_encoding: false,
        default_model: "databricks-gte-large-en",
        ..Embeddings::OPENAI
    }),
    vendor_hosts: &["*.cloud.databricks.com", "*.gcp.databricks.com", "*.azuredatabricks.net"],
    families: &["databricks-", "system.ai."],
    quirks: Quirks {
        // Usage comes with every chunk; asked for it, the endpoint answers 400.
        stream_usage_option: false,
        reasoning_effort: &["databricks-gpt-*"],
        model_map: MODEL_MAP,
        ..Quirks::NONE
    },
    notes: "Set `DATABRICKS_API_BASE` and `DATABRICKS_API_KEY`; every serving endpoint that answers chat can then \
            be named as the model. Claude models are spoken to in Anthropic Messages by clients that do.",
    ..Provider::BLANK
};
