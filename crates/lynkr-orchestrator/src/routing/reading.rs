//! What a body says to routing. Each turn is read once and found again by its digest: a conversation grows at its end,
//! and everything before was in the last request.

use std::ops::Range;
use std::sync::Arc;

use lynkr_protocol::peek::Peek;
use lynkr_routing::signals::agentic::{AgenticCounts, acts};
use lynkr_routing::signals::{effective_tools, profile};
use lynkr_routing::{Around, Facts, Memo, Pin, Policy, Reader, Side, Speaker, Turn, own_words, score, side};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use crate::aside::{Aside, Helper, TitleForm, helper};
use crate::ingress::Ingress;

/// So many turns are remembered, and so many lists of tools.
const MOST_TURNS: usize = 8_192;
const MOST_BELTS: usize = 256;
/// So much of a system prompt is looked at, in bytes.
const MOST_SYSTEM: usize = 2_000;
/// So much of what a conversation is about is kept for a title, in characters.
const MOST_TOPIC: usize = 400;

/// What the tools of a request say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Belt {
    names: Vec<String>,
}

/// The digests of a body's turns and of its tools.
#[derive(Debug)]
pub(crate) struct Digests {
    turns: Vec<u128>,
    belt: Option<u128>,
}

/// What was read before.
#[derive(Debug)]
pub(crate) struct Readings {
    turns: Memo<Turn>,
    belts: Memo<Belt>,
}

impl Default for Readings {
    fn default() -> Self {
        Self { turns: Memo::new(MOST_TURNS), belts: Memo::new(MOST_BELTS) }
    }
}

/// What is known already of the parts of a body.
#[derive(Debug)]
pub(crate) struct Known {
    turns: Vec<Option<Arc<Turn>>>,
    belt: Option<Arc<Belt>>,
}

/// What was read for the first time.
#[derive(Debug, Default)]
pub(crate) struct New {
    turns: Vec<(u128, Arc<Turn>)>,
    belt: Option<(u128, Arc<Belt>)>,
}

impl New {
    pub(crate) fn is_empty(&self) -> bool {
        self.turns.is_empty() && self.belt.is_none()
    }
}

fn part<'a>(body: &'a [u8], span: &Range<usize>) -> &'a [u8] {
    body.get(span.clone()).unwrap_or_default()
}

impl Readings {
    pub(crate) fn digests(ingress: &Ingress, peek: &Peek) -> Digests {
        let digest = |span: &Range<usize>| xxh3_128(part(&ingress.body, span));
        Digests {
            turns: peek.turn_spans.iter().map(digest).collect(),
            belt: peek.tools_span.as_ref().map(digest),
        }
    }

    pub(crate) fn known(&mut self, digests: &Digests) -> Known {
        Known {
            turns: digests.turns.iter().map(|digest| self.turns.get(*digest)).collect(),
            belt: digests.belt.and_then(|digest| self.belts.get(digest)),
        }
    }

    pub(crate) fn learn(&mut self, new: New) {
        for (digest, turn) in new.turns {
            self.turns.put(digest, turn);
        }
        if let Some((digest, belt)) = new.belt {
            self.belts.put(digest, belt);
        }
    }
}

/// What a body says.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(super) turns: Vec<Arc<Turn>>,
    belt: Arc<Belt>,
    /// The words of the last turn as they came, with all that the client put around them.
    last_text: String,
    system: String,
    /// The digest of the last turn.
    pub(super) last: u128,
}

