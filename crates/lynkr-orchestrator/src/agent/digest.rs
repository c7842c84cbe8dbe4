//! Knows a client's turns again by what the client was told of them, however it keeps them: without white space, without
//! reasoning, and whatever turns they are spread over.

use ring::digest::{Context, SHA256};

use lynkr_protocol::neutral::{Block, Role, Turn};

use crate::session_id::without_reminders;

/// A digest of some turns.
pub(crate) type Digest = [u8; 16];

/// Whose turns they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The caller with its session.
    pub(crate) name: Vec<u8>,
    /// Whether the client keeps the ids of calls; some dialects have none.
    pub(crate) keeps_ids: bool,
}

/// Adds up what is said in blocks.
pub(crate) struct Digester {
    context: Context,
    keeps_ids: bool,
}

impl Digester {
    pub(crate) fn new(owner: &Owner) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&owner.name);
        context.update(&[0]);
        Self { context, keeps_ids: owner.keeps_ids }
    }

    fn words(&mut self, text: &str) {
        for word in text.split_whitespace() {
            self.context.update(word.as_bytes());
        }
    }

    fn mark(&mut self, kind: u8, id: &str, name: &str) {
        self.context.update(&[0, kind]);
        self.context.update(if self.keeps_ids { id } else { name }.as_bytes());
        self.context.update(&[0]);
    }

    /// Words and calls, in order; everything else is left out.
    pub(crate) fn blocks<'a>(&mut self, blocks: impl IntoIterator<Item = &'a Block>) {
        for block in blocks {
            match block {
                Block::Text(text) => self.words(&without_reminders(&text.text)),
                Block::Refusal(refusal) => self.words(&refusal.text),
                Block::ToolUse(call) => self.mark(1, &call.id, &call.name),
                // What a client keeps of an old result may be shortened.
                Block::ToolResult(result) => self.mark(2, &result.id, ""),
                Block::Image(_) | Block::Document(_) => self.mark(3, "", ""),
                Block::Thinking(_) | Block::Opaque(_) => {}
            }
        }
    }

    pub(crate) fn between(&mut self) {
        self.context.update(&[0, 0]);
    }

    pub(crate) fn finish(self) -> Digest {
        let whole = self.context.finish();
        let mut half = Digest::default();
        half.iter_mut().zip(whole.as_ref()).for_each(|(own, byte)| *own = *byte);
        half
    }
}

/// The turns from the last change of speaker before `end` on: those of the model, or those that aren't.
pub(crate) fn run_before(turns: &[Turn], end: usize, of_model: bool) -> &[Turn] {
    let before = turns.get(..end).unwrap_or_default();
    let is = |turn: &Turn| (turn.role == Role::Assistant) == of_model;
    let begin = before.iter().rposition(|turn| !is(turn)).map_or(0, |at| at + 1);
    before.get(begin..).unwrap_or_default()
}

pub(crate) fn blocks_of(turns: &[Turn]) -> impl Iterator<Item = &Block> {
    turns.iter().flat_map(|turn| &turn.blocks)
}
