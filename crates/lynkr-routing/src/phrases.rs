//! Tables of phrases, made ready once and looked for at those words of a text that begin phrases.
//!
//! The words of a phrase are parted by blanks; `a|b` is either, `_` any one word, `*` up to four words or none, and a
//! word that ends in `~` is any word that begins so.

use std::sync::LazyLock;

use crate::signals;
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
    if let [Place::Gap, Place::OneOf(words), rest @ ..] = phrase {
        let near = numbers.iter().take(LONGEST_GAP + 1).enumerate();
        return near
            .filter(|(_, number)| words.has(**number))
            .any(|(skip, _)| numbers.get(skip + 1..).is_some_and(|numbers| begin_with(numbers, rest)));
    }
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

/// Phrases that begin with words that are listed and hold no beginnings of words (`~`); all their words are in the
/// [`Vocabulary`].
#[derive(Debug)]
pub(crate) struct Ready {
    phrases: Vec<Vec<Place>>,
    /// The phrases that each word begins, by its number.
    by_number: Vec<Vec<usize>>,
}

impl Ready {
    /// Makes phrases ready to be looked for.
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let place = |text| match text {
            "*" => Place::Gap,
            "_" => Place::AnyWord,
            _ => Place::OneOf(Numbers::of(text)),
        };
        let vocabulary = Vocabulary::shared();
        let mut ready = Self { phrases: Vec::new(), by_number: Vec::new() };
        ready.by_number.resize_with(vocabulary.len() + 1, Vec::new);
        for (at, text) in texts.enumerate() {
            ready.phrases.push(text.split(' ').map(place).collect());
            for word in text.split(' ').next().into_iter().flat_map(|first| first.split('|')) {
                let number = usize::from(vocabulary.number(word.as_bytes()));
                if let Some(own) = ready.by_number.get_mut(number) {
                    own.push(at);
                }
            }
        }
        ready
    }

    /// The phrases that begin with a word.
    fn begun_by(&self, numbers: &[Number]) -> impl Iterator<Item = (usize, &[Place])> {
        let first = numbers.first().copied().unwrap_or_default();
        let own = self.by_number.get(usize::from(first)).map(Vec::as_slice).unwrap_or_default();
        own.iter().filter_map(|at| Some((*at, self.phrases.get(*at)?.as_slice())))
    }

    /// Whether any stands in a text.
    pub(crate) fn any_in(&self, words: &Words) -> bool {
        words.beginners().any(|numbers| self.begun_by(numbers).any(|(_, phrase)| begin_with(numbers, phrase)))
    }
}

/// A set of phrases of all tables: a bit for each, in the tables' order.
pub(crate) type Standing = u128;

/// The phrases of all tables, looked for in one pass.
#[derive(Debug)]
pub(crate) struct Book(Ready);

impl Book {
    /// That of all tables there are.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Book> =
            LazyLock::new(|| Book(Ready::of(signals::TABLES.iter().copied().flatten().copied())));
        &SHARED
    }

    /// The phrases that stand in a text, by what is from each word on that begins one.
    pub(crate) fn standing<'a>(&self, beginners: impl Iterator<Item = &'a [Number]>) -> Standing {
        let mut standing = 0;
        for numbers in beginners {
            for (at, phrase) in self.0.begun_by(numbers) {
                if standing >> at & 1 == 0 && begin_with(numbers, phrase) {
                    standing |= 1 << at;
                }
            }
        }
        standing
    }
}

/// One of the tables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    texts: &'static [&'static str],
    /// How many phrases the tables before it have.
    first: usize,
}

impl Table {
    /// One of [`signals::TABLES`].
    pub(crate) fn of(texts: &'static [&'static str]) -> Self {
        let before = signals::TABLES.iter().take_while(|own| **own != texts);
        Self { texts, first: before.map(|own| own.len()).sum() }
    }

    /// Which of its phrases stand in a text, the table's first in the lowest bit.
    fn found(self, words: &Words) -> Standing {
        words.standing >> self.first & ((1 << self.texts.len()) - 1)
    }

    /// Those that stand in a text, in the table's order.
    pub(crate) fn all_in(self, words: &Words) -> impl Iterator<Item = &'static str> {
        let found = self.found(words);
        self.texts.iter().enumerate().filter(move |(at, _)| found >> at & 1 == 1).map(|(_, text)| *text)
    }

    /// The first in the table that stands in a text, and its place.
    pub(crate) fn first_in(self, words: &Words) -> Option<(usize, &'static str)> {
        let first = self.found(words).trailing_zeros() as usize;
        self.texts.get(first).map(|text| (first, *text))
    }

    /// Whether any stands in a text.
    pub(crate) fn any_in(self, words: &Words) -> bool {
        self.found(words) != 0
    }
}

#[cfg(test)]
mod tests {
    //! Tables find what their phrases find one by one.

    use proptest::prelude::*;

    use super::*;

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

    #[test]
    fn all_tables_fit_into_one_set() {
        assert!(phrases().count() < Standing::BITS as usize);
        let tables: std::collections::BTreeSet<_> = signals::TABLES.iter().collect();
        assert_eq!(tables.len(), signals::TABLES.len());
    }

    #[track_caller]
    fn check(text: &str) {
        let words = Words::of(text);
        for texts in signals::TABLES.iter().copied() {
            let table = Table::of(texts);
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
