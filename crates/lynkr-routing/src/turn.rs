//! What one turn of a conversation says to routing. A turn is read once; later requests repeat it, and then its facts
//! are found by its digest.

mod gist;

use std::sync::Arc;

use lynkr_types::Generations;
use serde_json::Value;

use crate::learn::checks::Checks;
use crate::learn::edits::{Edit, edits};
use crate::learn::task::Task;
use crate::signals::agentic::AgenticText;
use crate::signals::force::{Force, force};
use crate::signals::risk::{RiskLevel, risk};
use crate::tier::Score;
use crate::words::Words;
pub use gist::Gist;

/// What a user asked in one turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The user's own words, without what the client put around them; the first so many characters.
    pub words: String,
    /// How hard the words are by themselves.
    pub score: Score,
    /// The phrase that decides, if there is one.
    pub force: Option<Force>,
    /// How risky the words are.
    pub risk: RiskLevel,
    /// What that was seen by.
    pub risk_hits: Vec<String>,
    /// Whether they ask for work on its own.
    pub agentic: AgenticText,
    /// What the learner makes of the words, once it is asked.
    pub gist: Gist,
}

/// Whose a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Speaker {
    /// The user, in words of their own.
    User,
    /// The client, with tools' results or texts of its own making.
    #[default]
    Harness,
    /// The model.
    Model,
    /// The system prompt, where it is a turn.
    System,
}

/// What one turn says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn {
    /// Whose it is.
    pub speaker: Speaker,
    /// What the user asked.
    pub ask: Option<Ask>,
    /// Results of tools in it.
    pub tool_results: usize,
    /// Those of them that are errors.
    pub tool_errors: usize,
    /// What tests, builds and the like said in them.
    pub checks: Checks,
    /// Calls of tools in it.
    pub tool_calls: usize,
    /// Images in it.
    pub images: usize,
    /// What stands for paths among the inputs of its tool calls.
    pub paths: Vec<String>,
    /// Edits of files that its tool calls ask for.
    pub edits: Vec<Edit>,
}

/// So much of an ask is kept, in characters.
const MOST_WORDS: usize = 4_000;
/// So many paths of a turn are kept, and so many edits.
const MOST_PATHS: usize = 32;
const MOST_EDITS: usize = 32;

/// Fields of tool calls that hold paths or commands.
const PATH_FIELDS: &[&str] =
    &["file_path", "path", "notebook_path", "filePath", "target_file", "command", "cmd"];

/// How a text becomes a score and loses what isn't the user's.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The user's own words in a text.
    pub own_words: &'a dyn Fn(&str) -> String,
    /// How hard words are.
    pub score: &'a dyn Fn(&str) -> Score,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

impl Turn {
    /// Reads a turn (or an input item) of any dialect. What can't be read says nothing.
    pub fn read(json: &[u8], reader: Reader<'_>) -> Self {
        Self::of(&serde_json::from_slice(json).unwrap_or_default(), reader)
    }

    /// The same of one that is parsed already.
    pub fn of(value: &Value, reader: Reader<'_>) -> Self {
        let mut found = Found::default();
        match value {
            // An input that is one text is the user's.
            Value::String(text) => found.texts.push(text),
            _ => found.turn(value),
        }
        let Found { texts, mut turn, role } = found;
        turn.speaker = match role {
            "assistant" | "model" => Speaker::Model,
            "system" | "developer" => Speaker::System,
            _ => Speaker::Harness,
        };
        if turn.speaker == Speaker::Harness {
            let own: Vec<String> = texts.iter().map(|text| (reader.own_words)(text)).collect();
            let own = own
                .iter()
                .map(|text| text.trim())
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join("\n");
            if !own.is_empty() {
                turn.speaker = Speaker::User;
                turn.ask = Some(Ask::of(&own, reader.score));
            }
        }
        turn
    }
}

impl Ask {
    /// What the user's own words say.
    pub fn of(own: &str, score: &dyn Fn(&str) -> Score) -> Self {
        let words = Words::of(own);
        let risk = risk(own, &words, []);
        Self {
            words: beginning(own, MOST_WORDS).to_owned(),
            score: score(own),
            force: force(&words),
            risk: risk.level,
            risk_hits: risk.hits,
            agentic: AgenticText::of(&words),
            gist: Gist::default(),
        }
    }

