//! Call ids that stay unique: some servers count from zero in every answer, or give no ids at all, and clients
//! take a second call with a known id for the first one and leave it out.

use std::collections::HashSet;

use crate::neutral::{Block, Conversation, Event, Reply};

/// The ids that a conversation has used.
#[derive(Debug, Clone, Default)]
pub struct CallIds {
    used: HashSet<String>,
    /// Makes new ids differ from those of other answers.
    seed: String,
    renewed: usize,
}

impl CallIds {
    /// The ids of a conversation; new ones are made of `seed`, which no other answer has.
    pub fn of(conversation: &Conversation, seed: &str) -> Self {
        let blocks = conversation.turns.iter().flat_map(|turn| &turn.blocks);
        let used = blocks.filter_map(|block| match block {
            Block::ToolUse(call) => Some(call.id.clone()),
            _ => None,
        });
        Self { used: used.collect(), seed: seed.chars().take(24).collect(), renewed: 0 }
    }

    /// Gives a call that begins a new id if its own is known already.
    pub fn renew(&mut self, event: &mut Event) {
        if let Event::BlockStart { block, .. } = event {
            self.renew_block(block);
        }
    }

    /// The same for a whole answer.
    pub fn renew_all(&mut self, reply: &mut Reply) {
        reply.blocks.iter_mut().for_each(|block| self.renew_block(block));
    }

    fn renew_block(&mut self, block: &mut Block) {
        let Block::ToolUse(call) = block else { return };
        if self.used.insert(call.id.clone()) {
            return;
        }
        call.id = format!("call_{}_{}", self.seed, self.renewed);
        self.renewed += 1;
        self.used.insert(call.id.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neutral::{Role, ToolUse, Turn};

    fn call(id: &str) -> Block {
        Block::ToolUse(ToolUse { id: id.to_owned(), ..ToolUse::default() })
    }

    fn ids(reply: &Reply) -> Vec<&str> {
        let id = |block| {
            if let &Block::ToolUse(ToolUse { ref id, .. }) = block { Some(id.as_str()) } else { None }
        };
        reply.blocks.iter().filter_map(id).collect()
    }

    #[test]
    fn known_ids_are_renewed_and_others_stay() {
        let turns = vec![Turn::new(Role::Assistant, vec![call("call_0")])];
        let conversation = Conversation { turns, ..Conversation::default() };
        let mut reply = Reply {
            blocks: vec![call("call_0"), call("call_1"), call("call_1"), Block::text("call_0")],
            ..Reply::default()
        };
        CallIds::of(&conversation, "abc").renew_all(&mut reply);
        assert_eq!(ids(&reply), ["call_abc_0", "call_1", "call_abc_1"]);
    }

    #[test]
    fn streams_are_treated_alike() {
        let turns = vec![Turn::new(Role::Assistant, vec![call("call_0")])];
        let mut known = CallIds::of(&Conversation { turns, ..Conversation::default() }, "abc");
        for (id, expected) in [("call_0", "call_abc_0"), ("call_1", "call_1"), ("call_0", "call_abc_1")] {
            let mut event = Event::BlockStart { index: 0, block: call(id) };
            known.renew(&mut event);
            assert_eq!(event, Event::BlockStart { index: 0, block: call(expected) });
        }
    }
}
