//! Tables of phrases, made ready once and looked for at those words of a text that begin phrases.
//!
//! The words of a phrase are parted by blanks; `a|b` is either, `_` any one word, `*` up to four words or none, and a
//! word that ends in `~` is any word that begins so.

use crate::vocabulary::{Number, Vocabulary};
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

/// A set of words, by their numbers.
#[derive(Debug)]
struct Numbers(Box<[u64]>);

impl Numbers {
    /// The words that a place of a phrase lists.
    fn of(options: &str) -> Self {
        let vocabulary = Vocabulary::shared();
        let mut bits = vec![0; vocabulary.len() / 64 + 1];
        for number in options.split('|').map(|word| usize::from(vocabulary.number(word.as_bytes()))) {
            if let Some(bits) = bits.get_mut(number / 64) {
                *bits |= 1 << (number % 64);
            }
        }
        // What has no number is in no set.
        if let Some(first) = bits.first_mut() {
            *first &= !1;
        }
        Self(bits.into_boxed_slice())
    }

    #[inline]
    fn has(&self, number: Number) -> bool {
        self.0.get(usize::from(number / 64)).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }
}

/// One place of a table's phrase.
#[derive(Debug)]
enum Place {
    /// `*`
    Gap,
    /// `_`
    AnyWord,
    /// One of these words.
    OneOf(Numbers),
}

/// Whether words begin with a phrase, both as numbers.
fn begin_with(numbers: &[Number], phrase: &[Place]) -> bool {
    let Some((first, rest)) = phrase.split_first() else { return true };
    if matches!(first, Place::Gap) {
        return (0..=LONGEST_GAP)
            .map_while(|skip| numbers.get(skip..))
            .any(|numbers| begin_with(numbers, rest));
    }
    let Some((number, others)) = numbers.split_first() else { return false };
    (match first {
        Place::OneOf(words) => words.has(*number),
        Place::AnyWord | Place::Gap => true,
    }) && begin_with(others, rest)
}

/// A table of phrases. Each begins with words that are listed, and no word in it is a beginning (`~`); all words are in
/// the [`Vocabulary`].
#[derive(Debug)]
pub(crate) struct Phrases {
    texts: &'static [&'static str],
    phrases: Vec<Vec<Place>>,
    /// The phrases that each word begins, by its number.
    by_number: Vec<Vec<usize>>,
}

impl Phrases {
    /// Makes a table ready.
    pub(crate) fn of(texts: &'static [&'static str]) -> Self {
        Self { texts, ..Self::nameless(texts) }
    }

    /// Makes phrases ready of which only is asked whether any stands in a text.
    pub(crate) fn nameless(texts: &[impl AsRef<str>]) -> Self {
        let place = |text| match text {
            "*" => Place::Gap,
            "_" => Place::AnyWord,
            _ => Place::OneOf(Numbers::of(text)),
        };
        let mut table = Self { texts: &[], phrases: Vec::new(), by_number: Vec::new() };
        let vocabulary = Vocabulary::shared();
        table.by_number.resize_with(vocabulary.len() + 1, Vec::new);
        for (at, text) in texts.iter().map(AsRef::as_ref).enumerate() {
            table.phrases.push(text.split(' ').map(place).collect());
            for word in text.split(' ').next().into_iter().flat_map(|first| first.split('|')) {
                let number = usize::from(vocabulary.number(word.as_bytes()));
                if let Some(own) = table.by_number.get_mut(number) {
                    own.push(at);
                }
            }
        }
        table
    }

    /// The places of those that stand in a text, as often as they do.
    fn found(&self, words: &Words) -> impl Iterator<Item = usize> {
        words.beginners().flat_map(move |numbers| {
            let first = numbers.first().copied().unwrap_or_default();
            let own = self.by_number.get(usize::from(first)).map(Vec::as_slice).unwrap_or_default();
            own.iter()
                .copied()
                .filter(move |at| self.phrases.get(*at).is_some_and(|phrase| begin_with(numbers, phrase)))
        })
    }

    /// Those that stand in a text, in the table's order.
    pub(crate) fn all_in(&self, words: &Words) -> impl Iterator<Item = &'static str> {
        let mut found: Vec<usize> = self.found(words).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|at| self.texts.get(at).copied())
    }

    /// The first in the table that stands in a text, and its place.
    pub(crate) fn first_in(&self, words: &Words) -> Option<(usize, &'static str)> {
        let first = self.found(words).min()?;
        self.texts.get(first).map(|text| (first, *text))
    }

    /// Whether any stands in a text.
    pub(crate) fn any_in(&self, words: &Words) -> bool {
        self.found(words).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    //! Tables find what their phrases find one by one.

    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::signals;

    /// All phrases there are.
    fn phrases() -> impl Iterator<Item = &'static str> {
        signals::TABLES.iter().copied().flatten().copied()
    }

    #[test]
    fn tables_hold_what_can_be_looked_for() {
        for phrase in phrases() {
            assert!(!phrase.contains('~') && !phrase.starts_with(['*', '_']), "{phrase}");
            let words = phrase.split([' ', '|']).filter(|word| !matches!(*word, "*" | "_"));
            words.for_each(|word| assert_ne!(Vocabulary::shared().number(word.as_bytes()), 0, "{word}"));
        }
    }

    #[track_caller]
    fn check(text: &str) {
        static TABLES: LazyLock<Vec<Phrases>> =
            LazyLock::new(|| signals::TABLES.iter().map(|texts| Phrases::of(texts)).collect());
        let words = Words::of(text);
        for (texts, table) in signals::TABLES.iter().zip(TABLES.iter()) {
            let one_by_one: Vec<&str> = texts.iter().copied().filter(|phrase| words.has(phrase)).collect();
            assert_eq!(table.all_in(&words).collect::<Vec<_>>(), one_by_one, "{text}");
            assert_eq!(table.first_in(&words).map(|(_, text)| text), one_by_one.first().copied(), "{text}");
            assert_eq!(table.any_in(&words), !one_by_one.is_empty(), "{text}");
        }
    }

    #[test]
    fn in_all_prompts_as_one_by_one() {
        crate::scorer::tests::texts().step_by(11).for_each(|text| check(&text));
    }

    /// Texts that hold most of a phrase, with words between.
    fn text() -> impl Strategy<Value = String> {
        let words: Vec<&str> = phrases().flat_map(|phrase| phrase.split([' ', '|'])).collect();
        let word = prop_oneof![prop::sample::select(words), Just("filler")];
        let filler = || prop::collection::vec(word.clone(), 0..6).prop_map(|words| words.join(" "));
        let option = |part: &str, at: usize| {
            let options: Vec<&str> = part.split('|').collect();
            options[at % options.len()].to_owned()
        };
        let phrase = (prop::sample::select(phrases().collect::<Vec<_>>()), any::<[u8; 6]>());
        let phrase = phrase.prop_map(move |(phrase, chosen)| {
            let parts = phrase.split(' ').zip(chosen.iter().cycle());
            parts.map(|(part, at)| option(part, usize::from(*at))).collect::<Vec<_>>().join(" ")
        });
        prop::collection::vec(prop_oneof![phrase, filler()], 0..5).prop_map(|parts| parts.join(" "))
    }

    proptest! {
        #[test]
        fn as_one_by_one(text in text()) {
            check(&text);
        }
    }
}
