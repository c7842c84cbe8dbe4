//! JSON strings as they stand in a body: where a badge at their beginning ends, without decoding the rest.

use super::{BEGIN, GAP};

/// The characters of a JSON string with its quotes, each with the place after it.
struct Characters<'a> {
    raw: &'a str,
    at: usize,
}

impl Iterator for Characters<'_> {
    type Item = (char, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.raw.get(self.at..self.raw.len().checked_sub(1)?)?;
        let first = rest.chars().next()?;
        let (character, length) = if first == '\\' { escape(rest)? } else { (first, first.len_utf8()) };
        self.at += length;
        Some((character, self.at))
    }
}

/// The character that an escape stands for, and the escape's length.
fn escape(rest: &str) -> Option<(char, usize)> {
    let simple = match rest.as_bytes().get(1)? {
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => {
            let unit = |at: usize| u32::from_str_radix(rest.get(at..at + 4)?, 16).ok();
            let high = unit(2)?;
            if let (0xD800..=0xDBFF, Some("\\u"), Some(low @ 0xDC00..=0xDFFF)) =
                (high, rest.get(6..8), unit(8))
            {
                let whole = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                return Some((char::from_u32(whole)?, 12));
            }
            return Some((char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6));
        }
        other => char::from(*other),
    };
    Some((simple, 2))
}

/// Where the badge at the beginning of a JSON string ends, with what separates it from the rest; `None` where it begins
/// with none.
pub(super) fn badge_end(raw: &str) -> Option<usize> {
    if !raw.starts_with('"') {
        return None;
    }
    let mut characters = Characters { raw, at: 1 };
    for wanted in BEGIN.chars() {
        characters.next().filter(|(found, _)| *found == wanted)?;
    }
    let mut end = loop {
        match characters.next()? {
            ('*', end) => break end,
            ('\n', _) => return None,
            _ => {}
        }
    };
    for wanted in GAP.chars() {
        match characters.next() {
            Some((found, after)) if found == wanted => end = after,
            _ => break,
        }
    }
    Some(end)
}

/// Whether nothing of a JSON string follows this place.
pub(super) fn is_end(raw: &str, at: usize) -> bool {
    at + 1 >= raw.len()
}
