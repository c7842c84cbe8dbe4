//! Where the words of a text begin and end.

use crate::runs::{Kind, each, runs, within};

/// Where a word begins and ends.
pub(super) type Span = (usize, usize);

/// What belongs to words.
struct Parts;

impl Kind for Parts {
    #[inline]
    fn ascii(bytes: u64) -> u64 {
        let lower = bytes | each(b' ');
        within(lower, b'a', b'z') | within(bytes, b'0', b'9') | within(bytes, b'\'', b'\'')
    }

    fn is(character: char) -> bool {
        is_part(character)
    }
}

/// Whether a character belongs to a word.
pub(super) fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '\''
}

/// Finds the first words of a text.
pub(super) fn first(text: &str, most: usize) -> Vec<Span> {
    // Few texts have fewer letters a word.
    let mut spans = Vec::with_capacity((text.len() / 5).min(most) + 1);
    runs::<Parts>(text, |start, end| {
        spans.push(without_apostrophes(text, start, end));
        spans.len() < most
    });
    spans
}

/// Finds the last words of a text that has more of them.
pub(super) fn last(text: &str, most: usize) -> Vec<Span> {
    let mut length = 16 * most;
    loop {
        let from = text.floor_char_boundary(text.len().saturating_sub(length));
        let tail = text.get(from..).unwrap_or_default();
        let mut spans = first(tail, usize::MAX);
        // The first of them may be a part of a word.
        if from == 0 || spans.len() > most {
            spans.drain(..spans.len().saturating_sub(most));
            return spans.into_iter().map(|(start, end)| (start + from, end + from)).collect();
        }
        length *= 2;
    }
}

/// A word without apostrophes around it.
#[inline]
fn without_apostrophes(text: &str, start: usize, end: usize) -> Span {
    match text.as_bytes().get(start..end) {
        Some(word @ ([b'\'', ..] | [.., b'\''])) => {
            let behind = word.iter().position(|byte| *byte != b'\'').map_or(end, |first| start + first);
            (behind, word.iter().rposition(|byte| *byte != b'\'').map_or(behind, |last| start + last + 1))
        }
        _ => (start, end),
    }
}
