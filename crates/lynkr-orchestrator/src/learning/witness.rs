//! What is remembered of an answer while it goes by, to be judged afterwards: the ends of its words, and its calls.

use lynkr_protocol::neutral::{Block, Event};
use lynkr_routing::learn::verify::Excerpt;

/// So much of the arguments of an answer's calls is kept, in bytes.
const MOST_ARGUMENTS: usize = 64 * 1024;
/// So many calls are kept.
const MOST_CALLS: usize = 64;

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Called {
    index: usize,
    pub(super) name: String,
    /// As the model wrote them; empty where they are too long to be kept.
    pub(super) arguments: String,
    is_cut: bool,
}

/// What is remembered of an answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Witness {
    pub(super) text: Excerpt,
    pub(super) calls: Vec<Called>,
    /// Whether anything was heard: what couldn't be read isn't judged.
    pub(super) heard: bool,
    bytes: usize,
}

impl Witness {
    /// Takes the next event of the answer in.
    pub(super) fn hears(&mut self, event: &Event) {
        self.heard = true;
        match event {
            Event::TextDelta { text, .. } | Event::RefusalDelta { text, .. } => self.text.push(text),
            Event::BlockStart { index, block: Block::ToolUse(call) } if self.calls.len() < MOST_CALLS => {
                let (index, name) = (*index, call.name.clone());
                // Plain text for a free-form tool isn't to be parsed.
                self.calls.push(Called { index, name, arguments: String::new(), is_cut: call.freeform });
                self.argue(index, &call.arguments);
            }
            Event::BlockStart { block: Block::Refusal(refusal), .. } => self.text.push(&refusal.text),
            Event::ArgsDelta { index, fragment } => self.argue(*index, fragment),
            _ => {}
        }
    }

    fn argue(&mut self, index: usize, fragment: &str) {
        let Some(call) = self.calls.iter_mut().rfind(|call| call.index == index && !call.is_cut) else {
            return;
        };
        if self.bytes + fragment.len() > MOST_ARGUMENTS {
            call.is_cut = true;
            call.arguments = String::new();
            return;
        }
        self.bytes += fragment.len();
        call.arguments.push_str(fragment);
    }
}

#[cfg(test)]
mod tests {
    //! Words and calls, in bounded memory.

    use lynkr_protocol::neutral::ToolUse;

    use super::*;

    fn call(index: usize, freeform: bool) -> Event {
        let call = ToolUse { name: "Edit".to_owned(), freeform, ..ToolUse::default() };
        Event::BlockStart { index, block: Block::ToolUse(call) }
    }

    fn more(index: usize, fragment: &str) -> Event {
        Event::ArgsDelta { index, fragment: fragment.to_owned() }
    }

    #[test]
    fn words_and_calls() {
        let mut witness = Witness::default();
        assert!(!witness.heard);
        witness.hears(&Event::TextDelta { index: 0, text: "Done.".to_owned() });
        for event in [call(1, false), call(2, false), more(1, "{\"a\""), more(2, "{}"), more(1, ":1}")] {
            witness.hears(&event);
        }
        let calls: Vec<&str> = witness.calls.iter().map(|call| call.arguments.as_str()).collect();
        assert_eq!((witness.text.len(), calls), (5, vec!["{\"a\":1}", "{}"]));
    }

    #[test]
    fn long_arguments_and_free_forms_are_not_kept() {
        let mut witness = Witness::default();
        let long = more(1, &"x".repeat(MOST_ARGUMENTS + 1));
        for event in [call(0, true), more(0, "*** Begin Patch"), call(1, false), long] {
            witness.hears(&event);
        }
        witness.hears(&more(1, "x"));
        assert!(witness.calls.iter().all(|call| call.arguments.is_empty()));
        (0..200).for_each(|index| witness.hears(&call(index, false)));
        assert_eq!(witness.calls.len(), MOST_CALLS);
    }
}
