//! What clients of each dialect ask, and what they make of an answer.

use axum::body::Body;
use http::Request;
use lynkr_protocol::neutral::{Assembler, Block, Event, Reply};
use lynkr_protocol::{ApiError, Dialect, codec};
use lynkr_types::FaultKind;
use serde_json::{Value, json};

use super::folder::Folder;

/// The dialects that clients speak.
pub(super) const CLIENTS: [Dialect; 5] =
    [Dialect::Anthropic, Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Gemini, Dialect::Ollama];

/// One red pixel.
pub(super) const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// Nobody's, and signed with nothing.
const SIGNED_IN: &str = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl";

const QUESTION: &str = "What is the weather in Paris?";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// A question, with a tool at hand.
    Question,
    /// The same in the middle of an agent's work: instructions, a call and its answer, limits.
    Work,
    /// A question about a picture.
    Picture,
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
}

/// A request's body.
fn body(client: Dialect, ask: Ask, stream: bool) -> Value {
    match client {
        Dialect::Anthropic => anthropic(ask, stream),
        Dialect::OpenAiChat => chat(ask, stream),
        Dialect::OpenAiResponses => responses(ask, stream),
        Dialect::Gemini => gemini(ask),
        Dialect::Ollama => ollama(ask, stream),
        Dialect::BedrockConverse => panic!("no client speaks it here"),
    }
}

fn anthropic(ask: Ask, stream: bool) -> Value {
    let mut body = json!({
        "model": "claude-sonnet-4-5", "max_tokens": 1024, "stream": stream,
        "tools": [{"name": "get_weather", "description": "Tells the weather.", "input_schema": schema()}],
        "messages": [{"role": "user", "content": QUESTION}],
    });
    match ask {
        Ask::Question => {}
        Ask::Work => {
            body["system"] = json!([{"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral"}}]);
            body["stop_sequences"] = json!(["END"]);
            body["tool_choice"] = json!({"type": "auto"});
            body["messages"] = json!([
                {"role": "user", "content": QUESTION},
                {"role": "assistant", "content": [
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "toolu_01", "name": "get_weather", "input": {"city": "Paris"}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_01", "content": "14 degrees"},
                    {"type": "text", "text": "And tomorrow?"},
                ]},
            ]);
        }
        Ask::Picture => {
            body["messages"] = json!([{"role": "user", "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
                {"type": "text", "text": "What is this?"},
            ]}]);
        }
    }
    body
}

fn chat(ask: Ask, stream: bool) -> Value {
    let mut body = json!({
        "model": "gpt-4o", "stream": stream,
        "tools": [{"type": "function", "function": {"name": "get_weather", "description": "Tells the weather.", "parameters": schema()}}],
        "messages": [{"role": "user", "content": QUESTION}],
    });
    match ask {
        Ask::Question => {}
        Ask::Work => {
            body["stop"] = json!(["END"]);
            body["messages"] = json!([
                {"role": "system", "content": "You are an agent."},
                {"role": "user", "content": QUESTION},
                {"role": "assistant", "content": "I look.", "tool_calls": [
                    {"id": "call_01", "type": "function", "function": {"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"}},
                ]},
                {"role": "tool", "tool_call_id": "call_01", "content": "14 degrees"},
                {"role": "user", "content": "And tomorrow?"},
            ]);
        }
        Ask::Picture => {
            body["messages"] = json!([{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PIXEL}")}},
                {"type": "text", "text": "What is this?"},
            ]}]);
        }
    }
    body
}

fn responses(ask: Ask, stream: bool) -> Value {
    let message = |content: Value| json!({"type": "message", "role": "user", "content": content});
    let mut body = json!({
        "model": "gpt-4o", "stream": stream, "store": false,
        "tools": [{"type": "function", "name": "get_weather", "description": "Tells the weather.", "strict": false, "parameters": schema()}],
        "input": [message(json!([{"type": "input_text", "text": QUESTION}]))],
    });
    match ask {
        Ask::Question => {}
        Ask::Work => {
            body["instructions"] = json!("You are an agent.");
            body["input"] = json!([
                message(json!([{"type": "input_text", "text": QUESTION}])),
                {"type": "function_call", "call_id": "call_01", "name": "get_weather", "arguments": "{\"city\":\"Paris\"}"},
                {"type": "function_call_output", "call_id": "call_01", "output": "14 degrees"},
                message(json!([{"type": "input_text", "text": "And tomorrow?"}])),
            ]);
        }
        Ask::Picture => {
            body["input"] = json!([message(json!([
                {"type": "input_image", "image_url": format!("data:image/png;base64,{PIXEL}"), "detail": "auto"},
                {"type": "input_text", "text": "What is this?"},
            ]))]);
        }
    }
    body
}

