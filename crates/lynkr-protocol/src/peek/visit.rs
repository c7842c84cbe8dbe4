//! The visitor behind [`super::peek`].

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Peek;
use crate::error::DecodeError;
use crate::json::{self, Scan};
use crate::wire::{Json, Key};
use crate::{Dialect, anthropic};

/// Looks at a body. The walk over it proves that it is JSON; what the walk stops at is told by the parser's words.
pub(super) fn read(dialect: Dialect, body: &[u8]) -> Result<Peek, DecodeError> {
    let walked = std::str::from_utf8(body).ok().and_then(|text| Look::new(dialect, text).walk());
    let Some((peek, failure)) = walked else { return Err(flaw(body)) };
    failure.map_or(Ok(peek), Err)
}

/// What is wrong with a body that is no JSON object.
fn flaw(body: &[u8]) -> DecodeError {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read = deserializer.deserialize_map(MembersVisitor).and_then(|()| deserializer.end());
    match read {
        Err(error) if !error.is_syntax() && !error.is_eof() => {
            DecodeError::new(format!("the body must be a JSON object: {error}"))
        }
        Err(error) => DecodeError::new(format!("the body is not valid JSON: {error}")),
        Ok(()) => DecodeError::new("the body is not valid JSON: it is not all UTF-8"),
    }
}

/// An object of whatever.
struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<Key<'de>, &RawValue>()?.is_some() {}
        Ok(())
    }
}

/// An object of whatever, as a value.
struct AnyObject;

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(|()| Self)
    }
}

/// A look at a body.
struct Look<'a> {
    dialect: Dialect,
    text: &'a str,
    peek: Peek,
    has_turns: bool,
    session: SessionNames,
    failed_at: Option<DecodeError>,
}

impl<'a> Look<'a> {
    fn new(dialect: Dialect, text: &'a str) -> Self {
        let model_in_url = matches!(dialect, Dialect::Gemini | Dialect::BedrockConverse);
        let peek = Peek { native: true, model_in_url, ..Peek::default() };
        Self { dialect, text, peek, has_turns: false, session: SessionNames::default(), failed_at: None }
    }

    /// One walk over the whole body.
    fn walk(mut self) -> Option<(Peek, Option<DecodeError>)> {
        let mut scan = Scan::new(self.text);
        scan.members(|scan, name| {
            let name = json::walked(name)?;
            self.member(&name, scan)
        })?;
        scan.end()?;
        if !self.has_turns {
            let missing = DecodeError::at(turns_field(self.dialect), "is required");
            self.failed_at.get_or_insert(missing);
        }
        self.peek.session = self.session.first();
        // Reasoning of another provider that we sealed means nothing to this one: it is opened on the way.
        self.peek.native &= !scan.sealed;
        Some((self.peek, self.failed_at))
    }

    fn member(&mut self, name: &str, scan: &mut Scan<'a>) -> Option<()> {
        if name == turns_field(self.dialect) {
            self.has_turns = true;
            return self.conversation(name, scan);
        }
        if name == "tools" && scan.first()? == b'[' {
            return self.tools(scan);
        }
        let raw = scan.value()?;
        match name {
            "model" => self.model(raw),
            "stream" => self.peek.stream = self.field(name, raw),
            "max_tokens" | "max_completion_tokens" | "max_output_tokens" => {
                self.peek.max_tokens = self.field(name, raw);
            }
            "tools" => {
                // Nothing there, or no list, which is told in the parser's words.
                self.field::<Vec<IgnoredAny>>(name, raw);
            }
            "tool_choice" => self.peek.native &= native_choice(self.dialect, raw),
            "system" if self.dialect == Dialect::Anthropic => {
                self.peek.system = Some(self.span(raw));
                self.peek.billing_line = self.billing_line(raw);
            }
            "thread" if self.dialect == Dialect::Anthropic => self.peek.thread = raw != "null",
            "system" | "instructions" | "systemInstruction" => self.peek.system = Some(self.span(raw)),
            "session_id" | "sessionId" | "conversation_id" | "metadata" | "conversation" => {
                self.session.note(name, raw);
            }
            "prompt_cache_key" => self.peek.cache_key = named(raw),
            "generationConfig" if self.dialect == Dialect::Gemini => self.generation_config(raw),
            "inferenceConfig" if self.dialect == Dialect::BedrockConverse => self.inference_config(raw),
            "toolConfig" if self.dialect == Dialect::BedrockConverse => self.tool_config(raw),
            "previous_response_id" => self.peek.previous_response_id = self.field(name, raw),
            "store" => self.peek.store = self.field(name, raw),
            "stream_options" => self.stream_options(raw),
            _ => {}
        }
        Some(())
    }

