//! Blocks → parts, for requests and for replies.

use std::collections::HashMap;

use lynkr_types::Loss;

use super::notes::{self, Kept};
use super::read_parts::is_real_id;
use super::wire::{FunctionCall, Part};
use super::{DIALECT, media, signature};
use crate::error::EncodeError;
use crate::neutral::{Block, Document, Extra, Image, Media, Proof, Text, Thinking, ToolUse};
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

/// What was left out, each once.
#[derive(Debug, Default)]
pub(super) struct Losses(pub(super) Vec<Loss>);

impl Losses {
    pub(super) fn add(&mut self, loss: Loss) {
        if !self.0.contains(&loss) {
            self.0.push(loss);
        }
    }

    pub(super) fn dropped(&mut self, feature: &str) {
        self.add(Loss::dropped(feature.to_owned()));
    }

    pub(super) fn approximated(&mut self, feature: &str) {
        self.add(Loss::approximated(feature.to_owned()));
    }

    pub(super) fn extra(&mut self, extra: &Extra, prefix: &str) {
        let mut losses = Vec::new();
        extra.note_losses(DIALECT, prefix, &mut losses);
        for loss in losses {
            self.add(loss);
        }
    }

    pub(super) fn cache(&mut self, cache: Option<&Json>) {
        if cache.is_some() {
            self.dropped("cache_control");
        }
    }
}

/// A signature that waits for the part that it belongs to.
#[derive(Debug, Default)]
pub(super) struct Pending(Option<Waiting>);

#[derive(Debug)]
enum Waiting {
    /// Gemini's own.
    Own(String),
    /// Other providers' proofs, sealed.
    Seals(Vec<String>),
}

impl Pending {
    /// Adds Gemini's own signature. One that still waits gets a part to itself.
    pub(super) fn own(&mut self, signature: String) -> Option<Part> {
        let before = self.flush();
        self.0 = Some(Waiting::Own(signature));
        before
    }

    /// Adds a sealed proof.
    pub(super) fn seal(&mut self, seal: String) -> Option<Part> {
        if let Some(Waiting::Seals(seals)) = &mut self.0 {
            seals.push(seal);
            return None;
        }
        let before = self.flush();
        self.0 = Some(Waiting::Seals(vec![seal]));
        before
    }

    /// The signature for the part that comes now.
    pub(super) fn take(&mut self) -> Option<String> {
        self.0.take().map(|waiting| match waiting {
            Waiting::Own(signature) => signature,
            Waiting::Seals(seals) => signature::wrap(&seals),
        })
    }

    /// A part for a signature after which nothing comes.
    pub(super) fn flush(&mut self) -> Option<Part> {
        self.take().map(|signature| Part {
            text: Some(String::new()),
            signature: Some(signature),
            ..Part::default()
        })
    }
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
            Block::Opaque(opaque) => {
                self.losses.dropped(&opaque.kind);
                None
            }
        };
        if let Some(mut part) = part {
            if let Some(signature) = self.pending.take() {
                part.signature = Some(signature);
            }
            parts.push(part);
        }
        Ok(())
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
        Some(Part { text: Some(text.text.clone()), rest: Kept::of(&text.extra).rest, ..Part::default() })
    }

    fn thinking(&mut self, thinking: &Thinking, parts: &mut Vec<Part>) {
        self.losses.extra(&thinking.extra, "thinking.");
        let kept = Kept::of(&thinking.extra);
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
                if proof.is_some() {
                    self.losses.dropped("thinking signature");
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
            self.losses.approximated("tool_use.input");
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
        let mut part = self.media(&document.source, &document.extra, "document")?;
        if matches!(document.source, Media::Text(_)) {
            self.losses.approximated("document");
            if let (Some(title), Some(Part { text: Some(text), .. })) = (&document.title, &mut part) {
                *text = format!("[document: {title}]\n{text}");
            }
        } else if document.title.is_some() {
            self.losses.dropped("document.title");
        }
        Ok(part)
    }

    fn media(&self, source: &Media, extra: &Extra, feature: &str) -> Result<Option<Part>, EncodeError> {
        match self.side {
            Side::Upstream => media::write(source, extra, self.model, feature).map(Some),
            Side::Client => Ok(media::write_for_client(source, extra)),
        }
    }
}

/// Reasoning in words, without its signature.
fn thought(thinking: &Thinking) -> Part {
    Part {
        text: Some(thinking.text.clone()),
        thought: Some(true),
        rest: Kept::of(&thinking.extra).rest,
        ..Part::default()
    }
}

/// A call, and whether its arguments were an object. Others go into a field of their own.
pub(super) fn call_part(call: &ToolUse) -> (Part, bool) {
    let mut kept = Kept::of(&call.extra);
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
    (Part { function_call: Some(function_call), rest: kept.rest, ..Part::default() }, exact)
}
