//! Blocks: wire → neutral. Requests, replies and stream starts share it.

use std::fmt::Arguments;

use super::wire::{ContentBlock, DocumentBlock, Source, TextBlock, ToolResultBlock};
use crate::Dialect;
use crate::error::DecodeError;
use crate::neutral::{
    Block, Document, Extra, Image, Media, Opaque, Proof, Text, Thinking, ToolResult, ToolUse,
};
use crate::seal;
use crate::wire::{Json, Rest, TextOr};

const DIALECT: Dialect = Dialect::Anthropic;

/// Reads `content`, which is a string or blocks. `path` names it in errors, and is written for them only.
pub(super) fn content(content: TextOr<ContentBlock>, path: Arguments<'_>) -> Result<Vec<Block>, DecodeError> {
    match content {
        TextOr::Text(text) => Ok(vec![Block::text(text)]),
        TextOr::List(blocks) => list(blocks, path),
    }
}

/// Reads a list of blocks.
pub(super) fn list(blocks: Vec<ContentBlock>, path: Arguments<'_>) -> Result<Vec<Block>, DecodeError> {
    blocks.into_iter().enumerate().map(|(at, wire)| block(wire, format_args!("{path}[{at}]"))).collect()
}

/// Reads one block.
pub(super) fn block(wire: ContentBlock, path: Arguments<'_>) -> Result<Block, DecodeError> {
    let required = |name: &str| DecodeError::at(format!("{path}.{name}"), "is required");
    Ok(match wire {
        ContentBlock::Text(wire) => Block::Text(text(wire)),
        ContentBlock::Image(wire) => Block::Image(Image {
            source: media(wire.source.ok_or_else(|| required("source"))?, path)?,
            detail: None,
            cache: wire.cache_control,
            extra: Extra::new(DIALECT, wire.rest),
        }),
        ContentBlock::Document(wire) => Block::Document(document(wire, path)?),
        ContentBlock::ToolUse(wire) => Block::ToolUse(ToolUse {
            id: wire.id.ok_or_else(|| required("id"))?,
            name: wire.name.ok_or_else(|| required("name"))?,
            namespace: None,
            arguments: wire.input.map_or_else(String::new, |input| input.get().to_owned()),
            freeform: false,
            cache: wire.cache_control,
            extra: Extra::new(DIALECT, wire.rest),
        }),
        ContentBlock::ToolResult(wire) => Block::ToolResult(tool_result(wire, path)?),
        ContentBlock::Thinking(wire) => {
            Block::Thinking(thinking(wire.thinking.unwrap_or_default(), wire.signature, wire.rest))
        }
        ContentBlock::RedactedThinking(wire) => {
            let data = wire.data.ok_or_else(|| required("data"))?;
            Block::Thinking(Thinking {
                text: String::new(),
                proof: Some(Proof::Redacted(data)),
                extra: Extra::new(DIALECT, wire.rest),
            })
        }
        ContentBlock::Other { tag: None, .. } => return Err(required("type")),
        ContentBlock::Other { tag: Some(kind), fields } => {
            let whole = ContentBlock::Other { tag: Some(kind.clone()), fields };
            Block::Opaque(Opaque { dialect: DIALECT, kind, value: Json::of(&whole) })
        }
    })
}

fn text(wire: TextBlock) -> Text {
    Text {
        text: wire.text.unwrap_or_default(),
        citations: wire.citations,
        cache: wire.cache_control,
        extra: Extra::new(DIALECT, wire.rest),
    }
}

fn document(wire: DocumentBlock, path: Arguments<'_>) -> Result<Document, DecodeError> {
    let source = wire.source.ok_or_else(|| DecodeError::at(format!("{path}.source"), "is required"))?;
    Ok(Document {
        source: media(source, path)?,
        title: wire.title,
        cache: wire.cache_control,
        extra: Extra::new(DIALECT, wire.rest),
    })
}

fn tool_result(wire: ToolResultBlock, path: Arguments<'_>) -> Result<ToolResult, DecodeError> {
    let id = wire.tool_use_id.ok_or_else(|| DecodeError::at(format!("{path}.tool_use_id"), "is required"))?;
    let blocks = match wire.content {
        Some(inner) => content(inner, format_args!("{path}.content"))?,
        None => Vec::new(),
    };
    Ok(ToolResult {
        id,
        content: blocks,
        is_error: wire.is_error,
        freeform: false,
        cache: wire.cache_control,
        extra: Extra::new(DIALECT, wire.rest),
    })
}

/// A thinking block. A signature that is a seal of ours holds another provider's reasoning.
pub(super) fn thinking(text: String, signature: Option<String>, rest: Rest) -> Thinking {
    let signature = signature.filter(|signature| !signature.is_empty());
    if let Some(sealed) = signature.as_deref().and_then(seal::open) {
        return sealed;
    }
    Thinking { text, proof: signature.map(Proof::Signature), extra: Extra::new(DIALECT, rest) }
}

fn media(source: Source, path: Arguments<'_>) -> Result<Media, DecodeError> {
    let required = |name: &str| DecodeError::at(format!("{path}.source.{name}"), "is required");
    Ok(match source {
        Source::Base64(inline) => Media::Base64 {
            media_type: inline.media_type.ok_or_else(|| required("media_type"))?,
            data: inline.data.ok_or_else(|| required("data"))?,
        },
        Source::Text(inline) => Media::Text(inline.data.ok_or_else(|| required("data"))?),
        Source::Url(url) => Media::Url(url.url.ok_or_else(|| required("url"))?),
        Source::File(file) => Media::File(file.file_id.ok_or_else(|| required("file_id"))?),
        Source::Other { tag: None, .. } => return Err(required("type")),
        other @ Source::Other { .. } => Media::Other { dialect: DIALECT, value: Json::of(&other) },
    })
}
