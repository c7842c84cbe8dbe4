//! OpenAI's models for those who signed in with ChatGPT: what Codex talks to when it has no API key.
//!
//! Sources: "Authentication" in the Codex documentation; `model-provider-info` in openai/codex, which says where
//! a signed-in Codex sends its requests.

use lynkr_protocol::Dialect;

use crate::api::{Api, Apis};
use crate::endpoint::Endpoint;
use crate::provider::{ModelNames, Provider};
use crate::quirks::Quirks;

pub(crate) const PROVIDER: Provider = Provider {
    name: "chatgpt",
    title: "ChatGPT",
    default_base: Some("https://chatgpt.com/backend-api/codex"),
    key_required: true,
    default_model: "gpt-5.4",
    dialects: &[Endpoint::always(Dialect::OpenAiResponses, "/responses")],
    // Compaction is what Codex calls of them.
    apis: Apis { offered: &[Api::OpenAiResponses], root: "", roots: &[] },
    models_path: None,
    vendor_hosts: &["chatgpt.com"],
    model_names: ModelNames::Any,
    quirks: Quirks { developer_role: true, ..Quirks::NONE },
    notes: "Takes no key: it answers to a Codex that signed in with ChatGPT, whose requests go there by themselves \
            when the provider is `openai` on OpenAI's own host.",
    ..Provider::BLANK
};
