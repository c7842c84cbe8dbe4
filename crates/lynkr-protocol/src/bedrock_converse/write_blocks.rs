//! Blocks: neutral → wire, for requests and for replies.

use std::collections::BTreeSet;

use lynkr_types::Loss;

use super::wire::{
    CachePoint, CitationsBlock, ContentBlock, ReasoningBlock, ReasoningText, ToolResultBlock, ToolUseBlock,
};
use super::{DIALECT, model, notes};
use crate::anthropic::encode_blocks::arguments_object;
use crate::citations;
use crate::error::EncodeError;
use crate::kept::Kept;
use crate::losses::leave_out;
use crate::neutral::{Block, Extra, Proof, Text, Thinking, ToolResult, ToolUse};
use crate::seal;
use crate::wire::{Json, Rest};

/// Who reads the blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The provider: only its own proofs may reach it.
    Upstream,
    /// A client: foreign proofs are sealed, so that they come back.
    Client,
}

/// The longest id of a call.
const MAX_ID: usize = 64;
/// What a tool's answer says that says nothing: the API refuses blank words.
const NOTHING: &str = "(empty)";

/// Writes blocks and notes what they lose.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub(super) side: Side,
    /// Whether the blocks came in this dialect.
    pub(super) native: bool,
    /// The model that reads them.
    pub(super) model: &'a str,
    pub(super) losses: Vec<Loss>,
    /// The names of the files so far: the API wants them to differ.
    pub(super) file_names: BTreeSet<String>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(side: Side, native: bool, model: &'a str) -> Self {
        Self { side, native, model, losses: Vec::new(), file_names: BTreeSet::new() }
    }

    pub(super) fn dropped(&mut self, feature: &str) {
        self.losses.push(Loss::dropped(feature.to_owned()));
    }

    pub(super) fn approximated(&mut self, feature: &str) {
        self.losses.push(Loss::approximated(feature.to_owned()));
    }

    /// The fields of an object that only this dialect knows; others' are noted as lost.
    pub(super) fn kept(&mut self, extra: &Extra, prefix: &str) -> Kept {
        extra.note_losses(DIALECT, prefix, &mut self.losses);
        Kept::of(extra, DIALECT)
    }

    /// Appends the wire form of `blocks` to `out`, each with the cache point that stands behind it.
    pub(super) fn append<'b>(
        &mut self,
        blocks: impl IntoIterator<Item = &'b Block>,
        out: &mut Vec<ContentBlock>,
    ) -> Result<(), EncodeError> {
        for block in blocks {
            let Some(wire) = self.block(block)? else { continue };
            out.push(wire);
            if let Some(point) = self.cache_point(marker(block), model::caches(self.model)) {
                out.push(ContentBlock { cache_point: Some(point), ..ContentBlock::default() });
            }
        }
        Ok(())
    }

    /// A cache marker as a cache point.
    pub(super) fn cache_point(&mut self, marker: Option<&Json>, taken: bool) -> Option<CachePoint> {
        let marker = marker?.to_value();
        if !taken && !self.native && self.side == Side::Upstream {
            self.dropped("cache_control");
            return None;
        }
        let ttl = marker.get("ttl").and_then(serde_json::Value::as_str).map(str::to_owned);
        let lasting = self.native || model::caches_tools(self.model);
        if ttl.is_some() && !lasting {
            self.approximated("cache_control");
        }
        Some(CachePoint {
            kind: Some("default".to_owned()),
            ttl: ttl.filter(|_| lasting),
            ..CachePoint::default()
        })
    }

    fn block(&mut self, block: &Block) -> Result<Option<ContentBlock>, EncodeError> {
        Ok(match block {
            Block::Text(text) => self.text(text),
            Block::Image(image) => self.image(image)?,
            Block::Document(document) => self.document(document)?,
            Block::ToolUse(call) => Some(self.tool_use(call)),
            Block::ToolResult(result) => Some(self.tool_result(result)?),
            Block::Thinking(thinking) => self.thinking(thinking),
            Block::Refusal(refusal) => {
                self.approximated("refusal");
                self.text(&Text::new(refusal.text.clone()))
            }
            Block::Opaque(opaque) if opaque.dialect == DIALECT => opaque.value.read().ok(),
            Block::Opaque(opaque) => {
                let sound = super::write_media::sound(opaque);
                if sound.is_none() {
                    leave_out(opaque, DIALECT, &mut self.losses)?;
                }
                sound
            }
        })
    }

    fn text(&mut self, text: &Text) -> Option<ContentBlock> {
        // The API refuses blank words; other dialects' clients send them.
        if !self.native && self.side == Side::Upstream && text.text.trim().is_empty() {
            if !text.text.is_empty() {
                self.dropped("text");
            }
            return None;
        }
        let kept = self.kept(&text.extra, "text.");
        if kept.has(notes::JSON)
            && let Ok(value) = Json::parse(&text.text)
        {
            return Some(ContentBlock { json: Some(value), ..ContentBlock::default() });
        }
        let own = self.native || self.side == Side::Client;
        if text.citations.is_some() && !own {
            self.dropped("citations");
        }
        let list = text.citations.as_ref().filter(|_| own);
        let list = list.and_then(|list| citations::list_for(DIALECT, list)).and_then(|list| list.read().ok());
        if list.is_some() || kept.has(notes::CITED) {
            return Some(cited(&text.text, list, kept));
        }
        Some(ContentBlock { text: Some(text.text.clone()), rest: kept.rest, ..ContentBlock::default() })
    }

    fn tool_use(&mut self, call: &ToolUse) -> ContentBlock {
        let rest = self.kept(&call.extra, "tool_use.").rest;
        let input = arguments_object(&call.arguments);
        if input.is_none() {
            self.approximated("tool_use.arguments");
        }
        let raw = || Json::of(&serde_json::json!({"raw_arguments": call.arguments}));
        let tool_use = ToolUseBlock {
            id: Some(self.id(&call.id)),
            name: Some(call.name.clone()),
            input: Some(input.unwrap_or_else(raw)),
            rest,
            ..ToolUseBlock::default()
        };
        ContentBlock { tool_use: Some(tool_use), ..ContentBlock::default() }
    }

    /// The id of a call, in the call and in its result. Other providers' ids are mapped the same way wherever
    /// they stand, so calls and results stay paired.
    fn id(&mut self, id: &str) -> String {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        if self.side == Side::Client || self.native || (id.len() <= MAX_ID && id.chars().all(fits)) {
            return id.to_owned();
        }
        self.approximated("tool_use.id");
        let safe: String = id.chars().map(|c| if fits(c) { c } else { '_' }).collect();
        if safe.len() <= MAX_ID {
            return safe;
        }
        let head: String = safe.chars().take(MAX_ID - 9).collect();
        format!("{head}_{:08x}", crc32fast::hash(id.as_bytes()))
    }

    fn tool_result(&mut self, result: &ToolResult) -> Result<ContentBlock, EncodeError> {
        let mut kept = self.kept(&result.extra, "tool_result.");
        let mut content = Vec::with_capacity(result.content.len());
        for block in &result.content {
            // There are no cache points within; one behind the answer does the same.
            content.extend(self.block(block)?);
        }
        let failed = result.is_error == Some(true);
        let told = self.native || self.side == Side::Client || model::reads_status(self.model);
        if failed && !told {
            self.approximated("tool_result.is_error");
            content.insert(0, words("[tool error]"));
        }
        if content.is_empty() && !self.native && self.side == Side::Upstream {
            self.approximated("tool_result.content");
            content.push(words(NOTHING));
        }
        let status = result.is_error.filter(|_| told).map(|failed| if failed { "error" } else { "success" });
        let odd = kept.rest.remove("status").and_then(|status| status.as_string());
        let tool_result = ToolResultBlock {
            id: Some(self.id(&result.id)),
            content: Some(content),
            status: status.map(str::to_owned).or(odd),
            kind: None,
            rest: kept.rest,
        };
        Ok(ContentBlock { tool_result: Some(tool_result), ..ContentBlock::default() })
    }

    fn thinking(&mut self, thinking: &Thinking) -> Option<ContentBlock> {
        let is_own = matches!(thinking.proof, Some(Proof::Signature(_) | Proof::Redacted(_)));
        if self.side == Side::Upstream && !self.native {
            if thinking.proof.is_none() && thinking.text.is_empty() {
                return None;
            }
            if !is_own || !model::takes_proofs(self.model) {
                self.dropped("thinking");
                return None;
            }
        }
        // A native client hands back other providers' proofs too: they were sealed.
        if self.side == Side::Upstream && thinking.proof.is_some() && !is_own {
            self.dropped("thinking");
            return None;
        }
        let mut kept = self.kept(&thinking.extra, "thinking.");
        let outer = kept.take("reasoningContent");
        let reasoning = match &thinking.proof {
            Some(Proof::Redacted(data)) => {
                ReasoningBlock { redacted: Some(data.clone()), rest: outer, ..ReasoningBlock::default() }
            }
            _ => ReasoningBlock {
                text: Some(reasoning_text(thinking, kept.rest)),
                rest: outer,
                redacted: None,
            },
        };
        Some(ContentBlock { reasoning: Some(reasoning), ..ContentBlock::default() })
    }
}