impl Reading {
    /// What is known, completed by reading what isn't.
    pub(crate) fn complete(known: Known, digests: &Digests, ingress: &Ingress, peek: &Peek) -> (Self, New) {
        let mut new = New::default();
        let reader =
            Reader { own_words: &|text| own_words(text).into_owned(), score: &|text| score(text).score };
        let last = peek.turn_spans.last().map(|span| part(&ingress.body, span)).unwrap_or_default();
        // A long last turn is no side request.
        let last_value: Option<Value> =
            (last.len() < 64 * 1024).then(|| serde_json::from_slice(last).unwrap_or_default());
        let newest = peek.turn_spans.len().checked_sub(1);
        let parts = known.turns.into_iter().zip(&digests.turns).zip(&peek.turn_spans);
        let turns: Vec<Arc<Turn>> = parts
            .enumerate()
            .map(|(at, ((known, digest), span))| {
                known.unwrap_or_else(|| {
                    let turn = match &last_value {
                        Some(value) if Some(at) == newest => Turn::of(value, reader),
                        _ => Turn::read(part(&ingress.body, span), reader),
                    };
                    let turn = Arc::new(turn);
                    new.turns.push((*digest, Arc::clone(&turn)));
                    turn
                })
            })
            .collect();
        let belt = match (known.belt, digests.belt, &peek.tools_span) {
            (Some(belt), _, _) => belt,
            (None, Some(digest), Some(span)) => {
                let belt = Arc::new(Belt { names: tool_names(part(&ingress.body, span)) });
                new.belt = Some((digest, Arc::clone(&belt)));
                belt
            }
            (None, _, _) => Arc::default(),
        };
        let last_text = last_value.as_ref().map(last_words).unwrap_or_default();
        let system = system(&turns, ingress, peek);
        let last = digests.turns.last().copied().unwrap_or_default();
        (Self { turns, belt, last_text, system, last }, new)
    }

    /// The facts that a decision needs.
    pub(crate) fn facts(
        &self,
        policy: &Policy,
        ingress: &Ingress,
        peek: &Peek,
        pin: Option<&Pin>,
    ) -> Facts<'_> {
        let asks = self.turns.iter().rev().filter_map(|turn| turn.ask.as_ref()).take(policy.window.max(1));
        let since = self.since_the_user();
        let names: Vec<&str> = self.belt.names.iter().map(String::as_str).collect();
        let client = profile(ingress.header("user-agent").unwrap_or_default(), &names);
        let own = effective_tools(client, &names);
        let last = self.turns.last();
        let mid_tools = last.is_some_and(|last| {
            last.ask.is_none()
                && (last.tool_results > 0 || (last.speaker == Speaker::Model && last.tool_calls > 0))
        });
        Facts {
            asks: asks.collect(),
            paths: since.iter().flat_map(|turn| turn.paths.iter().map(String::as_str)).collect(),
            turns: self.turns.len(),
            mid_tools,
            counts: AgenticCounts {
                tools: own.len(),
                acting_tools: own.iter().filter(|name| acts(name)).count(),
                tool_results: since.iter().map(|turn| turn.tool_results).sum(),
            },
            has_tools: peek.tools > 0,
            images: self.turns.iter().map(|turn| turn.images).sum(),
            // Few texts have more than a token for three bytes; what isn't text is larger still.
            tokens: ingress.body.len() as u64 / 4,
            stream: peek.stream.unwrap_or(false),
            side: self.side(ingress, peek, client.is_some(), pin),
            deadline: ingress.header("lynkr-deadline-ms").and_then(|text| text.trim().parse().ok()),
            refined: Vec::new(),
            untold: false,
        }
    }

    /// The turns since the user last spoke.
    fn since_the_user(&self) -> &[Arc<Turn>] {
        let last = self.turns.iter().rposition(|turn| turn.speaker == Speaker::User);
        self.turns.get(last.map_or(0, |last| last + 1)..).unwrap_or_default()
    }

    /// How many results of tools there are.
    pub(crate) fn tool_results(&self) -> usize {
        self.turns.iter().map(|turn| turn.tool_results).sum()
    }

    /// What is known of the request if it is beside its conversation.
    pub(crate) fn aside(&self, ingress: &Ingress, peek: &Peek) -> Option<Aside> {
        let names: Vec<&str> = self.belt.names.iter().map(String::as_str).collect();
        let client = profile(ingress.header("user-agent").unwrap_or_default(), &names);
        let side = self.side(ingress, peek, client.is_some(), None)?;
        let first = self.turns.iter().find_map(|turn| turn.ask.as_ref());
        let topic = first.map_or(self.last_text.as_str(), |ask| ask.words.as_str());
        let topic = topic.chars().take(MOST_TOPIC).collect();
        let title = if self.system.contains("isNewTopic") {
            TitleForm::Topic
        } else if self.system.contains("title\\\"") {
            // A quoted name of a field, as it stands in a JSON string.
            TitleForm::Object
        } else {
            TitleForm::Plain
        };
        Some(Aside { side, topic, title })
    }

    fn side(&self, ingress: &Ingress, peek: &Peek, known_client: bool, pin: Option<&Pin>) -> Option<Side> {
        let turns: Vec<&Turn> = self.turns.iter().map(Arc::as_ref).collect();
        let around = Around {
            system: &self.system,
            has_tools: peek.tools > 0,
            max_tokens: peek.max_tokens,
            known_client,
            asked: peek.model.as_deref().unwrap_or_default(),
        };
        let found = side(&turns, &self.last_text, around);
        // A session that works with tools asks its helpers without them.
        let bare = known_client && peek.tools == 0 && pin.is_some_and(|pin| pin.has_tools);
        let background = helper(ingress) == Some(Helper::Background);
        found.or_else(|| (bare || background).then_some(Side::Background))
    }
}