    fn span(&self, raw: &str) -> Range<usize> {
        let start = (raw.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        start..start + raw.len()
    }

    /// Reads a value as a `T`; what fails is remembered with its field's name.
    fn field<T: Deserialize<'a>>(&mut self, name: &str, raw: &'a str) -> Option<T> {
        match json::from_str::<Option<T>>(raw) {
            Ok(value) => value,
            Err(error) => {
                self.failed_at.get_or_insert_with(|| DecodeError::at(name, without_position(&error)));
                None
            }
        }
    }
}

/// The fields that may name a session, the surer ones first.
#[derive(Default)]
struct SessionNames([Option<String>; 5]);

impl SessionNames {
    /// What is no text names nothing: the provider may know what it is.
    fn note(&mut self, field: &str, raw: &str) {
        let fields = ["session_id", "sessionId", "conversation_id", "metadata", "conversation"];
        let place = fields.iter().position(|own| *own == field);
        if let Some(own) = place.and_then(|place| self.0.get_mut(place)) {
            *own = match field {
                "metadata" => claude_codes(raw),
                "conversation" => named(raw).or_else(|| {
                    let object: Option<Conversation> = json::from_str(raw).ok();
                    object.map(|object| object.id).filter(|id| !id.trim().is_empty())
                }),
                _ => named(raw),
            };
        }
    }

    fn first(self) -> Option<String> {
        self.0.into_iter().flatten().next()
    }
}

/// A text that isn't empty.
fn named(raw: &str) -> Option<String> {
    json::from_str(raw).ok().filter(|id: &String| !id.trim().is_empty())
}

/// `conversation` of the Responses API, where it isn't the id alone.
#[derive(Deserialize)]
struct Conversation {
    id: String,
}

/// What Claude Code calls its session: `metadata.user_id` ends with it (`user_…_session_ID`), or is an object as text
/// that holds it.
fn claude_codes(raw: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Metadata {
        user_id: String,
    }
    #[derive(Deserialize)]
    struct Told {
        session_id: String,
    }
    let metadata: Metadata = json::from_str(raw).ok()?;
    let told: Option<Told> = json::from_str(&metadata.user_id).ok();
    let id = match told {
        Some(told) => told.session_id,
        None => metadata.user_id.rsplit_once("_session_")?.1.to_owned(),
    };
    Some(id).filter(|id| !id.trim().is_empty())
}

impl<'a> Look<'a> {
    fn model(&mut self, raw: &'a str) {
        // Said twice, it isn't clear which one a provider reads: then the body is written anew.
        self.peek.native &= self.peek.model_span.is_none();
        self.peek.model_span = Some(self.span(raw));
        self.peek.model = self.field("model", raw);
    }

    /// The turns, or, in the Responses API, input items or an input that is one text.
    fn conversation(&mut self, name: &str, scan: &mut Scan<'a>) -> Option<()> {
        match scan.first()? {
            b'[' => self.turns(scan),
            b'"' if self.dialect == Dialect::OpenAiResponses => {
                let raw = scan.value()?;
                self.peek.turns = 1;
                self.peek.first_user = Some(self.span(raw));
                self.peek.turn_spans = vec![self.span(raw)];
                Some(())
            }
            _ => {
                let raw = scan.value()?;
                let why = no_list(raw);
                self.failed_at.get_or_insert_with(|| DecodeError::at(name, why));
                Some(())
            }
        }
    }

