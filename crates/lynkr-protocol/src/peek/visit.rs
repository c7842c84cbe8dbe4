//! The visitor behind [`super::peek`].

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Peek;
use crate::error::DecodeError;
use crate::wire::{Json, Key};
use crate::{Dialect, anthropic};

pub(super) fn read(dialect: Dialect, body: &[u8]) -> Result<Peek, DecodeError> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let visitor = BodyVisitor { dialect, base: body.as_ptr() as usize, failed_at: None };
    let (peek, failure) = match deserializer.deserialize_map(visitor) {
        Ok(found) => found,
        Err(error) if error.is_syntax() || error.is_eof() => {
            return Err(DecodeError::new(format!("the body is not valid JSON: {error}")));
        }
        Err(error) => return Err(DecodeError::new(format!("the body must be a JSON object: {error}"))),
    };
    deserializer.end().map_err(|error| DecodeError::new(format!("the body is not valid JSON: {error}")))?;
    failure.map_or(Ok(peek), Err)
}

struct BodyVisitor {
    dialect: Dialect,
    /// The body's address, from which spans are counted.
    base: usize,
    failed_at: Option<DecodeError>,
}

impl BodyVisitor {
    fn span(&self, raw: &RawValue) -> Range<usize> {
        let start = (raw.get().as_ptr() as usize).saturating_sub(self.base);
        start..start + raw.get().len()
    }

