//! The response object, whole: what OpenAI's SDKs parse, with the client's own settings echoed.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use super::wire::{TextFormat, Usage};
use super::{DIALECT, keeping, options, tools};
use crate::codec::ReplyContext;
use crate::neutral::{Conversation, Stop, StopReason, SystemRole};
use crate::wire::{Json, Rest};

/// What stays the same in every object of one answer.
#[derive(Debug)]
pub(super) struct Shell {
    id: String,
    created: u64,
    model: String,
    echo: Rest,
}

/// The provider's id where it has this dialect's form, else one made of the seed.
pub(super) fn id_of(id: &str, context: &ReplyContext) -> String {
    if id.starts_with("resp_") { id.to_owned() } else { format!("resp_{}", context.seed) }
}

impl Shell {
    /// `id` is the provider's; one of another dialect's form gives way to one of ours.
    pub(super) fn new(id: &str, context: &ReplyContext) -> Self {
        let id = id_of(id, context);
        let echo = match &context.request {
            Some(request) => echo(request),
            None => echo(&Conversation::default()),
        };
        Self { id, created: context.created, model: context.model.clone(), echo }
    }

    /// The object at one moment.
    pub(super) fn at<'a>(&'a self, moment: Moment<'a>) -> ResponseObject<'a> {
        ResponseObject { shell: self, moment }
    }
}

/// What changes from object to object.
#[derive(Debug, Default)]
pub(super) struct Moment<'a> {
    pub status: &'static str,
    pub output: &'a [Json],
    pub usage: Option<Usage>,
    /// Code and message.
    pub error: Option<(&'a str, &'a str)>,
    pub incomplete: Option<&'static str>,
    /// Fields of the provider's object that we don't write.
    pub more: Rest,
}

/// A response object to be written.
#[derive(Debug)]
pub(super) struct ResponseObject<'a> {
    shell: &'a Shell,
    moment: Moment<'a>,
}

impl Serialize for ResponseObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Moment { status, output, usage, error, incomplete, more } = &self.moment;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.shell.id)?;
        map.serialize_entry("object", "response")?;
        map.serialize_entry("created_at", &self.shell.created)?;
        map.serialize_entry("status", status)?;
        map.serialize_entry(
            "error",
            &error.map(|(code, message)| json!({"code": code, "message": message})),
        )?;
        map.serialize_entry("incomplete_details", &incomplete.map(|reason| json!({"reason": reason})))?;
        map.serialize_entry("model", &self.shell.model)?;
        map.serialize_entry("output", output)?;
        for (name, value) in self.shell.echo.iter() {
            let told = if name == "service_tier" { more.find(name) } else { None };
            map.serialize_entry(name, told.unwrap_or(value))?;
        }
        map.serialize_entry("usage", usage)?;
        for (name, value) in more.iter().filter(|(name, _)| !self.writes(name)) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl ResponseObject<'_> {
    fn writes(&self, name: &str) -> bool {
        matches!(name, "id" | "object" | "created_at" | "status" | "error" | "incomplete_details" | "model")
            || matches!(name, "output" | "usage" | "output_text")
            || self.shell.echo.find(name).is_some()
    }
}

/// The status and the reason of an incomplete answer. A refusal in words is complete.
pub(super) fn status_of(stop: Option<&Stop>, refused: bool) -> (&'static str, Option<&'static str>) {
    match stop.map(|stop| &stop.reason) {
        Some(StopReason::MaxTokens | StopReason::ContextWindow) => ("incomplete", Some("max_output_tokens")),
        Some(StopReason::Refusal) if !refused => ("incomplete", Some("content_filter")),
        _ => ("completed", None),
    }
}

fn echo(request: &Conversation) -> Rest {
    let mut ignored = Vec::new();
    let kept = keeping::restore(&request.extra);
    let kept_or = |name: &str, default: Json| {
        let kept = request.extra.find(DIALECT, name).or_else(|| keeping::find(&request.extra, name));
        (name.to_owned(), kept.cloned().unwrap_or(default))
    };
    let field = |name: &str, value: Json| (name.to_owned(), value);
    let choice =
        request.tool_choice.as_ref().and_then(|choice| tools::write_choice(choice, &request.tools).ok());
    let mut fields: Rest = [
        kept_or("background", Json::of(&false)),
        field("instructions", Json::of(&instructions(request))),
        field("max_output_tokens", Json::of(&request.max_tokens)),
        kept_or("max_tool_calls", Json::null()),
        field("metadata", request.metadata.clone().unwrap_or_else(Json::empty_object)),
        field("parallel_tool_calls", Json::of(&request.parallel_tool_calls.unwrap_or(true))),
        field("previous_response_id", Json::of(&request.previous_response_id)),
        kept_or("prompt_cache_key", Json::null()),
        field("reasoning", reasoning(request)),
        kept_or("safety_identifier", Json::null()),
        field("service_tier", Json::of(&request.service_tier)),
        field("store", Json::of(&request.store.unwrap_or(true))),
        field("temperature", Json::of(&request.sampling.temperature)),
        field("text", text(request, kept)),
        field("tool_choice", choice.unwrap_or_else(|| Json::of("auto"))),
        field("tools", Json::of(&tools::write(&request.tools, true, &mut ignored))),
        kept_or("top_logprobs", Json::of(&0)),
        field("top_p", Json::of(&request.sampling.top_p)),
        kept_or("truncation", Json::of("disabled")),
    ]
    .into_iter()
    .collect();
    // Whichever of the two the client used.
    if keeping::is_marked(&request.extra, "safety_identifier") {
        fields.remove("safety_identifier");
        fields.push("safety_identifier", Json::of(&request.user));
        fields.push("user", Json::null());
    } else {
        fields.push("user", Json::of(&request.user));
    }
    fields
}

fn instructions(request: &Conversation) -> Option<String> {
    let parts = request.system.iter().filter(|part| part.role == SystemRole::Instructions);
    let texts: Vec<&str> =
        parts.flat_map(|part| &part.blocks).filter_map(crate::neutral::Block::as_text).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn reasoning(request: &Conversation) -> Json {
    let asked = request.reasoning.as_ref();
    Json::of(&json!({
        "effort": asked.and_then(|asked| asked.effort.as_deref()),
        "summary": asked.and_then(|asked| asked.summary.as_deref()),
    }))
}

fn text(request: &Conversation, mut kept: Rest) -> Json {
    let mut text = options::write_text(&request.output, &mut kept, true).unwrap_or_default();
    if text.format.is_none() {
        text.rest.remove("format");
        text.format = Some(TextFormat::Text(super::wire::PlainFormat::default()));
    }
    Json::of(&text)
}
