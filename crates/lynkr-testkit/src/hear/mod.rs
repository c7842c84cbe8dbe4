//! What a request says to a model, in one shape for all dialects. No judgement here: see `strict`.

pub(crate) mod anthropic;
mod chat;
pub(crate) mod converse;
mod ollama;
mod responses;

use serde_json::Value;

use crate::model::{Picture, Wire};

/// A tool that the request offers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offered {
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) kind: OfferedKind,
}

/// How a tool is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OfferedKind {
    Function,
    Namespaced(String),
    Custom,
    LocalShell,
}

/// What the request lets the model do with tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    #[default]
    Free,
    Forbidden,
    Forced(String),
}

/// A request as a model hears it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) model: String,
    pub(crate) stream: bool,
    pub(crate) tools: Vec<Offered>,
    pub(crate) choice: Choice,
    /// Texts of all tool results, in order.
    pub(crate) results: Vec<String>,
    pub(crate) pictures: Vec<Picture>,
    /// Reasoning parts of earlier turns that came back.
    pub(crate) thoughts: usize,
    pub(crate) asks_thinking: bool,
    pub(crate) asks_encrypted: bool,
    pub(crate) asks_usage: bool,
    pub(crate) schema: Option<Value>,
    /// The answer of OpenAI's that the request continues.
    pub(crate) previous: Option<String>,
    /// Anthropic's server-side conversation is asked for.
    pub(crate) thread: bool,
    /// System and user text together.
    pub(crate) prompt: String,
}

impl Heard {
    pub(crate) fn say(&mut self, text: &str) {
        self.prompt.push_str(text);
        self.prompt.push('\n');
    }

    pub(crate) fn see(&mut self, picture: Result<Picture, String>) {
        self.pictures.extend(picture.ok());
    }
}

pub(crate) fn hear(dialect: Wire, body: &Value) -> Heard {
    match dialect {
        Wire::Anthropic | Wire::Invoke => anthropic::hear(body),
        Wire::Chat => chat::hear(body),
        Wire::Responses => responses::hear(body),
        Wire::Ollama => ollama::hear(body),
        Wire::Converse => converse::hear(body),
    }
}
