//! What a request adds to a transcript: the client's newest turns, and the words of the answer.

use std::ops::Range;

use lynkr_protocol::neutral::Event;
use lynkr_protocol::peek::Peek;
use serde_json::Value;

use crate::ingress::Ingress;
use crate::ledger::Exchange;

/// The most bytes that a transcript takes of a request, and of an answer.
const MOST: usize = 64 * 1024;

impl Exchange {
    /// The client's part. A client sends its whole conversation each time; what the model said is known already.
    pub(crate) fn of(ingress: &Ingress, peek: &Peek) -> Self {
        Self { asked: newest(ingress, peek), answered: String::new() }
    }

    /// The words of an answer, up to the bound.
    pub(crate) fn hears(&mut self, event: &Event) {
        if let Event::TextDelta { text, .. } | Event::RefusalDelta { text, .. } = event {
            let room = MOST.saturating_sub(self.answered.len());
            let fits = text.char_indices().map(|(at, letter)| at + letter.len_utf8());
            let end = fits.take_while(|end| *end <= room).last().unwrap_or(0);
            self.answered.push_str(text.get(..end).unwrap_or_default());
        }
    }
}

fn newest(ingress: &Ingress, peek: &Peek) -> Option<Value> {
    let turn = |span: &Range<usize>| ingress.body.get(span.clone());
    let turns = peek.turn_spans.iter().map(turn).collect::<Option<Vec<&[u8]>>>()?;
    let rest = turns.iter().rposition(|turn| is_models(turn)).map_or(0, |at| at + 1);
    let new = turns.get(rest..)?;
    if new.iter().map(|turn| turn.len()).sum::<usize>() > MOST {
        return None;
    }
    match new {
        // An input that is one text.
        [text] if text.starts_with(b"\"") => serde_json::from_slice(text).ok(),
        turns => turns.iter().map(|turn| serde_json::from_slice::<Value>(turn).ok()).collect(),
    }
}

fn is_models(turn: &[u8]) -> bool {
    #[derive(Default)]
    struct Said {
        role: String,
        kind: String,
    }
    let value: Option<serde_json::Map<String, Value>> = serde_json::from_slice(turn).ok();
    let said = value.map(|mut turn| {
        let mut text = |name: &str| match turn.remove(name) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        Said { role: text("role"), kind: text("type") }
    });
    let said = said.unwrap_or_default();
    matches!(said.role.as_str(), "assistant" | "model")
        || matches!(said.kind.as_str(), "function_call" | "custom_tool_call" | "reasoning")
}

#[cfg(test)]
mod tests;
