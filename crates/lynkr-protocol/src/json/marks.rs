//! Where texts of JSON end, and what is escaped in them, sixteen bytes at a time.

use wide::u8x16;

/// How many bytes are looked at together: as many as an integer has bits.
const BLOCK: usize = 64;
/// How many an instruction takes.
const STEP: usize = 16;

/// The special bytes of one block: quotes, backslashes and control characters, one bit each. Whoever walks on in the same block
/// doesn't look at it again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    block: usize,
    bits: u64,
}

impl Marks {
    /// Before any block.
    pub(super) const fn new() -> Self {
        Self { block: usize::MAX, bits: 0 }
    }

    /// The place of the quote that ends a text, from `from` on, which lies in it. `None` where it doesn't end, or what stands in
    /// it may not.
    #[inline]
    pub(super) fn end(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut bits = self.from(bytes, from);
        loop {
            while bits != 0 {
                let place = bits.trailing_zeros() as usize;
                let at = self.block + place;
                match bytes.get(at)? {
                    b'"' => return Some(at),
                    b'\\' => {}
                    // A control character.
                    _ => return None,
                }
                if place + 1 < BLOCK && meant(*bytes.get(at + 1)?) != 0 {
                    // The backslash, and what it escapes, which may have a mark of its own.
                    bits &= !(0b11 << place);
                } else {
                    bits = self.from(bytes, at + escape_length(bytes, at)?);
                }
            }
            bits = self.following(bytes)?;
        }
    }

    /// The place of the first special byte from `from` on.
    #[inline]
    pub(super) fn next(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        let bits = self.from(bytes, from);
        self.first(bytes, bits)
    }

    /// The marks of the block in which a place lies, from there on.
    #[inline]
    fn from(&mut self, bytes: &[u8], from: usize) -> u64 {
        let within = from % BLOCK;
        if self.block != from - within {
            self.load(bytes, from - within);
        }
        self.bits & (u64::MAX << within)
    }

    /// The place of the first of these marks, else of the first one in the blocks that follow.
    #[inline]
    fn first(&mut self, bytes: &[u8], mut bits: u64) -> Option<usize> {
        while bits == 0 {
            bits = self.following(bytes)?;
        }
        Some(self.block + bits.trailing_zeros() as usize)
    }

    /// The marks of the next block, if there is one.
    #[inline]
    fn following(&mut self, bytes: &[u8]) -> Option<u64> {
        if self.block + BLOCK >= bytes.len() {
            return None;
        }
        self.load(bytes, self.block + BLOCK);
        Some(self.bits)
    }

    #[inline]
    fn load(&mut self, bytes: &[u8], block: usize) {
        self.block = block;
        self.bits = match bytes.get(block..) {
            Some(rest) => rest.first_chunk().map_or_else(|| of_the_last(rest), of_block),
            None => 0,
        };
    }
}

/// Not inlined: among other code the compiler takes the masks apart into single bits, at five times the cost.
#[inline(never)]
fn of_block(block: &[u8; BLOCK]) -> u64 {
    let (steps, _) = block.as_chunks::<STEP>();
    let [first, second, third, fourth] = steps else { return 0 };
    let low = of_step(first) | of_step(second) << STEP;
    let high = of_step(third) | of_step(fourth) << STEP;
    u64::from(low) | u64::from(high) << (2 * STEP)
}

/// A block that ends early goes on as spaces.
#[cold]
fn of_the_last(rest: &[u8]) -> u64 {
    let mut block = [b' '; BLOCK];
    if let Some(place) = block.get_mut(..rest.len()) {
        place.copy_from_slice(rest);
    }
    of_block(&block)
}

/// How long an escape is that begins here.
#[inline]
fn escape_length(bytes: &[u8], at: usize) -> Option<usize> {
    let kind = *bytes.get(at + 1)?;
    match meant(kind) {
        0 if kind == b'u' => {
            let digits = bytes.get(at + 2..at + 6)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(6)
        }
        0 => None,
        _ => Some(2),
    }
}

/// The byte that is meant by one behind a backslash; zero for what is longer or may not stand there.
#[inline]
pub(super) fn meant(kind: u8) -> u8 {
    ESCAPED.get(usize::from(kind)).copied().unwrap_or_default()
}

#[expect(
    clippy::indexing_slicing,
    reason = "it is made by the compiler, which would refuse a place that isn't there"
)]
const ESCAPED: [u8; 256] = {
    let mut all = [0; 256];
    all[b'"' as usize] = b'"';
    all[b'\\' as usize] = b'\\';
    all[b'/' as usize] = b'/';
    all[b'b' as usize] = 0x08;
    all[b'f' as usize] = 0x0c;
    all[b'n' as usize] = b'\n';
    all[b'r' as usize] = b'\r';
    all[b't' as usize] = b'\t';
    all
};

/// The special bytes of sixteen, one bit each.
#[inline]
pub(super) fn of_step(step: &[u8; STEP]) -> u32 {
    let bytes = u8x16::new(*step);
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let is_control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    (is(b'"') | is(b'\\') | is_control).to_bitmask()
}

#[cfg(test)]
mod tests {
    //! The marks of any text, from any place.

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_next_special_byte_is_the_first(text in "[ -~\u{0}-\u{1f}é]{0,200}", from in 0_usize..205) {
            let bytes = text.as_bytes();
            let special = bytes.iter().enumerate().skip(from).find(|(_, byte)| matches!(byte, b'"' | b'\\' | 0..0x20));
            prop_assert_eq!(Marks::new().next(bytes, from), special.map(|(at, _)| at));
        }

        #[test]
        fn a_walk_sees_them_all(text in "[a-z\"\\\\\u{0}\u{1f}]{0,300}") {
            let (mut marks, mut at, mut seen) = (Marks::new(), 0, Vec::new());
            while let Some(place) = marks.next(text.as_bytes(), at) {
                seen.push(place);
                at = place + 1;
            }
            let special = |(at, byte): (usize, u8)| matches!(byte, b'"' | b'\\' | 0..0x20).then_some(at);
            prop_assert_eq!(seen, text.bytes().enumerate().filter_map(special).collect::<Vec<_>>());
        }
    }
}
