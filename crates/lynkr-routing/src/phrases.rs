//! Tables of phrases, made ready once and looked for in one pass over a text's words.
//!
//! The words of a phrase are parted by blanks; `a|b` is either, `_` any one word, `*` up to four words or none, and a
//! word that ends in `~` is any word that begins so.

use std::collections::HashMap;

use crate::words::Words;

/// So many words may stand where a phrase has `*`.
const LONGEST_GAP: usize = 4;

/// One place of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part<'a> {
    /// `*`
    Gap,
    /// `_`
    AnyWord,
    /// One of these words, or of these beginnings of words.
    OneOf { words: Vec<&'a str>, beginnings: Vec<&'a str> },
}

impl<'a> Part<'a> {
    fn of(text: &'a str) -> Self {
        match text {
            "*" => Self::Gap,
            _ if text.split('|').any(|option| option == "_") => Self::AnyWord,
            _ => {
                let (beginnings, words): (Vec<&str>, Vec<&str>) =
                    text.split('|').partition(|option| option.ends_with('~'));
                let beginnings = beginnings.into_iter().map(|option| option.trim_end_matches('~')).collect();
                Self::OneOf { words, beginnings }
            }
        }
    }

    fn is(&self, word: &str) -> bool {
        match self {
            Self::Gap => false,
            Self::AnyWord => true,
            Self::OneOf { words, beginnings } => {
                words.contains(&word) || beginnings.iter().any(|beginning| word.starts_with(beginning))
            }
        }
    }
}

/// One phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phrase<'a>(Vec<Part<'a>>);

impl<'a> Phrase<'a> {
    /// Reads a phrase; any text is one.
    pub(crate) fn of(text: &'a str) -> Self {
        Self(text.split(' ').map(Part::of).collect())
    }

    /// Whether it stands anywhere in a text.
    pub(crate) fn is_in(&self, words: &Words) -> bool {
        (0..words.len()).any(|at| stands(&self.0, words, at))
    }
}

/// Whether the words from a place on begin with these parts.
fn stands(parts: &[Part<'_>], words: &Words, at: usize) -> bool {
    let Some((first, rest)) = parts.split_first() else { return true };
    if *first == Part::Gap {
        let most = LONGEST_GAP.min(words.len().saturating_sub(at));
        return (0..=most).any(|skip| stands(rest, words, at + skip));
    }
    words.get(at).is_some_and(|word| first.is(word)) && stands(rest, words, at + 1)
}

/// A table of phrases.
#[derive(Debug)]
pub(crate) struct Phrases {
    texts: &'static [&'static str],
    phrases: Vec<Phrase<'static>>,
    /// Which phrases begin with a word.
    by_word: HashMap<&'static str, Vec<usize>>,
    /// Marks of the words in `by_word`, as a set of bits: most words of a text begin no phrase.
    marks: [u64; Words::MARKS / 64],
    /// Phrases that may begin with words that aren't listed.
    open: Vec<usize>,
}

impl Phrases {
    /// Makes a table ready.
    pub(crate) fn of(texts: &'static [&'static str]) -> Self {
        let mut table = Self {
            texts,
            phrases: texts.iter().map(|text| Phrase::of(text)).collect(),
            by_word: HashMap::new(),
            marks: [0; Words::MARKS / 64],
            open: Vec::new(),
        };
        for (at, phrase) in table.phrases.iter().enumerate() {
            match phrase.0.first() {
                Some(Part::OneOf { words, beginnings }) if beginnings.is_empty() => {
                    for word in words {
                        table.by_word.entry(word).or_default().push(at);
                        let mark = Words::mark(word);
                        if let Some(bits) = table.marks.get_mut(mark / 64) {
                            *bits |= 1 << (mark % 64);
                        }
                    }
                }
                _ => table.open.push(at),
            }
        }
        table
    }

    /// The places of those that stand in a text, in order.
    pub(crate) fn found(&self, words: &Words) -> Vec<usize> {
        let mut found: Vec<usize> = self
            .open
            .iter()
            .copied()
            .filter(|at| self.phrases.get(*at).is_some_and(|own| own.is_in(words)))
            .collect();
        for (place, mark) in words.marks().enumerate() {
            let is_marked = self.marks.get(mark / 64).is_some_and(|bits| bits >> (mark % 64) & 1 == 1);
            let known = || self.by_word.get(words.get(place)?);
            let Some(own) = is_marked.then(known).flatten() else { continue };
            for at in own {
                let stands = || self.phrases.get(*at).is_some_and(|phrase| stands(&phrase.0, words, place));
                if !found.contains(at) && stands() {
                    found.push(*at);
                }
            }
        }
        found.sort_unstable();
        found
    }

    /// Those that stand in a text, in the table's order.
    pub(crate) fn all_in(&self, words: &Words) -> impl Iterator<Item = &'static str> {
        self.found(words).into_iter().filter_map(|at| self.texts.get(at).copied())
    }

    /// The first in the table that stands in a text.
    pub(crate) fn first_in(&self, words: &Words) -> Option<&'static str> {
        self.all_in(words).next()
    }

    /// Whether any stands in a text.
    pub(crate) fn any_in(&self, words: &Words) -> bool {
        !self.found(words).is_empty()
    }
}

#[cfg(test)]
mod tests {
    //! A table finds what its phrases find one by one.

    use proptest::prelude::*;

    use super::*;

    const TABLE: &[&str] =
        &["think * step", "a|b _ c", "abou~ the", "* end", "_ middle", "step", "b", "think by", "step step"];

    #[test]
    fn in_the_tables_order() {
        let table = Phrases::of(TABLE);
        let words = Words::of("b: think of the next step; step");
        assert_eq!(table.all_in(&words).collect::<Vec<_>>(), ["think * step", "step", "b", "step step"]);
        assert_eq!(table.first_in(&Words::of("about the b")), Some("abou~ the"));
        assert_eq!(table.first_in(&Words::of("nothing here")), None);
    }

    proptest! {
        #[test]
        fn as_one_by_one(text in "((think|step|a|b|c|about|the|middle|end|by) ){0,12}") {
            let (table, words) = (Phrases::of(TABLE), Words::of(&text));
            let one_by_one: Vec<&str> = TABLE.iter().copied().filter(|phrase| words.has(phrase)).collect();
            prop_assert_eq!(table.all_in(&words).collect::<Vec<_>>(), one_by_one);
        }
    }
}
