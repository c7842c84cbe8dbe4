//! The letters of a word that isn't ASCII: its hash as it grows, and its parts.

use super::hash;

/// The letters of a word in lower case, up to a length, between two marks.
pub(super) struct Letters {
    bytes: [u8; 32],
    length: usize,
    /// Of the letters so far.
    pub(super) hash: u32,
    /// How many there are.
    pub(super) count: u32,
}

impl Default for Letters {
    fn default() -> Self {
        let mut bytes = [0; 32];
        bytes[0] = b'^';
        Self { bytes, length: 1, hash: hash::EMPTY, count: 0 }
    }
}

impl Letters {
    #[inline]
    pub(super) fn push(&mut self, c: char) {
        self.count += 1;
        let lower = c.to_lowercase().next().unwrap_or(c);
        for byte in lower.encode_utf8(&mut [0; 4]).bytes() {
            self.byte(byte);
        }
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.hash = hash::with(self.hash, byte);
        if self.length < self.bytes.len() - 1
            && let Some(place) = self.bytes.get_mut(self.length)
        {
            *place = byte;
            self.length += 1;
        }
    }

    /// All four neighbouring letters, of words with at least four.
    pub(super) fn fours(&mut self) -> impl Iterator<Item = [u8; 4]> {
        if let Some(end) = self.bytes.get_mut(self.length) {
            *end = b'$';
        }
        let long = self.count >= 4;
        let bytes = if long { self.bytes.get(..=self.length) } else { None }.unwrap_or_default();
        bytes.windows(4).filter_map(|four| four.try_into().ok())
    }
}
