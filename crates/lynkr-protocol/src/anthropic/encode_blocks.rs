//! Blocks: neutral → wire, for requests and for replies.

use lynkr_types::Loss;

use super::wire::{
    ContentBlock, DocumentBlock, FileSource, ImageBlock, InlineSource, RedactedBlock, Source, TextBlock,
    ThinkingBlock, ToolResultBlock, ToolUseBlock, UrlSource,
};
use crate::Dialect;
use crate::citations;
use crate::error::EncodeError;
use crate::neutral::decoded_text;
use crate::neutral::{Block, Document, Image, Media, Proof, Text, Thinking, ToolResult, ToolUse};
use crate::seal;
use crate::wire::{Json, TextOr};

const DIALECT: Dialect = Dialect::Anthropic;

/// Who reads the blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// A provider: only its own proofs may reach it.
    Upstream,
    /// A client: foreign proofs are sealed, so that they come back.
    Client,
}

/// Writes blocks and notes what they lose.
#[derive(Debug)]
pub(super) struct BlockWriter<'a> {
    pub(super) losses: &'a mut Vec<Loss>,
    pub(super) origin: Option<Dialect>,
    pub(super) side: Side,
}

impl BlockWriter<'_> {
    /// Appends the wire form of `blocks` to `out`.
    pub(super) fn append(
        &mut self,
        blocks: &[Block],
        out: &mut Vec<ContentBlock>,
    ) -> Result<(), EncodeError> {
        for block in blocks {
            if let Some(wire) = self.block(block)? {
                out.push(wire);
            }
        }
        Ok(())
    }

    /// The same for a turn of the model: there are no pictures or files in it.
    pub(super) fn append_model(
        &mut self,
        blocks: &[Block],
        out: &mut Vec<ContentBlock>,
    ) -> Result<(), EncodeError> {
        for block in blocks {
            match block {
                Block::Image(_) | Block::Document(_) if self.origin != Some(DIALECT) => {
                    self.losses.push(Loss::dropped(format!("assistant.{}", block.kind())));
                }
                _ => out.extend(self.block(block)?),
            }
        }
        Ok(())
    }

    fn block(&mut self, block: &Block) -> Result<Option<ContentBlock>, EncodeError> {
        Ok(match block {
            Block::Text(text) => self.text(text),
            Block::Image(image) => Some(self.image(image)?),
            Block::Document(document) => Some(self.document(document)?),
            Block::ToolUse(call) => Some(ContentBlock::ToolUse(self.tool_use(call))),
            Block::ToolResult(result) => Some(ContentBlock::ToolResult(self.tool_result(result)?)),
            Block::Thinking(thinking) => self.thinking(thinking),
            Block::Refusal(refusal) => {
                self.losses.push(Loss::approximated("refusal"));
                self.text(&Text::new(refusal.text.clone()))
            }
            Block::Opaque(opaque) if opaque.dialect == DIALECT => opaque.value.read().ok(),
            Block::Opaque(opaque) => {
                crate::losses::leave_out(opaque, DIALECT, self.losses)?;
                None
            }
        })
    }

    fn text(&mut self, text: &Text) -> Option<ContentBlock> {
        // The API refuses empty texts; other dialects' clients send them.
        if text.text.is_empty() && self.origin != Some(DIALECT) && self.side == Side::Upstream {
            return None;
        }
        text.extra.note_losses(DIALECT, "text.", self.losses);
        let own = self.origin == Some(DIALECT) || self.side == Side::Client;
        let citations = match self.side {
            Side::Upstream => text.citations.clone(),
            Side::Client => text.citations.as_ref().and_then(|list| citations::list_for(DIALECT, list)),
        };
        if text.citations.is_some() && !own {
            self.losses.push(Loss::dropped("citations"));
        }
        Some(ContentBlock::Text(TextBlock {
            text: Some(text.text.clone()),
            citations: citations.filter(|_| own),
            cache_control: text.cache.clone(),
            rest: text.extra.of(DIALECT),
        }))
    }

    fn image(&mut self, image: &Image) -> Result<ContentBlock, EncodeError> {
        if image.detail.is_some() {
            self.losses.push(Loss::dropped("image.detail"));
        }
        image.extra.note_losses(DIALECT, "image.", self.losses);
        Ok(ContentBlock::Image(ImageBlock {
            source: Some(self.source(&image.source, "image")?),
            cache_control: image.cache.clone(),
            rest: image.extra.of(DIALECT),
        }))
    }

    fn document(&mut self, document: &Document) -> Result<ContentBlock, EncodeError> {
        document.extra.note_losses(DIALECT, "document.", self.losses);
        let source = match &document.source {
            Media::Base64 { media_type, data } if self.origin != Some(DIALECT) && media_type != PDF => {
                text_source(media_type, data)?
            }
            other => self.source(other, "document")?,
        };
        Ok(ContentBlock::Document(DocumentBlock {
            source: Some(source),
            title: document.title.clone(),
            cache_control: document.cache.clone(),
            rest: document.extra.of(DIALECT),
        }))
    }

    /// Where the bytes are. Another provider's file ids mean nothing to this one.
    fn source(&self, media: &Media, feature: &str) -> Result<Source, EncodeError> {
        match media {
            Media::File(id)
                if self.origin != Some(DIALECT)
                    && self.side == Side::Upstream
                    && !id.starts_with("file_") =>
            {
                let why = "the file lies in another provider's store; send the bytes";
                Err(refused(format!("{feature}.source"), why))
            }
            other => source(other, feature),
        }
    }

    fn tool_use(&mut self, call: &ToolUse) -> ToolUseBlock {
        call.extra.note_losses(DIALECT, "tool_use.", self.losses);
        let input = arguments_object(&call.arguments);
        if input.is_none() {
            self.losses.push(Loss::approximated("tool_use.arguments"));
        }
        ToolUseBlock {
            id: Some(self.id(&call.id)),
            name: Some(call.name.clone()),
            input: Some(
                input.unwrap_or_else(|| Json::of(&serde_json::json!({"raw_arguments": call.arguments}))),
            ),
            cache_control: call.cache.clone(),
            rest: call.extra.of(DIALECT),
        }
    }

    fn tool_result(&mut self, result: &ToolResult) -> Result<ToolResultBlock, EncodeError> {
        result.extra.note_losses(DIALECT, "tool_result.", self.losses);
        let mut content = Vec::with_capacity(result.content.len());
        self.append(&result.content, &mut content)?;
        let content = match content.as_slice() {
            [] => None,
            [ContentBlock::Text(only)] if only.cache_control.is_none() && only.rest.is_empty() => {
                only.text.clone().map(TextOr::Text)
            }
            _ => Some(TextOr::List(content)),
        };
        Ok(ToolResultBlock {
            tool_use_id: Some(self.id(&result.id)),
            content,
            is_error: result.is_error,
            cache_control: result.cache.clone(),
            rest: result.extra.of(DIALECT),
        })
    }

    /// Anthropic's ids are letters, digits, `_` and `-`. Other providers' ids are mapped the same way
    /// wherever they stand, so calls and results stay paired.
    fn id(&mut self, id: &str) -> String {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.side == Side::Client || id.chars().all(fits) {
            return id.to_owned();
        }
        self.losses.push(Loss::approximated("tool_use.id"));
        id.chars().map(|c| if fits(c) { c } else { '_' }).collect()
    }

    fn thinking(&mut self, thinking: &Thinking) -> Option<ContentBlock> {
        let native = is_native_proof(thinking);
        match (&thinking.proof, self.side) {
            (Some(Proof::Redacted(data)), _) => Some(ContentBlock::RedactedThinking(RedactedBlock {
                data: Some(data.clone()),
                rest: thinking.extra.of(DIALECT),
            })),
            (None, Side::Upstream) if thinking.text.is_empty() && thinking.extra.is_empty() => None,
            (_, Side::Upstream) if !native => {
                self.losses.push(Loss::dropped("thinking"));
                None
            }
            (_, _) => Some(ContentBlock::Thinking(ThinkingBlock {
                thinking: Some(thinking.text.clone()),
                signature: Some(signature(thinking)),
                rest: thinking.extra.of(DIALECT),
            })),
        }
    }
}

