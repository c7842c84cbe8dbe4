//! What Google refuses.

use serde_json::Value;

use super::speak::signed;
use super::{CLAUDE_VERSION, unwrapped};
use crate::json::{list, text};
use crate::model::{ModelScript, inspect, seal_holds};
use crate::recorded::Recorded;
use crate::strict::{Broken, anthropic, headers};

const FIELDS: &[&str] = &[
    "cachedContent",
    "contents",
    "generationConfig",
    "labels",
    "model",
    "safetySettings",
    "serviceTier",
    "systemInstruction",
    "toolConfig",
    "tools",
];
const CONFIG: &[&str] = &[
    "candidateCount",
    "enableEnhancedCivicAnswers",
    "frequencyPenalty",
    "imageConfig",
    "logprobs",
    "maxOutputTokens",
    "mediaResolution",
    "presencePenalty",
    "responseJsonSchema",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "responseSchema",
    "seed",
    "speechConfig",
    "stopSequences",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
];
const PART: &[&str] = &[
    "codeExecutionResult",
    "executableCode",
    "fileData",
    "functionCall",
    "functionResponse",
    "inlineData",
    "text",
];
const BESIDE: &[&str] = &["mediaResolution", "partMetadata", "thought", "thoughtSignature", "videoMetadata"];
const SCHEMA: &[&str] = &[
    "anyOf",
    "default",
    "description",
    "enum",
    "example",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "nullable",
    "pattern",
    "properties",
    "propertyOrdering",
    "required",
    "title",
    "type",
];

/// What newer models take where a signature was lost.
const PLACEHOLDER: &str = "skip_thought_signature_validator";

/// Judges a request for an answer of Gemini.
pub(crate) fn check(
    request: &Recorded,
    body: &Value,
    script: &ModelScript,
    model: &str,
    stream: bool,
) -> Broken {
    let mut broken = Broken::new();
    check_headers(request, script, &mut broken);
    let query = request.query.as_deref().unwrap_or_default();
    if query.split('&').any(|pair| pair.starts_with("key=")) {
        broken.push("query: the key belongs into a header".to_owned());
    }
    if stream && !query.split('&').any(|pair| pair == "alt=sse") {
        broken.push("query: a stream without alt=sse is a JSON list".to_owned());
    }
    known("", body, FIELDS, &mut broken);
    known("generationConfig.", &body["generationConfig"], CONFIG, &mut broken);
    let thinking = &body["generationConfig"]["thinkingConfig"];
    if thinking.get("thinkingBudget").is_some() && thinking.get("thinkingLevel").is_some() {
        broken.push("generationConfig.thinkingConfig: a budget and a level".to_owned());
    }
    contents(list(&body["contents"]), model, &mut broken);
    for tool in list(&body["tools"]) {
        for (index, declaration) in list(&tool["functionDeclarations"]).iter().enumerate() {
            function(&format!("tools.functionDeclarations[{index}]"), declaration, &mut broken);
        }
    }
    broken
}

/// Judges a request for a token count of Gemini.
pub(crate) fn check_count(request: &Recorded, script: &ModelScript) -> Broken {
    let mut broken = Broken::new();
    check_headers(request, script, &mut broken);
    let body = request.json();
    if list(&body["contents"]).is_empty() && !body["generateContentRequest"].is_object() {
        broken.push("contents: contents is not specified".to_owned());
    }
    broken
}

/// Judges Claude's request in its envelope; the inside is held to Anthropic's own rules.
pub(crate) fn check_claude(request: &Recorded, script: &ModelScript, model: &str, stream: bool) -> Broken {
    let mut broken = Broken::new();
    check_headers(request, script, &mut broken);
    let body = request.json();
    if body["anthropic_version"] != CLAUDE_VERSION {
        broken.push("anthropic_version: required".to_owned());
    }
    if body.get("model").is_some() {
        broken.push("model: Extra inputs are not permitted".to_owned());
    }
    if (body["stream"] == true) != stream {
        broken.push("stream: says otherwise than the path".to_owned());
    }
    if request.header("anthropic-version").is_some() {
        broken.push("header anthropic-version: the body says it".to_owned());
    }
    anthropic::check(request, &unwrapped(request, model, stream), script, &mut broken);
    broken
}

fn check_headers(request: &Recorded, script: &ModelScript, broken: &mut Broken) {
    headers::check_common(request, script, broken);
    let json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if !json {
        broken.push("header content-type: must be application/json".to_owned());
    }
    let Some(key) = &script.key else { return };
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let presented = request.header("x-goog-api-key").or(bearer);
    if presented != Some(key) {
        let got = presented.map_or("none", |_| "another");
        broken.push(format!("credential: expected the configured key, got {got}"));
    }
}

fn known(place: &str, object: &Value, names: &[&str], broken: &mut Broken) {
    for name in object.as_object().into_iter().flat_map(|object| object.keys()) {
        if !names.contains(&name.as_str()) {
            broken.push(format!("{place}{name}: Unknown name \"{name}\""));
        }
    }
}

fn contents(contents: &[Value], model: &str, broken: &mut Broken) {
    if contents.is_empty() {
        broken.push("contents: contents is not specified".to_owned());
    }
    let mut open: Vec<&Value> = Vec::new();
    for (index, content) in contents.iter().enumerate() {
        let place = format!("contents[{index}]");
        let role = text(&content["role"]);
        if !matches!(role, "user" | "model") {
            broken.push(format!("{place}.role: please use a valid role: user, model"));
        }
        if index == 0 && role == "model" {
            broken.push(format!("{place}: the first turn is the user's"));
        }
        let parts = list(&content["parts"]);
        if parts.is_empty() {
            broken.push(format!("{place}.parts: must have at least one part"));
        }
        for (at, part) in parts.iter().enumerate() {
            check_part(&format!("{place}.parts[{at}]"), part, broken);
        }
        answers(&place, &open, parts, broken);
        open = parts.iter().filter_map(|part| part.get("functionCall")).collect();
        if !open.is_empty() && is_current(contents, index) {
            signature(&place, parts, model, broken);
        }
    }
    if !open.is_empty() {
        broken.push("contents: the calls at the end were not answered".to_owned());
    }
}

