//! A text as a short vector, without a model: its words, pairs of words and parts of words, hashed and projected at
//! random but always alike. Texts with common words point in like directions.

/// How many numbers a vector has.
pub const DIMENSIONS: usize = 64;
/// How much of the beginning and of the end of a text counts, in bytes.
const LOOKED_AT: usize = 4 * 1024;
/// How many places each feature touches.
const SPREAD: u32 = 4;
/// So many letters of a word count.
const MOST_LETTERS: usize = 32;
/// What words of up to three letters weigh: most are articles and pronouns.
const SMALL: f32 = 0.3;
/// What pairs of words weigh.
const PAIR: f32 = 0.7;
/// What parts of words weigh: they make `parse` and `parser` alike.
const PART: f32 = 0.2;

/// A text as a vector of length 1; all zeros for a text without words.
pub fn text(text: &str) -> [f32; DIMENSIONS] {
    let mut vector = [0.0; DIMENSIONS];
    for part in ends(text) {
        add_words(part, &mut vector);
    }
    normalised(vector)
}

/// Features by their hashes and weights as a vector of length 1, projected as [`text`] does; weights that are no number
/// are left out.
pub fn features(features: impl IntoIterator<Item = (u64, f32)>) -> [f32; DIMENSIONS] {
    let mut vector = [0.0; DIMENSIONS];
    for (hash, weight) in features.into_iter().filter(|(_, weight)| weight.is_finite()) {
        add(mixed(hash), weight.clamp(-1e6, 1e6), &mut vector);
    }
    normalised(vector)
}

