//! Answers on the wire, written by hand for each dialect.

mod anthropic;
mod chat;
mod converse;
mod ollama;
mod responses;
mod responses_items;

use serde_json::{Value, json};

use crate::bedrock;
use crate::hear::Heard;
use crate::model::{Arguments, ModelScript, Plan, Wire};
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
    pub(crate) fn pieces(&self, text: &str) -> Vec<String> {
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

    pub(crate) fn cached_tokens(&self) -> u64 {
        self.script.cached_tokens.min(self.input_tokens)
    }
}

pub(crate) fn speak(dialect: Wire, telling: &Telling<'_>) -> Script {
    let streamed = telling.heard.stream;
    let script = match dialect {
        Wire::Anthropic if streamed => Script::sse(anthropic::events(telling)),
        Wire::Anthropic => Script::json(200, &anthropic::whole(telling)),
        Wire::Chat if streamed => Script::sse(chat::events(telling)),
        Wire::Chat => Script::json(200, &chat::whole(telling)),
        Wire::Responses if streamed => Script::sse(responses::events(telling)),
        Wire::Responses => Script::json(200, &responses::whole(telling)),
        Wire::Ollama if streamed => Script::ndjson(ollama::lines(telling)),
        Wire::Ollama => Script::json(200, &ollama::whole(telling)),
        Wire::Converse if streamed => Script::stream(bedrock::CONTENT_TYPE, converse::events(telling)),
        Wire::Converse => Script::json(200, &converse::whole(telling)),
        Wire::Invoke if streamed => {
            let events = anthropic::events(telling);
            Script::stream(bedrock::CONTENT_TYPE, events.iter().map(|event| bedrock::chunk(event)))
        }
        Wire::Invoke => Script::json(200, &anthropic::whole(telling)),
    };
    let id_header = match dialect {
        Wire::Anthropic => "request-id",
        Wire::Converse | Wire::Invoke => "x-amzn-requestid",
        Wire::Chat | Wire::Responses | Wire::Ollama => "x-request-id",
    };
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
                json!({"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z", "lifecycle": "active"})
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
pub(crate) use responses::whole as response;
