//! OpenAI's own API.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::api::{Api, Apis};
use crate::embeddings::Embeddings;
use crate::endpoint::Endpoint;
use crate::provider::Provider;
use crate::quirks::Quirks;

const BASE: &str = "https://api.openai.com/v1";

/// Models that think before they answer.
const REASONING: &[&str] = &["o1*", "o3*", "o4*", "gpt-5*", "codex-*"];

const SETTINGS: &[Setting] = &[
    Setting::new(
        "OPENAI_API_KEY",
        "openai.api_key",
        Kind::Secret,
        "The key for OpenAI's API. Unset, the caller's own key is passed on to OpenAI. A Codex that signed in with \
         ChatGPT needs none.",
    ),
    Setting::new(
        "OPENAI_ENDPOINT",
        "openai.endpoint",
        Kind::Url,
        "OpenAI's base URL or full path; a full path settles whether Chat Completions or Responses is spoken.",
    )
    .with_default(BASE),
    Setting::new(
        "OPENAI_MODEL",
        "openai.model",
        Kind::Text,
        "The model for clients that ask for one that isn't OpenAI's; `gpt-4o` when neither this nor \
         `MODEL_DEFAULT` is set.",
    ),
    Setting::new(
        "OPENAI_EMBEDDINGS_MODEL",
        "openai.embeddings_model",
        Kind::Text,
        "The model that makes embeddings for clients that ask for one that isn't OpenAI's; \
         `text-embedding-3-small` when unset.",
    ),
    Setting::new(
        "OPENAI_ORGANIZATION",
        "openai.organization",
        Kind::Text,
        "The organization that requests with the configured key are counted to.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "openai",
    aliases: &[],
    title: "OpenAI",
    settings: SETTINGS,
    endpoint_env: Some("OPENAI_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("OPENAI_API_KEY"),
    key_required: true,
    model_env: Some("OPENAI_MODEL"),
    default_model: "gpt-4o",
    dialects: &[
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
        Endpoint::always(Dialect::OpenAiResponses, "/v1/responses").counted_at("/v1/responses/input_tokens"),
    ],
    subscribers: Some("chatgpt"),
    embeddings: Some(Embeddings {
        model_env: Some("OPENAI_EMBEDDINGS_MODEL"),
        default_model: "text-embedding-3-small",
        families: &["text-embedding-"],
        ..Embeddings::OPENAI
    }),
    apis: Apis::at_v1(&[Api::OpenAiFiles, Api::OpenAiBatches, Api::OpenAiResponses]),
    vendor_hosts: &["api.openai.com", "eu.api.openai.com", "us.api.openai.com"],
    families: &["gpt-", "o1", "o3", "o4", "codex-", "chatgpt-", "ft:"],
    header_settings: &[("OPENAI_ORGANIZATION", "openai-organization")],
    quirks: Quirks {
        developer_role: true,
        max_completion_tokens: REASONING,
        fixed_sampling: REASONING,
        max_tokens_caps: &[
            ("gpt-3.5*", 4_096),
            ("gpt-4-turbo*", 4_096),
            ("gpt-4-*preview*", 4_096),
            ("gpt-4o-2024-05-13", 4_096),
            ("gpt-4o*", 16_384),
            ("chatgpt-4o*", 16_384),
            ("gpt-4.1*", 32_768),
            ("gpt-4.5*", 16_384),
            ("gpt-4*", 8_192),
            ("gpt-5*-chat*", 16_384),
            ("gpt-5*", 128_000),
            ("o1-preview*", 32_768),
            ("o1-mini*", 65_536),
            ("o1*", 100_000),
            ("o3*", 100_000),
            ("o4*", 100_000),
        ],
        reasoning_effort: REASONING,
        responses_only: &[
            "o*-pro*",
            "gpt-5*-pro*",
            "gpt-5*-codex*",
            "codex-*",
            "*deep-research*",
            "computer-use-*",
        ],
        responses_preferred: REASONING,
        stored_responses: true,
        ..Quirks::NONE
    },
    ..Provider::BLANK
};
