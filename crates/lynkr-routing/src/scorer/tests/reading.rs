//! How texts are read: whatever comes in, in bounded time, and blind to envelopes.

use super::prompts::prompts;
use crate::scorer::{Model, score, vector};
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
