//! Text as words, for patterns that must not fire on parts of words.

mod borders;

use crate::phrases::{Book, Phrase, Standing};
use crate::vocabulary::{Number, Vocabulary};
use borders::Span;

/// So many words are looked at, from the start and from the end: asks stand at either.
const MOST_AT_START: usize = 1_200;
const MOST_AT_END: usize = 400;
const MOST: usize = MOST_AT_START + MOST_AT_END;

/// The words of a text in lower case. A word is a run of letters and digits of any script; an apostrophe within it
/// belongs to it. Everything else parts words, hyphens included, so `step-by-step` is three.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// What was read of the text with its ASCII letters in lower case; behind it the words that have other letters.
    text: String,
    /// Where in it each word begins and ends.
    spans: Vec<Span>,
    /// What each word is to the tables of phrases.
    numbers: Vec<Number>,
    /// Those phrases of all tables that stand in the text.
    pub(crate) standing: Standing,
    /// Whether some were left out between start and end.
    pub cut: bool,
}

impl Words {
    /// Reads a text. Of long ones the start and the end.
    pub fn of(text: &str) -> Self {
        let mut words = Self { spans: borders::first(text, MOST + 1), ..Self::default() };
        words.cut = words.spans.len() > MOST;
        if words.cut {
            words.spans.truncate(MOST_AT_START);
        }
        words.text.push_str(text.get(..words.end()).unwrap_or_default());
        if words.cut {
            let last = borders::last(text, MOST_AT_END);
            let from = last.first().map_or(text.len(), |(start, _)| *start);
            let behind = words.text.len();
            words.text.push_str(text.get(from..).unwrap_or_default());
            words.spans.extend(last.iter().map(|(start, end)| (start - from + behind, end - from + behind)));
        }
        words.lower();
        words.look_up();
        words
    }

    /// Where the last word ends.
    fn end(&self) -> usize {
        self.spans.last().map_or(0, |(_, end)| *end)
    }

    /// Brings the words into lower case, which may make those longer that aren't ASCII.
    fn lower(&mut self) {
        if !self.text.is_ascii() {
            let mut others = String::new();
            for (start, end) in &mut self.spans {
                let word = self.text.get(*start..*end).unwrap_or_default();
                if !word.is_ascii() {
                    *start = self.text.len() + others.len();
                    others.push_str(&word.to_lowercase());
                    *end = self.text.len() + others.len();
                }
            }
            self.text.push_str(&others);
        }
        self.text.make_ascii_lowercase();
    }

    /// Finds what the words are to the tables of phrases, and which phrases they make up.
    fn look_up(&mut self) {
        let (vocabulary, text) = (Vocabulary::shared(), self.text.as_bytes());
        let number = |(start, end): &Span| text.get(*start..*end).map_or(0, |word| vocabulary.number(word));
        self.numbers = self.spans.iter().map(number).collect();
        self.standing = Book::shared().standing(self.beginners());
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// One of them.
    pub(crate) fn get(&self, at: usize) -> Option<&str> {
        let (start, end) = *self.spans.get(at)?;
        self.text.get(start..end)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// For each word that begins a phrase of a table, the numbers from it on.
    pub(crate) fn beginners(&self) -> impl Iterator<Item = &[Number]> {
        let vocabulary = Vocabulary::shared();
        let begins = self.numbers.iter().enumerate().filter(|(_, number)| vocabulary.begins(**number));
        begins.filter_map(|(at, _)| self.numbers.get(at..))
    }

    /// Whether the words are these and no others.
    pub fn are(&self, phrase: &str) -> bool {
        self.iter().eq(phrase.split(' '))
    }

    /// Whether a phrase occurs. Its words are parted by blanks; `a|b` is either, `_` any one word, `*` up to four words
    /// or none, and a word that ends in `~` is any word that begins so.
    pub fn has(&self, phrase: &str) -> bool {
        Phrase::of(phrase).is_in(self)
    }
}

#[cfg(test)]
mod tests {
    //! Phrases within texts.

    use proptest::prelude::*;

    use super::borders::is_part;
    use super::*;

    #[test]
    fn phrases() {
        let words = Words::of("Don't just think; think *Step-by-Step* about the auth-module.");
        for phrase in
            ["think step by step", "think * step", "step _ step", "abou~ the auth|login", "don't just"]
        {
            assert!(words.has(phrase), "{phrase}");
        }
        for phrase in ["authmodule", "aut", "step step", "think by", "module _"] {
            assert!(!words.has(phrase), "{phrase}");
        }
        assert!(Words::of("  Thank you!! ").are("thank you"));
        assert!(!Words::of("thank you for nothing").are("thank you"));
        assert!(Words::of("").is_empty());
    }

    #[test]
    fn of_a_long_text_start_and_end_count() {
        let text = format!("alpha {} omega", "filler ".repeat(10_000));
        let words = Words::of(&text);
        assert!(words.cut && words.has("alpha filler") && words.has("filler omega"));
        assert_eq!(words.len(), MOST_AT_START + MOST_AT_END);
    }

    /// The words of a text, read plainly.
    fn plain(text: &str) -> Vec<String> {
        let split = |text: &str| -> Vec<String> {
            let words = text.split(|character: char| !is_part(character)).filter(|word| !word.is_empty());
            words.map(|word| word.trim_matches('\'').to_lowercase()).collect()
        };
        let all = split(text);
        match all.len().checked_sub(MOST_AT_END) {
            Some(end) if end > MOST_AT_START => [&all[..MOST_AT_START], &all[end..]].concat(),
            _ => all,
        }
    }

    #[track_caller]
    fn check(text: &str) {
        let words = Words::of(text);
        assert_eq!(words.iter().collect::<Vec<_>>(), plain(text), "{text}");
        let numbers = words.iter().map(|word| Vocabulary::shared().number(word.as_bytes()));
        assert_eq!(numbers.collect::<Vec<_>>(), words.numbers, "{text}");
    }

    #[test]
    fn the_words_of_all_prompts() {
        crate::scorer::tests::texts().for_each(|text| check(&text));
        let all: Vec<String> = crate::scorer::tests::texts().collect();
        all.chunks(97).for_each(|texts| check(&texts.join("\n")));
    }

    proptest! {
        #[test]
        fn as_read_plainly(text in "(\\PC|[a-zA-Z ']|['’ßΣſİ]|ΑΣ ){0,60}", times in 1..200_usize) {
            check(&text);
            check(&text.repeat(times));
        }

        #[test]
        fn any_text_and_phrase(text in ".{0,200}", phrase in "[a-z_*|~ ]{0,20}") {
            let words = Words::of(&text);
            let _ = words.has(&phrase);
            prop_assert!(words.iter().all(|word| word.chars().all(is_part)) || words.iter().any(|word| !word.is_ascii()));
        }
    }
}
