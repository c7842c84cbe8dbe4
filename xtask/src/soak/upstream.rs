//! The soak's upstream: does what the request's own text says, in Anthropic's dialect and in OpenAI's chat.

use anyhow::Context as _;
use lynkr_testkit::{Abort, Recorded, Script, Upstream};
use serde_json::{Value, json};
use std::time::Duration;

/// What becomes of a request, by the word in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Tool,
    Slow,
    Refused,
    Limited,
    Reset,
    Cut,
    /// The client leaves.
    Left,
}

/// Each as often as it is named: four of fifteen are faults, and from one more the client leaves.
const KINDS: &[(&str, Kind)] = &[
    ("text", Kind::Text),
    ("tool", Kind::Tool),
    ("text", Kind::Text),
    ("refused", Kind::Refused),
    ("tool", Kind::Tool),
    ("slow", Kind::Slow),
    ("text", Kind::Text),
    ("cut", Kind::Cut),
    ("tool", Kind::Tool),
    ("limited", Kind::Limited),
    ("text", Kind::Text),
    ("reset", Kind::Reset),
    ("text", Kind::Text),
    ("left", Kind::Left),
    ("slow", Kind::Slow),
];

impl Kind {
    /// The kind of a request's number, and its word.
    pub(crate) fn of(number: u64) -> (&'static str, Self) {
        let at = usize::try_from(number).unwrap_or_default() % KINDS.len();
        KINDS.get(at).copied().unwrap_or(("text", Self::Text))
    }
}

/// The text of an answer.
pub(crate) fn text(number: u64) -> String {
    format!("This is answer {number}, in full. é🦀 \"quoted\"\n{}", "More of it. ".repeat(20))
}

/// Begins to answer.
pub(crate) async fn start() -> anyhow::Result<Upstream> {
    Upstream::with(answer).await.context("starting the upstream")
}

/// The mark that a request's text has: `soak:NUMBER:`.
fn number(body: &[u8]) -> Option<u64> {
    let at = memchr::memmem::rfind(body, b"soak:")? + 5;
    let rest = std::str::from_utf8(body.get(at..)?).ok()?;
    rest.split(':').next()?.parse().ok()
}

fn answer(request: &Recorded) -> Script {
    let Some(number) = number(&request.body) else {
        return Script::json(404, &json!({"error": {"message": "no request of the soak's"}}));
    };
    let is_anthropic = request.path.ends_with("/messages");
    let (_, kind) = Kind::of(number);
    let refusal = |status, name: &str| {
        Script::json(
            status,
            &json!({"type": "error", "error": {"type": name, "message": "on purpose", "code": null, "param": null}}),
        )
    };
    match kind {
        Kind::Refused => return refusal(500, "api_error"),
        Kind::Limited => return refusal(429, "rate_limit_error"),
        Kind::Reset => return Script::new().abort(Abort::Reset),
        _ => {}
    }
    let is_tool = kind == Kind::Tool;
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if body["stream"] != json!(true) {
        let whole = if is_anthropic { anthropic(number, is_tool) } else { chat(number, is_tool) };
        if kind == Kind::Cut {
            let text = whole.to_string();
            let half: Vec<u8> = text.into_bytes().into_iter().take(40).collect();
            let head =
                Script::new().header("content-type", "application/json").header("content-length", "4000");
            return head.send(half).abort(Abort::Close);
        }
        return Script::json(200, &whole);
    }
    let events = if is_anthropic { anthropic_events(number, is_tool) } else { chat_events(number, is_tool) };
    match kind {
        Kind::Cut => {
            let half = events.len() / 2;
            Script::sse(events.into_iter().take(half)).abort(Abort::Close)
        }
        Kind::Slow | Kind::Left => Script::sse(events).paced(Duration::from_millis(3)),
        // At odd places.
        _ => Script::sse(events).split_every(usize::try_from(number % 97).unwrap_or_default() + 60),
    }
}

fn anthropic(number: u64, is_tool: bool) -> Value {
    let content = if is_tool {
        json!({"type": "tool_use", "id": format!("toolu_{number}"), "name": "Bash", "input": {"command": text(number)}})
    } else {
        json!({"type": "text", "text": text(number)})
    };
    json!({
        "id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [content], "stop_reason": if is_tool { "tool_use" } else { "end_turn" }, "stop_sequence": null,
        "usage": {"input_tokens": 7, "output_tokens": 30},
    })
}

fn chat(number: u64, is_tool: bool) -> Value {
    let arguments = json!({"command": text(number)}).to_string();
    let calls = json!([{"id": format!("call_{number}"), "type": "function", "function": {"name": "Bash", "arguments": arguments}}]);
    let message = if is_tool {
        json!({"role": "assistant", "content": null, "tool_calls": calls})
    } else {
        json!({"role": "assistant", "content": text(number)})
    };
    json!({
        "id": format!("chatcmpl-{number}"), "object": "chat.completion", "created": 1_767_225_600, "model": "gpt-4o",
        "choices": [{"index": 0, "message": message, "finish_reason": if is_tool { "tool_calls" } else { "stop" }}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 30, "total_tokens": 37},
    })
}

/// A text in pieces of a few characters.
fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(24).map(|piece| piece.iter().collect()).collect()
}

fn anthropic_events(number: u64, is_tool: bool) -> Vec<String> {
    let mut message = anthropic(number, is_tool);
    let stop = message["stop_reason"].take();
    message["content"] = json!([]);
    let (block, field, kind, said) = if is_tool {
        let block = json!({"type": "tool_use", "id": format!("toolu_{number}"), "name": "Bash", "input": {}});
        (block, "partial_json", "input_json_delta", json!({"command": text(number)}).to_string())
    } else {
        (json!({"type": "text", "text": ""}), "text", "text_delta", text(number))
    };
    let mut events = vec![
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
    ];
    let delta =
        |piece| json!({"type": "content_block_delta", "index": 0, "delta": {"type": kind, field: piece}});
    events.extend(pieces(&said).into_iter().map(delta));
    events.extend([
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 30}}),
        json!({"type": "message_stop"}),
    ]);
    let named =
        |event: Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default());
    events.into_iter().map(named).collect()
}

fn chat_events(number: u64, is_tool: bool) -> Vec<String> {
    let chunk = |delta: Value, finish: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        let chunk = json!({"id": format!("chatcmpl-{number}"), "object": "chat.completion.chunk", "created": 1_767_225_600, "model": "gpt-4o", "choices": [choice]});
        format!("data: {chunk}\n\n")
    };
    let mut events = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    if is_tool {
        let call = json!({"index": 0, "id": format!("call_{number}"), "type": "function", "function": {"name": "Bash", "arguments": ""}});
        events.push(chunk(json!({"tool_calls": [call]}), Value::Null));
        let arguments = json!({"command": text(number)}).to_string();
        let piece = |piece| {
            chunk(json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}), Value::Null)
        };
        events.extend(pieces(&arguments).into_iter().map(piece));
    } else {
        events.extend(
            pieces(&text(number)).into_iter().map(|piece| chunk(json!({"content": piece}), Value::Null)),
        );
    }
    events.push(chunk(json!({}), json!(if is_tool { "tool_calls" } else { "stop" })));
    events.push("data: [DONE]\n\n".to_owned());
    events
}
