//! Blocks: wire → neutral. Requests and replies share it.

use super::wire::{
    CachePoint, CitationsBlock, ContentBlock, MediaBlock, ReasoningBlock, ReasoningText, Source,
    ToolResultBlock, ToolUseBlock,
};
use super::{DIALECT, notes};
use crate::Dialect;
use crate::error::DecodeError;
use crate::kept::{mark, nest};
use crate::neutral::{
    Block, Document, Extra, Image, Media, Opaque, Proof, Text, Thinking, ToolResult, ToolUse,
};
use crate::seal;
use crate::wire::{Json, Rest};

/// Reads a list of blocks. `path` names it in errors.
pub(super) fn list(blocks: Vec<ContentBlock>, path: &str) -> Result<Vec<Block>, DecodeError> {
    let mut out = Vec::with_capacity(blocks.len());
    for (at, wire) in blocks.into_iter().enumerate() {
        let marker = wire.cache_point.as_ref().and_then(marker_of);
        if let Some(marker) = marker.filter(|_| only_member(&wire).is_some())
            && let Some(place @ None) = out.last_mut().and_then(cache_of)
        {
            *place = Some(marker);
            continue;
        }
        out.push(block(wire, &format!("{path}[{at}]"))?);
    }
    Ok(out)
}

/// A cache point as the marker that other dialects put on the block before it; `None` for one that says more.
pub(super) fn marker_of(point: &CachePoint) -> Option<Json> {
    if point.kind.as_deref() != Some("default") || !point.rest.is_empty() {
        return None;
    }
    Some(Json::of(&match &point.ttl {
        Some(ttl) => serde_json::json!({"type": "ephemeral", "ttl": ttl}),
        None => serde_json::json!({"type": "ephemeral"}),
    }))
}

fn cache_of(block: &mut Block) -> Option<&mut Option<Json>> {
    match block {
        Block::Text(block) => Some(&mut block.cache),
        Block::Image(block) => Some(&mut block.cache),
        Block::Document(block) => Some(&mut block.cache),
        Block::ToolUse(block) => Some(&mut block.cache),
        Block::ToolResult(block) => Some(&mut block.cache),
        Block::Thinking(_) | Block::Refusal(_) | Block::Opaque(_) => None,
    }
}

/// The name of the block's one field; `None` when there are several, or none.
fn only_member(wire: &ContentBlock) -> Option<String> {
    let fields: serde_json::Map<String, serde_json::Value> = Json::of(wire).read().ok()?;
    let mut names = fields.into_iter().map(|(name, _)| name);
    names.next().filter(|_| names.next().is_none())
}

fn block(mut wire: ContentBlock, path: &str) -> Result<Block, DecodeError> {
    if let Some(text) = wire.text.take() {
        if only_member(&wire).is_none() && wire.rest.is_empty() && Json::of(&wire) != Json::empty_object() {
            return Err(DecodeError::at(path, "must have one field"));
        }
        let extra = Extra::new(DIALECT, wire.rest);
        return Ok(Block::Text(Text { text, extra, ..Text::default() }));
    }
    let kind = only_member(&wire).ok_or_else(|| DecodeError::at(path, "must have one field"))?;
    match wire {
        ContentBlock { image: Some(image), .. } if image.source.is_some() => self::image(image, path),
        ContentBlock { document: Some(document), .. } if document.source.is_some() => {
            self::document(document, path)
        }
        ContentBlock { tool_use: Some(call), .. } if call.kind.is_none() => {
            Ok(Block::ToolUse(tool_use(call, path)?))
        }
        ContentBlock { tool_result: Some(result), .. } if result.kind.is_none() => tool_result(result, path),
        ContentBlock { reasoning: Some(reasoning), .. } => reasoning_block(reasoning, path),
        ContentBlock { citations: Some(cited), .. } => Ok(Block::Text(cited_text(cited))),
        ContentBlock { json: Some(value), .. } => Ok(Block::Text(json_text(&value))),
        other => Ok(opaque(&kind, &other)),
    }
}

/// A block that only this dialect understands. Sound and film get the names under which others refuse them.
fn opaque(kind: &str, wire: &ContentBlock) -> Block {
    let kind = match kind {
        "audio" => "input_audio",
        "video" => "input_video",
        other => other,
    };
    Block::Opaque(Opaque { dialect: DIALECT, kind: kind.to_owned(), value: Json::of(wire) })
}

fn image(wire: MediaBlock, path: &str) -> Result<Block, DecodeError> {
    let format = wire.format.unwrap_or_default();
    let mut rest = wire.rest;
    let media_type = format!("image/{format}");
    let source = media(wire.source.unwrap_or_default(), &media_type, &mut rest, path)?;
    if !matches!(source, Media::Base64 { .. }) {
        rest.push(notes::FORMAT, Json::of(&format));
    }
    Ok(Block::Image(Image { source, detail: None, cache: None, extra: Extra::new(DIALECT, rest) }))
}