/// The beginning of the system prompt, as it stands in the body.
fn system(turns: &[Arc<Turn>], ingress: &Ingress, peek: &Peek) -> String {
    // In some dialects the system prompt is a turn.
    let in_turn = || {
        let at = turns.iter().position(|turn| turn.speaker == Speaker::System)?;
        peek.turn_spans.get(at)
    };
    let system = peek.system.as_ref().or_else(in_turn);
    let system = system.map(|span| part(&ingress.body, span)).unwrap_or_default();
    String::from_utf8_lossy(system.get(..system.len().min(MOST_SYSTEM)).unwrap_or_default()).into_owned()
}

/// The texts of a turn, whatever they are.
fn last_words(turn: &Value) -> String {
    fn texts(value: &Value, all: &mut String) {
        match value {
            Value::String(text) => {
                all.push_str(text);
                all.push('\n');
            }
            Value::Array(parts) => parts.iter().for_each(|part| texts(part, all)),
            Value::Object(fields) => {
                let inside = ["content", "parts", "text"].iter().find_map(|name| fields.get(*name));
                if let Some(inside) = inside {
                    texts(inside, all);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut all = String::new();
    texts(turn, &mut all);
    all
}

/// The names of tools in any dialect's list.
fn tool_names(json: &[u8]) -> Vec<String> {
    fn names(tool: &Value, all: &mut Vec<String>) {
        all.extend(tool.get("name").and_then(Value::as_str).map(str::to_owned));
        let inner = ["function", "toolSpec"].iter().filter_map(|field| tool.get(*field));
        inner.for_each(|inner| names(inner, all));
        let lists =
            ["functionDeclarations", "function_declarations"].iter().filter_map(|field| tool.get(*field));
        lists.filter_map(Value::as_array).flatten().for_each(|inner| names(inner, all));
    }
    let list: Value = serde_json::from_slice(json).unwrap_or_default();
    let mut all = Vec::new();
    let tools = list.get("tools").unwrap_or(&list).as_array();
    tools.into_iter().flatten().for_each(|tool| names(tool, &mut all));
    all
}

#[cfg(test)]
mod tests {
    //! Tools of every dialect.

    use super::*;

    #[test]
    fn names_of_tools_in_each_dialect() {
        for list in [
            r#"[{"name":"Bash","input_schema":{}},{"name":"Read"}]"#,
            r#"[{"type":"function","function":{"name":"Bash"}},{"type":"function","function":{"name":"Read"}}]"#,
            r#"[{"functionDeclarations":[{"name":"Bash"},{"name":"Read"}]}]"#,
            r#"{"tools":[{"toolSpec":{"name":"Bash"}},{"toolSpec":{"name":"Read"}}]}"#,
        ] {
            assert_eq!(tool_names(list.as_bytes()), ["Bash", "Read"], "{list}");
        }
        assert_eq!(tool_names(b"nonsense"), Vec::<String>::new());
    }
}
