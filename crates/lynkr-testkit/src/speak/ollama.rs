//! Ollama answers: chat, and the small endpoints around it.

use serde_json::{Value, json};

use super::Telling;
use crate::script::Script;

pub(super) fn whole(telling: &Telling<'_>) -> Value {
    let plan = telling.plan;
    let mut message = json!({"role": "assistant", "content": plan.text});
    if let Some(thinking) = &plan.thinking {
        message["thinking"] = json!(thinking);
    }
    if !plan.calls.is_empty() {
        message["tool_calls"] = tool_calls(telling);
    }
    with_end(telling, line(telling, message))
}

pub(super) fn lines(telling: &Telling<'_>) -> Vec<String> {
    let plan = telling.plan;
    let mut lines = Vec::new();
    let mut push = |value: Value| lines.push(format!("{value}\n"));
    for piece in telling.pieces(plan.thinking.as_deref().unwrap_or_default()) {
        push(line(telling, json!({"role": "assistant", "content": "", "thinking": piece})));
    }
    for piece in telling.pieces(&plan.text) {
        push(line(telling, json!({"role": "assistant", "content": piece})));
    }
    if !plan.calls.is_empty() {
        push(line(telling, json!({"role": "assistant", "content": "", "tool_calls": tool_calls(telling)})));
    }
    push(with_end(telling, line(telling, json!({"role": "assistant", "content": ""}))));
    lines
}

fn tool_calls(telling: &Telling<'_>) -> Value {
    // Ollama gives whole arguments, as an object and without ids.
    let call = |(index, call): (usize, &crate::model::Call)| json!({"function": {"index": index, "name": call.name, "arguments": call.arguments}});
    telling.plan.calls.iter().enumerate().map(call).collect()
}

fn line(telling: &Telling<'_>, message: Value) -> Value {
    json!({
        "model": telling.heard.model,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "message": message,
        "done": false,
    })
}

fn with_end(telling: &Telling<'_>, mut line: Value) -> Value {
    let end = json!({
        "done": true, "done_reason": "stop",
        "total_duration": 5_000_000, "load_duration": 1_000_000,
        "prompt_eval_count": telling.input_tokens, "prompt_eval_duration": 1_000_000,
        "eval_count": telling.plan.output_tokens(), "eval_duration": 2_000_000,
    });
    if let (Some(line), Value::Object(end)) = (line.as_object_mut(), end) {
        line.extend(end);
    }
    line
}

/// `/api/version`: new enough for tools, thinking and images.
pub(crate) fn version() -> Script {
    Script::json(200, &json!({"version": "0.12.0"}))
}

/// `/api/tags`.
pub(crate) fn tags() -> Script {
    let model = json!({
        "name": "qwen3:latest", "model": "qwen3:latest", "modified_at": "2026-01-01T00:00:00Z",
        "size": 5_000_000_000_u64, "digest": "0".repeat(64),
        "details": details(),
    });
    Script::json(200, &json!({"models": [model]}))
}

/// `/api/show`.
pub(crate) fn show() -> Script {
    Script::json(
        200,
        &json!({
            "capabilities": ["completion", "tools", "thinking", "vision"],
            "details": details(),
            "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40_960},
            "modelfile": "", "parameters": "", "template": "{{ .Prompt }}",
        }),
    )
}

fn details() -> Value {
    json!({"format": "gguf", "family": "qwen3", "families": ["qwen3"], "parameter_size": "8B", "quantization_level": "Q4_K_M"})
}
