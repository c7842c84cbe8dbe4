//! What kind of work an ask is, in eight labels that everything learned shares.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::LazyLock;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// New code.
    CodeGen,
    /// A change of code that is there.
    CodeEdit,
    /// A text made shorter.
    Summarization,
    /// Design, proofs, the search for a cause.
    Reasoning,
    /// A question with a short answer.
    Factoid,
    /// Greetings and small talk.
    Chat,
    /// Commands, searches, work with tools.
    ToolUse,
    /// Anything else.
    Other,
}

/// Words that tell a task, in the order in which they are tried: the more telling ones first.
const TELLING: &[(Task, &[&str])] = &[
    (Task::Summarization, &["summarize", "summarise", "summary", "tldr", "recap", "condense", "shorten"]),
    (
        Task::Reasoning,
        &[
            "why",
            "prove",
            "proof",
            "analyze",
            "analyse",
            "design",
            "architecture",
            "compare",
            "tradeoff",
            "tradeoffs",
            "reason",
            "derive",
            "root",
            "diagnose",
            "investigate",
            "plan",
            "evaluate",
        ],
    ),
    (
        Task::CodeEdit,
        &[
            "fix", "refactor", "rename", "change", "update", "modify", "edit", "replace", "remove", "delete",
            "move", "migrate", "debug", "clean", "simplify", "convert", "bump", "upgrade",
        ],
    ),
    (Task::CodeGen, &["implement", "write", "create", "add", "generate", "build", "scaffold", "code"]),
    (
        Task::ToolUse,
        &[
            "run", "search", "find", "grep", "list", "open", "read", "commit", "push", "deploy", "install",
            "execute", "fetch", "download", "show", "check", "test",
        ],
    ),
    (Task::Chat, &["hi", "hello", "hey", "thanks", "thank", "bye", "hallo", "bonjour", "hola"]),
    (Task::Factoid, &["what", "who", "when", "where", "which", "define", "is", "does", "can", "how"]),
];

impl Task {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::CodeGen,
        Self::CodeEdit,
        Self::Summarization,
        Self::Reasoning,
        Self::Factoid,
        Self::Chat,
        Self::ToolUse,
        Self::Other,
    ];

    /// Its label, as telemetry writes it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::CodeGen => "code_gen",
            Self::CodeEdit => "code_edit",
            Self::Summarization => "summarization",
            Self::Reasoning => "reasoning",
            Self::Factoid => "factoid",
            Self::Chat => "chat",
            Self::ToolUse => "tool_use",
            Self::Other => "other",
        }
    }

    /// The task with a label; unknown labels are [`Task::Other`].
    pub fn of(label: &str) -> Self {
        Self::ALL.into_iter().find(|task| task.label() == label).unwrap_or(Self::Other)
    }

    /// A guess from the first 400 characters of an ask, by its first telling word of the first kind that has one.
    pub fn guess(ask: &str) -> Self {
        let end = if ask.is_ascii() { ask.len().min(MOST) } else { end_of_any_script(ask) };
        let mut beginning = ask.get(..end).unwrap_or(ask).to_owned();
        if !beginning.is_ascii() {
            beginning = beginning.to_lowercase();
        }
        let mut guess = Guess::default();
        if beginning.is_ascii() {
            beginning.make_ascii_lowercase();
            beginning
                .as_bytes()
                .split(|byte| !byte.is_ascii_alphanumeric())
                .for_each(|word| guess.hear(word));
        } else {
            beginning.split(|c: char| !c.is_alphanumeric()).for_each(|word| guess.hear(word.as_bytes()));
        }
        guess.task()
    }
}

/// So many characters of an ask are looked at.
const MOST: usize = 400;

fn end_of_any_script(ask: &str) -> usize {
    ask.char_indices().nth(MOST).map_or(ask.len(), |(at, _)| at)
}

/// Words before an order that say nothing of it.
const POLITE: [&str; 13] =
    ["please", "can", "could", "would", "you", "now", "then", "ok", "and", "just", "let", "us", "s"];

/// What the words so far say.
#[derive(Default)]
struct Guess {
    /// Whether a word came yet that isn't mere politeness.
    is_begun: bool,
    /// The task of the first such word, where it tells one.
    first: Option<Task>,
    /// The place in [`TELLING`] of the most telling kind.
    best: Option<u8>,
}

impl Guess {
    fn hear(&mut self, word: &[u8]) {
        if word.is_empty() {
            return;
        }
        let (kind, polite) = Telling::shared().of(word);
        if !polite && !self.is_begun {
            (self.is_begun, self.first) = (true, kind.and_then(named));
        }
        if let Some(kind) = kind {
            self.best = Some(self.best.map_or(kind, |best| best.min(kind)));
        }
    }

    /// An order at the beginning says more than any word later on.
    fn task(&self) -> Task {
        let ordered = self.first.filter(|task| *task != Task::Factoid);
        ordered.or_else(|| self.best.and_then(named)).unwrap_or(Task::Other)
    }
}

fn named(kind: u8) -> Option<Task> {
    TELLING.get(usize::from(kind)).map(|(task, _)| *task)
}

/// The words that say something, to be found by their letters.
struct Telling {
    /// Each at the first free place from that of its letters on.
    places: Box<[Word; PLACES]>,
}

