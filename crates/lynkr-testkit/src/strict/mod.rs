//! The rules that a vendor holds requests to. Each broken rule is one sentence that names the field.

pub(crate) mod anthropic;
mod chat;
mod converse;
pub(crate) mod headers;
mod ollama;
mod responses;
mod tools;

use serde_json::Value;

use crate::model::{ModelScript, Wire};
use crate::recorded::Recorded;

/// Sentences about broken rules.
pub(crate) type Broken = Vec<String>;

/// Judges a request for an answer.
pub(crate) fn check(dialect: Wire, request: &Recorded, body: &Value, script: &ModelScript) -> Broken {
    let mut broken = Broken::new();
    headers::check(dialect, request, script, &mut broken);
    if !body.is_object() {
        broken.push("the body is no JSON object".to_owned());
        return broken;
    }
    foreign_fields(dialect, body, &mut broken);
    let named_in_path = matches!(dialect, Wire::Converse | Wire::Invoke);
    if !named_in_path && body["model"].as_str().is_none_or(str::is_empty) {
        broken.push("model: must be a non-empty string".to_owned());
    }
    match dialect {
        Wire::Anthropic => anthropic::check(request, body, script, &mut broken),
        Wire::Chat => chat::check(body, &mut broken),
        Wire::Responses => responses::check(body, &mut broken),
        Wire::Ollama => ollama::check(body, &mut broken),
        Wire::Converse => converse::check(body, &mut broken),
        Wire::Invoke => invoke(request, body, script, &mut broken),
    }
    broken
}

/// Claude's own body, without what Bedrock's path says.
fn invoke(request: &Recorded, body: &Value, script: &ModelScript, broken: &mut Broken) {
    if body["anthropic_version"] != "bedrock-2023-05-31" {
        broken.push("anthropic_version: must be bedrock-2023-05-31".to_owned());
    }
    anthropic::check(request, body, script, broken);
}

/// Judges a request for a token count.
pub(crate) fn count_tokens(request: &Recorded, script: &ModelScript) -> Broken {
    let mut broken = Broken::new();
    let body = request.json();
    headers::check(Wire::Anthropic, request, script, &mut broken);
    anthropic::messages(request, &body, &mut broken);
    if body.get("max_tokens").is_some() || body.get("stream").is_some() {
        broken.push("max_tokens and stream have no place in a token count".to_owned());
    }
    broken
}

/// Top-level fields of other dialects: a vendor refuses what it does not know, so these betray a translation
/// that copied instead of translating.
fn foreign_fields(dialect: Wire, body: &Value, broken: &mut Broken) {
    let foreign = match dialect {
        Wire::Anthropic => {
            "frequency_penalty input instructions max_completion_tokens max_output_tokens n parallel_tool_calls \
             presence_penalty reasoning reasoning_effort response_format stop stream_options"
        }
        Wire::Chat => {
            "anthropic_version context_management include input instructions max_output_tokens output_config \
             previous_response_id stop_sequences system text thinking top_k"
        }
        Wire::Responses => {
            "frequency_penalty max_completion_tokens max_tokens messages n output_config presence_penalty \
             reasoning_effort response_format stop stop_sequences system thinking top_k"
        }
        // What it knows is a list: see there.
        Wire::Converse => "",
        Wire::Invoke => {
            "model stream frequency_penalty input instructions max_completion_tokens max_output_tokens n \
             parallel_tool_calls presence_penalty reasoning reasoning_effort response_format stop stream_options"
        }
        Wire::Ollama => {
            "input instructions max_tokens response_format stop_sequences system temperature thinking tool_choice"
        }
    };
    let found = foreign.split_whitespace().filter(|name| body.get(*name).is_some());
    broken.extend(found.map(|name| format!("{name}: unknown field")));
}

#[cfg(test)]
mod tests;
