//! Text as words, for patterns that must not fire on parts of words.

/// So many words are looked at, from the start and from the end: asks stand at either.
const MOST_AT_START: usize = 1_200;
const MOST_AT_END: usize = 400;

/// The words of a text in lower case. A word is a run of letters and digits of any script; an apostrophe within it
/// belongs to it. Everything else parts words, hyphens included, so `step-by-step` is three.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    words: Vec<String>,
    /// Whether some were left out between start and end.
    pub cut: bool,
}

impl Words {
    /// Reads a text. Of long ones the start and the end.
    pub fn of(text: &str) -> Self {
        let mut words: Vec<String> = split(text).take(MOST_AT_START + MOST_AT_END + 1).map(lower).collect();
        let cut = words.len() > MOST_AT_START + MOST_AT_END;
        if cut {
            words.truncate(MOST_AT_START);
            let mut end: Vec<String> = text
                .rsplit(|character: char| !is_part(character))
                .filter(|word| !word.is_empty())
                .take(MOST_AT_END)
                .map(lower)
                .collect();
            end.reverse();
            words.extend(end);
        }
        Self { words, cut }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// Whether the words are these and no others.
    pub fn are(&self, phrase: &str) -> bool {
        self.iter().eq(phrase.split(' '))
    }

    /// Whether a phrase occurs. Its words are parted by blanks; `a|b` is either, `_` any one word, `*` up to four words
    /// or none, and a word that ends in `~` is any word that begins so.
    pub fn has(&self, phrase: &str) -> bool {
        (0..self.words.len()).any(|at| begins(self.words.get(at..).unwrap_or_default(), Some(phrase)))
    }

    /// The first of these phrases that occurs.
    pub fn first_of(&self, phrases: &'static [&'static str]) -> Option<&'static str> {
        phrases.iter().copied().find(|phrase| self.has(phrase))
    }
}

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '\''
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !is_part(character)).filter(|word| !word.is_empty())
}

fn lower(word: &str) -> String {
    word.trim_matches('\'').to_lowercase()
}

/// Whether words begin with what is left of a phrase.
fn begins(words: &[String], phrase: Option<&str>) -> bool {
    let Some(phrase) = phrase else { return true };
    let (first, rest) = phrase.split_once(' ').map_or((phrase, None), |(first, rest)| (first, Some(rest)));
    if first == "*" {
        return (0..=4.min(words.len())).any(|skip| begins(words.get(skip..).unwrap_or_default(), rest));
    }
    let Some((word, after)) = words.split_first() else { return false };
    let is_one = first.split('|').any(|option| match option.strip_suffix('~') {
        Some(beginning) => word.starts_with(beginning),
        None => option == "_" || word == option,
    });
    is_one && begins(after, rest)
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
