//! Blocks → parts, for requests and for replies.

use std::collections::HashMap;

use super::losses::Losses;
use super::notes::{self, Kept};
use super::pending::Pending;
use super::read_parts::is_real_id;
use super::wire::{FunctionCall, Part};
use super::{DIALECT, media};
use crate::error::EncodeError;
use crate::losses::leave_out;
use crate::neutral::{
    Block, Document, Extra, Image, Media, Opaque, Proof, Text, Thinking, ToolUse, decoded_text,
};
use crate::seal;
use crate::wire::Json;

/// Who reads the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The provider: only its own proofs may reach it.
    Upstream,
    /// A client: foreign proofs are sealed, so that they come back.
    Client,
}

/// Writes blocks and notes what they lose.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub(super) side: Side,
    /// Whether the blocks came in this dialect.
    pub(super) native: bool,
    /// The model that reads them.
    pub(super) model: &'a str,
    pub(super) losses: Losses,
    /// The name of each call by its id; a later call wins, since servers may repeat ids.
    pub(super) names: HashMap<String, String>,
    pending: Pending,
}

impl<'a> Writer<'a> {
    pub(super) fn new(side: Side, native: bool, model: &'a str) -> Self {
        Self {
            side,
            native,
            model,
            losses: Losses::default(),
            names: HashMap::new(),
            pending: Pending::default(),
        }
    }

    /// The parts of a turn.
    pub(super) fn turn(&mut self, blocks: &[Block]) -> Result<Vec<Part>, EncodeError> {
        let mut parts = Vec::with_capacity(blocks.len());
        for block in blocks {
            self.block(block, &mut parts)?;
        }
        parts.extend(self.pending.flush());
        Ok(parts)
    }

    fn block(&mut self, block: &Block, parts: &mut Vec<Part>) -> Result<(), EncodeError> {
        let part = match block {
            Block::Text(text) => self.text(text),
            Block::Thinking(thinking) => {
                self.thinking(thinking, parts);
                return Ok(());
            }
            Block::ToolUse(call) => Some(self.call(call)),
            Block::ToolResult(result) => return self.result(result, parts),
            Block::Image(image) => self.image(image)?,
            Block::Document(document) => self.document(document)?,
            Block::Refusal(refusal) => {
                self.losses.approximated("refusal");
                self.text(&Text::new(refusal.text.clone()))
            }
            Block::Opaque(opaque) if opaque.dialect == DIALECT => opaque.value.read().ok(),
            Block::Opaque(opaque) => self.opaque(opaque)?,
        };
        if let Some(mut part) = part {
            if let Some(signature) = self.pending.take() {
                part.signature = Some(signature);
            }
            parts.push(part);
        }
        Ok(())
    }

    /// A block that only another dialect understands. Sound is the one thing that both can say.
    fn opaque(&mut self, opaque: &Opaque) -> Result<Option<Part>, EncodeError> {
        let sound = media::read_sound(opaque);
        if sound.is_none() {
            leave_out(opaque, DIALECT, &mut self.losses.0)?;
        }
        Ok(sound)
    }

    fn text(&mut self, text: &Text) -> Option<Part> {
        self.losses.cache(text.cache.as_ref());
        self.losses.extra(&text.extra, "text.");
        if text.citations.is_some() {
            self.losses.dropped("citations");
        }
        // The API refuses parts without data; other dialects' clients send empty texts.
        if text.text.is_empty() && !self.native {
            return None;
        }
        let kept = Kept::of(&text.extra, DIALECT);
        let signature = kept.word(notes::PLACEHOLDER);
        Some(Part { text: Some(text.text.clone()), signature, rest: kept.rest, ..Part::default() })
    }