/// Whether the turn belongs to what follows the user's last words.
fn is_current(contents: &[Value], index: usize) -> bool {
    let is_words = |content: &Value| {
        content["role"] == "user"
            && list(&content["parts"]).iter().all(|part| part.get("functionResponse").is_none())
    };
    contents.iter().rposition(is_words).is_none_or(|last| index > last)
}

fn check_part(place: &str, part: &Value, broken: &mut Broken) {
    let fields: Vec<&str> =
        part.as_object().map(|part| part.keys().map(String::as_str).collect()).unwrap_or_default();
    let data = fields.iter().filter(|name| PART.contains(name)).count();
    if data != 1 {
        broken.push(format!("{place}: required oneof field 'data' must have one initialized field"));
    }
    for name in fields.iter().filter(|name| !PART.contains(name) && !BESIDE.contains(name)) {
        broken.push(format!("{place}: Unknown name \"{name}\""));
    }
    if let Some(media) = part.get("inlineData") {
        let kind = text(&media["mimeType"]);
        if kind.starts_with("image/")
            && let Err(why) = inspect(Some(kind), text(&media["data"]))
        {
            broken.push(format!("{place}.inlineData: {why}"));
        }
    }
    if let Some(call) = part.get("functionCall") {
        known(&format!("{place}.functionCall."), call, &["args", "id", "name"], broken);
        if call.get("args").is_some_and(|args| !args.is_object()) {
            broken.push(format!("{place}.functionCall.args: must be an object"));
        }
    }
    if let Some(response) = part.get("functionResponse") {
        known(&format!("{place}.functionResponse."), response, &["id", "name", "parts", "response"], broken);
        if !response["response"].is_object() {
            broken.push(format!("{place}.functionResponse.response: must be an object"));
        }
    }
}

/// Each call of a round is answered in the next turn, by name, and by id where it had one.
fn answers(place: &str, calls: &[&Value], parts: &[Value], broken: &mut Broken) {
    let responses: Vec<&Value> = parts.iter().filter_map(|part| part.get("functionResponse")).collect();
    if responses.len() != calls.len() {
        broken.push(format!(
            "{place}: the number of function response parts ({}) must equal the number of function call parts ({}) of \
             the turn before",
            responses.len(),
            calls.len()
        ));
        return;
    }
    for (call, response) in calls.iter().zip(responses) {
        if call["name"] != response["name"] {
            broken.push(format!("{place}: {} is answered as {}", call["name"], response["name"]));
        }
        if call.get("id").is_some() && call.get("id") != response.get("id") {
            broken.push(format!("{place}: the answer to {} has another id", call["name"]));
        }
    }
}

/// Newer models want a signature on the first call of each step of the current turn.
fn signature(place: &str, parts: &[Value], model: &str, broken: &mut Broken) {
    let Some(first) = parts.iter().find(|part| part.get("functionCall").is_some()) else { return };
    let signature = first.get("thoughtSignature").and_then(Value::as_str);
    let needed = model.starts_with("gemini-3");
    match signature {
        None if needed => broken.push(format!("{place}: function call is missing a thought_signature")),
        Some(PLACEHOLDER) | None => {}
        Some(_) if proves(first) => {}
        Some(_) => broken.push(format!("{place}: corrupted thought signature")),
    }
}

/// Whether a part carries a signature that was made here for it.
pub(super) fn proves(part: &Value) -> bool {
    let signature = part.get("thoughtSignature").and_then(Value::as_str);
    signature.is_some_and(|signature| seal_holds(&signed(&part["functionCall"]), signature))
}

fn function(place: &str, declaration: &Value, broken: &mut Broken) {
    let name = text(&declaration["name"]);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
    let first = name.bytes().next();
    let begins = first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if !begins || name.len() > 64 || !name.bytes().all(allowed) {
        broken.push(format!("{place}.name: invalid function name {name:?}"));
    }
    match (declaration.get("parameters"), declaration.get("parametersJsonSchema")) {
        (Some(_), Some(_)) => {
            broken.push(format!("{place}: parameters and parametersJsonSchema exclude each other"));
        }
        (Some(schema), None) => subset(&format!("{place}.parameters"), schema, broken),
        _ => {}
    }
}

/// The OpenAPI subset.
fn subset(place: &str, schema: &Value, broken: &mut Broken) {
    known(&format!("{place}."), schema, SCHEMA, broken);
    if !schema["type"].is_string() && !schema["anyOf"].is_array() {
        broken.push(format!("{place}.type: must be specified"));
    }
    if schema["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("array"))
        && schema.get("items").is_none()
    {
        broken.push(format!("{place}.items: missing field"));
    }
    for name in list(&schema["required"]) {
        if schema["properties"].get(text(name)).is_none() {
            broken.push(format!("{place}.required: property {name} is not defined"));
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        subset(&format!("{place}.properties[{name}]"), inner, broken);
    }
    if let Some(items) = schema.get("items") {
        subset(&format!("{place}.items"), items, broken);
    }
    for inner in list(&schema["anyOf"]) {
        subset(&format!("{place}.anyOf"), inner, broken);
    }
}