fn document(wire: MediaBlock, path: &str) -> Result<Block, DecodeError> {
    let mut rest = wire.rest;
    let media_type = wire.format.as_deref().and_then(super::formats::media_type);
    let source = wire.source.unwrap_or_default();
    let source = media(source, media_type.unwrap_or("text/plain"), &mut rest, path)?;
    let is_told = match &source {
        Media::Base64 { .. } => media_type.is_some(),
        Media::Text(_) => wire.format.as_deref() == Some("txt"),
        Media::Url(_) | Media::File(_) | Media::Other { .. } => false,
    };
    if !is_told {
        rest.push(notes::FORMAT, wire.format.as_ref().map_or_else(Json::null, Json::of));
    }
    // Anthropic's documents have the same two fields with the same values. Labelled as theirs they survive
    // the way there; the encoder here reads either label.
    let shared = [("context", wire.context), ("citations", wire.citations)];
    let owner = if rest.is_empty() { Dialect::Anthropic } else { DIALECT };
    for (name, value) in shared.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        rest.push(name, value);
    }
    let extra = Extra::new(owner, rest);
    Ok(Block::Document(Document { source, title: wire.name, cache: None, extra }))
}

fn media(source: Source, media_type: &str, rest: &mut Rest, path: &str) -> Result<Media, DecodeError> {
    Ok(match source {
        Source { bytes: Some(data), s3: None, text: None, rest: others } if others.is_empty() => {
            Media::Base64 { media_type: media_type.to_owned(), data }
        }
        Source { bytes: None, s3: Some(place), text: None, rest: others } if others.is_empty() => {
            nest(rest, "source.s3Location", &place.rest);
            let uri = place.uri.filter(|uri| !uri.is_empty());
            Media::File(uri.ok_or_else(|| DecodeError::at(format!("{path}.s3Location.uri"), "is required"))?)
        }
        Source { bytes: None, s3: None, text: Some(text), rest: others } if others.is_empty() => {
            Media::Text(text)
        }
        other => Media::Other { dialect: DIALECT, value: Json::of(&other) },
    })
}

pub(super) fn tool_use(wire: ToolUseBlock, path: &str) -> Result<ToolUse, DecodeError> {
    let required = |name: &str| DecodeError::at(format!("{path}.toolUse.{name}"), "is required");
    Ok(ToolUse {
        id: wire.id.ok_or_else(|| required("toolUseId"))?,
        name: wire.name.ok_or_else(|| required("name"))?,
        arguments: wire.input.map_or_else(String::new, |input| input.get().to_owned()),
        extra: Extra::new(DIALECT, wire.rest),
        ..ToolUse::default()
    })
}

fn tool_result(wire: ToolResultBlock, path: &str) -> Result<Block, DecodeError> {
    let id = wire.id.ok_or_else(|| DecodeError::at(format!("{path}.toolResult.toolUseId"), "is required"))?;
    let mut rest = wire.rest;
    let is_error = match wire.status.as_deref() {
        Some("error") => Some(true),
        Some("success") => Some(false),
        Some(other) => {
            rest.push("status", Json::of(other));
            None
        }
        None => None,
    };
    Ok(Block::ToolResult(ToolResult {
        id,
        content: list(wire.content.unwrap_or_default(), &format!("{path}.toolResult.content"))?,
        is_error,
        extra: Extra::new(DIALECT, rest),
        ..ToolResult::default()
    }))
}

fn reasoning_block(wire: ReasoningBlock, path: &str) -> Result<Block, DecodeError> {
    let mut rest = Rest::default();
    nest(&mut rest, "reasoningContent", &wire.rest);
    if let Some(data) = wire.redacted {
        let proof = Some(Proof::Redacted(data));
        return Ok(Block::Thinking(Thinking {
            proof,
            extra: Extra::new(DIALECT, rest),
            ..Thinking::default()
        }));
    }
    let Some(ReasoningText { text, signature, rest: others }) = wire.text else {
        return Err(DecodeError::at(format!("{path}.reasoningContent"), "must have one field"));
    };
    for (name, value) in others.iter() {
        rest.push(name, value.clone());
    }
    Ok(Block::Thinking(thinking(text.unwrap_or_default(), signature, rest)))
}

/// Reasoning in words. A signature that is a seal of ours holds another provider's.
pub(super) fn thinking(text: String, signature: Option<String>, rest: Rest) -> Thinking {
    let signature = signature.filter(|signature| !signature.is_empty());
    if let Some(sealed) = signature.as_deref().and_then(seal::open) {
        return sealed;
    }
    Thinking { text, proof: signature.map(Proof::Signature), extra: Extra::new(DIALECT, rest) }
}

/// Words with their sources. Where they come in several pieces, the pieces are noted.
fn cited_text(wire: CitationsBlock) -> Text {
    let content = wire.content.unwrap_or_default();
    let text: String = content.iter().filter_map(|piece| piece.text.as_deref()).collect();
    let mut rest = wire.rest;
    let is_one = matches!(content.as_slice(), [piece] if piece.text.is_some() && piece.rest.is_empty());
    if is_one {
        mark(&mut rest, notes::CITED);
    } else {
        rest.push(notes::CITED, Json::of(&content));
    }
    let citations = wire.citations.filter(|list| !list.is_empty()).map(|list| Json::of(&list));
    Text { text, citations, extra: Extra::new(DIALECT, rest), ..Text::default() }
}

/// A tool's answer in JSON: to other dialects it is words.
fn json_text(value: &Json) -> Text {
    let mut rest = Rest::default();
    mark(&mut rest, notes::JSON);
    Text { text: value.get().to_owned(), extra: Extra::new(DIALECT, rest), ..Text::default() }
}