/// The signature field: Anthropic's own, or a seal around another provider's proof.
pub(super) fn signature(thinking: &Thinking) -> String {
    match &thinking.proof {
        Some(Proof::Signature(signature)) => signature.clone(),
        _ => seal::seal(thinking).unwrap_or_default(),
    }
}

/// Whether Anthropic made the proof.
pub(super) fn is_native_proof(thinking: &Thinking) -> bool {
    matches!(thinking.proof, Some(Proof::Signature(_) | Proof::Redacted(_)))
}

/// Arguments as the object that the API wants; `None` when the text is no JSON object.
pub(crate) fn arguments_object(arguments: &str) -> Option<Json> {
    if arguments.trim().is_empty() {
        return Some(Json::empty_object());
    }
    Json::parse(arguments).ok().filter(Json::is_object)
}

/// What the API reads in place, besides text.
const PDF: &str = "application/pdf";

/// A file of text, whose base64 the API takes in plain form only.
fn text_source(media_type: &str, data: &str) -> Result<Source, EncodeError> {
    let Some(text) = decoded_text(media_type, data) else {
        return Err(refused("document", format!("it reads PDF and text, not {media_type}")));
    };
    Ok(plain_source(text))
}

fn plain_source(text: String) -> Source {
    Source::Text(InlineSource {
        media_type: Some("text/plain".to_owned()),
        data: Some(text),
        ..InlineSource::default()
    })
}

fn source(media: &Media, feature: &str) -> Result<Source, EncodeError> {
    Ok(match media {
        Media::Base64 { media_type, data } => Source::Base64(InlineSource {
            media_type: Some(media_type.clone()),
            data: Some(data.clone()),
            ..InlineSource::default()
        }),
        Media::Url(url) => Source::Url(UrlSource { url: Some(url.clone()), ..UrlSource::default() }),
        Media::File(id) => Source::File(FileSource { file_id: Some(id.clone()), ..FileSource::default() }),
        Media::Text(text) => plain_source(text.clone()),
        Media::Other { dialect, value } if *dialect == DIALECT => {
            value.read().map_err(|_| unknown_source(feature))?
        }
        Media::Other { .. } => return Err(unknown_source(feature)),
    })
}

fn unknown_source(feature: &str) -> EncodeError {
    let why = "its bytes must be in place, at a URL or in the provider's file store";
    refused(format!("{feature}.source"), why)
}

fn refused(feature: impl Into<String>, why: impl Into<String>) -> EncodeError {
    EncodeError { target: DIALECT, feature: feature.into(), why: why.into() }
}
