//! Language drift: a model that slips into another script.

use super::super::number::count;
use super::Excerpt;

/// From how many foreign letters on an answer has drifted.
const LETTERS: usize = 6;
/// Or from which share of its letters on.
const SHARE: f64 = 0.02;

/// Words of an ask that explain foreign letters in the answer.
const EXPLAINS: &[&str] = &[
    "arabic",
    "armenian",
    "bengali",
    "bulgarian",
    "chinese",
    "cjk",
    "cyrillic",
    "farsi",
    "georgian",
    "hebrew",
    "hindi",
    "i18n",
    "japanese",
    "kanji",
    "korean",
    "l10n",
    "language",
    "languages",
    "locale",
    "locales",
    "localization",
    "mandarin",
    "multilingual",
    "persian",
    "russian",
    "script",
    "serbian",
    "tamil",
    "thai",
    "translate",
    "translation",
    "translations",
    "ukrainian",
    "unicode",
    "urdu",
    "utf-8",
    "utf8",
];

/// How many foreign letters stand in an answer whose ask gives no cause for any.
pub(super) fn drift(ask: &str, text: &Excerpt) -> Option<usize> {
    // Most answers have none, and then it doesn't matter what was asked.
    let has_some = |part: &str| !part.is_ascii() && part.chars().any(is_foreign);
    if !text.parts().into_iter().any(has_some) {
        return None;
    }
    if ask.trim().is_empty() || ask.chars().any(is_foreign) || explains(ask) {
        return None;
    }
    let (mut letters, mut foreign) = (0, 0);
    for letter in text.parts().into_iter().flat_map(prose).filter(|letter| letter.is_alphabetic()) {
        letters += 1;
        foreign += usize::from(is_foreign(letter));
    }
    (foreign >= LETTERS || count(foreign) > SHARE * count(letters)).then_some(foreign)
}

fn explains(ask: &str) -> bool {
    let words = ask.split(|c: char| !c.is_alphanumeric() && c != '-');
    words.into_iter().any(|word| EXPLAINS.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// The text without lines between code fences: strings and comments of a program aren't the model's words.
fn prose(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut fenced = false;
    text.lines()
        .filter(move |line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
        .flat_map(str::chars)
}

/// Letters of scripts other than Latin. Greek is missing: formulas use it.
fn is_foreign(letter: char) -> bool {
    matches!(letter,
        '\u{0400}'..='\u{058f}' | '\u{0590}'..='\u{08ff}' | '\u{0900}'..='\u{109f}' | '\u{10a0}'..='\u{11ff}'
        | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3130}'..='\u{318f}' | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
