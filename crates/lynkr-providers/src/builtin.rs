//! The builtin responder: no network, no key, no language model.

use lynkr_protocol::Dialect;

use crate::embeddings::Embeddings;
use crate::endpoint::Endpoint;
use crate::provider::{AuthScheme, ModelNames, Provider};
use crate::quirks::Quirks;

pub(crate) const PROVIDER: Provider = Provider {
    name: "builtin",
    title: "Builtin responder",
    default_base: Some("builtin:"),
    auth: AuthScheme::None,
    default_model: "lynkr-builtin",
    dialects: &[
        Endpoint::always(Dialect::Anthropic, "/v1/messages"),
        Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions"),
        Endpoint::always(Dialect::OpenAiResponses, "/v1/responses"),
        Endpoint::always(Dialect::Ollama, "/api/chat"),
    ],
    embeddings: Some(Embeddings { default_model: "lynkr-builtin", ..Embeddings::OPENAI }),
    counts_tokens: true,
    model_names: ModelNames::Any,
    quirks: Quirks { developer_role: true, ..Quirks::NONE },
    notes: "Answers by fixed rules and says so; for trying, testing and measuring without a model.",
    ..Provider::BLANK
};