    fn turns(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        let (mut spans, mut first_user) = (Vec::new(), None);
        scan.elements(|raw| {
            let span = self.span(raw);
            // The user's first turn is nearly always the first of all: none after it is looked into.
            if first_user.is_none() && is_users(raw) {
                first_user = Some(span.clone());
            }
            spans.push(span);
        })?;
        self.peek.turns = spans.len();
        self.peek.first_user = first_user;
        self.peek.turn_spans = spans;
        Some(())
    }

    fn tools(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        let (mut count, mut native, mut are_objects) = (0, true, true);
        let raw = scan.over(|scan| {
            scan.items(|scan| {
                count += 1;
                if scan.first()? != b'{' {
                    are_objects = false;
                    return scan.value().map(drop);
                }
                let shape = shape(scan)?;
                native &= native_tool(self.dialect, &shape);
                Some(())
            })
        })?;
        if !are_objects {
            self.field::<Vec<AnyObject>>("tools", raw);
            return Some(());
        }
        self.peek.tools = count;
        self.peek.tools_span = Some(self.span(raw));
        self.peek.native &= native;
        Some(())
    }

    /// The block of the billing line, up to the next block, or else from the one before.
    fn billing_line(&self, raw: &'a str) -> Option<Range<usize>> {
        #[derive(Deserialize)]
        struct Block {
            text: Option<String>,
        }
        let list = Some(raw).filter(|text| text.starts_with('['))?;
        // Most are without it; only one that is written with escapes has to be read to be found.
        let finds = |what: &str| memchr::memmem::find(raw.as_bytes(), what.as_bytes()).is_some();
        if !finds(anthropic::BILLING_LINE) && !finds("\\u") {
            return None;
        }
        let blocks: Vec<&RawValue> = json::from_str(list).ok()?;
        let is_line = |block: &&RawValue| {
            let text = json::from_str::<Block>(block.get()).ok().and_then(|block| block.text);
            text.is_some_and(|text| text.starts_with(anthropic::BILLING_LINE))
        };
        let place = blocks.iter().position(is_line)?;
        let own = self.span(blocks.get(place)?.get());
        let before = place.checked_sub(1).and_then(|before| blocks.get(before));
        Some(match (blocks.get(place + 1), before) {
            (Some(next), _) => own.start..self.span(next.get()).start,
            (None, Some(before)) => self.span(before.get()).end..own.end,
            (None, None) => own,
        })
    }

    fn generation_config(&mut self, raw: &'a str) {
        let config: Option<GenerationLimits> = self.field("generationConfig", raw);
        self.peek.max_tokens = config.and_then(|config| config.max_output_tokens);
    }

    fn inference_config(&mut self, raw: &'a str) {
        let config: Option<InferenceLimits> = self.field("inferenceConfig", raw);
        self.peek.max_tokens = config.and_then(|config| config.max_tokens);
    }

    /// Bedrock's tools stand below, each as an object with one field that tells its kind.
    fn tool_config(&mut self, raw: &'a str) {
        let Some(config) = self.field::<BedrockTools>("toolConfig", raw) else { return };
        self.peek.tools_span = Some(self.span(raw));
        let tools = config.tools.unwrap_or_default();
        let is_own = |tool: &BedrockTool| {
            let BedrockTool { tool_spec, system_tool, cache_point } = tool;
            tool_spec.is_some() || system_tool.is_some() || cache_point.is_some()
        };
        self.peek.tools = tools.iter().filter(|tool| tool.cache_point.is_none()).count();
        self.peek.native &= tools.iter().all(is_own);
    }

    fn stream_options(&mut self, raw: &'a str) {
        self.peek.stream_options = Some(self.span(raw));
        let options: Option<serde_json::Map<String, serde_json::Value>> = self.field("stream_options", raw);
        let asked =
            options.and_then(|options| options.get("include_usage").and_then(serde_json::Value::as_bool));
        self.peek.include_usage = asked.unwrap_or(false);
    }
}

fn turns_field(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAiResponses => "input",
        Dialect::Anthropic | Dialect::OpenAiChat | Dialect::Ollama | Dialect::BedrockConverse => "messages",
        Dialect::Gemini => "contents",
    }
}

