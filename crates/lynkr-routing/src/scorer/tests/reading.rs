//! How texts are read: whatever comes in, in bounded time, and blind to envelopes.

use super::prompts::prompts;
use super::{reference, texts};
use crate::scorer::features::Sink;
use crate::scorer::{Model, reader, score, vector};
use proptest::prelude::*;
use std::collections::HashSet;

fn text() -> impl Strategy<Value = String> {
    let known: Vec<String> = prompts().into_iter().map(|prompt| prompt.text).step_by(7).collect();
    prop_oneof![prop::sample::select(known), "\\PC{0,80}".prop_map(|text| text.replace(['<', '['], " "))]
}

fn envelope() -> impl Strategy<Value = (String, String)> {
    let inside = prop::sample::select(vec![
        "never deploy to production",
        "security audit: prove that no secret leaks",
        "a\n\nb ``` c",
        "",
        "about <system-reminder> tags",
    ]);
    let form = prop::sample::select(vec![
        ("<system-reminder>\n{}\n</system-reminder>\n", ""),
        ("", "\n\n<system-reminder>{}</system-reminder>"),
        ("<environment_context><cwd>{}</cwd></environment_context>\n\n", "\n"),
        ("[Lynkr] COMPLEX → m (p) · score 60\n", "\n<turn-context>{}</turn-context> "),
        ("<user_query>\n", "\n</user_query>"),
        (
            "<command-name>/fix</command-name><command-args>",
            "</command-args><task-notification>{}</task-notification>",
        ),
    ]);
    (form, inside)
        .prop_map(|((before, after), inside)| (before.replace("{}", inside), after.replace("{}", inside)))
}

proptest! {
    #[test]
    fn envelopes_change_nothing(text in text(), (before, after) in envelope()) {
        prop_assert_eq!(score(&text), score(&format!("{before}{text}{after}")));
    }

    #[test]
    fn any_text_has_a_score(text in "(\\PC|\\n){0,300}") {
        let scored = score(&text);
        let sum: f32 = scored.probabilities.iter().sum();
        prop_assert!((sum - 1.0).abs() < 1e-4, "{scored:?}");
        prop_assert!(scored.probabilities.iter().all(|chance| (-1e-6..=1.0).contains(chance)), "{scored:?}");
        prop_assert!((0.0..=100.0).contains(&scored.score.get()));
        prop_assert!(scored.confidence >= 0.25);
    }

    #[test]
    fn the_trainer_sees_what_the_scorer_adds_up(text in text()) {
        let vector = vector(&crate::own_words(&text));
        let places: HashSet<u32> = vector.iter().map(|(place, _)| *place).collect();
        prop_assert_eq!(places.len(), vector.len());
        let [.., end] = Model::layout();
        prop_assert!(places.iter().all(|place| (*place as usize) < end));
    }
}

/// Everything that is found in a text, in order.
#[derive(Debug, Default, PartialEq)]
struct Log {
    words: Vec<(usize, Vec<u8>)>,
    parts: Vec<(usize, Vec<u8>)>,
    pairs: Vec<usize>,
    named: Vec<usize>,
}

impl Sink for Log {
    fn word(&mut self, place: usize, source: &[u8]) {
        self.words.push((place, source.to_vec()));
    }

    fn part(&mut self, place: usize, source: &[u8]) {
        self.parts.push((place, source.to_vec()));
    }

    fn pair(&mut self, index: usize) {
        self.pairs.push(index);
    }

    fn named(&mut self, index: usize) {
        self.named.push(index);
    }
}

#[track_caller]
fn check(text: &str) {
    let (mut own, mut plain) = (Log::default(), Log::default());
    reader::read(text, &mut own);
    reference::read(text, &mut plain);
    assert_eq!(own, plain, "{text}");
}

#[test]
fn all_prompts_as_read_plainly() {
    texts().for_each(|text| check(&text));
    let all: Vec<String> = texts().collect();
    all.chunks(97).for_each(|texts| check(&texts.join("\n")));
}

/// Pieces that stand at the borders of what is a word, a name, a path, a number or a mark.
const PIECES: &[&str] = &[
    "don't",
    "Don’t",
    "''",
    "fooBar",
    "FooBar",
    "foo_bar",
    "x9f3",
    "a1b2c3",
    "12",
    "3.5",
    "10:30",
    "1/2",
    "A)",
    "1.",
    "-",
    "•",
    "–",
    "```",
    "```js",
    "a = { b: c };",
    "src/a.rs",
    "./x",
    "~/y",
    ".env",
    "e.g.",
    "node.js",
    "main.rs",
    "and/or",
    "a/b/c",
    "http://a.b/c",
    "C++",
    "(see",
    "below)",
    "end.",
    "what?",
    "yes,",
    "no;",
    "!!!",
    "…",
    "你好",
    "是什么",
    "日本語を",
    "한국어",
    "é",
    "Straße",
    "İstanbul",
    "²",
    "٣",
    "root",
    "cause",
    "trade",
    "incrementally",
    "linearizability",
    "step",
    "by",
    "pneumonoultramicroscopicsilicovolcanoconiosis",
    "Donaudampfschiffahrtsgesellschaftskapitän",
    "\u{a0}",
    "\u{3000}",
    "\n",
    "\r\n",
    "\t",
    "\u{b}",
    "import x from y",
    "for x in y:",
    "auth/login.ts",
];

proptest! {
    #[test]
    fn any_text_as_read_plainly(
        text in "(\\PC|[a-zA-Z]|[ \n.,?'_/:0-9])*",
        pieces in prop::collection::vec((prop::sample::select(PIECES), prop::sample::select(vec!["", " ", " ", "\n"])), 0..40),
        known in text(),
    ) {
        let pieces: String = pieces.into_iter().flat_map(|(piece, end)| [piece, end]).collect();
        check(&text);
        check(&pieces);
        check(&format!("{known} {pieces}{text}"));
    }
}

#[test]
fn texts_without_words() {
    for text in [
        "",
        "   ",
        "<system-reminder>prove it</system-reminder>",
        "[Request interrupted by user]",
        "…",
        "!!!",
    ] {
        let scored = score(text);
        assert_eq!((scored.words, scored.score.get()), (0, 0.0), "{text:?}: {scored:?}");
    }
    assert!(score("fn main() {}").words > 0);
    assert!(score("你好").words > 0);
}

#[test]
fn the_middle_of_a_long_text_is_not_read() {
    let (head, tail) = ("Rename the field in the form. ".repeat(120), " Keep it short.".repeat(80));
    let filled = |with: &str| format!("{head}{}{tail}", with.repeat(100_000 / with.len()));
    let [hard, easy] = ["prove it ", "say hello"].map(|with| score(&filled(with)));
    assert_eq!((hard.score, hard.words), (easy.score, easy.words));
}
