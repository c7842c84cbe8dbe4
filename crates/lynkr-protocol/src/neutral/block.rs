//! The parts of a turn.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Extra;
use super::conversation::{AROUND, sizes};
use crate::Dialect;
use crate::wire::Json;

/// One part of a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Words.
    Text(Text),
    /// A picture.
    Image(Image),
    /// A file to read.
    Document(Document),
    /// The model calls a tool.
    ToolUse(ToolUse),
    /// What a tool answered.
    ToolResult(ToolResult),
    /// The model's reasoning.
    Thinking(Thinking),
    /// The model declines (OpenAI's `refusal` part).
    Refusal(Refusal),
    /// A block that only its own dialect understands: server tools and their results, audio, references.
    Opaque(Opaque),
}

/// Words, with an optional cache marker.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text {
    /// The words.
    pub text: String,
    /// Anthropic's `citations` or OpenAI's `annotations`, raw.
    pub citations: Option<Json>,
    /// `cache_control`, raw.
    pub cache: Option<Json>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

impl Text {
    /// Plain words.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// Where the bytes of an image or a document are.
#[derive(Debug, Clone, PartialEq)]
pub enum Media {
    /// In place.
    Base64 {
        /// The MIME type.
        media_type: String,
        /// Standard base64.
        data: String,
    },
    /// At a URL that the provider fetches.
    Url(String),
    /// In the provider's file store.
    File(String),
    /// Plain text in place (documents).
    Text(String),
    /// Another kind of source, raw, that only `dialect` understands.
    Other {
        /// Whose source it is.
        dialect: Dialect,
        /// The source object.
        value: Json,
    },
}

impl Media {
    fn size(&self) -> usize {
        match self {
            Self::Base64 { data: text, .. } | Self::Url(text) | Self::File(text) | Self::Text(text) => {
                text.len()
            }
            Self::Other { value, .. } => value.get().len(),
        }
    }

    /// The source as a URL: a `data:` URL for bytes in place; `None` for what has no URL.
    pub fn to_url(&self) -> Option<String> {
        match self {
            Self::Base64 { media_type, data } => Some(format!("data:{media_type};base64,{data}")),
            Self::Url(url) => Some(url.clone()),
            Self::File(_) | Self::Text(_) | Self::Other { .. } => None,
        }
    }

    /// Reads a URL: a base64 `data:` URL becomes bytes in place, every other one stays a URL.
    pub fn from_url(url: &str) -> Self {
        let in_place = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
        match in_place {
            Some((media_type, data)) => {
                Self::Base64 { media_type: media_type.to_owned(), data: data.to_owned() }
            }
            None => Self::Url(url.to_owned()),
        }
    }
}

/// The text whose base64 a document holds; `None` for other types and for bytes that are no UTF-8.
pub(crate) fn decoded_text(media_type: &str, data: &str) -> Option<String> {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    let is_text = kind.starts_with("text/") || matches!(kind, "application/json" | "application/xml");
    let bytes = is_text.then(|| STANDARD.decode(data).ok()).flatten()?;
    String::from_utf8(bytes).ok()
}

/// A picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Its bytes.
    pub source: Media,
    /// OpenAI's `detail`.
    pub detail: Option<String>,
    /// `cache_control`, raw.
    pub cache: Option<Json>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

/// A file to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its bytes.
    pub source: Media,
    /// Its title or file name.
    pub title: Option<String>,
    /// `cache_control`, raw.
    pub cache: Option<Json>,
    /// Other fields of its dialect (`context`, `citations`).
    pub extra: Extra,
}

/// A call of a tool.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolUse {
    /// Pairs the call with its result.
    pub id: String,
    /// The tool's name; within its namespace when it has one.
    pub name: String,
    /// The namespace, in the Responses dialect.
    pub namespace: Option<String>,
    /// The arguments: JSON text, or plain text when `freeform`. May be invalid JSON, when the model wrote
    /// it so; may be empty, which means no arguments.
    pub arguments: String,
    /// Whether the arguments are plain text rather than JSON (the Responses dialect's `custom` tools).
    pub freeform: bool,
    /// `cache_control`, raw.
    pub cache: Option<Json>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

/// The answer of a tool.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolResult {
    /// The call's id.
    pub id: String,
    /// What it answered: text, images, documents, opaque blocks.
    pub content: Vec<Block>,
    /// Whether the tool failed. `None` when its dialect doesn't say.
    pub is_error: Option<bool>,
    /// Whether it answers a free-form call.
    pub freeform: bool,
    /// `cache_control`, raw.
    pub cache: Option<Json>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

/// The model's reasoning.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thinking {
    /// The readable part; may be empty.
    pub text: String,
    /// What proves to the provider that the reasoning is its own.
    pub proof: Option<Proof>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

/// What a provider needs to take its own reasoning back. Never edited.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// Anthropic's signature over the thinking text.
    Signature(String),
    /// Anthropic's redacted thinking: encrypted reasoning without readable text.
    Redacted(String),
    /// A Responses reasoning item: its id and, when asked for, its encrypted content.
    Item {
        /// The item's id.
        id: String,
        /// `encrypted_content`.
        encrypted: Option<String>,
    },
    /// Gemini's thought signature. It proves the part of the answer that it stood on: this block's own
    /// text, or, when the block has none, the block right after it (a tool call, words).
    ThoughtSignature {
        /// `thoughtSignature`, standard base64.
        signature: String,
        /// It stood on a part without words and belongs to no other part.
        alone: bool,
    },
    /// OpenRouter's `reasoning_details`, raw: a list of texts with signatures, and encrypted parts.
    Details(Json),
}

/// The model declines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Refusal {
    /// Its words.
    pub text: String,
}

/// A block that only its own dialect understands.
#[derive(Debug, Clone, PartialEq)]
pub struct Opaque {
    /// Whose block it is.
    pub dialect: Dialect,
    /// Its type name.
    pub kind: String,
    /// The whole block, type included.
    pub value: Json,
}

impl Block {
    /// Plain words as a block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text::new(text))
    }

    /// The words of a text block.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    /// About how many bytes it takes as JSON.
    pub fn size(&self) -> usize {
        let own = match self {
            Self::Text(text) => text.text.len(),
            Self::Image(image) => image.source.size(),
            Self::Document(document) => document.source.size(),
            Self::ToolUse(call) => {
                call.id.len() + call.name.len() + call.arguments.len() + call.arguments.len() / 8
            }
            Self::ToolResult(result) => result.id.len() + sizes(&result.content),
            Self::Thinking(thinking) => thinking.text.len(),
            Self::Refusal(refusal) => refusal.text.len(),
            Self::Opaque(opaque) => opaque.value.get().len(),
        };
        AROUND + own
    }

    /// The name of the kind of block, for receipts.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Document(_) => "document",
            Self::ToolUse(_) => "tool_use",
            Self::ToolResult(_) => "tool_result",
            Self::Thinking(_) => "thinking",
            Self::Refusal(_) => "refusal",
            Self::Opaque(opaque) => &opaque.kind,
        }
    }
}
