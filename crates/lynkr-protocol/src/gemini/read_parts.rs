//! Parts: wire → blocks. Requests, replies and streams share it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::media;
use super::notes::{self, mark, nest};
use super::wire::{FunctionCall, Part};
use super::{DIALECT, signature};
use crate::error::DecodeError;
use crate::neutral::{Block, Extra, Opaque, Proof, Text, Thinking, ToolUse};
use crate::wire::{Json, Rest};

/// Who wrote the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// A client: signatures may be seals, and a call without an id is known by its place.
    Client,
    /// A provider, which never saw a seal.
    Provider,
}

/// Begins each id that was made of a call's place in a client's conversation. Such an id means nothing to
/// anyone else, so it isn't written.
pub(super) const BY_PLACE: &str = "call_at_";

/// Whether the id is one that clients and servers gave each other.
pub(super) fn is_real_id(id: &str) -> bool {
    !id.is_empty() && !id.starts_with(BY_PLACE)
}

/// Reads parts, and remembers the calls so that results find them.
#[derive(Debug)]
pub(super) struct Reader {
    author: Author,
    /// The answer's id, of which spare ids of calls are made.
    answer: String,
    pub(super) calls: usize,
    /// Every call so far: id, name, whether a result has answered it.
    pub(super) known: Vec<(String, String, bool)>,
}

impl Reader {
    pub(super) fn new(author: Author) -> Self {
        Self { author, answer: String::new(), calls: 0, known: Vec::new() }
    }

    /// Sets the answer's id.
    pub(super) fn set_answer(&mut self, id: &str) {
        let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        self.answer = id.chars().filter(allowed).take(48).collect();
    }

    /// Reads the parts of a turn.
    pub(super) fn turn(&mut self, parts: Vec<Part>, path: &str) -> Result<Vec<Block>, DecodeError> {
        let mut blocks = Vec::with_capacity(parts.len());
        for (at, part) in parts.into_iter().enumerate() {
            self.push(part, &format!("{path}[{at}]"), &mut blocks)?;
        }
        Ok(blocks)
    }

    /// Reads one part. A signature becomes a block of its own, unless it is on reasoning.
    pub(super) fn push(
        &mut self,
        mut part: Part,
        path: &str,
        blocks: &mut Vec<Block>,
    ) -> Result<(), DecodeError> {
        if part.signature.as_deref().is_some_and(signature::is_placeholder)
            && self.author == Author::Client
            && let Some(field) = part.signature.take()
        {
            part.rest.push(notes::PLACEHOLDER, Json::of(&field));
        }
        if let Some(field) = part.signature.take() {
            match signature::open(&field).filter(|_| self.author == Author::Client) {
                Some(sealed) => unseal(sealed, blocks),
                None if is_words(&part) => {
                    blocks.push(signed_words(part, field));
                    return Ok(());
                }
                None => {
                    let proof = Some(Proof::ThoughtSignature { signature: field, alone: is_silent(&part) });
                    let extra = if is_silent(&part) { silent_extra(&mut part) } else { Extra::NONE };
                    blocks.push(Block::Thinking(Thinking { text: String::new(), proof, extra }));
                }
            }
            if is_silent(&part) {
                return Ok(());
            }
        }
        blocks.push(self.block(part, path)?);
        Ok(())
    }

    fn block(&mut self, mut part: Part, path: &str) -> Result<Block, DecodeError> {
        let thought = part.thought.take();
        let kinds = [
            part.text.is_some(),
            part.inline_data.is_some(),
            part.file_data.is_some(),
            part.function_call.is_some(),
            part.function_response.is_some(),
        ];
        let several = kinds.into_iter().filter(|is| *is).count() > 1;
        if several || (thought == Some(true) && part.text.is_none()) {
            return Ok(opaque(Part { thought, ..part }));
        }
        if let Some(thought) = thought.filter(|thought| !thought) {
            part.rest.push("thought", Json::of(&thought));
        }
        if let Some(text) = part.text.take() {
            let extra = media::extra(part.rest);
            return Ok(match thought {
                Some(true) => Block::Thinking(Thinking { text, proof: None, extra }),
                _ => Block::Text(Text { text, extra, ..Text::default() }),
            });
        }
        if let Some(call) = part.function_call.take() {
            return self.call(call, part.rest, path).map(Block::ToolUse);
        }
        if let Some(response) = part.function_response.take() {
            return self.result(response, part.rest, path).map(Block::ToolResult);
        }
        if part.inline_data.is_some() || part.file_data.is_some() {
            return Ok(media::read(part));
        }
        Ok(opaque(part))
    }