/// The letters of a word.
type Key = (u64, u64);

/// What no word has.
const FREE: Key = (0, 0);

/// A word, the place of its kind in [`TELLING`], and whether it is polite.
type Word = (Key, Option<u8>, bool);

/// Several times as many as there are words.
const PLACES: usize = 1 << BITS;
const BITS: u32 = 9;
/// No word that says something is longer.
const LONGEST: usize = 16;

impl Telling {
    fn shared() -> &'static Self {
        static SHARED: LazyLock<Telling> = LazyLock::new(Telling::build);
        &SHARED
    }

    fn build() -> Self {
        let mut own = Self { places: Box::new([(FREE, None, false); PLACES]) };
        for (kind, (_, words)) in (0..).zip(TELLING) {
            words.iter().for_each(|word| own.enter(word).1 = Some(kind));
        }
        for word in POLITE {
            own.enter(word).2 = true;
        }
        own
    }

    /// The place of a word, which may be a new one.
    fn enter(&mut self, word: &str) -> &mut Word {
        let key = key(word.as_bytes());
        let mut at = place(key);
        while self.places[at].0 != key && self.places[at].0 != FREE {
            at = (at + 1) % PLACES;
        }
        self.places[at].0 = key;
        &mut self.places[at]
    }

    /// The kind that a word tells, and whether it is polite.
    #[inline]
    fn of(&self, word: &[u8]) -> (Option<u8>, bool) {
        if word.len() > LONGEST {
            return (None, false);
        }
        let key = key(word);
        let mut at = place(key);
        loop {
            match self.places[at] {
                (own, kind, polite) if own == key => return (kind, polite),
                (FREE, ..) => return (None, false),
                _ => at = (at + 1) % PLACES,
            }
        }
    }
}

/// A word of up to 16 bytes as numbers; none is all zeros.
#[inline]
fn key(word: &[u8]) -> Key {
    let (mut first, mut rest) = ([0; 8], [0; 8]);
    first.iter_mut().zip(word).for_each(|(place, byte)| *place = *byte);
    rest.iter_mut().zip(word.iter().skip(8)).for_each(|(place, byte)| *place = *byte);
    (u64::from_le_bytes(first), u64::from_le_bytes(rest))
}

#[inline]
const fn place((first, rest): Key) -> usize {
    ((first ^ rest).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - BITS)) as usize
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

#[cfg(test)]
mod tests {
    //! Labels and guesses.

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_are_themselves() {
        for task in Task::ALL {
            assert_eq!(Task::of(task.label()), task);
            assert_eq!(serde_json::to_value(task).unwrap(), task.label());
        }
        assert_eq!(Task::of("code"), Task::Other);
    }

    /// As it was once told, word by word and list by list.
    fn plainly(ask: &str) -> Task {
        let end = ask.char_indices().nth(400).map_or(ask.len(), |(at, _)| at);
        let beginning = ask[..end].to_lowercase();
        let words: Vec<&str> = beginning.split(|c: char| !c.is_alphanumeric()).collect();
        let first = words.iter().find(|word| !word.is_empty() && !POLITE.contains(word));
        let telling = |words: &[&&str]| {
            let has = |list: &[&str]| words.iter().any(|word| list.contains(*word));
            TELLING.iter().find(|(_, list)| has(list)).map(|(task, _)| *task)
        };
        let ordered = first.and_then(|first| telling(&[first])).filter(|task| *task != Task::Factoid);
        ordered.or_else(|| telling(&words.iter().collect::<Vec<_>>())).unwrap_or(Task::Other)
    }

    #[test]
    fn every_word_is_found() {
        let words = TELLING.iter().flat_map(|(_, words)| *words).chain(&POLITE);
        for word in words {
            assert!(word.len() <= LONGEST && word.is_ascii(), "{word}");
            assert_eq!(Task::guess(word), plainly(word), "{word}");
            assert_eq!(Task::guess(&format!("{word}x you {word}")), plainly(&format!("{word}x you {word}")));
        }
    }

    proptest! {
        #[test]
        fn as_told_plainly(ask in "((please|can|Write|fix|why|hi|IS|K|İ|日本|é|x|add2|[a-z]{0,18})[ ,.]?){0,9}|\\PC{0,60}", times in 1..40_usize) {
            prop_assert_eq!(Task::guess(&ask), plainly(&ask));
            prop_assert_eq!(Task::guess(&ask.repeat(times)), plainly(&ask.repeat(times)));
        }
    }

    #[test]
    fn guesses() {
        let table = [
            ("Write a parser for INI files", Task::CodeGen),
            ("Please fix the failing test in rows.rs", Task::CodeEdit),
            ("can you rename `foo` to `bar`?", Task::CodeEdit),
            ("Summarize this design document", Task::Summarization),
            ("Why does the lock never get released?", Task::Reasoning),
            ("What is the capital of France?", Task::Factoid),
            ("How big is a u64?", Task::Factoid),
            ("hi", Task::Chat),
            ("run the tests and commit", Task::ToolUse),
            ("東京", Task::Other),
            ("", Task::Other),
        ];
        for (ask, task) in table {
            assert_eq!(Task::guess(ask), task, "{ask}");
        }
    }
}
