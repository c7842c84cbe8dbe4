//! `GenerateContentResponse`, whole and in pieces.

use serde_json::{Value, json};

use crate::model::{Call, Plan, seal};
use crate::script::Script;
use crate::speak::Telling;

pub(crate) fn speak(telling: &Telling<'_>) -> Script {
    let script = if telling.heard.stream {
        Script::sse(events(telling).into_iter().map(|event| format!("data: {event}\r\n\r\n")))
    } else {
        Script::json(200, &whole(telling))
    };
    match telling.script.split {
        Some(size) => script.split_every(size),
        None => script,
    }
}

fn whole(telling: &Telling<'_>) -> Value {
    let plan = telling.plan;
    if *plan == Plan::nothing() {
        return answer(telling, None);
    }
    let mut parts = Vec::new();
    parts.extend(plan.thinking.as_ref().map(|words| json!({"text": words, "thought": true})));
    if !plan.text.is_empty() {
        parts.push(json!({"text": plan.text}));
    }
    parts.extend(calls(telling));
    let mut whole = answer(telling, Some(json!(parts)));
    finish(telling, &mut whole);
    whole
}

fn events(telling: &Telling<'_>) -> Vec<Value> {
    let plan = telling.plan;
    let mut events = Vec::new();
    let mut part = |part: Value| events.push(answer(telling, Some(json!([part]))));
    for piece in plan.thinking.iter().flat_map(|words| telling.pieces(words)) {
        part(json!({"text": piece, "thought": true}));
    }
    for piece in telling.pieces(&plan.text) {
        part(json!({"text": piece}));
    }
    calls(telling).into_iter().for_each(&mut part);
    if events.is_empty() {
        events.push(answer(telling, None));
    }
    if *plan != Plan::nothing()
        && let Some(last) = events.last_mut()
    {
        finish(telling, last);
    }
    events
}

/// Only the first call of a round carries a signature.
fn calls(telling: &Telling<'_>) -> Vec<Value> {
    let call = |(place, call): (usize, &Call)| {
        let mut part = json!({"functionCall": {"name": call.name, "args": call.arguments}});
        if telling.script.thinking && place == 0 {
            part["thoughtSignature"] = json!(seal(&signed(&part["functionCall"])));
        }
        part
    };
    telling.plan.calls.iter().enumerate().map(call).collect()
}

/// What a call's signature proves.
pub(super) fn signed(call: &Value) -> String {
    format!("{} {}", call["name"], call["args"])
}

fn answer(telling: &Telling<'_>, parts: Option<Value>) -> Value {
    let mut answer = json!({
        "usageMetadata": usage(telling),
        "modelVersion": telling.heard.model,
        "responseId": format!("kit{:04}", telling.number),
    });
    if let Some(parts) = parts {
        answer["candidates"] = json!([{"content": {"role": "model", "parts": parts}, "index": 0}]);
    }
    answer
}

fn finish(telling: &Telling<'_>, answer: &mut Value) {
    answer["candidates"][0]["finishReason"] = json!("STOP");
    answer["usageMetadata"]["candidatesTokenCount"] = json!(telling.plan.output_tokens());
}

fn usage(telling: &Telling<'_>) -> Value {
    let output = telling.plan.output_tokens();
    let mut usage = json!({
        "promptTokenCount": telling.input_tokens,
        "candidatesTokenCount": output,
        "totalTokenCount": telling.input_tokens + output,
    });
    if telling.cached_tokens() > 0 {
        usage["cachedContentTokenCount"] = json!(telling.cached_tokens());
    }
    usage
}