/// The beginning and the end, where a text is too long for the whole.
fn ends(text: &str) -> [&str; 2] {
    if text.len() <= 2 * LOOKED_AT {
        return [text, ""];
    }
    let start = (0..=LOOKED_AT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end =
        (text.len() - LOOKED_AT..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    [&text[..start], &text[end..]]
}

fn add_words(text: &str, vector: &mut [f32; DIMENSIONS]) {
    let mut before = None;
    if text.is_ascii() {
        let letters = |byte: &u8| byte.is_ascii_alphanumeric();
        let mut rest = text.as_bytes();
        while let Some(start) = rest.iter().position(letters) {
            let word = rest.get(start..).unwrap_or_default();
            let end = word.iter().position(|byte| !letters(byte)).unwrap_or(word.len());
            let (word, behind) = word.split_at_checked(end).unwrap_or((word, &[]));
            let mut lower = [0; MOST_LETTERS];
            lower.iter_mut().zip(word).for_each(|(place, byte)| *place = byte.to_ascii_lowercase());
            add_word(lower.get(..word.len()).unwrap_or(&lower), &mut before, vector);
            rest = behind;
        }
        return;
    }
    let mut word = Word::default();
    for letter in text.chars().chain([' ']) {
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        } else if letter.is_alphanumeric() {
            letter.to_lowercase().for_each(|letter| word.push(letter));
        } else if !word.letters().is_empty() {
            add_word(word.letters(), &mut before, vector);
            word.len = 0;
        }
    }
}

/// A letter as hashes and weights see it.
trait Letter: Copy {
    /// Whether it is ASCII.
    fn is_plain(self) -> bool;
    /// Its number.
    fn number(self) -> u64;
}

impl Letter for char {
    fn is_plain(self) -> bool {
        self.is_ascii()
    }

    fn number(self) -> u64 {
        u64::from(u32::from(self))
    }
}

impl Letter for u8 {
    fn is_plain(self) -> bool {
        true
    }

    fn number(self) -> u64 {
        u64::from(self)
    }
}

/// The beginning of a word.
#[derive(Default)]
struct Word {
    start: [char; MOST_LETTERS],
    len: usize,
}

impl Word {
    fn push(&mut self, letter: char) {
        if let Some(place) = self.start.get_mut(self.len) {
            *place = letter;
            self.len += 1;
        }
    }

    fn letters(&self) -> &[char] {
        &self.start[..self.len]
    }
}

fn add_word<L: Letter>(letters: &[L], before: &mut Option<u64>, vector: &mut [f32; DIMENSIONS]) {
    let hash = hashed(letters);
    let weight =
        if letters.len() > 3 || !letters.iter().all(|letter| letter.is_plain()) { 1.0 } else { SMALL };
    add(hash, weight, vector);
    if let Some(before) = before.replace(hash) {
        add(mixed(hash.rotate_left(17) ^ before), PAIR * weight, vector);
    }
    for part in letters.array_windows::<4>() {
        add(mixed(hashed(part) ^ 0x9e37), PART, vector);
    }
}

/// Adds a feature at places, and with signs, that its hash tells.
#[inline]
fn add(hash: u64, weight: f32, vector: &mut [f32; DIMENSIONS]) {
    for turn in 0..SPREAD {
        let bits = hash >> (turn * 16);
        // The highest bit of the sixteen is the sign: no branch that nobody could foretell.
        let sign = u32::from(bits.to_le_bytes()[1] & 0x80) << 24;
        vector[usize::from(bits.to_le_bytes()[0]) % DIMENSIONS] += f32::from_bits(weight.to_bits() ^ sign);
    }
}

/// FNV-1a over letters, then mixed.
#[inline]
fn hashed<L: Letter>(letters: &[L]) -> u64 {
    let step = |hash: u64, letter: &L| (hash ^ letter.number()).wrapping_mul(0x0100_0000_01b3);
    mixed(letters.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Spreads all bits of a number over all of them.
const fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn normalised(vector: [f32; DIMENSIONS]) -> [f32; DIMENSIONS] {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 && length.is_finite() { vector.map(|value| value / length) } else { [0.0; DIMENSIONS] }
}

#[cfg(test)]
mod tests {
    //! Like texts are near each other.

    use super::*;
    use proptest::prelude::*;

    fn likeness(left: &str, right: &str) -> f32 {
        text(left).iter().zip(text(right)).map(|(left, right)| left * right).sum()
    }

    #[test]
    fn like_texts_are_near() {
        let ask = "Fix the race condition in the connection pool of the HTTP client";
        let near = likeness(ask, "There is a race condition in our HTTP connection pool, please fix it");
        let far = likeness(ask, "Write a limerick about a parrot who learns Portuguese");
        assert!(near > 0.6 && far < 0.35 && near > far + 0.3, "{near} {far}");
        assert!(likeness("the parser", "The Parser!") > 0.999);
    }

    /// What is kept of past requests has to stay like what is asked.
    #[test]
    fn vectors_stay_what_they_are() {
        let words = format!("Grüße! İstanbul's 東京 don't {} a bc 42 {}", "x".repeat(50), "ß".repeat(40));
        let digest = text(&words)
            .iter()
            .fold(0_u64, |digest, value| digest.rotate_left(5).wrapping_mul(31) ^ u64::from(value.to_bits()));
        assert_eq!(digest, 0xa97b_7765_f7e8_53c5);
    }

    #[test]
    fn no_words_no_direction() {
        assert!(text(" -- !").iter().all(|value| value.abs() < f32::EPSILON));
        let hostile = features([(1, f32::NAN), (2, f32::INFINITY)]);
        assert!(hostile.iter().all(|value| value.abs() < f32::EPSILON));
    }

    proptest! {
        #[test]
        fn ascii_as_any_script(ask in "[a-zA-Z0-9 .,_-]{0,200}|[a-z]{20,90}") {
            let (mut one, mut other) = ([0.0; DIMENSIONS], [0.0; DIMENSIONS]);
            add_words(&ask, &mut one);
            add_words(&format!("{ask} \u{201c}"), &mut other);
            prop_assert_eq!(one.map(f32::to_bits), other.map(f32::to_bits));
        }

        #[test]
        fn length_one(ask in ".{0,200}", repeated in 1..200_usize) {
            let vector = text(&ask.repeat(repeated));
            let length: f32 = vector.iter().map(|value| value * value).sum();
            prop_assert!(length == 0.0 || (length - 1.0).abs() < 1e-4);
        }
    }
}
