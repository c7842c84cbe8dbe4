//! Text as words, for patterns that must not fire on parts of words.

use crate::phrases::Phrase;
use crate::vocabulary::{Number, Vocabulary};

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
    spans: Vec<(usize, usize)>,
    /// What each word is to the tables of phrases.
    numbers: Vec<Number>,
    /// The places of the words that begin phrases.
    beginners: Vec<usize>,
    /// Whether some were left out between start and end.
    pub cut: bool,
}

impl Words {
    /// Reads a text. Of long ones the start and the end.
    pub fn of(text: &str) -> Self {
        let mut words = Self::default();
        // Half of them fit at once in texts of few letters a word.
        words.spans.reserve((text.len() / 5).min(MOST) + 1);
        spans(text, MOST + 1, &mut words.spans);
        words.cut = words.spans.len() > MOST;
        if words.cut {
            words.spans.truncate(MOST_AT_START);
            words.text = text.get(..words.end()).unwrap_or_default().to_owned();
            let kept = words.text.len();
            let tail = text.get(start_of_last(text, MOST_AT_END)..).unwrap_or_default();
            words.text.push_str(tail);
            spans(tail, MOST_AT_END, &mut words.spans);
            for (start, end) in words.spans.iter_mut().skip(MOST_AT_START) {
                (*start, *end) = (*start + kept, *end + kept);
            }
        } else {
            words.text = text.get(..words.end()).unwrap_or_default().to_owned();
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

    /// Finds what the words are to the tables of phrases.
    fn look_up(&mut self) {
        let vocabulary = Vocabulary::shared();
        self.numbers.reserve(self.spans.len());
        let text = self.text.as_bytes();
        for (at, (start, end)) in self.spans.iter().enumerate() {
            let number = vocabulary.number(text.get(*start..*end).unwrap_or_default());
            self.numbers.push(number);
            if vocabulary.begins(number) {
                self.beginners.push(at);
            }
        }
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
        self.beginners.iter().filter_map(|at| self.numbers.get(*at..))
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

/// What a byte is to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Not of a word.
    Apart,
    /// A letter or a digit of ASCII, or an apostrophe.
    Part,
    /// Of a character beyond ASCII, which has to be looked at as a whole.
    Wide,
}

const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Apart; 256];
    let mut byte = 0_u8;
    loop {
        if byte.is_ascii_alphanumeric() || byte == b'\'' {
            kinds[byte as usize] = Kind::Part;
        } else if !byte.is_ascii() {
            kinds[byte as usize] = Kind::Wide;
        }
        if byte == u8::MAX {
            break kinds;
        }
        byte += 1;
    }
};

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '\''
}

/// Where the first words of a text begin and end, without apostrophes around them.
fn spans(text: &str, most: usize, spans: &mut Vec<(usize, usize)>) {
    let most = spans.len() + most;
    let bytes = text.as_bytes();
    let mut start = None;
    let mut end = |start: usize, end: usize| {
        spans.push(without_apostrophes(bytes, start, end));
        spans.len() < most
    };
    for (at, byte) in bytes.iter().enumerate() {
        let kind = KINDS[usize::from(*byte)];
        let is_part = match kind {
            Kind::Part => true,
            Kind::Apart => false,
            // The bytes of a character behind its first are what that one is.
            Kind::Wide => match text.get(at..).and_then(|rest| rest.chars().next()) {
                Some(character) => is_part(character),
                None => continue,
            },
        };
        match start {
            None if is_part => start = Some(at),
            Some(from) if !is_part => {
                start = None;
                if !end(from, at) {
                    return;
                }
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        end(from, bytes.len());
    }
}

#[inline]
fn without_apostrophes(bytes: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
    let is_one = |at: usize| bytes.get(at) == Some(&b'\'');
    while start < end && is_one(start) {
        start += 1;
    }
    while start < end && is_one(end - 1) {
        end -= 1;
    }
    (start, end)
}

/// Where the last so many words of a text begin.
fn start_of_last(text: &str, count: usize) -> usize {
    let mut start = text.len();
    let (mut inside, mut left) = (false, count);
    for (at, character) in text.char_indices().rev() {
        if is_part(character) {
            (inside, start) = (true, at);
        } else if inside {
            (inside, left) = (false, left - 1);
            if left == 0 {
                break;
            }
        }
    }
    start
}

#[cfg(test)]
mod tests {
    //! Phrases within texts.

    use proptest::prelude::*;

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
