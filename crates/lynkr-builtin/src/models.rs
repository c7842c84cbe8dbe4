//! The lists of models, in the shapes that clients read.

use lynkr_protocol::ollama::{self, rfc3339};
use serde_json::{Value, json};

use crate::script::Options;

/// How many tokens the responder says that it takes: nothing limits it.
const CONTEXT_LENGTH: u64 = 1_000_000;

/// One model, with the fields of both Anthropic's and OpenAI's shape: neither reads the other's.
pub(crate) fn entry(id: &str, created: u64) -> Value {
    json!({
        "id": id,
        "object": "model",
        "type": "model",
        "created": created,
        "created_at": rfc3339(created),
        "owned_by": "lynkr",
        "display_name": id,
    })
}

/// The body of `GET /v1/models`.
pub(crate) fn list(options: &Options, created: u64) -> Vec<u8> {
    let models: Vec<Value> = options.models.iter().map(|id| entry(id, created)).collect();
    json!({
        "object": "list",
        "data": models,
        "has_more": false,
        "first_id": options.models.first(),
        "last_id": options.models.last(),
    })
    .to_string()
    .into_bytes()
}

/// A model as Ollama's clients see it.
pub(crate) fn ollama(name: &str, modified: u64) -> ollama::Model {
    ollama::Model {
        name: name.to_owned(),
        modified,
        context_length: CONTEXT_LENGTH,
        tools: true,
        vision: true,
        thinking: true,
    }
}
