//! Which names have which form.

use super::matches;

#[test]
fn forms() {
    for (pattern, name, expected) in [
        ("gpt-4o", "gpt-4o", true),
        ("gpt-4o", "gpt-4o-mini", false),
        ("o3*", "o3-mini", true),
        ("o3*", "o3", true),
        ("o3*", "go3", false),
        ("gpt-5*-codex*", "gpt-5.3-codex", true),
        ("gpt-5*-codex*", "gpt-5-codex-mini", true),
        ("gpt-5*-codex*", "gpt-5", false),
        ("o*-pro", "o3-pro", true),
        ("o*-pro", "o3-pro-2025", false),
        ("*deep-research*", "o4-mini-deep-research", true),
        ("a*b*b", "ab", false),
        ("a*b*b", "abb", true),
        ("*", "", true),
        ("", "", true),
        ("", "x", false),
    ] {
        assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
    }
}
