//! What gateways of this kind are known to lose on the way to one provider or another: a coding agent's request
//! that has all of it, from every kind of client, at every provider. What doesn't arrive must be on the receipt, and
//! in the list below.

use lynkr_protocol::Dialect;
use serde_json::{Value, json};

use super::setups::SETUPS;
use super::{ingress, leave};

/// One red pixel.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// What must arrive: what it is, and a text that only it brings.
const MARKS: &[(&str, &str)] = &[
    ("system", "SYSTEM-MARK"),
    ("question", "QUESTION-MARK"),
    ("image", "iVBORw0KGgoAAAANSUhEUg"),
    ("tool", "look_up_mark"),
    ("tool schema", "PROPERTY-MARK"),
    ("tool call", "ARGUMENT-MARK"),
    ("tool result", "RESULT-MARK"),
    ("stop sequence", "STOP-MARK"),
];

/// What a target's dialect has no place for. Each is on the receipt.
const NO_PLACE: &[(&str, &str)] = &[
    // The Responses API has no stop sequences.
    ("openai_responses", "stop sequence"),
];

fn schema() -> Value {
    json!({"type": "object", "properties": {"PROPERTY-MARK": {"type": "string"}}, "required": ["PROPERTY-MARK"]})
}

fn anthropic(system: Value) -> Value {
    json!({
        "model": "claude-sonnet-4-5", "max_tokens": 4096, "stream": true, "system": system,
        "stop_sequences": ["STOP-MARK"],
        "tools": [{"name": "look_up_mark", "description": "looks up", "input_schema": schema()}],
        "tool_choice": {"type": "tool", "name": "look_up_mark"},
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "QUESTION-MARK"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
            ]},
            {"role": "assistant", "content": [
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "toolu_01", "name": "look_up_mark", "input": {"PROPERTY-MARK": "ARGUMENT-MARK"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_01", "content": "RESULT-MARK"},
                {"type": "text", "text": "go on"},
            ]},
        ],
    })
}

fn chat() -> Value {
    json!({
        "model": "gpt-4o", "max_tokens": 4096, "stream": true, "stop": ["STOP-MARK"],
        "tools": [{"type": "function", "function": {"name": "look_up_mark", "description": "looks up", "parameters": schema()}}],
        "tool_choice": {"type": "function", "function": {"name": "look_up_mark"}},
        "messages": [
            {"role": "system", "content": "SYSTEM-MARK"},
            {"role": "user", "content": [
                {"type": "text", "text": "QUESTION-MARK"},
                {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PIXEL}")}},
            ]},
            {"role": "assistant", "content": "I look.", "tool_calls": [
                {"id": "call_01", "type": "function", "function": {"name": "look_up_mark", "arguments": "{\"PROPERTY-MARK\":\"ARGUMENT-MARK\"}"}},
            ]},
            {"role": "tool", "tool_call_id": "call_01", "content": "RESULT-MARK"},
            {"role": "user", "content": "go on"},
        ],
    })
}

/// No stop sequence: the dialect has none.
fn responses() -> Value {
    json!({
        "model": "gpt-4o", "max_output_tokens": 4096, "stream": true, "store": false, "instructions": "SYSTEM-MARK",
        "tools": [{"type": "function", "name": "look_up_mark", "description": "looks up", "strict": false, "parameters": schema()}],
        "tool_choice": {"type": "function", "name": "look_up_mark"},
        "input": [
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "QUESTION-MARK"},
                {"type": "input_image", "image_url": format!("data:image/png;base64,{PIXEL}"), "detail": "auto"},
            ]},
            {"type": "function_call", "call_id": "call_01", "name": "look_up_mark", "arguments": "{\"PROPERTY-MARK\":\"ARGUMENT-MARK\"}"},
            {"type": "function_call_output", "call_id": "call_01", "output": "RESULT-MARK"},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go on"}]},
        ],
    })
}

