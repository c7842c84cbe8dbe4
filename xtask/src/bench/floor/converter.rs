//! The bare converter: Anthropic's messages in, OpenAI's chat completions out, by way of JSON trees, and nothing else. What it
//! costs, any gateway that translates costs, unless it has a better way than trees.

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response, Uri, header};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::SocketAddr;

pub(super) type Upstream = Client<HttpConnector, Full<Bytes>>;
type Body = UnsyncBoxBody<Bytes, hyper::Error>;

/// Answers one request.
pub(super) async fn convert(
    request: Request<Incoming>,
    client: Upstream,
    upstream: SocketAddr,
) -> anyhow::Result<Response<Body>> {
    let body = request.into_body().collect().await.context("reading the request")?.to_bytes();
    let asked: Value = serde_json::from_slice(&body).context("the request")?;
    let sent = serde_json::to_vec(&request_for_openai(asked))?;
    let uri: Uri =
        format!("http://{upstream}/v1/chat/completions").parse().context("the upstream's address")?;
    let request = Request::post(uri)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, "Bearer sk-test-bench")
        .body(Full::new(Bytes::from(sent)))?;
    let response = client.request(request).await.context("asking the upstream")?;
    let is_stream = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if is_stream {
        return Ok(Response::builder()
            .header(header::CONTENT_TYPE, "text/event-stream")
            .body(events(response.into_body()))?);
    }
    let answer = response.into_body().collect().await.context("reading the answer")?.to_bytes();
    let answer: Value = serde_json::from_slice(&answer).context("the answer")?;
    let answer = serde_json::to_vec(&message_for_anthropic(&answer))?;
    let body = Full::new(Bytes::from(answer)).map_err(|never| match never {}).boxed_unsync();
    Ok(Response::builder().header(header::CONTENT_TYPE, "application/json").body(body)?)
}

fn request_for_openai(mut asked: Value) -> Value {
    let mut messages = Vec::new();
    match asked["system"].take() {
        Value::String(text) => messages.push(json!({ "role": "system", "content": text })),
        Value::Array(parts) => {
            let text: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            messages.push(json!({ "role": "system", "content": text }));
        }
        _ => {}
    }
    if let Value::Array(turns) = asked["messages"].take() {
        for turn in turns {
            push_turn(turn, &mut messages);
        }
    }
    let mut sent = json!({
        "model": asked["model"].take(), "messages": messages, "max_tokens": asked["max_tokens"].take(),
    });
    if asked["stream"] == true {
        sent["stream"] = Value::Bool(true);
        sent["stream_options"] = json!({ "include_usage": true });
    }
    if let Value::Array(tools) = asked["tools"].take() {
        let function = |mut tool: Value| {
            json!({ "type": "function", "function": {
                "name": tool["name"].take(), "description": tool["description"].take(),
                "parameters": tool["input_schema"].take(),
            }})
        };
        sent["tools"] = tools.into_iter().map(function).collect();
    }
    sent
}

fn push_turn(mut turn: Value, messages: &mut Vec<Value>) {
    let role = turn["role"].take();
    let parts = match turn["content"].take() {
        Value::Array(parts) => parts,
        text => {
            messages.push(json!({ "role": role, "content": text }));
            return;
        }
    };
    let (mut text, mut calls) = (String::new(), Vec::new());
    for mut part in parts {
        match part["type"].as_str() {
            Some("tool_use") => calls.push(json!({
                "id": part["id"].take(), "type": "function",
                "function": { "name": part["name"].take(), "arguments": part["input"].to_string() },
            })),
            Some("tool_result") => messages.push(json!({
                "role": "tool", "tool_call_id": part["tool_use_id"].take(), "content": part["content"].take(),
            })),
            _ => text.push_str(part["text"].as_str().unwrap_or_default()),
        }
    }
    if calls.is_empty() {
        if !text.is_empty() {
            messages.push(json!({ "role": role, "content": text }));
        }
    } else {
        messages.push(json!({ "role": role, "content": text, "tool_calls": calls }));
    }
}

fn usage(answer: &Value) -> Value {
    json!({
        "input_tokens": answer["usage"]["prompt_tokens"], "output_tokens": answer["usage"]["completion_tokens"],
    })
}

fn message_for_anthropic(answer: &Value) -> Value {
    json!({
        "id": answer["id"], "type": "message", "role": "assistant", "model": answer["model"],
        "content": [{ "type": "text", "text": answer["choices"][0]["message"]["content"] }],
        "stop_reason": "end_turn", "stop_sequence": null, "usage": usage(answer),
    })
}

/// The upstream's stream as Anthropic's events, as they come.
fn events(body: Incoming) -> Body {
    let steps = stream::unfold((body, Converter::default()), |(mut body, mut converter)| async move {
        loop {
            match body.frame().await? {
                Ok(frame) => {
                    let Ok(data) = frame.into_data() else { continue };
                    let converted = converter.push(&data);
                    if !converted.is_empty() {
                        return Some((Ok(Frame::data(Bytes::from(converted))), (body, converter)));
                    }
                }
                Err(error) => return Some((Err(error), (body, converter))),
            }
        }
    });
    StreamBody::new(steps).boxed_unsync()
}

#[derive(Default)]
struct Converter {
    unread: Vec<u8>,
    began: bool,
    usage: Value,
}

impl Converter {
    fn push(&mut self, data: &[u8]) -> String {
        self.unread.extend_from_slice(data);
        let mut converted = String::new();
        while let Some(end) = memchr::memmem::find(&self.unread, b"\n\n") {
            let event: Vec<u8> = self.unread.drain(..end + 2).collect();
            let Some(data) = event.strip_prefix(b"data: ") else { continue };
            match serde_json::from_slice::<Value>(data) {
                Ok(chunk) => self.chunk(&chunk, &mut converted),
                Err(_) => self.end(&mut converted),
            }
        }
        converted
    }

    fn chunk(&mut self, chunk: &Value, out: &mut String) {
        if !self.began {
            self.began = true;
            let message = json!({
                "id": chunk["id"], "type": "message", "role": "assistant", "model": chunk["model"], "content": [],
                "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 0, "output_tokens": 0 },
            });
            event(out, &json!({ "type": "message_start", "message": message }));
            let block = json!({ "type": "text", "text": "" });
            event(out, &json!({ "type": "content_block_start", "index": 0, "content_block": block }));
        }
        if chunk["usage"].is_object() {
            self.usage = usage(chunk);
        }
        if let Some(text) = chunk["choices"][0]["delta"]["content"].as_str().filter(|text| !text.is_empty()) {
            let delta = json!({ "type": "text_delta", "text": text });
            event(out, &json!({ "type": "content_block_delta", "index": 0, "delta": delta }));
        }
    }

    fn end(&mut self, out: &mut String) {
        event(out, &json!({ "type": "content_block_stop", "index": 0 }));
        let delta = json!({ "stop_reason": "end_turn", "stop_sequence": null });
        event(out, &json!({ "type": "message_delta", "delta": delta, "usage": self.usage.take() }));
        event(out, &json!({ "type": "message_stop" }));
    }
}

fn event(out: &mut String, event: &Value) {
    // Writing to a text can't fail.
    let _ = write!(out, "event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default());
}
