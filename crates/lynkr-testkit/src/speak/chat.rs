//! OpenAI Chat Completions answers.

use serde_json::{Value, json};

use super::Telling;
use crate::hear::OfferedKind;
use crate::model::{Arguments, Call, Plan};

pub(super) fn whole(telling: &Telling<'_>) -> Value {
    let plan = telling.plan;
    let mut answer = base(telling, "chat.completion");
    answer["usage"] = usage(telling);
    answer["choices"] = json!([]);
    if *plan == Plan::nothing() {
        return answer;
    }
    let mut message = json!({"role": "assistant", "content": null, "refusal": null});
    if !plan.text.is_empty() {
        message["content"] = json!(plan.text);
    }
    if let Some(thinking) = &plan.thinking {
        message["reasoning_content"] = json!(thinking);
    }
    if !plan.calls.is_empty() {
        message["tool_calls"] = plan.calls.iter().map(|call| tool_call(call, &arguments(call))).collect();
    }
    answer["choices"] =
        json!([{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(plan)}]);
    answer
}

pub(super) fn events(telling: &Telling<'_>) -> Vec<String> {
    let plan = telling.plan;
    let mut frames = Vec::new();
    let mut push = |choices: Value, usage: Value| {
        let mut chunk = base(telling, "chat.completion.chunk");
        chunk["choices"] = choices;
        if telling.heard.asks_usage {
            chunk["usage"] = usage;
        }
        frames.push(format!("data: {chunk}\n\n"));
    };
    if *plan != Plan::nothing() {
        for delta in deltas(telling) {
            push(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}]), Value::Null);
        }
        let finish = finish_reason(plan);
        push(json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": finish}]), Value::Null);
    }
    if telling.heard.asks_usage {
        push(json!([]), usage(telling));
    }
    frames.push("data: [DONE]\n\n".to_owned());
    frames
}

fn deltas(telling: &Telling<'_>) -> Vec<Value> {
    let plan = telling.plan;
    let mut deltas = vec![json!({"role": "assistant", "content": "", "refusal": null})];
    if let Some(thinking) = &plan.thinking {
        deltas.extend(telling.pieces(thinking).into_iter().map(|piece| json!({"reasoning_content": piece})));
    }
    deltas.extend(telling.pieces(&plan.text).into_iter().map(|piece| json!({"content": piece})));
    for (index, call) in plan.calls.iter().enumerate() {
        let text = arguments(call);
        let whole = matches!(telling.script.arguments, Arguments::Whole | Arguments::DoneOnly);
        let mut first = tool_call(call, if whole { &text } else { "" });
        first["index"] = json!(index);
        deltas.push(json!({"tool_calls": [first]}));
        for piece in telling.fragments(&text) {
            deltas.push(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}));
        }
    }
    deltas
}

fn arguments(call: &Call) -> String {
    match (&call.kind, call.arguments.as_str()) {
        (OfferedKind::Custom, Some(text)) => text.to_owned(),
        _ => call.arguments.to_string(),
    }
}

fn tool_call(call: &Call, arguments: &str) -> Value {
    json!({
        "id": format!("call_{}", call.id),
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    })
}

fn base(telling: &Telling<'_>, object: &str) -> Value {
    json!({
        "id": format!("chatcmpl-kit{:04}", telling.number),
        "object": object,
        "created": 1_767_225_600,
        "model": telling.heard.model,
        "system_fingerprint": "fp_kit",
    })
}

fn usage(telling: &Telling<'_>) -> Value {
    let output = telling.plan.output_tokens();
    json!({
        "prompt_tokens": telling.input_tokens,
        "completion_tokens": output,
        "total_tokens": telling.input_tokens + output,
        "prompt_tokens_details": {"cached_tokens": telling.cached_tokens()},
        "completion_tokens_details": {"reasoning_tokens": telling.plan.thinking.as_ref().map_or(0, |_| 1)},
    })
}

fn finish_reason(plan: &Plan) -> &'static str {
    if plan.calls.is_empty() { "stop" } else { "tool_calls" }
}