    /// The kind of work.
    pub fn task(&self) -> Task {
        self.gist.of(&self.words).0
    }

    /// The words as a vector.
    pub fn vector(&self) -> &[f32] {
        &self.gist.of(&self.words).1
    }
}

/// The first so many characters of a text.
fn beginning(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut behind = text.chars();
    if let Some(last) = most.checked_sub(1) {
        behind.nth(last);
    }
    text.get(..text.len() - behind.as_str().len()).unwrap_or(text)
}

#[derive(Default)]
struct Found<'a> {
    texts: Vec<&'a str>,
    turn: Turn,
    role: &'a str,
}

impl<'a> Found<'a> {
    fn turn(&mut self, value: &'a Value) {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        self.role = text("role");
        match text("type") {
            "function_call" | "custom_tool_call" | "local_shell_call" => {
                self.role = "assistant";
                self.call(value);
            }
            "reasoning" | "web_search_call" | "item_reference" => self.role = "assistant",
            "function_call_output" | "custom_tool_call_output" | "local_shell_call_output" => {
                self.result(value);
            }
            _ if self.role == "tool" => self.result(value),
            _ => {}
        }
        if self.turn.tool_results == 0 {
            for name in ["content", "parts"] {
                value.get(name).into_iter().for_each(|content| self.content(content));
            }
        }
        for call in value.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.call(call.get("function").unwrap_or(call));
        }
    }

    fn content(&mut self, content: &'a Value) {
        match content {
            Value::String(text) => self.texts.push(text),
            Value::Array(parts) => parts.iter().for_each(|part| self.part(part)),
            _ => {}
        }
    }

    fn part(&mut self, part: &'a Value) {
        let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
        let has = |name: &str| part.get(name).is_some();
        match kind {
            "tool_result" => {
                self.result(part);
                self.turn.tool_errors += usize::from(part.get("is_error").is_some_and(|error| error == true));
                self.turn.images += images_in(part.get("content"));
            }
            "tool_use" | "server_tool_use" => self.call(part),
            "image" | "image_url" | "input_image" => self.turn.images += 1,
            _ if has("toolResult") || has("functionResponse") => self.result(part),
            _ if has("toolUse") => self.call(part.get("toolUse").unwrap_or(part)),
            _ if has("functionCall") => self.call(part.get("functionCall").unwrap_or(part)),
            _ if has("image") || has("inlineData") || has("inline_data") => self.turn.images += 1,
            _ => self.texts.extend(part.get("text").and_then(Value::as_str)),
        }
    }

    fn result(&mut self, result: &Value) {
        self.turn.tool_results += 1;
        self.turn.checks.add(Checks::of_result(result));
    }

    fn call(&mut self, call: &'a Value) {
        self.turn.tool_calls += 1;
        let input = ["input", "arguments", "args", "action"].iter().find_map(|name| call.get(*name));
        match input {
            // Arguments that are JSON within a text.
            Some(Value::String(text)) => {
                let parsed: Value = serde_json::from_str(text).unwrap_or_default();
                self.paths(&parsed);
            }
            Some(input) => self.paths(input),
            None => {}
        }
    }

    fn paths(&mut self, input: &Value) {
        let room = MOST_EDITS.saturating_sub(self.turn.edits.len());
        self.turn.edits.extend(edits(input).into_iter().take(room));
        let named = PATH_FIELDS.iter().filter_map(|name| input.get(*name));
        for path in named
            .filter_map(Value::as_str)
            .flat_map(str::split_whitespace)
            .filter(|word| word.contains(['/', '.']))
        {
            if self.turn.paths.len() < MOST_PATHS && path.len() <= 512 {
                self.turn.paths.push(path.to_owned());
            }
        }
    }
}

fn images_in(content: Option<&Value>) -> usize {
    let parts = content.and_then(Value::as_array).into_iter().flatten();
    parts.filter(|part| part.get("type").is_some_and(|kind| kind == "image")).count()
}

/// Turns that were read, by their digests. Bounded: of what wasn't asked for lately, the older half is forgotten.
#[derive(Debug)]
pub struct Memo<T>(Generations<u128, Arc<T>>);

impl<T> Memo<T> {
    /// A memory for so many.
    pub fn new(most: usize) -> Self {
        Self(Generations::new(most))
    }

    /// What is known of a digest.
    pub fn get(&mut self, digest: u128) -> Option<Arc<T>> {
        self.0.get(&digest).map(|known| Arc::clone(known))
    }

