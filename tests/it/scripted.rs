//! An upstream that plays scripts to generation requests in order, and answers by itself what a gateway asks
//! besides: the version, the list of models.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use lynkr_testkit::{Dialect, Recorded, Script, Upstream};
use serde_json::{Value, json};

use crate::dialects;

/// The upstream.
pub(crate) struct Scripted {
    upstream: Upstream,
}

impl Scripted {
    /// Plays these to the POST requests; one too many is answered with 599.
    pub(crate) async fn new(scripts: impl IntoIterator<Item = Script>) -> Self {
        let scripts: Mutex<VecDeque<Script>> = Mutex::new(scripts.into_iter().collect());
        Self::with(move |_| {
            let next = scripts.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            next.unwrap_or_else(|| Script::body(599, "text/plain", "the test scripted no answer to this"))
        })
        .await
    }

    /// Asks a closure for the answer to each POST request.
    pub(crate) async fn with(answer: impl Fn(&Recorded) -> Script + Send + Sync + 'static) -> Self {
        let upstream =
            Upstream::with(move |request| match (request.method.as_str(), request.path.as_str()) {
                ("POST", _) => answer(request),
                ("GET", "/api/version") => Script::json(200, &json!({"version": "0.12.0"})),
                ("GET", _) => {
                    let data: Vec<Value> = dialects::ALL
                        .iter()
                        .map(|dialect| json!({"id": dialects::model(*dialect)}))
                        .collect();
                    Script::json(200, &json!({"object": "list", "data": data}))
                }
                _ => Script::body(404, "text/plain", "no such thing"),
            });
        Self { upstream: upstream.await.expect("a scripted upstream starts") }
    }

    pub(crate) fn url(&self) -> String {
        self.upstream.url()
    }

    /// The POST requests so far.
    pub(crate) fn posts(&self) -> Vec<Arc<Recorded>> {
        self.upstream.requests().into_iter().filter(|request| request.method == "POST").collect()
    }

    /// The POST request of this number, from 0; waits for it.
    pub(crate) async fn post(&self, number: usize) -> Arc<Recorded> {
        for seen in 0.. {
            self.upstream.request(seen).await;
            if let Some(found) = self.posts().into_iter().nth(number) {
                return found;
            }
        }
        unreachable!("requests don't run out")
    }
}

/// A short stream of each dialect, as its vendor sends it, one event each.
pub(crate) fn stream(dialect: Dialect, text: &str) -> Vec<String> {
    let model = dialects::model(dialect);
    match dialect {
        Dialect::Anthropic => anthropic(model, text),
        Dialect::Chat => chat(model, text),
        Dialect::Responses => responses(model, text),
        Dialect::Ollama => vec![
            format!(
                "{}\n",
                json!({"model": model, "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": text}, "done": false})
            ),
            format!(
                "{}\n",
                json!({"model": model, "created_at": "2026-01-01T00:00:01Z", "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 3})
            ),
        ],
    }
}

fn named(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
}

fn anthropic(model: &str, text: &str) -> Vec<String> {
    let usage = json!({"input_tokens": 7, "output_tokens": 1, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0});
    let message = json!({"id": "msg_scripted", "type": "message", "role": "assistant", "model": model, "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage});
    [
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": 3}}),
        json!({"type": "message_stop"}),
    ]
    .iter()
    .map(named)
    .collect()
}

fn chat(model: &str, text: &str) -> Vec<String> {
    let chunk = |delta: Value, finish: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        let chunk = json!({"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1_767_225_600, "model": model, "choices": [choice]});
        format!("data: {chunk}\n\n")
    };
    vec![
        chunk(json!({"role": "assistant", "content": ""}), Value::Null),
        chunk(json!({"content": text}), Value::Null),
        chunk(json!({}), json!("stop")),
        "data: [DONE]\n\n".to_owned(),
    ]
}

fn responses(model: &str, text: &str) -> Vec<String> {
    let part = |text: &str| json!({"type": "output_text", "annotations": [], "text": text});
    let item = |status: &str, content: Value| json!({"id": "msg_scripted", "type": "message", "status": status, "role": "assistant", "content": content});
    let envelope = |status: &str, output: Value, usage: Value| json!({"id": "resp_scripted", "object": "response", "created_at": 1_767_225_600, "status": status, "model": model, "output": output, "usage": usage});
    let usage = json!({"input_tokens": 7, "output_tokens": 3, "total_tokens": 10});
    let whole = item("completed", json!([part(text)]));
    let of_part = |kind: &str, rest: Value| {
        let mut event =
            json!({"type": kind, "item_id": "msg_scripted", "output_index": 0, "content_index": 0});
        event.as_object_mut().expect("an object").extend(rest.as_object().cloned().unwrap_or_default());
        event
    };
    let mut events = [
        json!({"type": "response.created", "response": envelope("in_progress", json!([]), Value::Null)}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item("in_progress", json!([]))}),
        of_part("response.content_part.added", json!({"part": part("")})),
        of_part("response.output_text.delta", json!({"delta": text})),
        of_part("response.output_text.done", json!({"text": text})),
        of_part("response.content_part.done", json!({"part": part(text)})),
        json!({"type": "response.output_item.done", "output_index": 0, "item": whole}),
        json!({"type": "response.completed", "response": envelope("completed", json!([whole]), usage)}),
    ];
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events.iter().map(named).collect()
}

/// A whole answer of each dialect.
pub(crate) fn whole(dialect: Dialect, text: &str) -> Value {
    let model = dialects::model(dialect);
    match dialect {
        Dialect::Anthropic => {
            json!({"id": "msg_scripted", "type": "message", "role": "assistant", "model": model, "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 7, "output_tokens": 3}})
        }
        Dialect::Chat => {
            json!({"id": "chatcmpl-scripted", "object": "chat.completion", "created": 1_767_225_600, "model": model, "choices": [{"index": 0, "message": {"role": "assistant", "content": text, "refusal": null}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}})
        }
        Dialect::Responses => {
            json!({"id": "resp_scripted", "object": "response", "created_at": 1_767_225_600, "status": "completed", "model": model, "output": [{"id": "msg_scripted", "type": "message", "status": "completed", "role": "assistant", "content": [{"type": "output_text", "annotations": [], "text": text}]}], "usage": {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}})
        }
        Dialect::Ollama => {
            json!({"model": model, "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": text}, "done": true, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 3})
        }
    }
}
