//! Hashes of words and of parts of words. They are part of the model: the same on every machine and in every version.

/// Of no letters.
pub(super) const EMPTY: u32 = 0x811c_9dc5;

/// A word's hash with one more byte (FNV-1a).
#[inline]
pub(super) const fn with(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// A whole word's.
pub(super) fn word(word: &str) -> u32 {
    word.bytes().fold(EMPTY, with)
}

/// Of two words in this order.
#[inline]
pub(super) const fn join(first: u32, second: u32) -> u32 {
    (first.rotate_left(5) ^ second).wrapping_mul(0x9e37_79b1)
}

/// A place in a table of 2^`bits` places.
#[inline]
pub(super) const fn place(hash: u32, bits: u32) -> usize {
    let mixed = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
    ((mixed ^ (mixed >> 13)) & ((1 << bits) - 1)) as usize
}
