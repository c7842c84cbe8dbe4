//! What vendors serve beside answers: embeddings, files, batches. Nothing is kept; each answer has the shape of the
//! vendor's reference ("Create embeddings", "Files" and "Batch" of OpenAI's, "Files API" and "Message Batches" of
//! Anthropic's, "Generate embeddings" of Ollama's), so that an SDK can read it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::json::{list, text};
use crate::recorded::Recorded;
use crate::script::Script;

const TIME: &str = "2026-01-01T00:00:00Z";
const SECONDS: u64 = 1_767_225_600;

/// The answer, if the path is of such an API.
pub(crate) fn answer(request: &Recorded) -> Option<Script> {
    if request.method == "POST" && request.path.ends_with("/api/embed") {
        return Some(Script::json(200, &ollama_embeddings(&request.json())));
    }
    let (_, path) = request.path.split_once("/v1/")?;
    let parts: Vec<&str> = path.split('/').collect();
    let anthropic = request.header("anthropic-version").is_some();
    let body = match (request.method.as_str(), parts.as_slice()) {
        ("POST", ["embeddings"]) => embeddings(&request.json()),
        ("POST", ["files"]) => file("file_kit", anthropic),
        ("GET", ["files"]) => page(&file("file_kit", anthropic)),
        ("GET", ["files", id]) => file(id, anthropic),
        ("DELETE", ["files", id]) if anthropic => json!({"id": id, "type": "file_deleted"}),
        ("DELETE", ["files", id]) => json!({"id": id, "object": "file", "deleted": true}),
        ("POST", ["messages", "batches"]) => message_batch("msgbatch_kit", "in_progress"),
        ("GET", ["messages", "batches"]) => page(&message_batch("msgbatch_kit", "in_progress")),
        ("GET", ["messages", "batches", id]) => message_batch(id, "in_progress"),
        ("POST", ["messages", "batches", id, "cancel"]) => message_batch(id, "canceling"),
        ("POST", ["batches"]) => batch("batch_kit", "validating"),
        ("GET", ["batches"]) => page(&batch("batch_kit", "validating")),
        ("GET", ["batches", id]) => batch(id, "validating"),
        ("POST", ["batches", id, "cancel"]) => batch(id, "cancelling"),
        _ => return None,
    };
    Some(Script::json(200, &body))
}

fn page(entry: &Value) -> Value {
    json!({"object": "list", "data": [entry], "has_more": false, "first_id": entry["id"], "last_id": entry["id"]})
}

fn ollama_embeddings(body: &Value) -> Value {
    let count = if body["input"].is_array() { list(&body["input"]).len() } else { 1 };
    let vectors = vec![[0.25, -0.5, 0.75]; count];
    json!({"model": text(&body["model"]), "embeddings": vectors, "prompt_eval_count": 3})
}

fn embeddings(body: &Value) -> Value {
    let count = if body["input"].is_array() { list(&body["input"]).len() } else { 1 };
    let vector = [0.25_f32, -0.5, 0.75];
    let written = if body["encoding_format"] == "base64" {
        json!(STANDARD.encode(vector.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>()))
    } else {
        json!(vector)
    };
    let data: Vec<Value> = (0..count)
        .map(|index| json!({"object": "embedding", "index": index, "embedding": written}))
        .collect();
    let usage = json!({"prompt_tokens": 3, "total_tokens": 3});
    json!({"object": "list", "data": data, "model": text(&body["model"]), "usage": usage})
}

fn file(id: &str, anthropic: bool) -> Value {
    if anthropic {
        return json!({"id": id, "type": "file", "filename": "a.txt", "mime_type": "text/plain", "size_bytes": 5,
            "created_at": TIME, "downloadable": false});
    }
    json!({"id": id, "object": "file", "bytes": 5, "created_at": SECONDS, "filename": "a.jsonl", "purpose": "batch",
        "status": "processed"})
}

fn message_batch(id: &str, status: &str) -> Value {
    json!({"id": id, "type": "message_batch", "processing_status": status,
        "request_counts": {"processing": 1, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0},
        "ended_at": null, "created_at": TIME, "expires_at": TIME, "archived_at": null, "cancel_initiated_at": null,
        "results_url": null})
}

fn batch(id: &str, status: &str) -> Value {
    json!({"id": id, "object": "batch", "endpoint": "/v1/chat/completions", "input_file_id": "file_kit",
        "completion_window": "24h", "status": status, "created_at": SECONDS,
        "request_counts": {"total": 1, "completed": 0, "failed": 0}})
}
