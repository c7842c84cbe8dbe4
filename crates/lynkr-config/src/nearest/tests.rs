//! Which slips are recognised.

use super::{distance, nearest};

#[test]
fn distances() {
    for (left, right, expected) in [
        ("", "", 0),
        ("", "abc", 3),
        ("abc", "", 3),
        ("kitten", "sitting", 3),
        ("port", "prot", 2),
        ("a", "a", 0),
    ] {
        assert_eq!(distance(left, right), expected, "{left} {right}");
    }
}

#[test]
fn suggests_only_near_names() {
    let known = ["anthropic", "openai", "ollama", "builtin"];
    for (word, expected) in [
        ("antropic", Some("anthropic")),
        ("OpenAi", Some("openai")),
        ("olama", Some("ollama")),
        ("bedrock", None),
        ("", None),
    ] {
        assert_eq!(nearest(word, known), expected, "{word}");
    }
}
