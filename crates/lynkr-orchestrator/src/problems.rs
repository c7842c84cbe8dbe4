//! Everything that is wrong with a request's body, for one that couldn't be decoded.
//!
//! Decoders stop at the first fault, which is fast and all that a good client needs. Whoever writes a client by hand
//! wants the others too: this second look is taken at bodies only that were refused already, so it never decides
//! whether one is good.

use lynkr_protocol::neutral::Conversation;
use lynkr_protocol::peek::{Peek, peek};
use lynkr_protocol::{ApiError, DecodeError, Dialect, codec, embeddings, gemini};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// So many problems are named; a list of thousands of bad messages tells no more.
const MOST: usize = 20;

/// What a field may hold. `null` is the same as leaving it out.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Number,
    Switch,
    List,
    Object,
    TextOrList,
    TextOrObject,
}

impl Shape {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Switch => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::TextOrList => value.is_string() || value.is_array(),
            Self::TextOrObject => value.is_string() || value.is_object(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Switch => "true or false",
            Self::List => "a list",
            Self::Object => "an object",
            Self::TextOrList => "a string or a list",
            Self::TextOrObject => "a string or an object",
        }
    }
}

/// Fields by name.
type Fields = &'static [(&'static str, Shape)];

/// The fields of a body and of the messages in it, as far as every decoder of the dialect reads them alike.
struct Form {
    required: &'static [&'static str],
    fields: Fields,
    /// The list of messages.
    items: &'static str,
    item_required: &'static [&'static str],
    item_fields: Fields,
}

const ANTHROPIC: Form = Form {
    required: &["messages"],
    fields: &[
        ("model", Shape::Text),
        ("messages", Shape::List),
        ("max_tokens", Shape::Number),
        ("system", Shape::TextOrList),
        ("temperature", Shape::Number),
        ("top_p", Shape::Number),
        ("top_k", Shape::Number),
        ("stop_sequences", Shape::List),
        ("stream", Shape::Switch),
        ("tools", Shape::List),
        ("tool_choice", Shape::Object),
        ("thinking", Shape::Object),
        ("metadata", Shape::Object),
    ],
    items: "messages",
    item_required: &["role", "content"],
    item_fields: &[("role", Shape::Text), ("content", Shape::TextOrList)],
};

const CHAT: Form = Form {
    required: &["messages"],
    fields: &[
        ("model", Shape::Text),
        ("messages", Shape::List),
        ("max_tokens", Shape::Number),
        ("max_completion_tokens", Shape::Number),
        ("temperature", Shape::Number),
        ("top_p", Shape::Number),
        ("stop", Shape::TextOrList),
        ("stream", Shape::Switch),
        ("stream_options", Shape::Object),
        ("tools", Shape::List),
        ("tool_choice", Shape::TextOrObject),
        ("parallel_tool_calls", Shape::Switch),
        ("response_format", Shape::Object),
    ],
    items: "messages",
    item_required: &["role"],
    item_fields: &[("role", Shape::Text), ("content", Shape::TextOrList), ("tool_calls", Shape::List)],
};

const RESPONSES: Form = Form {
    required: &[],
    fields: &[
        ("model", Shape::Text),
        ("input", Shape::TextOrList),
        ("instructions", Shape::Text),
        ("max_output_tokens", Shape::Number),
        ("temperature", Shape::Number),
        ("top_p", Shape::Number),
        ("stream", Shape::Switch),
        ("store", Shape::Switch),
        ("tools", Shape::List),
        ("tool_choice", Shape::TextOrObject),
        ("reasoning", Shape::Object),
        ("text", Shape::Object),
        ("previous_response_id", Shape::Text),
    ],
    items: "input",
    item_required: &[],
    item_fields: &[("type", Shape::Text), ("role", Shape::Text)],
};

const OLLAMA: Form = Form {
    required: &[],
    fields: &[
        ("model", Shape::Text),
        ("messages", Shape::List),
        ("stream", Shape::Switch),
        ("tools", Shape::List),
        ("format", Shape::TextOrObject),
        ("options", Shape::Object),
    ],
    items: "messages",
    item_required: &["role"],
    item_fields: &[("role", Shape::Text), ("content", Shape::Text), ("images", Shape::List)],
};

const GEMINI: Form = Form {
    required: &["contents"],
    fields: &[
        ("contents", Shape::List),
        ("tools", Shape::List),
        ("toolConfig", Shape::Object),
        ("generationConfig", Shape::Object),
        ("safetySettings", Shape::List),
    ],
    items: "contents",
    item_required: &["parts"],
    item_fields: &[("role", Shape::Text), ("parts", Shape::List)],
};

const EMBEDDINGS: Form = Form {
    required: &["input"],
    fields: &[
        ("model", Shape::Text),
        ("input", Shape::TextOrList),
        ("encoding_format", Shape::Text),
        ("dimensions", Shape::Number),
        ("user", Shape::Text),
    ],
    items: "",
    item_required: &[],
    item_fields: &[],
};

