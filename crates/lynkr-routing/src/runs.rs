//! Runs of characters of a kind, found for eight bytes at a time. Each byte of a number stands for one of them; an answer
//! is the highest bit of each.

/// The highest bit of each byte.
pub(crate) const HIGH: u64 = each(0x80);

/// A byte in each of eight places.
pub(crate) const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Which bytes are from `first` to `last`; all of them have to be ASCII.
#[inline]
pub(crate) const fn within(bytes: u64, first: u8, last: u8) -> u64 {
    // No sum reaches beyond its byte.
    (bytes + each(0x80 - first)) & !(bytes + each(0x7f - last)) & HIGH
}

/// A kind of characters.
pub(crate) trait Kind {
    /// Which of eight bytes are of it; all of them are ASCII.
    fn ascii(bytes: u64) -> u64;
    /// Whether a character is.
    fn is(character: char) -> bool;
}

/// What isn't white space.
pub(crate) struct Visible;

impl Kind for Visible {
    #[inline]
    fn ascii(bytes: u64) -> u64 {
        (within(bytes, b'\t', b'\r') | within(bytes, b' ', b' ')) ^ HIGH
    }

    fn is(character: char) -> bool {
        !character.is_whitespace()
    }
}

/// Hands the beginning and the end of each run of a kind to `take`, as long as that says so.
pub(crate) fn runs<K: Kind>(text: &str, mut take: impl FnMut(usize, usize) -> bool) {
    let (chunks, rest) = text.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
    let mut start = 0;
    // Whether the byte before is of the kind: its highest bit, in the lowest byte.
    let mut before = 0;
    for number in 0..=chunks.len() {
        let at = number * 8;
        let bytes = u64::from_le_bytes(*chunks.get(number).unwrap_or(&last));
        let mut own = if bytes & HIGH == 0 { K::ascii(bytes) } else { of_any_script::<K>(text, at) };
        if number == chunks.len() {
            // What fills it up, which is at least a byte, ends the last run.
            own &= (1 << (8 * rest.len())) - 1;
        }
        let mut borders = own ^ (own << 8 | before);
        before = own >> 56;
        while borders != 0 {
            let border = at + borders.trailing_zeros() as usize / 8;
            let is_start = own & borders & borders.wrapping_neg() != 0;
            borders &= borders - 1;
            if is_start {
                start = border;
            } else if !take(start, border) {
                return;
            }
        }
    }
}

/// Which of the eight bytes from a place on are of a kind: each is what its character is.
#[cold]
fn of_any_script<K: Kind>(text: &str, at: usize) -> u64 {
    let from = text.floor_char_boundary(at);
    let characters = text.get(from..).unwrap_or_default().char_indices();
    let near = characters.map(|(offset, c)| (from + offset, c)).take_while(|(start, _)| *start < at + 8);
    near.filter(|(_, c)| K::is(*c)).fold(0, |own, (start, c)| {
        let bytes = start.max(at)..(start + c.len_utf8()).min(at + 8);
        bytes.fold(own, |own, byte| own | 0x80 << (8 * (byte - at)))
    })
}

#[cfg(test)]
mod tests {
    //! Beside one byte and one character after the other.

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_as_one_by_one(bytes in prop::array::uniform8(0..0x80_u8), one in 0..0x80_u8, other in 0..0x80_u8) {
            let (first, last) = (one.min(other), one.max(other));
            let plain = bytes.map(|byte| if (first..=last).contains(&byte) { 0x80 } else { 0 });
            prop_assert_eq!(within(u64::from_le_bytes(bytes), first, last).to_le_bytes(), plain);
        }

        #[test]
        fn runs_as_split(text in "(\\PC|[a-z \\t\\n\u{b}\u{1c}\u{85}\u{a0}\u{3000}\u{0}]){0,60}") {
            let mut found = Vec::new();
            runs::<Visible>(&text, |start, end| {
                found.push(&text[start..end]);
                true
            });
            prop_assert_eq!(found, text.split_whitespace().collect::<Vec<_>>());
        }
    }
}