/// Which vendor's form a tool has.
#[derive(Default)]
struct ToolShape {
    is_function: bool,
    nested: bool,
    input_schema: bool,
}

fn native_tool(dialect: Dialect, tool: &ToolShape) -> bool {
    match dialect {
        Dialect::Anthropic => !tool.nested && !tool.is_function,
        Dialect::OpenAiChat | Dialect::Ollama => !tool.input_schema && (tool.nested || !tool.is_function),
        Dialect::OpenAiResponses => !tool.nested && !tool.input_schema,
        Dialect::Gemini => !tool.nested && !tool.input_schema && !tool.is_function,
        // Its own tools stand elsewhere.
        Dialect::BedrockConverse => false,
    }
}

fn native_choice(dialect: Dialect, text: &str) -> bool {
    if text.starts_with('"') {
        return dialect != Dialect::Anthropic && text != "\"any\"";
    }
    let value = Json::parse(text).unwrap_or_default().to_value();
    let kind = value.get("type").and_then(serde_json::Value::as_str).unwrap_or_default();
    let nested = value.get("function").is_some();
    match dialect {
        Dialect::Anthropic => !matches!(kind, "function" | "custom" | "required"),
        Dialect::OpenAiChat => nested || matches!(kind, "custom" | "allowed_tools"),
        Dialect::OpenAiResponses => !nested && !matches!(kind, "tool" | "any" | "auto" | "none"),
        Dialect::Ollama | Dialect::Gemini | Dialect::BedrockConverse => false,
    }
}

/// Walks over a tool.
fn shape(scan: &mut Scan<'_>) -> Option<ToolShape> {
    let mut shape = ToolShape::default();
    scan.members(|scan, name| {
        let raw = scan.value()?;
        match &*json::walked(name)? {
            "type" => shape.is_function = raw == "\"function\"",
            "function" => shape.nested = true,
            "input_schema" => shape.input_schema = true,
            _ => {}
        }
        Some(())
    })?;
    Some(shape)
}

/// What of Gemini's `generationConfig` routing needs.
#[derive(Deserialize)]
struct GenerationLimits {
    #[serde(rename = "maxOutputTokens")]
    max_output_tokens: Option<u64>,
}

/// What of Bedrock's `inferenceConfig` routing needs.
#[derive(Deserialize)]
struct InferenceLimits {
    #[serde(rename = "maxTokens")]
    max_tokens: Option<u64>,
}

/// What of Bedrock's `toolConfig` routing needs.
#[derive(Deserialize)]
struct BedrockTools {
    tools: Option<Vec<BedrockTool>>,
}

/// Which kind a tool of Bedrock's is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BedrockTool {
    tool_spec: Option<IgnoredAny>,
    system_tool: Option<IgnoredAny>,
    cache_point: Option<IgnoredAny>,
}

/// What is said of what stands in the place of a list.
fn no_list(raw: &str) -> String {
    // Not what a text says: it may be long, and it is the user's.
    let found = match raw.as_bytes().first() {
        None | Some(b'n') => return "must be a list".to_owned(),
        Some(b'"') => "string",
        Some(b'{') => "map",
        Some(b't') => "boolean `true`",
        Some(b'f') => "boolean `false`",
        Some(_) if raw.contains(['.', 'e', 'E']) => {
            return format!("invalid type: floating point `{raw}`, expected a list");
        }
        Some(_) => return format!("invalid type: integer `{raw}`, expected a list"),
    };
    format!("invalid type: {found}, expected a list")
}

/// Whether a turn is the user's. Gemini may leave the role out.
fn is_users(turn: &str) -> bool {
    #[derive(Deserialize)]
    struct Roled<'a> {
        #[serde(borrow)]
        role: Option<std::borrow::Cow<'a, str>>,
        parts: Option<IgnoredAny>,
    }
    json::from_str::<Roled<'_>>(turn)
        .is_ok_and(|turn| turn.role.as_deref().map_or(turn.parts.is_some(), |role| role == "user"))
}

/// The error's words. Its line and column count from the start of the field, where nobody looks for them.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
