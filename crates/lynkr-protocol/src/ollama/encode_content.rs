//! Blocks → the text and pictures of one message.

use super::calls::{arguments_object, is_real_id};
use super::encode::{Losses, refuse};
use super::marks::{self, Native};
use super::wire::{FunctionCall, Message, ToolCall};
use crate::EncodeError;
use crate::neutral::{Block, Document, Image, Media, Text, Thinking, ToolUse, decoded_text};

/// One message in the making.
#[derive(Debug, Default)]
pub(super) struct Draft {
    content: String,
    thinking: Option<String>,
    images: Vec<String>,
    calls: Vec<ToolCall>,
}

impl Draft {
    /// Whether nothing was added.
    pub(super) fn is_empty(&self) -> bool {
        self.content.is_empty() && self.thinking.is_none() && self.images.is_empty() && self.calls.is_empty()
    }

    /// Adds one block. Texts are joined with `separator`; a block that only another provider understands is
    /// noted as dropped.
    pub(super) fn add(
        &mut self,
        block: &Block,
        separator: &str,
        losses: &mut Losses,
    ) -> Result<(), EncodeError> {
        match block {
            Block::Text(text) => self.add_text(text, separator, losses),
            Block::Image(image) => self.add_image(image, losses)?,
            Block::Document(document) => {
                let text = document_text(document, losses)?;
                self.add_words(&text, "\n\n");
            }
            Block::ToolUse(call) => self.add_call(call, losses),
            Block::Thinking(thinking) => self.add_thinking(thinking, losses),
            Block::Refusal(refusal) => {
                losses.approximated("refusal");
                self.add_words(&refusal.text, separator);
            }
            // A result inside a result doesn't exist; anything else stands in a message of its own.
            Block::ToolResult(_) => losses.dropped("tool_result"),
            Block::Opaque(opaque) => losses.opaque(opaque)?,
        }
        Ok(())
    }

    /// Adds words, apart from those before them.
    pub(super) fn add_words(&mut self, words: &str, separator: &str) {
        if !self.content.is_empty() && !words.is_empty() {
            self.content.push_str(separator);
        }
        self.content.push_str(words);
    }

    /// The message.
    pub(super) fn into_message(self, role: &str) -> Message {
        Message {
            role: Some(role.to_owned()),
            content: Some(self.content),
            thinking: self.thinking,
            images: (!self.images.is_empty()).then_some(self.images),
            tool_calls: (!self.calls.is_empty()).then_some(self.calls),
            ..Message::default()
        }
    }

    fn add_text(&mut self, text: &Text, separator: &str, losses: &mut Losses) {
        losses.cache(text.cache.as_ref());
        losses.extra(&text.extra, "text.");
        if text.citations.is_some() {
            losses.dropped("citations");
        }
        self.add_words(&text.text, separator);
    }

    fn add_image(&mut self, image: &Image, losses: &mut Losses) -> Result<(), EncodeError> {
        losses.cache(image.cache.as_ref());
        losses.extra(&image.extra, "image.");
        if image.detail.is_some() {
            losses.dropped("image.detail");
        }
        match &image.source {
            Media::Base64 { data, .. } => self.images.push(data.clone()),
            Media::Url(_) => {
                return Err(refuse("image.url", "it takes pictures as base64 only; send the bytes"));
            }
            Media::File(_) | Media::Text(_) | Media::Other { .. } => {
                return Err(refuse("image.source", "it takes pictures as base64 only; send the bytes"));
            }
        }
        Ok(())
    }

    fn add_thinking(&mut self, thinking: &Thinking, losses: &mut Losses) {
        losses.extra(&thinking.extra, "thinking.");
        if thinking.proof.is_some() {
            losses.dropped("thinking.proof");
        }
        if thinking.text.is_empty() && thinking.proof.is_some() {
            return;
        }
        match &mut self.thinking {
            Some(text) => {
                text.push_str("\n\n");
                text.push_str(&thinking.text);
            }
            None => self.thinking = Some(thinking.text.clone()),
        }
    }

    fn add_call(&mut self, call: &ToolUse, losses: &mut Losses) {
        losses.cache(call.cache.as_ref());
        losses.extra(&call.extra, "tool_use.");
        let (arguments, exact) = arguments_object(&call.arguments);
        if !exact {
            losses.approximated("tool_use.arguments");
        }
        let native = Native::of(&call.extra);
        let mut function = FunctionCall {
            name: Some(call.name.clone()),
            arguments: Some(arguments),
            ..FunctionCall::default()
        };
        let mut wire = ToolCall { id: is_real_id(&call.id).then(|| call.id.clone()), ..ToolCall::default() };
        if native.has(marks::TYPE_FUNCTION) {
            wire.rest.push("type", crate::wire::Json::of("function"));
        }
        if let Some(index) = native.number(marks::INDEX) {
            function.rest.push("index", crate::wire::Json::of(&index));
        }
        for (name, value) in native.rest.iter() {
            match name.strip_prefix(super::decode_messages::FUNCTION) {
                Some(name) => function.rest.push(name, value.clone()),
                None => wire.rest.push(name, value.clone()),
            }
        }
        wire.function = Some(function);
        self.calls.push(wire);
    }
}

/// The text of a document, with its title ahead. What isn't text can't be sent.
fn document_text(document: &Document, losses: &mut Losses) -> Result<String, EncodeError> {
    losses.cache(document.cache.as_ref());
    losses.extra(&document.extra, "document.");
    losses.approximated("document");
    let text = match &document.source {
        Media::Text(text) => text.clone(),
        Media::Base64 { media_type, data } => decoded_text(media_type, data).ok_or_else(|| {
            refuse("document", format!("it reads text only, and these bytes of type {media_type} are none"))
        })?,
        Media::Url(_) | Media::File(_) | Media::Other { .. } => {
            return Err(refuse("document.source", "it fetches no documents; send the text"));
        }
    };
    Ok(match &document.title {
        Some(title) => format!("[document: {title}]\n{text}"),
        None => text,
    })
}