fn gemini() -> Value {
    json!({
        "systemInstruction": {"parts": [{"text": "SYSTEM-MARK"}]},
        "generationConfig": {"maxOutputTokens": 4096, "stopSequences": ["STOP-MARK"]},
        "tools": [{"functionDeclarations": [{"name": "look_up_mark", "description": "looks up", "parametersJsonSchema": schema()}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look_up_mark"]}},
        "contents": [
            {"role": "user", "parts": [{"text": "QUESTION-MARK"}, {"inlineData": {"mimeType": "image/png", "data": PIXEL}}]},
            {"role": "model", "parts": [{"text": "I look."}, {"functionCall": {"id": "c1", "name": "look_up_mark", "args": {"PROPERTY-MARK": "ARGUMENT-MARK"}}}]},
            {"role": "user", "parts": [{"functionResponse": {"id": "c1", "name": "look_up_mark", "response": {"output": "RESULT-MARK"}}}]},
            {"role": "user", "parts": [{"text": "go on"}]},
        ],
    })
}

/// No tool choice: the dialect has none.
fn ollama() -> Value {
    json!({
        "model": "qwen3:8b", "stream": true, "options": {"num_predict": 4096, "stop": ["STOP-MARK"]},
        "tools": [{"type": "function", "function": {"name": "look_up_mark", "description": "looks up", "parameters": schema()}}],
        "messages": [
            {"role": "system", "content": "SYSTEM-MARK"},
            {"role": "user", "content": "QUESTION-MARK", "images": [PIXEL]},
            {"role": "assistant", "content": "I look.", "tool_calls": [{"function": {"name": "look_up_mark", "arguments": {"PROPERTY-MARK": "ARGUMENT-MARK"}}}]},
            {"role": "tool", "tool_name": "look_up_mark", "content": "RESULT-MARK"},
            {"role": "user", "content": "go on"},
        ],
    })
}

fn requests() -> Vec<(&'static str, Dialect, Value)> {
    vec![
        ("anthropic, system as text", Dialect::Anthropic, anthropic(json!("SYSTEM-MARK"))),
        (
            "anthropic, system as list",
            Dialect::Anthropic,
            anthropic(json!([{"type": "text", "text": "SYSTEM-MARK"}])),
        ),
        ("chat", Dialect::OpenAiChat, chat()),
        ("responses", Dialect::OpenAiResponses, responses()),
        ("gemini", Dialect::Gemini, gemini()),
        ("ollama", Dialect::Ollama, ollama()),
    ]
}

/// Whether the body forces a call of the tool, in any dialect's form.
fn forces(body: &Value) -> bool {
    let choice = [&body["tool_choice"], &body["toolConfig"]].into_iter().find(|choice| !choice.is_null());
    choice.is_some_and(|choice| choice.to_string().contains("look_up_mark"))
}

/// The dialect of a body, told by what only that one has.
fn dialect_of(body: &Value) -> &'static str {
    if body.get("contents").is_some() {
        "gemini"
    } else if body.get("input").is_some() {
        "openai_responses"
    } else if body.get("inferenceConfig").is_some() {
        "bedrock_converse"
    } else if body.get("options").is_some() {
        "ollama"
    } else {
        "other"
    }
}

#[tokio::test]
async fn nothing_that_an_agent_sends_is_lost_unseen() {
    let mut lost = Vec::new();
    for (client, dialect, request) in requests() {
        for setup in SETUPS.iter().filter(|setup| setup.serves(dialect)) {
            let left = match leave(setup, ingress(setup, dialect, request.to_string().as_bytes())).await {
                Ok(left) => left,
                Err(refused) => {
                    lost.push(format!("{client} at {}: refused: {refused}", setup.name));
                    continue;
                }
            };
            let body: Value = serde_json::from_str(&left.body).unwrap();
            for (what, mark) in MARKS {
                let sent = request.to_string().contains(mark);
                let has_place = !NO_PLACE.contains(&(dialect_of(&body), what));
                if sent && has_place && !left.body.contains(mark) {
                    lost.push(format!("{client} at {}: {what} (receipt: {})", setup.name, left.receipt));
                }
                if sent && !has_place {
                    assert!(left.receipt.contains("stop"), "{client} at {}: {}", setup.name, left.receipt);
                }
            }
            let asks = request.get("tool_choice").or_else(|| request.get("toolConfig")).is_some();
            if asks
                && !forces(&body)
                && !left.receipt.contains("tool_choice")
                && !left.receipt.contains("toolConfig")
            {
                lost.push(format!("{client} at {}: tool choice (receipt: {})", setup.name, left.receipt));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// The fields by which a dialect is asked to reason.
const REASONING_FIELDS: &[&str] =
    &["reasoning", "reasoning_config", "reasoning_effort", "think", "thinking", "thinkingConfig"];

fn has_field(value: &Value, names: &[&str]) -> bool {
    match value {
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| names.contains(&name.as_str()) || has_field(value, names))
        }
        Value::Array(items) => items.iter().any(|item| has_field(item, names)),
        _ => false,
    }
}

/// The wish to think is passed on in the form that the provider has for it, or is on the receipt; nothing is made up.
#[tokio::test]
async fn the_wish_to_think_arrives_or_is_on_the_receipt() {
    let mut lost = Vec::new();
    for asked in [true, false] {
        let mut request = anthropic(json!("SYSTEM-MARK"));
        request["tool_choice"] = json!({"type": "auto"});
        if asked {
            request["thinking"] = json!({"type": "enabled", "budget_tokens": 2048});
        }
        for setup in SETUPS.iter().filter(|setup| setup.serves(Dialect::Anthropic)) {
            let sent = leave(setup, ingress(setup, Dialect::Anthropic, request.to_string().as_bytes())).await;
            let left = sent.unwrap_or_else(|refused| panic!("{}: {refused}", setup.name));
            let body: Value = serde_json::from_str(&left.body).unwrap();
            let arrives = has_field(&body, REASONING_FIELDS);
            let told = left.receipt.contains("thinking");
            if asked != (arrives || told) || (!asked && arrives) {
                lost.push(format!("{} (asked: {asked}): {}\n{}", setup.name, left.receipt, left.body));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// A conversation about nothing but words stays one: no tool, no sampling, no limit is put in that nobody asked for.
/// What a dialect demands (`max_tokens`) is on the receipt.
#[tokio::test]
async fn nothing_is_put_into_a_plain_request() {
    let request = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "QUESTION-MARK"}]});
    let made_up = [
        "tools",
        "tool_choice",
        "toolConfig",
        "functionDeclarations",
        "temperature",
        "top_p",
        "topP",
        "stop",
    ];
    for setup in SETUPS.iter().filter(|setup| setup.serves(Dialect::OpenAiChat)) {
        let sent = leave(setup, ingress(setup, Dialect::OpenAiChat, request.to_string().as_bytes())).await;
        let left = sent.unwrap_or_else(|refused| panic!("{}: {refused}", setup.name));
        let body: Value = serde_json::from_str(&left.body).unwrap();
        assert!(!has_field(&body, &made_up), "{}: {}", setup.name, left.body);
        let limits =
            ["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "num_predict"];
        let limited = has_field(&body, &limits);
        assert_eq!(limited, left.receipt.contains("added=max_tokens"), "{}: {}", setup.name, left.body);
    }
}

/// What coding agents put into a user's message.
const REMINDER: &str = "<system-reminder>MARK-5</system-reminder>";

/// Messages of one role in a row, as clients have them after an interruption, and results of parallel calls that come
/// one message each; one of the calls has no arguments at all.
fn neighbours() -> [(Dialect, Value); 2] {
    let picture = json!({"type": "base64", "media_type": "image/png", "data": PIXEL});
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "look_up_mark", "input": {"PROPERTY-MARK": "x"}});
    let result = |id: &str, text: &str| json!([{"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": text}]}]);
    let mut anthropic = anthropic(json!("SYSTEM-MARK"));
    anthropic["messages"] = json!([
        {"role": "user", "content": [{"type": "text", "text": "MARK-1"}, {"type": "image", "source": picture}]},
        {"role": "user", "content": [{"type": "text", "text": "MARK-2"}]},
        {"role": "assistant", "content": [call("toolu_01"), call("toolu_02")]},
        {"role": "user", "content": result("toolu_01", "MARK-3")},
        {"role": "user", "content": result("toolu_02", "MARK-4")},
        {"role": "user", "content": REMINDER},
    ]);
    let call = |id: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": "look_up_mark", "arguments": arguments}});
    let url = json!({"url": format!("data:image/png;base64,{PIXEL}")});
    let mut chat = chat();
    chat["messages"] = json!([
        {"role": "system", "content": "SYSTEM-MARK"},
        {"role": "user", "content": [{"type": "text", "text": "MARK-1"}, {"type": "image_url", "image_url": url}]},
        {"role": "user", "content": [{"type": "text", "text": "MARK-2"}]},
        {"role": "assistant", "content": null, "tool_calls": [call("call_01", "{\"PROPERTY-MARK\":\"x\"}"), call("call_02", "")]},
        {"role": "tool", "tool_call_id": "call_01", "content": [{"type": "text", "text": "MARK-3"}]},
        {"role": "tool", "tool_call_id": "call_02", "content": [{"type": "text", "text": "MARK-4"}]},
        {"role": "user", "content": REMINDER},
    ]);
    [(Dialect::Anthropic, anthropic), (Dialect::OpenAiChat, chat)]
}

/// All of them arrive, and none as the JSON of its parts.
#[tokio::test]
async fn neighbours_of_one_role_are_neither_lost_nor_quoted() {
    for (dialect, request) in neighbours() {
        for setup in SETUPS.iter().filter(|setup| setup.serves(dialect)) {
            let sent = leave(setup, ingress(setup, dialect, request.to_string().as_bytes())).await;
            let body = sent.unwrap_or_else(|refused| panic!("{}: {refused}", setup.name)).body;
            for mark in ["MARK-1", "MARK-2", "MARK-3", "MARK-4", REMINDER, "iVBORw0KGgoAAAANSUhEUg"] {
                assert!(body.contains(mark), "{dialect} at {}: {mark}: {body}", setup.name);
            }
            assert!(!body.contains("\\\"type\\\""), "{dialect} at {}: {body}", setup.name);
        }
    }
}
