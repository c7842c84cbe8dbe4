//! What was hidden from a client, so that its next request gets it back: the model then finds its own calls and their
//! results where they were, and the provider its prompt cache.
//!
//! The client sends back what it was told: one turn of the model, in which the gateway's calls are missing. That turn is
//! known again by what is said in it and before it, within its session and caller, and replaced by the turns that there
//! really were. What isn't known any more stays as the client has it, which is whole in itself.

use std::sync::{Mutex, PoisonError};

use lynkr_protocol::neutral::{Block, Role, Turn};
use lynkr_protocol::wire::Json;

use super::digest::{Digest, Digester, Owner, blocks_of, run_before};
use crate::aged::Aged;

/// How much is kept, in bytes, and of how many answers; the oldest go first.
const MOST_BYTES: usize = 64 * 1024 * 1024;
const MOST_ANSWERS: usize = 20_000;

/// About what a block takes besides its texts.
const BLOCK: usize = 256;

/// The turns that one answer really was.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hidden {
    /// From the model's first turn to its last.
    pub(crate) turns: Vec<Turn>,
    /// Results of the last turn's calls, where the client answers others of them.
    pub(crate) results: Vec<Block>,
}

impl Hidden {
    fn size(&self) -> usize {
        let blocks = blocks_of(&self.turns).chain(&self.results);
        blocks.map(size).sum()
    }
}

fn size(block: &Block) -> usize {
    BLOCK
        + match block {
            Block::Text(text) => text.text.len(),
            Block::Thinking(thinking) => 2 * thinking.text.len(),
            Block::ToolUse(call) => call.arguments.len(),
            Block::ToolResult(result) => result.content.iter().map(size).sum(),
            Block::Opaque(opaque) => opaque.value.get().len(),
            Block::Refusal(refusal) => refusal.text.len(),
            Block::Image(_) | Block::Document(_) => 4 * BLOCK,
        }
}

#[derive(Debug, Default)]
struct Inner {
    answers: Aged<Digest, Hidden>,
    bytes: usize,
}

/// The memory. It is this process's alone.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Inner>);

impl Memory {
    /// Keeps what an answer really was. `owner` is the caller with its session, `asked` the client's turns, and `told`
    /// what the client got.
    pub(crate) fn keep(&self, owner: &Owner, asked: &[Turn], told: &[Block], hidden: Hidden) {
        let key = key(owner, run_before(asked, asked.len(), false), told);
        let size = hidden.size();
        if size > MOST_BYTES / 4 {
            return;
        }
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.bytes += size;
        if let Some(old) = inner.answers.insert(key, hidden) {
            inner.bytes = inner.bytes.saturating_sub(old.size());
        }
        while (inner.bytes > MOST_BYTES || inner.answers.len() > MOST_ANSWERS)
            && let Some(oldest) = inner.answers.pop_oldest()
        {
            inner.bytes = inner.bytes.saturating_sub(oldest.size());
        }
    }

    fn find(&self, key: &Digest) -> Option<Hidden> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).answers.get(key).cloned()
    }

    /// Puts back what was hidden in a client's turns. Tells whether anything was.
    pub(crate) fn restore(&self, owner: &Owner, turns: &mut Vec<Turn>) -> bool {
        let mut whole: Vec<Turn> = Vec::with_capacity(turns.len());
        let (mut at, mut restored) = (0, false);
        let mut owed: Vec<Block> = Vec::new();
        while let Some(turn) = turns.get(at) {
            let of_model = turn.role == Role::Assistant;
            let is = |turn: &&Turn| (turn.role == Role::Assistant) == of_model;
            let run: Vec<Turn> = turns.iter().skip(at).take_while(is).cloned().collect();
            let hidden = of_model.then(|| {
                let told: Vec<Block> = blocks_of(&run).cloned().collect();
                self.find(&key(owner, run_before(turns, at, false), &told))
            });
            at += run.len();
            match hidden.flatten() {
                Some(hidden) => {
                    restored = true;
                    owed = hidden.results;
                    let before = whole.len();
                    whole.extend(hidden.turns);
                    mark(whole.get_mut(before..).unwrap_or_default(), &run);
                }
                None => answer(&mut whole, run, std::mem::take(&mut owed)),
            }
        }
        if !owed.is_empty() {
            whole.push(Turn::new(Role::User, owed));
        }
        if restored {
            *turns = whole;
        }
        restored
    }
}

/// Adds turns, in front of which results are owed: providers want all results of a turn together.
fn answer(whole: &mut Vec<Turn>, mut run: Vec<Turn>, owed: Vec<Block>) {
    if !owed.is_empty() {
        match run.first_mut().filter(|turn| turn.role == Role::User) {
            Some(turn) => drop(turn.blocks.splice(0..0, owed)),
            None => whole.push(Turn::new(Role::User, owed)),
        }
    }
    whole.append(&mut run);
}

/// A cache marker that the client set stands where it stood: at the end.
fn mark(turns: &mut [Turn], client: &[Turn]) {
    let Some(marker) = blocks_of(client).filter_map(cache_of).last().cloned() else { return };
    let last = turns.iter_mut().flat_map(|turn| &mut turn.blocks).filter(|block| is_marked(block)).last();
    match last {
        Some(Block::Text(text)) => text.cache = Some(marker),
        Some(Block::ToolUse(call)) => call.cache = Some(marker),
        _ => {}
    }
}

fn is_marked(block: &Block) -> bool {
    matches!(block, Block::Text(_) | Block::ToolUse(_))
}

fn cache_of(block: &Block) -> Option<&Json> {
    match block {
        Block::Text(text) => text.cache.as_ref(),
        Block::ToolUse(call) => call.cache.as_ref(),
        _ => None,
    }
}

fn key(owner: &Owner, asked: &[Turn], told: &[Block]) -> Digest {
    let mut digester = Digester::new(owner);
    digester.blocks(blocks_of(asked));
    digester.between();
    digester.blocks(told);
    digester.finish()
}

#[cfg(test)]
mod tests;