    /// Remembers.
    pub fn put(&mut self, digest: u128, known: Arc<T>) {
        self.0.put(digest, known);
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    //! Turns of every dialect.

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Turn {
        let own_words = |text: &str| text.to_owned();
        let score = |text: &str| Score::new(f32::from(u8::try_from(text.len().min(100)).unwrap_or(100)));
        Turn::read(value.to_string().as_bytes(), Reader { own_words: &own_words, score: &score })
    }

    #[test]
    fn the_beginning_of_a_text_in_characters() {
        for text in ["", "a", "abc", "abcd", "äöü", "äöüß", "aäbö", "\u{1f980}\u{1f980}", "aaaä"] {
            assert_eq!(beginning(text, 3), text.chars().take(3).collect::<String>());
        }
    }

    #[test]
    fn what_the_user_says_in_each_dialect() {
        for turn in [
            json!({"role": "user", "content": "fix it"}),
            json!({"role": "user", "content": [{"type": "text", "text": "fix it"}]}),
            json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "fix it"}]}),
            json!({"role": "user", "parts": [{"text": "fix it"}]}),
            json!({"role": "user", "content": [{"text": "fix it"}]}),
            json!("fix it"),
        ] {
            let read = read(&turn);
            assert_eq!(read.speaker, Speaker::User, "{turn}");
            assert_eq!(read.ask.map(|ask| ask.words), Some("fix it".to_owned()), "{turn}");
        }
    }

    #[test]
    fn calls_and_results_in_each_dialect() {
        for turn in [
            json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "auth", "is_error": true}]}),
            json!({"role": "tool", "content": "auth"}),
            json!({"type": "function_call_output", "output": "auth"}),
            json!({"role": "user", "parts": [{"functionResponse": {"name": "x", "response": {}}}]}),
            json!({"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": []}}]}),
        ] {
            let read = read(&turn);
            assert_eq!((read.speaker, read.tool_results, read.ask), (Speaker::Harness, 1, None), "{turn}");
        }
        let input = json!({"file_path": "src/auth/login.ts"});
        for turn in [
            json!({"role": "assistant", "content": [{"type": "tool_use", "name": "Edit", "input": input}]}),
            json!({"role": "assistant", "tool_calls": [{"function": {"name": "Edit", "arguments": input.to_string()}}]}),
            json!({"type": "function_call", "name": "Edit", "arguments": input.to_string()}),
            json!({"role": "model", "parts": [{"functionCall": {"name": "Edit", "args": input}}]}),
            json!({"role": "assistant", "content": [{"toolUse": {"name": "Edit", "input": input}}]}),
        ] {
            let read = read(&turn);
            assert_eq!((read.speaker, read.tool_calls), (Speaker::Model, 1), "{turn}");
            assert_eq!(read.paths, ["src/auth/login.ts"], "{turn}");
        }
    }

    #[test]
    fn checks_and_edits_in_each_dialect() {
        let said = "running 2 tests\ntest result: FAILED. 1 passed; 1 failed";
        for turn in [
            json!({"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": said}]}]}),
            json!({"role": "tool", "content": said}),
            json!({"type": "function_call_output", "output": said}),
            json!({"role": "user", "parts": [{"functionResponse": {"name": "x", "response": {"output": said}}}]}),
            json!({"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": [{"text": said}]}}]}),
        ] {
            assert_eq!(read(&turn).checks, Checks { passed: 0, failed: 1 }, "{turn}");
        }
        let input = json!({"file_path": "a.rs", "old_string": "1", "new_string": "2"});
        let turn =
            json!({"role": "assistant", "content": [{"type": "tool_use", "name": "Edit", "input": input}]});
        assert_eq!(read(&turn).edits, [Edit::of("a.rs", "1", "2")]);
    }

    #[test]
    fn a_memory_is_bounded() {
        let mut memo = Memo::new(10);
        for digest in 0..100_u128 {
            memo.put(digest, Arc::new(digest));
            assert!(memo.get(0).is_some(), "what is asked for stays");
        }
        assert!(memo.len() <= 12, "{}", memo.len());
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let own_words = |text: &str| text.to_owned();
            let score = |_: &str| Score::LEAST;
            Turn::read(&bytes, Reader { own_words: &own_words, score: &score });
        }
    }
}