    /// Reads a raw value as a `T`; what fails is remembered with its field's name.
    fn field<'a, T: Deserialize<'a>>(&mut self, name: &str, raw: &'a RawValue) -> Option<T> {
        match serde_json::from_str::<Option<T>>(raw.get()) {
            Ok(value) => value,
            Err(error) => {
                self.failed_at.get_or_insert_with(|| DecodeError::at(name, without_position(&error)));
                None
            }
        }
    }
}

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = (Peek, Option<DecodeError>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let model_in_url = matches!(self.dialect, Dialect::Gemini | Dialect::BedrockConverse);
        let mut peek = Peek { native: true, model_in_url, ..Peek::default() };
        let mut has_turns = false;
        let mut session = SessionNames::default();
        while let Some(Key(name)) = map.next_key()? {
            let name = &*name;
            match name {
                "model" => self.model(map.next_value()?, &mut peek),
                "stream" => peek.stream = self.field(name, map.next_value()?),
                "max_tokens" | "max_completion_tokens" | "max_output_tokens" => {
                    peek.max_tokens = self.field(name, map.next_value()?);
                }
                "messages" | "input" | "contents" if name == turns_field(self.dialect) => {
                    has_turns = true;
                    self.turns(name, map.next_value()?, &mut peek);
                }
                "tools" => self.tools(map.next_value()?, &mut peek),
                "tool_choice" => {
                    peek.native &= native_choice(self.dialect, map.next_value()?);
                }
                "system" if self.dialect == Dialect::Anthropic => {
                    let raw = map.next_value()?;
                    peek.system = Some(self.span(raw));
                    peek.billing_line = self.billing_line(raw);
                }
                "thread" if self.dialect == Dialect::Anthropic => {
                    peek.thread = map.next_value::<Option<IgnoredAny>>()?.is_some();
                }
                "system" | "instructions" | "systemInstruction" => {
                    peek.system = Some(self.span(map.next_value()?));
                }
                "session_id" | "sessionId" | "conversation_id" | "metadata" | "conversation" => {
                    session.note(name, map.next_value()?);
                }
                "prompt_cache_key" => peek.cache_key = named(map.next_value()?),
                "generationConfig" if self.dialect == Dialect::Gemini => {
                    self.generation_config(map.next_value()?, &mut peek);
                }
                "inferenceConfig" if self.dialect == Dialect::BedrockConverse => {
                    self.inference_config(map.next_value()?, &mut peek);
                }
                "toolConfig" if self.dialect == Dialect::BedrockConverse => {
                    self.tool_config(map.next_value()?, &mut peek);
                }
                "previous_response_id" => peek.previous_response_id = self.field(name, map.next_value()?),
                "store" => peek.store = self.field(name, map.next_value()?),
                "stream_options" => self.stream_options(map.next_value()?, &mut peek),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !has_turns {
            let missing = DecodeError::at(turns_field(self.dialect), "is required");
            self.failed_at.get_or_insert(missing);
        }
        peek.session = session.first();
        Ok((peek, self.failed_at))
    }
}

/// The fields that may name a session, the surer ones first.
#[derive(Default)]
struct SessionNames([Option<String>; 5]);

impl SessionNames {
    /// What is no text names nothing: the provider may know what it is.
    fn note(&mut self, field: &str, raw: &RawValue) {
        let fields = ["session_id", "sessionId", "conversation_id", "metadata", "conversation"];
        let place = fields.iter().position(|own| *own == field);
        if let Some(own) = place.and_then(|place| self.0.get_mut(place)) {
            *own = match field {
                "metadata" => claude_codes(raw),
                "conversation" => named(raw).or_else(|| {
                    let object: Option<Conversation> = serde_json::from_str(raw.get()).ok();
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
fn named(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok().filter(|id: &String| !id.trim().is_empty())
}

/// `conversation` of the Responses API, where it isn't the id alone.
#[derive(Deserialize)]
struct Conversation {
    id: String,
}

/// What Claude Code calls its session: `metadata.user_id` ends with it (`user_…_session_ID`), or is an object as text
/// that holds it.
fn claude_codes(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Metadata {
        user_id: String,
    }
    #[derive(Deserialize)]
    struct Told {
        session_id: String,
    }
    let metadata: Metadata = serde_json::from_str(raw.get()).ok()?;
    let told: Option<Told> = serde_json::from_str(&metadata.user_id).ok();
    let id = match told {
        Some(told) => told.session_id,
        None => metadata.user_id.rsplit_once("_session_")?.1.to_owned(),
    };
    Some(id).filter(|id| !id.trim().is_empty())
}

impl BodyVisitor {
    fn model(&mut self, raw: &RawValue, peek: &mut Peek) {
        // Said twice, it isn't clear which one a provider reads: then the body is written anew.
        peek.native &= peek.model_span.is_none();
        peek.model_span = Some(self.span(raw));
        peek.model = self.field("model", raw);
    }

    fn turns(&mut self, name: &str, raw: &RawValue, peek: &mut Peek) {
        peek.turns_span = Some(self.span(raw));
        if raw.get().starts_with('"') && self.dialect == Dialect::OpenAiResponses {
            peek.turns = 1;
            peek.first_user = Some(self.span(raw));
            peek.turn_spans = vec![self.span(raw)];
            return;
        }
        if let Some(Turns { all, first_user }) = self.field(name, raw) {
            peek.turns = all.len();
            peek.first_user = first_user.map(|raw| self.span(raw));
            peek.turn_spans = all.into_iter().map(|raw| self.span(raw)).collect();
        } else {
            self.failed_at.get_or_insert_with(|| DecodeError::at(name, "must be a list"));
        }
    }

    fn tools(&mut self, raw: &RawValue, peek: &mut Peek) {
        let Some(tools) = self.field::<Vec<ToolShape>>("tools", raw) else { return };
        peek.tools = tools.len();
        peek.tools_span = Some(self.span(raw));
        peek.native &= tools.iter().all(|tool| native_tool(self.dialect, tool));
    }

    /// The block of the billing line, up to the next block, or else from the one before.
    fn billing_line(&self, raw: &RawValue) -> Option<Range<usize>> {
        #[derive(Deserialize)]
        struct Block {
            text: Option<String>,
        }
        let list = Some(raw.get()).filter(|text| text.starts_with('['))?;
        let blocks: Vec<&RawValue> = serde_json::from_str(list).ok()?;
        let is_line = |block: &&RawValue| {
            let text = serde_json::from_str::<Block>(block.get()).ok().and_then(|block| block.text);
            text.is_some_and(|text| text.starts_with(anthropic::BILLING_LINE))
        };
        let place = blocks.iter().position(is_line)?;
        let own = self.span(blocks.get(place)?);
        let before = place.checked_sub(1).and_then(|before| blocks.get(before));
        Some(match (blocks.get(place + 1), before) {
            (Some(next), _) => own.start..self.span(next).start,
            (None, Some(before)) => self.span(before).end..own.end,
            (None, None) => own,
        })
    }

    fn generation_config(&mut self, raw: &RawValue, peek: &mut Peek) {
        let config: Option<GenerationLimits> = self.field("generationConfig", raw);
        peek.max_tokens = config.and_then(|config| config.max_output_tokens);
    }

    fn inference_config(&mut self, raw: &RawValue, peek: &mut Peek) {
        let config: Option<InferenceLimits> = self.field("inferenceConfig", raw);
        peek.max_tokens = config.and_then(|config| config.max_tokens);
    }

    /// Bedrock's tools stand below, each as an object with one field that tells its kind.
    fn tool_config(&mut self, raw: &RawValue, peek: &mut Peek) {
        let Some(config) = self.field::<BedrockTools>("toolConfig", raw) else { return };
        peek.tools_span = Some(self.span(raw));
        let tools = config.tools.unwrap_or_default();
        let is_own = |tool: &BedrockTool| {
            let BedrockTool { tool_spec, system_tool, cache_point } = tool;
            tool_spec.is_some() || system_tool.is_some() || cache_point.is_some()
        };
        peek.tools = tools.iter().filter(|tool| tool.cache_point.is_none()).count();
        peek.native &= tools.iter().all(is_own);
    }

    fn stream_options(&mut self, raw: &RawValue, peek: &mut Peek) {
        peek.stream_options = Some(self.span(raw));
        let options: Option<serde_json::Map<String, serde_json::Value>> = self.field("stream_options", raw);
        let asked =
            options.and_then(|options| options.get("include_usage").and_then(serde_json::Value::as_bool));
        peek.include_usage = asked.unwrap_or(false);
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

fn native_choice(dialect: Dialect, raw: &RawValue) -> bool {
    let text = raw.get();
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

impl<'de> Deserialize<'de> for ToolShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ToolVisitor)
    }
}

struct ToolVisitor;

impl<'de> Visitor<'de> for ToolVisitor {
    type Value = ToolShape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ToolShape, A::Error> {
        let mut shape = ToolShape::default();
        while let Some(Key(name)) = map.next_key()? {
            match &*name {
                "type" => shape.is_function = map.next_value::<&RawValue>()?.get() == "\"function\"",
                "function" => {
                    shape.nested = true;
                    map.next_value::<IgnoredAny>()?;
                }
                "input_schema" => {
                    shape.input_schema = true;
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(shape)
    }
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

/// The turns of a conversation, and the first of the user.
struct Turns<'a> {
    all: Vec<&'a RawValue>,
    first_user: Option<&'a RawValue>,
}

impl<'de> Deserialize<'de> for Turns<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(TurnsVisitor)
    }
}

struct TurnsVisitor;

impl<'de> Visitor<'de> for TurnsVisitor {
    type Value = Turns<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Turns<'de>, A::Error> {
        let mut turns = Turns { all: Vec::new(), first_user: None };
        while let Some(raw) = seq.next_element::<&RawValue>()? {
            // The user's first turn is nearly always the first of all: none after it is looked into.
            if turns.first_user.is_none() && is_users(raw) {
                turns.first_user = Some(raw);
            }
            turns.all.push(raw);
        }
        Ok(turns)
    }
}

/// Whether a turn is the user's. Gemini may leave the role out.
fn is_users(turn: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Roled<'a> {
        #[serde(borrow)]
        role: Option<std::borrow::Cow<'a, str>>,
        parts: Option<IgnoredAny>,
    }
    serde_json::from_str::<Roled<'_>>(turn.get())
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