fn gemini(ask: Ask) -> Value {
    let user = |parts: Value| json!({"role": "user", "parts": parts});
    let mut body = json!({
        "tools": [{"functionDeclarations": [{"name": "get_weather", "description": "Tells the weather.", "parametersJsonSchema": schema()}]}],
        "contents": [user(json!([{"text": QUESTION}]))],
    });
    match ask {
        Ask::Question => {}
        Ask::Work => {
            body["systemInstruction"] = json!({"parts": [{"text": "You are an agent."}]});
            body["contents"] = json!([
                user(json!([{"text": QUESTION}])),
                {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "get_weather", "args": {"city": "Paris"}}}]},
                user(json!([{"functionResponse": {"id": "c1", "name": "get_weather", "response": {"output": "14 degrees"}}}])),
                user(json!([{"text": "And tomorrow?"}])),
            ]);
        }
        Ask::Picture => {
            body["contents"] = json!([user(json!([
                {"inlineData": {"mimeType": "image/png", "data": PIXEL}}, {"text": "What is this?"},
            ]))]);
        }
    }
    body
}

fn ollama(ask: Ask, stream: bool) -> Value {
    let mut body = json!({
        "model": "qwen3:8b", "stream": stream,
        "tools": [{"type": "function", "function": {"name": "get_weather", "description": "Tells the weather.", "parameters": schema()}}],
        "messages": [{"role": "user", "content": QUESTION}],
    });
    match ask {
        Ask::Question => {}
        Ask::Work => {
            body["messages"] = json!([
                {"role": "system", "content": "You are an agent."},
                {"role": "user", "content": QUESTION},
                {"role": "assistant", "content": "I look.", "tool_calls": [{"function": {"name": "get_weather", "arguments": {"city": "Paris"}}}]},
                {"role": "tool", "tool_name": "get_weather", "content": "14 degrees"},
                {"role": "user", "content": "And tomorrow?"},
            ]);
        }
        Ask::Picture => {
            body["messages"] = json!([{"role": "user", "content": "What is this?", "images": [PIXEL]}]);
        }
    }
    body
}

/// A client's request.
pub(super) fn request(folder: &Folder, client: Dialect, ask: Ask, stream: bool) -> Request<Body> {
    let path = match (client, stream) {
        (Dialect::OpenAiChat, _) => "/v1/chat/completions",
        (Dialect::OpenAiResponses, _) => "/v1/responses",
        (Dialect::Gemini, true) => "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        (Dialect::Gemini, false) => "/v1beta/models/gemini-2.5-pro:generateContent",
        (Dialect::Ollama, _) => "/api/chat",
        (Dialect::Anthropic | Dialect::BedrockConverse, _) => "/v1/messages",
    };
    let request = Request::post(path).header("x-request-id", "req_fixture");
    let request = if folder.signed_in {
        request.header("authorization", SIGNED_IN).header("chatgpt-account-id", "acct_fixture")
    } else {
        request
    };
    request.body(Body::from(body(client, ask, stream).to_string())).unwrap()
}

/// What an answer comes to: its words, its reasoning, its calls, in order; or the error that it ended with.
pub(super) fn told(dialect: Dialect, body: &[u8], is_stream: bool) -> Result<Vec<String>, ApiError> {
    let reply = if is_stream { assembled(dialect, body)? } else { codec(dialect).decode_reply(body)? };
    Ok(said(&reply))
}

fn assembled(dialect: Dialect, body: &[u8]) -> Result<Reply, ApiError> {
    let mut decoder = codec(dialect).event_decoder();
    let (mut events, mut assembler) = (Vec::new(), Assembler::new());
    let read = decoder.push(body, &mut events).and_then(|()| decoder.finish(&mut events));
    read.map_err(|error| ApiError::new(FaultKind::BadGateway, error.message))?;
    for event in &events {
        if let Event::Error(error) = event {
            return Err(error.clone());
        }
        assembler.push(event);
    }
    assembler.finish()
}

fn said(reply: &Reply) -> Vec<String> {
    let mut said = Vec::new();
    for block in &reply.blocks {
        match block {
            Block::Text(text) if !text.text.is_empty() => said.push(format!("says {}", text.text)),
            Block::Thinking(thinking) if !thinking.text.is_empty() => {
                said.push(format!("thinks {}", thinking.text));
            }
            Block::ToolUse(call) => {
                let arguments: Value = serde_json::from_str(&call.arguments).unwrap();
                said.push(format!("calls {} {arguments}", call.name));
            }
            _ => {}
        }
    }
    said
}
