//! What is judged with is never trained on.

use super::prompts::{harmless, paraphrases, prompts, scenarios};
use std::collections::{HashMap, HashSet};

/// The words and the pairs of neighbouring words of a text; a single word is its own pair.
fn pairs(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    match words[..] {
        [one] => HashSet::from([one.to_owned()]),
        _ => words.windows(2).map(|pair| pair.join(" ")).collect(),
    }
}

fn evaluation() -> Vec<String> {
    let scenarios = scenarios().into_iter().chain(paraphrases()).map(|scenario| scenario.text);
    scenarios.chain(harmless()).collect()
}

/// The prompt that a text repeats, if any: at least half of their pairs of neighbouring words agree.
fn repeated<'a>(text: &str, known: &'a [(String, HashSet<String>)]) -> Option<&'a str> {
    let own = pairs(text);
    let near = |(_, other): &&(String, HashSet<String>)| {
        let both = own.intersection(other).count();
        both * 2 >= own.len() + other.len() - both
    };
    known.iter().find(near).map(|(prompt, _)| prompt.as_str())
}

#[test]
fn the_sets_have_their_sizes() {
    assert_eq!((scenarios().len(), paraphrases().len()), (11, 11));
    assert!(harmless().len() >= 100);
    let distinct: HashSet<String> = harmless().into_iter().collect();
    assert_eq!(distinct.len(), harmless().len());
    for (plain, other) in scenarios().iter().zip(paraphrases()) {
        assert_eq!((plain.id, &plain.right, plain.needs), (other.id, &other.right, other.needs));
    }
}

#[test]
fn no_evaluation_text_occurs_in_the_training_data() {
    let known: Vec<(String, HashSet<String>)> =
        prompts().into_iter().map(|prompt| (prompt.text.clone(), pairs(&prompt.text))).collect();
    let repeats: Vec<(String, &str)> =
        evaluation().into_iter().filter_map(|text| Some((text.clone(), repeated(&text, &known)?))).collect();
    assert!(repeats.is_empty(), "{repeats:#?}");
    // The measure itself: it sees a prompt through small changes.
    let one =
        [("Fix the bug in the parser of dates".to_owned(), pairs("Fix the bug in the parser of dates"))];
    assert!(repeated("fix the BUG in the parser of dates, please", &one).is_some());
    assert!(repeated("write a parser for dates", &one).is_none());
}

#[test]
fn no_anchor_occurs_in_what_is_judged_with() {
    let known: Vec<(String, HashSet<String>)> =
        crate::anchors().iter().map(|anchor| (anchor.text.to_owned(), pairs(anchor.text))).collect();
    let held_out = prompts().into_iter().filter(|prompt| prompt.held_out).map(|prompt| prompt.text);
    let repeats: Vec<(String, &str)> = evaluation()
        .into_iter()
        .chain(held_out)
        .filter_map(|text| Some((text.clone(), repeated(&text, &known)?)))
        .collect();
    assert!(repeats.is_empty(), "{repeats:#?}");
}

#[test]
fn families_of_templates_and_texts_are_in_one_split() {
    let mut splits: HashMap<String, bool> = HashMap::new();
    for prompt in prompts() {
        let before = splits.insert(prompt.text.to_lowercase(), prompt.held_out);
        assert_eq!(before, None, "twice: {}", prompt.text);
    }
    let mut held = [0; 4];
    for prompt in prompts().iter().filter(|prompt| prompt.held_out) {
        assert!(!prompt.family.starts_with("context-"), "{}", prompt.text);
        held[prompt.tier.index()] += 1;
    }
    assert!(held.iter().all(|count| *count >= 50), "{held:?}");
}
