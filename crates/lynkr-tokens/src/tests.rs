//! Estimates stay at or above what real tokenizers count, and below one and a half times it.

use super::*;

#[test]
fn estimates_err_upward_but_not_far() {
    // Counts by OpenAI's o200k vocabulary.
    let cases = [
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("fn main() { println!(\"hello\"); }", 10),
        ("{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\"}}}", 15),
    ];
    for (text, real) in cases {
        let estimate = text_tokens(text);
        assert!(estimate >= real, "{text}: {estimate} < {real}");
        assert!(estimate <= real * 2, "{text}: {estimate} > 2 x {real}");
    }
    assert_eq!(text_tokens(""), 0);
    assert_eq!(text_tokens("日本語"), 3);
}

#[test]
fn documents_have_a_floor() {
    assert_eq!(document_tokens(10), 500);
    assert!(document_tokens(100_000) > 5_000);
}