const OLLAMA_EMBEDDINGS: Form = Form {
    required: &[],
    fields: &[
        ("model", Shape::Text),
        ("input", Shape::TextOrList),
        ("prompt", Shape::Text),
        ("truncate", Shape::Switch),
        ("options", Shape::Object),
        ("dimensions", Shape::Number),
    ],
    items: "",
    item_required: &[],
    item_fields: &[],
};

fn form(dialect: Dialect) -> Option<&'static Form> {
    match dialect {
        Dialect::Anthropic => Some(&ANTHROPIC),
        Dialect::OpenAiChat => Some(&CHAT),
        Dialect::OpenAiResponses => Some(&RESPONSES),
        Dialect::Ollama => Some(&OLLAMA),
        Dialect::Gemini => Some(&GEMINI),
        // No surface speaks it.
        Dialect::BedrockConverse => None,
    }
}

/// The conversation in a body, or everything that is wrong with it.
pub(crate) fn decoded(dialect: Dialect, body: &[u8]) -> Result<Conversation, Failure> {
    let decoded = codec(dialect).decode_request(body);
    decoded.map_err(|error| Failure::client(explained(dialect, body, error)))
}

/// What routing needs of a body, or everything that is wrong with it.
pub(crate) fn peeked(dialect: Dialect, body: &[u8]) -> Result<Peek, Failure> {
    peek(dialect, body).map_err(|error| Failure::client(explained(dialect, body, error)))
}

/// The conversation in a Gemini client's `countTokens` request, or everything that is wrong with it.
pub(crate) fn decoded_count(body: &[u8]) -> Result<Conversation, Failure> {
    gemini::decode_count_request(body).map_err(|error| {
        // The conversation may stand in a field of its own.
        let inner = serde_json::from_slice(body).ok().and_then(|body: Map<String, Value>| {
            let field = ["generateContentRequest", "generate_content_request"]
                .into_iter()
                .find_map(|name| body.get(name));
            field.and_then(|inner| serde_json::to_vec(inner).ok())
        });
        Failure::client(explained(Dialect::Gemini, inner.as_deref().unwrap_or(body), error))
    })
}

/// A request for embeddings, or everything that is wrong with it.
pub(crate) fn decoded_embeddings(
    form: embeddings::Form,
    body: &[u8],
) -> Result<embeddings::Request, Failure> {
    let known = match form {
        embeddings::Form::OpenAi => &EMBEDDINGS,
        embeddings::Form::Ollama | embeddings::Form::OllamaPrompt => &OLLAMA_EMBEDDINGS,
    };
    embeddings::decode_request(form, body).map_err(|error| Failure::client(explained_by(known, body, error)))
}

/// The error of a body that couldn't be decoded, by its dialect's form.
fn explained(dialect: Dialect, body: &[u8], error: DecodeError) -> ApiError {
    match form(dialect) {
        Some(form) => explained_by(form, body, error),
        None => ApiError::from(error),
    }
}

/// The error of a body that couldn't be decoded: what the decoder says first, as it says it, then every other
/// field that is missing or of the wrong type.
fn explained_by(form: &Form, body: &[u8], error: DecodeError) -> ApiError {
    let first = error.field.clone();
    let mut error = ApiError::from(error);
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else { return error };
    let problems = all(form, &body);
    // What the decoder named, or something inside of it, isn't said twice.
    let is_new = |path: &str| {
        first.as_deref().is_none_or(|first| {
            first.strip_prefix(path).is_none_or(|rest| !(rest.is_empty() || rest.starts_with(['.', '['])))
        })
    };
    // A decoder that names no field has said in its own words what one of these says.
    let named = first.is_some();
    for (path, wrong) in problems.into_iter().filter(|(path, _)| is_new(path)).take(MOST) {
        error.message.push_str("; ");
        error.message.push_str(&path);
        error.message.push_str(": ");
        error.message.push_str(&wrong);
        if !named && error.param.is_none() {
            error.param = Some(path);
        }
    }
    error
}

/// Every field that is missing or of the wrong type: its path, and what is wrong.
fn all(form: &Form, body: &Map<String, Value>) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    check("", body, form.required, form.fields, &mut problems);
    let items = body.get(form.items).and_then(Value::as_array).into_iter().flatten();
    for (index, item) in items.enumerate() {
        let path = format!("{}[{index}]", form.items);
        match item {
            Value::Object(item) => {
                check(&format!("{path}."), item, form.item_required, form.item_fields, &mut problems);
            }
            _ => problems.push((path, "must be an object".to_owned())),
        }
        if problems.len() > MOST {
            break;
        }
    }
    problems
}

fn check(
    prefix: &str,
    object: &Map<String, Value>,
    required: &[&str],
    fields: Fields,
    problems: &mut Vec<(String, String)>,
) {
    let held = |name: &str| object.get(name).filter(|value| !value.is_null());
    for name in required.iter().filter(|name| held(name).is_none()) {
        problems.push((format!("{prefix}{name}"), "is required".to_owned()));
    }
    for (name, shape) in fields {
        if held(name).is_some_and(|value| !shape.fits(value)) {
            problems.push((format!("{prefix}{name}"), format!("must be {}", shape.name())));
        }
    }
}

#[cfg(test)]
mod tests;
