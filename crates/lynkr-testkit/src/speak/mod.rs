//! Answers on the wire, written by hand for each dialect.

mod anthropic;
mod chat;
mod ollama;
mod responses;
mod responses_items;

use serde_json::{Value, json};

use crate::hear::Heard;
use crate::model::{Arguments, Dialect, ModelScript, Plan};
use crate::script::Script;

/// Everything that an answer is made from.
pub(crate) struct Telling<'a> {
    pub(crate) script: &'a ModelScript,
    pub(crate) heard: &'a Heard,
    pub(crate) plan: &'a Plan,
    /// The running number of the request, for ids.
    pub(crate) number: usize,
    pub(crate) input_tokens: u64,
}

impl Telling<'_> {
    /// The pieces of a text as a stream carries them.
    fn pieces(&self, text: &str) -> Vec<String> {
        let characters: Vec<char> = text.chars().collect();
        characters.chunks(self.script.chunk).map(|piece| piece.iter().collect()).collect()
    }

    /// The argument fragments that go out before any closing event.
    fn fragments(&self, arguments: &str) -> Vec<String> {
        match self.script.arguments {
            Arguments::Deltas | Arguments::DeltasOnly => self.pieces(arguments),
            Arguments::DoneOnly | Arguments::Whole => Vec::new(),
        }
    }

    fn cached_tokens(&self) -> u64 {
        self.script.cached_tokens.min(self.input_tokens)
    }
}

pub(crate) fn speak(dialect: Dialect, telling: &Telling<'_>) -> Script {
    let streamed = telling.heard.stream;
    let script = match dialect {
        Dialect::Anthropic if streamed => Script::sse(anthropic::events(telling)),
        Dialect::Anthropic => Script::json(200, &anthropic::whole(telling)),
        Dialect::Chat if streamed => Script::sse(chat::events(telling)),
        Dialect::Chat => Script::json(200, &chat::whole(telling)),
        Dialect::Responses if streamed => Script::sse(responses::events(telling)),
        Dialect::Responses => Script::json(200, &responses::whole(telling)),
        Dialect::Ollama if streamed => Script::ndjson(ollama::lines(telling)),
        Dialect::Ollama => Script::json(200, &ollama::whole(telling)),
    };
    let id_header = if dialect == Dialect::Anthropic { "request-id" } else { "x-request-id" };
    let script = script.first_header(id_header, &format!("req_kit{:04}", telling.number));
    match telling.script.split {
        Some(size) => script.split_every(size),
        None => script,
    }
}

/// The answer to `…/messages/count_tokens`.
pub(crate) fn token_count(input_tokens: u64) -> Script {
    Script::json(200, &json!({"input_tokens": input_tokens}))
}

/// The model listing, in the shape that the request's headers ask for.
pub(crate) fn models(anthropic_shape: bool) -> Script {
    let names = ["kit-large", "kit-small"];
    let body = if anthropic_shape {
        let data: Vec<Value> = names
            .iter()
            .map(|name| {
                json!({"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"})
            })
            .collect();
        json!({"data": data, "has_more": false, "first_id": names[0], "last_id": names[1]})
    } else {
        let data: Vec<Value> = names
            .iter()
            .map(|name| json!({"id": name, "object": "model", "created": 1_767_225_600, "owned_by": "kit"}))
            .collect();
        json!({"object": "list", "data": data})
    };
    Script::json(200, &body)
}

pub(crate) use ollama::{show, tags, version};
