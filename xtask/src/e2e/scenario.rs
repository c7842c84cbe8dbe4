//! The builtin responder's part in each case: a scenario that does what the scripted model does elsewhere.

use std::path::Path;

use serde_json::{Value, json};

use super::case::{Case, SESSION_TURNS, command};
use super::client::{Client, Kind};

/// The scenario file for a case; `project` is the client's working folder.
pub(super) fn scenario(case: Case, client: &Client, project: &Path) -> String {
    let steps = match case {
        _ if client.kind == Kind::Aider => vec![edit(case)],
        Case::Plain | Case::CountTokens => vec![json!({"reply": {"text": "LYNKR_DONE steps=0"}})],
        Case::Tool => tool_turn(json!({}), json!({})),
        Case::Parallel => parallel(),
        Case::Thinking => tool_turn(json!({"thinking": "One command first."}), json!({})),
        Case::Image => image(client, project),
        Case::Session => session(),
        Case::RateLimit => tool_turn(too_many(), json!({})),
        Case::Cut => tool_turn(json!({}), cut()),
    };
    json!({"name": case.name(), "steps": steps}).to_string()
}

fn too_many() -> Value {
    json!({"error": {"status": 429, "retry_after": 1, "times": 1}})
}

/// In the middle of the final text, once.
fn cut() -> Value {
    json!({"chunk_chars": 8, "cut_after_events": 4, "cut_times": 1})
}

/// One call, then the report, each with more fields.
fn tool_turn(call: Value, report: Value) -> Vec<Value> {
    let text = json!({"text": "LYNKR_DONE steps=1 result=[LYNKR_TOOL_42]"});
    vec![
        json!({"when": {"tool_results": 0}, "reply": with(json!({"tool_calls": [shell(1)]}), call)}),
        json!({"when": answered(1), "reply": with(text, report)}),
    ]
}

fn parallel() -> Vec<Value> {
    let text = "LYNKR_DONE steps=1 result=[LYNKR_TOOL_42] results=2";
    vec![
        json!({"when": {"tool_results": 0}, "reply": {"tool_calls": [shell(1), shell(2)]}}),
        json!({"when": answered(2), "reply": {"text": text}}),
    ]
}

fn session() -> Vec<Value> {
    let call = |done: usize| json!({"when": seen(done), "reply": {"tool_calls": [shell(done + 1)]}});
    let text = format!("LYNKR_DONE steps={SESSION_TURNS} result=[LYNKR_TOOL_42] results={SESSION_TURNS}");
    let last = json!({"when": answered(SESSION_TURNS), "reply": {"text": text}});
    (0..SESSION_TURNS).map(call).chain([last]).collect()
}

fn image(client: &Client, project: &Path) -> Vec<Value> {
    if client.kind != Kind::ClaudeCode {
        return tool_turn(
            json!({}),
            json!({"text": "LYNKR_DONE steps=1 result=[LYNKR_TOOL_42] images=[{{images}}]"}),
        );
    }
    let read = json!({"tool": "Read", "arguments": {"file_path": project.join("dot.png")}});
    vec![
        json!({"when": {"tool_results": 0}, "reply": {"tool_calls": [read]}}),
        json!({"when": {"tool_results": 1}, "reply": {"text": "LYNKR_DONE steps=1 images=[{{images}}]"}}),
    ]
}

/// Aider has no tools: it is told in text what to edit, or just told something.
fn edit(case: Case) -> Value {
    let block = "LYNKR_DONE\n\naider_edit.txt\n```text\n<<<<<<< SEARCH\n=======\nLYNKR_TOOL_42\n  indented line\n\
                 >>>>>>> REPLACE\n```\n";
    let more = match case {
        Case::Plain => json!({"text": "LYNKR_DONE steps=0"}),
        Case::Image => json!({"text": "LYNKR_DONE steps=0 images=[{{images}}]"}),
        Case::Thinking => json!({"thinking": "An edit, then."}),
        Case::RateLimit => too_many(),
        Case::Cut => cut(),
        Case::Tool | Case::Parallel | Case::Session | Case::CountTokens => json!({}),
    };
    json!({"reply": with(json!({"text": block}), more)})
}

fn shell(call: usize) -> Value {
    json!({"tool": "shell-like", "command": command(&format!("ran-{call}.txt"))})
}

/// So many results, the last with the marker: without it, no step fits and the report never comes.
fn answered(results: usize) -> Value {
    json!({"tool_results": results, "result_contains": "LYNKR_TOOL_42"})
}

fn seen(results: usize) -> Value {
    if results == 0 { json!({"tool_results": 0}) } else { answered(results) }
}

/// `reply` with the fields of `more` added, which win.
fn with(mut reply: Value, more: Value) -> Value {
    if let (Some(reply), Value::Object(more)) = (reply.as_object_mut(), more) {
        reply.extend(more);
    }
    reply
}