    fn thinking(&mut self, thinking: &Thinking, parts: &mut Vec<Part>) {
        self.losses.extra(&thinking.extra, "thinking.");
        let kept = Kept::of(&thinking.extra, DIALECT);
        match &thinking.proof {
            Some(Proof::ThoughtSignature { signature, .. }) if !thinking.text.is_empty() => {
                parts.extend(self.pending.flush());
                parts.push(Part { signature: Some(signature.clone()), ..thought(thinking) });
            }
            Some(Proof::ThoughtSignature { signature, alone: true }) => {
                parts.extend(self.pending.flush());
                let text = (!kept.has(notes::BARE)).then(String::new);
                let signature = Some(signature.clone());
                parts.push(Part { text, signature, rest: kept.rest, ..Part::default() });
            }
            Some(Proof::ThoughtSignature { signature, alone: false }) => {
                parts.extend(self.pending.own(signature.clone()));
            }
            Some(_) if self.side == Side::Client => {
                parts.extend((!thinking.text.is_empty()).then(|| thought(thinking)));
                if let Some(seal) = seal::seal(thinking) {
                    parts.extend(self.pending.seal(seal));
                }
            }
            proof => {
                if seal::seal(thinking).is_some() {
                    self.losses.dropped("thinking.proof");
                }
                if !thinking.text.is_empty() || (self.native && proof.is_none()) {
                    parts.push(thought(thinking));
                }
            }
        }
    }

    fn call(&mut self, call: &ToolUse) -> Part {
        self.losses.cache(call.cache.as_ref());
        self.losses.extra(&call.extra, "tool_use.");
        self.names.insert(call.id.clone(), call.name.clone());
        let (part, exact) = call_part(call);
        if !exact {
            self.losses.approximated("tool_use.arguments");
        }
        part
    }

    fn image(&mut self, image: &Image) -> Result<Option<Part>, EncodeError> {
        self.losses.cache(image.cache.as_ref());
        self.losses.extra(&image.extra, "image.");
        if image.detail.as_deref().is_some_and(|detail| detail != "auto") {
            self.losses.dropped("image.detail");
        }
        self.media(&image.source, &image.extra, "image")
    }

    fn document(&mut self, document: &Document) -> Result<Option<Part>, EncodeError> {
        self.losses.cache(document.cache.as_ref());
        self.losses.extra(&document.extra, "document.");
        if let Some(words) = text_of(&document.source).filter(|_| !self.native) {
            self.losses.approximated("document");
            let words = match &document.title {
                Some(title) => format!("[document: {title}]\n{words}"),
                None => words,
            };
            return Ok(Some(Part { text: Some(words), ..Part::default() }));
        }
        if document.title.is_some() {
            self.losses.dropped("document.title");
        }
        self.media(&document.source, &document.extra, "document")
    }

    fn media(&self, source: &Media, extra: &Extra, feature: &str) -> Result<Option<Part>, EncodeError> {
        match self.side {
            Side::Upstream => media::write(source, extra, self.model, feature).map(Some),
            Side::Client => Ok(media::write_for_client(source, extra)),
        }
    }
}

/// The words of a document that is text.
pub(super) fn text_of(source: &Media) -> Option<String> {
    match source {
        Media::Text(text) => Some(text.clone()),
        Media::Base64 { media_type, data } => decoded_text(media_type, data),
        Media::Url(_) | Media::File(_) | Media::Other { .. } => None,
    }
}

/// Reasoning in words, without its signature.
fn thought(thinking: &Thinking) -> Part {
    Part {
        text: Some(thinking.text.clone()),
        thought: Some(true),
        rest: Kept::of(&thinking.extra, DIALECT).rest,
        ..Part::default()
    }
}

/// A call, and whether its arguments were an object. Others go into a field of their own.
pub(super) fn call_part(call: &ToolUse) -> (Part, bool) {
    let mut kept = Kept::of(&call.extra, DIALECT);
    let arguments = call.arguments.trim();
    let parsed = if arguments.is_empty() {
        Some(Json::empty_object())
    } else {
        Json::parse(arguments).ok().filter(Json::is_object)
    };
    let exact = parsed.is_some();
    let args = parsed.unwrap_or_else(|| Json::of(&serde_json::json!({"raw_arguments": call.arguments})));
    let absent = arguments.is_empty() && kept.has(notes::NO_ARGS);
    let function_call = FunctionCall {
        id: is_real_id(&call.id).then(|| call.id.clone()),
        name: Some(call.name.clone()),
        args: (!absent).then_some(args),
        rest: kept.take("functionCall"),
        ..FunctionCall::default()
    };
    let signature = kept.word(notes::PLACEHOLDER);
    (Part { function_call: Some(function_call), signature, rest: kept.rest, ..Part::default() }, exact)
}