fn reasoning_text(thinking: &Thinking, rest: Rest) -> ReasoningText {
    ReasoningText { text: Some(thinking.text.clone()), signature: signature(thinking), rest }
}

/// The signature field: Anthropic's own, or a seal around another provider's proof.
pub(super) fn signature(thinking: &Thinking) -> Option<String> {
    match &thinking.proof {
        Some(Proof::Signature(signature)) => Some(signature.clone()),
        _ => seal::seal(thinking),
    }
}

/// Words as a block.
pub(super) fn words(text: &str) -> ContentBlock {
    ContentBlock { text: Some(text.to_owned()), ..ContentBlock::default() }
}

fn cited(text: &str, citations: Option<Vec<Json>>, kept: Kept) -> ContentBlock {
    let pieces = kept.note(notes::CITED).and_then(|pieces| pieces.read().ok());
    let content = pieces.unwrap_or_else(|| vec![words(text)]);
    let citations = Some(citations.unwrap_or_default());
    let block = CitationsBlock { content: Some(content), citations, rest: kept.rest };
    ContentBlock { citations: Some(block), ..ContentBlock::default() }
}

fn marker(block: &Block) -> Option<&Json> {
    match block {
        Block::Text(block) => block.cache.as_ref(),
        Block::Image(block) => block.cache.as_ref(),
        Block::Document(block) => block.cache.as_ref(),
        Block::ToolUse(block) => block.cache.as_ref(),
        Block::ToolResult(block) => {
            block.cache.as_ref().or_else(|| block.content.iter().rev().find_map(marker))
        }
        Block::Thinking(_) | Block::Refusal(_) | Block::Opaque(_) => None,
    }
}
