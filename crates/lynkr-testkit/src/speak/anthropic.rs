//! Anthropic Messages answers.

use serde_json::{Value, json};

use super::Telling;
use crate::model::{Arguments, Call, seal};

pub(super) fn whole(telling: &Telling<'_>) -> Value {
    let plan = telling.plan;
    let mut content = Vec::new();
    if let Some(thinking) = &plan.thinking {
        content.push(json!({"type": "thinking", "thinking": thinking, "signature": seal(thinking)}));
    }
    if !plan.text.is_empty() {
        content.push(json!({"type": "text", "text": plan.text}));
    }
    content.extend(plan.calls.iter().map(|call| tool_use(call, call.arguments.clone())));
    let mut message = shell(telling, plan.output_tokens());
    message["content"] = content.into();
    message["stop_reason"] = stop_reason(telling).into();
    message
}

pub(super) fn events(telling: &Telling<'_>) -> Vec<String> {
    let plan = telling.plan;
    let mut events = Events { frames: Vec::new(), index: 0 };
    events.push(&json!({"type": "message_start", "message": shell(telling, 1)}));
    events.push(&json!({"type": "ping"}));
    if let Some(thinking) = &plan.thinking {
        let deltas = telling.pieces(thinking).into_iter();
        let mut deltas: Vec<_> =
            deltas.map(|piece| json!({"type": "thinking_delta", "thinking": piece})).collect();
        deltas.push(json!({"type": "signature_delta", "signature": seal(thinking)}));
        events.block(&json!({"type": "thinking", "thinking": "", "signature": ""}), deltas);
    }
    if !plan.text.is_empty() {
        let pieces = telling.pieces(&plan.text).into_iter();
        let deltas = pieces.map(|piece| json!({"type": "text_delta", "text": piece})).collect();
        events.block(&json!({"type": "text", "text": ""}), deltas);
    }
    for call in &plan.calls {
        events.call(telling, call);
    }
    events.push(&json!({
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason(telling), "stop_sequence": null},
        "usage": usage(telling, plan.output_tokens()),
    }));
    events.push(&json!({"type": "message_stop"}));
    events.frames
}

struct Events {
    frames: Vec<String>,
    index: usize,
}

impl Events {
    fn push(&mut self, event: &Value) {
        let name = event["type"].as_str().unwrap_or_default();
        self.frames.push(format!("event: {name}\ndata: {event}\n\n"));
    }

    fn block(&mut self, start: &Value, deltas: Vec<Value>) {
        let index = self.index;
        self.push(&json!({"type": "content_block_start", "index": index, "content_block": start}));
        for delta in deltas {
            self.push(&json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        self.push(&json!({"type": "content_block_stop", "index": index}));
        self.index += 1;
    }

    /// The dialect has no closing arguments event, so "done" is one single fragment here.
    fn call(&mut self, telling: &Telling<'_>, call: &Call) {
        let text = call.arguments.to_string();
        let delta = |piece: String| json!({"type": "input_json_delta", "partial_json": piece});
        match telling.script.arguments {
            Arguments::Whole => self.block(&tool_use(call, call.arguments.clone()), Vec::new()),
            Arguments::DoneOnly => self.block(&tool_use(call, json!({})), vec![delta(text)]),
            Arguments::Deltas | Arguments::DeltasOnly => {
                // The vendor opens with an empty fragment.
                let pieces = std::iter::once(String::new()).chain(telling.fragments(&text));
                self.block(&tool_use(call, json!({})), pieces.map(delta).collect());
            }
        }
    }
}

fn tool_use(call: &Call, input: Value) -> Value {
    json!({"type": "tool_use", "id": format!("toolu_{}", call.id), "name": call.name, "input": input})
}

fn shell(telling: &Telling<'_>, output_tokens: u64) -> Value {
    json!({
        "id": format!("msg_kit{:04}", telling.number),
        "type": "message",
        "role": "assistant",
        "model": telling.heard.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": usage(telling, output_tokens),
    })
}

fn usage(telling: &Telling<'_>, output_tokens: u64) -> Value {
    json!({
        "input_tokens": telling.input_tokens - telling.cached_tokens(),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": telling.cached_tokens(),
        "output_tokens": output_tokens,
    })
}

fn stop_reason(telling: &Telling<'_>) -> &'static str {
    if telling.plan.calls.is_empty() { "end_turn" } else { "tool_use" }
}
