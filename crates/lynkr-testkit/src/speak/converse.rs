//! Bedrock Converse answers.

use bytes::Bytes;
use serde_json::{Value, json};

use super::Telling;
use crate::bedrock::event;
use crate::model::{Arguments, Call, seal};

pub(super) fn whole(telling: &Telling<'_>) -> Value {
    let plan = telling.plan;
    let mut content = Vec::new();
    if let Some(thinking) = &plan.thinking {
        let text = json!({"text": thinking, "signature": seal(thinking)});
        content.push(json!({"reasoningContent": {"reasoningText": text}}));
    }
    if !plan.text.is_empty() {
        content.push(json!({"text": plan.text}));
    }
    content.extend(
        plan.calls.iter().map(
            |call| json!({"toolUse": {"toolUseId": id(call), "name": call.name, "input": call.arguments}}),
        ),
    );
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason(telling),
        "usage": usage(telling),
        "metrics": {"latencyMs": 5},
    })
}

pub(super) fn events(telling: &Telling<'_>) -> Vec<Bytes> {
    let plan = telling.plan;
    let mut events = Events { frames: vec![event("messageStart", &json!({"role": "assistant"}))], index: 0 };
    if let Some(thinking) = &plan.thinking {
        let texts = telling.pieces(thinking).into_iter().map(|piece| json!({"text": piece}));
        let pieces = texts.chain([json!({"signature": seal(thinking)})]);
        events.block(None, pieces.map(|piece| json!({"reasoningContent": piece})));
    }
    if !plan.text.is_empty() {
        events.block(None, telling.pieces(&plan.text).into_iter().map(|piece| json!({"text": piece})));
    }
    for call in &plan.calls {
        let text = call.arguments.to_string();
        let pieces = match telling.script.arguments {
            Arguments::Deltas | Arguments::DeltasOnly => telling.fragments(&text),
            // There is no other place for arguments than one single fragment.
            Arguments::DoneOnly | Arguments::Whole => vec![text],
        };
        let start = json!({"toolUse": {"toolUseId": id(call), "name": call.name}});
        events.block(Some(start), pieces.into_iter().map(|piece| json!({"toolUse": {"input": piece}})));
    }
    let mut frames = events.frames;
    frames.push(event("messageStop", &json!({"stopReason": stop_reason(telling)})));
    frames.push(event("metadata", &json!({"usage": usage(telling), "metrics": {"latencyMs": 5}})));
    frames
}

struct Events {
    frames: Vec<Bytes>,
    index: usize,
}

impl Events {
    /// Only calls have a frame that begins them.
    fn block(&mut self, start: Option<Value>, deltas: impl Iterator<Item = Value>) {
        let index = self.index;
        if let Some(start) = start {
            self.frames
                .push(event("contentBlockStart", &json!({"contentBlockIndex": index, "start": start})));
        }
        for delta in deltas {
            let payload = json!({"contentBlockIndex": index, "delta": delta, "p": "abcdefg"});
            self.frames.push(event("contentBlockDelta", &payload));
        }
        self.frames.push(event("contentBlockStop", &json!({"contentBlockIndex": index})));
        self.index += 1;
    }
}

fn id(call: &Call) -> String {
    format!("tooluse_{}", call.id)
}

fn usage(telling: &Telling<'_>) -> Value {
    let output = telling.plan.output_tokens();
    json!({
        "inputTokens": telling.input_tokens - telling.cached_tokens(),
        "outputTokens": output,
        "totalTokens": telling.input_tokens + output,
        "cacheReadInputTokens": telling.cached_tokens(),
        "cacheWriteInputTokens": 0,
    })
}

fn stop_reason(telling: &Telling<'_>) -> &'static str {
    if telling.plan.calls.is_empty() { "end_turn" } else { "tool_use" }
}
