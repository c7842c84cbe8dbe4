//! Token estimates from text alone: no vocabulary, no allocation, a few nanoseconds per word.
//!
//! An estimate serves where a count must be shown before the provider has measured one. It errs upward: a
//! client that believes its context to be smaller than it is overflows it.

#![warn(missing_docs)]

/// Tokens that an image costs when its size isn't known: about one megapixel at Anthropic's rate of
/// 750 pixels per token.
pub const IMAGE_TOKENS: u64 = 1_600;

/// Tokens that framing one turn costs.
pub const TURN_TOKENS: u64 = 4;

/// Tokens that framing one tool definition costs.
pub const TOOL_TOKENS: u64 = 12;

/// Tokens in a document of `bytes` base64 characters: PDF pages hold about 1,500 tokens per 20 KB of file.
pub fn document_tokens(base64_bytes: usize) -> u64 {
    (base64_bytes as u64 * 3 / 4 / 14).max(500)
}

/// Tokens in `text`, erring upward.
///
/// Letters come at 4 per token, other ASCII (code, JSON) at 2, digits at 2.5, and every character beyond
/// ASCII counts as one token: about right for Chinese or Japanese, too much for accented letters.
pub fn text_tokens(text: &str) -> u64 {
    let mut twentieths = 0_u64;
    for byte in text.bytes() {
        twentieths += match byte {
            b'a'..=b'z' | b'A'..=b'Z' => 5,
            b' ' => 1,
            b'0'..=b'9' => 8,
            // The first byte of a character beyond ASCII; its other bytes count nothing.
            0xC0..=0xFF => 20,
            0x80..=0xBF => 0,
            _ => 10,
        };
    }
    twentieths.div_ceil(20)
}

#[cfg(test)]
mod tests;
