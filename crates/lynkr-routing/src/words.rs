//! Text as words, for patterns that must not fire on parts of words.

use crate::phrases::Phrase;

/// So many words are looked at, from the start and from the end: asks stand at either.
const MOST_AT_START: usize = 1_200;
const MOST_AT_END: usize = 400;

/// The words of a text in lower case. A word is a run of letters and digits of any script; an apostrophe within it
/// belongs to it. Everything else parts words, hyphens included, so `step-by-step` is three.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// All of them, one behind the other.
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
    /// The mark of each.
    marks: Vec<u16>,
    /// Whether some were left out between start and end.
    pub cut: bool,
}

impl Words {
    /// So many marks there are.
    pub(crate) const MARKS: usize = 1_024;

    /// Reads a text. Of long ones the start and the end.
    pub fn of(text: &str) -> Self {
        let mut words = Self { text: String::with_capacity(text.len().min(16 * 1_024)), ..Self::default() };
        for word in split(text).take(MOST_AT_START + MOST_AT_END + 1) {
            words.push(word);
        }
        words.cut = words.len() > MOST_AT_START + MOST_AT_END;
        if words.cut {
            words.ends.truncate(MOST_AT_START);
            words.marks.truncate(MOST_AT_START);
            words.text.truncate(words.ends.last().copied().unwrap_or_default());
            let mut end: Vec<&str> = text
                .rsplit(|character: char| !is_part(character))
                .filter(|word| !word.is_empty())
                .take(MOST_AT_END)
                .collect();
            end.reverse();
            for word in end {
                words.push(word);
            }
        }
        words
    }

    fn push(&mut self, word: &str) {
        let word = word.trim_matches('\'');
        let start = self.text.len();
        if word.is_ascii() {
            self.text.push_str(word);
            if let Some(own) = self.text.get_mut(start..) {
                own.make_ascii_lowercase();
            }
        } else {
            self.text.push_str(&word.to_lowercase());
        }
        self.ends.push(self.text.len());
        let mark = Self::mark(self.text.get(start..).unwrap_or_default());
        self.marks.push(u16::try_from(mark).unwrap_or_default());
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One of them.
    pub(crate) fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.text.get(start..end)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// The mark of each.
    pub(crate) fn marks(&self) -> impl Iterator<Item = usize> {
        self.marks.iter().map(|mark| usize::from(*mark))
    }

    /// A number below [`MARKS`](Self::MARKS) that equal words share.
    pub(crate) const fn mark(word: &str) -> usize {
        match word.as_bytes() {
            [first, second, ..] => {
                (*first as usize * 31 + *second as usize * 7 + word.len() * 131) % Self::MARKS
            }
            [one] => *one as usize,
            [] => 0,
        }
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

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '\''
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !is_part(character)).filter(|word| !word.is_empty())
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

    proptest! {
        #[test]
        fn any_text_and_phrase(text in ".{0,200}", phrase in "[a-z_*|~ ]{0,20}") {
            let words = Words::of(&text);
            let _ = words.has(&phrase);
            prop_assert!(words.iter().all(|word| word.chars().all(is_part)) || words.iter().any(|word| !word.is_ascii()));
        }
    }
}