    /// Reads a call.
    pub(super) fn call(
        &mut self,
        call: FunctionCall,
        mut extra: Rest,
        path: &str,
    ) -> Result<ToolUse, DecodeError> {
        let name = call.name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| DecodeError::at(format!("{path}.functionCall.name"), "is required"))?;
        nest(&mut extra, "functionCall", &call.rest);
        if call.args.is_none() && self.author == Author::Client {
            mark(&mut extra, notes::NO_ARGS);
        }
        let arguments = call.args.map(|args| args.get().to_owned()).unwrap_or_default();
        let id = call.id.filter(|id| !id.is_empty());
        let id = id.unwrap_or_else(|| self.spare_id(&name, &arguments));
        self.calls = self.calls.saturating_add(1);
        self.known.push((id.clone(), name.clone(), false));
        Ok(ToolUse { id, name, arguments, extra: Extra::new(DIALECT, extra), ..ToolUse::default() })
    }

    fn spare_id(&self, name: &str, arguments: &str) -> String {
        let place = self.calls;
        match self.author {
            Author::Client => format!("{BY_PLACE}{place}"),
            Author::Provider if !self.answer.is_empty() => format!("call_{}_{place}", self.answer),
            Author::Provider => {
                let mut hash = DefaultHasher::new();
                (name, arguments).hash(&mut hash);
                format!("call_{:016x}_{place}", hash.finish())
            }
        }
    }
}

/// Puts opened seals into a turn. The reasoning before them may be the same one again, in the open: our
/// encoder writes it for the client to show.
fn unseal(sealed: Vec<Thinking>, blocks: &mut Vec<Block>) {
    let sealed_text: String = sealed.iter().map(|thinking| thinking.text.as_str()).collect();
    let shown = |block: &&Block| matches!(block, Block::Thinking(thinking) if thinking.proof.is_none());
    let count = blocks.iter().rev().take_while(shown).count();
    let start = blocks.len().saturating_sub(count);
    let shown_text: String = blocks.iter().skip(start).filter_map(thinking_text).collect();
    if shown_text == sealed_text {
        blocks.truncate(start);
    }
    blocks.extend(sealed.into_iter().map(Block::Thinking));
}

fn thinking_text(block: &Block) -> Option<&str> {
    match block {
        Block::Thinking(thinking) => Some(&thinking.text),
        _ => None,
    }
}

/// Whether the part is reasoning in words: its signature is its own.
fn is_words(part: &Part) -> bool {
    part.thought == Some(true) && part.text.as_ref().is_some_and(|text| !text.is_empty()) && !is_mixed(part)
}

/// Whether the part says nothing but its signature.
fn is_silent(part: &Part) -> bool {
    part.text.as_ref().is_none_or(String::is_empty) && !is_mixed(part) && part.rest.is_empty()
}

fn is_mixed(part: &Part) -> bool {
    part.inline_data.is_some()
        || part.file_data.is_some()
        || part.function_call.is_some()
        || part.function_response.is_some()
}

fn signed_words(part: Part, signature: String) -> Block {
    Block::Thinking(Thinking {
        text: part.text.unwrap_or_default(),
        proof: Some(Proof::ThoughtSignature { signature, alone: false }),
        extra: media::extra(part.rest),
    })
}

fn silent_extra(part: &mut Part) -> Extra {
    let mut rest = Rest::default();
    if part.text.is_none() {
        mark(&mut rest, notes::BARE);
    }
    if let Some(thought) = part.thought.take() {
        rest.push("thought", Json::of(&thought));
    }
    Extra::new(DIALECT, rest)
}

/// A part that only this dialect understands, named after its data.
fn opaque(part: Part) -> Block {
    let kind = part.rest.iter().map(|(name, _)| name.to_owned()).next();
    let kind = kind.unwrap_or_else(|| "part".to_owned());
    Block::Opaque(Opaque { dialect: DIALECT, kind, value: Json::of(&part) })
}
