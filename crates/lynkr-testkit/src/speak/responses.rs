//! OpenAI Responses answers.

use serde_json::{Value, json};

use super::Telling;
use super::responses_items::{Item, items};
use crate::model::Arguments;

pub(crate) fn whole(telling: &Telling<'_>) -> Value {
    let output = items(telling).iter().map(Item::done).collect();
    completed(telling, output)
}

pub(super) fn events(telling: &Telling<'_>) -> Vec<String> {
    let mut events = Events { frames: Vec::new(), output: Vec::new() };
    let open = envelope(telling, "in_progress");
    events.push(json!({"type": "response.created", "response": open}));
    events.push(json!({"type": "response.in_progress", "response": open}));
    for item in items(telling) {
        events.item(telling, &item);
    }
    let response = completed(telling, std::mem::take(&mut events.output));
    events.push(json!({"type": "response.completed", "response": response}));
    events.frames
}

struct Events {
    frames: Vec<String>,
    output: Vec<Value>,
}

impl Events {
    fn push(&mut self, mut event: Value) {
        event["sequence_number"] = json!(self.frames.len());
        let name = event["type"].as_str().unwrap_or_default();
        self.frames.push(format!("event: {name}\ndata: {event}\n\n"));
    }

    /// An event of the item in progress.
    fn of_item(&mut self, item: &Item, mut event: Value) {
        event["item_id"] = json!(item.id());
        event["output_index"] = json!(self.output.len());
        self.push(event);
    }

    fn item(&mut self, telling: &Telling<'_>, item: &Item) {
        let index = self.output.len();
        self.push(json!({"type": "response.output_item.added", "output_index": index, "item": item.added()}));
        match item {
            Item::Message { text, .. } => self.message(telling, item, text),
            Item::Reasoning { text, .. } => self.reasoning(telling, item, text),
            Item::Function { arguments, .. } => {
                self.arguments(telling, item, arguments, ["response.function_call_arguments", "arguments"]);
            }
            Item::Custom { input, .. } => {
                self.arguments(telling, item, input, ["response.custom_tool_call_input", "input"]);
            }
            Item::LocalShell { .. } => {}
        }
        let deltas_only = telling.script.arguments == Arguments::DeltasOnly;
        let done = if deltas_only { item.done_without_arguments() } else { item.done() };
        self.push(json!({"type": "response.output_item.done", "output_index": index, "item": done}));
        self.output.push(done);
    }

    fn message(&mut self, telling: &Telling<'_>, item: &Item, text: &str) {
        let part =
            |text: &str| json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text});
        self.of_item(
            item,
            json!({"type": "response.content_part.added", "content_index": 0, "part": part("")}),
        );
        for piece in telling.pieces(text) {
            let delta = json!({"type": "response.output_text.delta", "content_index": 0, "delta": piece, "logprobs": []});
            self.of_item(item, delta);
        }
        let done =
            json!({"type": "response.output_text.done", "content_index": 0, "text": text, "logprobs": []});
        self.of_item(item, done);
        self.of_item(
            item,
            json!({"type": "response.content_part.done", "content_index": 0, "part": part(text)}),
        );
    }

    fn reasoning(&mut self, telling: &Telling<'_>, item: &Item, text: &str) {
        let part = |text: &str| json!({"type": "summary_text", "text": text});
        let mut push = |kind: &str, mut event: Value| {
            event["type"] = json!(format!("response.reasoning_summary_{kind}"));
            event["summary_index"] = json!(0);
            self.of_item(item, event);
        };
        push("part.added", json!({"part": part("")}));
        for piece in telling.pieces(text) {
            push("text.delta", json!({"delta": piece}));
        }
        push("text.done", json!({"text": text}));
        push("part.done", json!({"part": part(text)}));
    }

    /// `names`: the stem of the event types, and the key of the whole in the closing event.
    fn arguments(&mut self, telling: &Telling<'_>, item: &Item, text: &str, names: [&str; 2]) {
        let [stem, key] = names;
        for piece in telling.fragments(text) {
            self.of_item(item, json!({"type": format!("{stem}.delta"), "delta": piece}));
        }
        if matches!(telling.script.arguments, Arguments::Deltas | Arguments::DoneOnly) {
            let mut done = json!({"type": format!("{stem}.done")});
            done[key] = json!(text);
            self.of_item(item, done);
        }
    }
}

fn completed(telling: &Telling<'_>, output: Vec<Value>) -> Value {
    let mut response = envelope(telling, "completed");
    let output_tokens = telling.plan.output_tokens();
    response["output"] = output.into();
    response["usage"] = json!({
        "input_tokens": telling.input_tokens,
        "input_tokens_details": {"cached_tokens": telling.cached_tokens(), "cache_write_tokens": 0},
        "output_tokens": output_tokens,
        "output_tokens_details": {"reasoning_tokens": telling.plan.thinking.as_ref().map_or(0, |_| 1)},
        "total_tokens": telling.input_tokens + output_tokens,
    });
    response
}

fn envelope(telling: &Telling<'_>, status: &str) -> Value {
    json!({
        "id": format!("resp_kit{:04}", telling.number),
        "object": "response",
        "created_at": 1_767_225_600,
        "status": status,
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": null,
        "max_output_tokens": null,
        "model": telling.heard.model,
        "output": [],
        "parallel_tool_calls": true,
        "previous_response_id": telling.heard.previous,
        "reasoning": {"effort": null, "summary": null},
        "store": false,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": null,
        "metadata": {},
    })
}
