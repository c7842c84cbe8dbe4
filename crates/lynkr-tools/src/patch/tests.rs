//! Diffs as tools write them, and as models do.

use proptest::prelude::*;
use similar::TextDiff;

use super::*;

fn patched(text: &str, patch: &str) -> Result<String, String> {
    apply(text, &parse(patch)?)
}

const FILE: &str = "one\ntwo\nthree\nfour\nfive\n";

#[test]
fn hunks_change_what_they_say() {
    let patch = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n@@ -5 +5,2 @@\n five\n+six\n";
    assert_eq!(patched(FILE, patch).unwrap(), "one\nzwei\nthree\nfour\nfive\nsix\n");
}

#[test]
fn hunks_that_moved_are_found_and_miscounted_ones_too() {
    let moved = format!("zero\nhalf\n{FILE}");
    let patch = "@@ -2,9 +2,1 @@\n-two\n+zwei\n";
    assert_eq!(patched(&moved, patch).unwrap(), "zero\nhalf\none\nzwei\nthree\nfour\nfive\n");
    let unnumbered = "@@ @@\n three\n-four\n+vier\n";
    assert_eq!(patched(FILE, unnumbered).unwrap(), "one\ntwo\nthree\nvier\nfive\n");
}

#[test]
fn the_nearest_of_several_places_is_taken() {
    let text = "a\nx\na\nx\na\nx\n";
    assert_eq!(patched(text, "@@ -5,1 +5,1 @@\n-a\n+b\n").unwrap(), "a\nx\na\nx\nb\nx\n");
    assert!(patched(text, "@@ @@\n-a\n+b\n").unwrap_err().contains("fits in 3 places"));
}

#[test]
fn what_does_not_fit_is_told_with_its_line() {
    let error = patched(FILE, "@@ -2,2 +2,2 @@\n two\n-drei\n+three!\n").unwrap_err();
    assert_eq!(error, "hunk 1 doesn't fit: line 3 should be `drei`, but it is `three`");
    let error = patched(FILE, "@@ -9,1 +9,1 @@\n-nine\n+ten\n").unwrap_err();
    assert!(error.contains("the file ends there"), "{error}");
    for nonsense in ["", "hello", "@@ -1 +1 @@\n one\n", "@@ -1 +1 @@\n?one\n"] {
        assert!(patched(FILE, nonsense).is_err(), "{nonsense}");
    }
    let two = "--- a\n+++ a\n@@ -1 +1 @@\n-one\n+1\n--- b\n+++ b\n@@ -1 +1 @@\n-one\n+1\n";
    assert!(patched(FILE, two).unwrap_err().contains("more than one file"));
}

#[test]
fn ends_and_line_breaks_stay_as_they_are() {
    assert_eq!(patched("a\r\nb\r\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n").unwrap(), "a\r\nc\r\n");
    assert_eq!(patched("a\nb\n", "@@ -1,2 +1,2 @@\r\n a\r\n-b\r\n+c\r\n").unwrap(), "a\nc\n");
    assert_eq!(
        patched("a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n").unwrap(),
        "a\nc\n"
    );
    assert_eq!(
        patched("a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n").unwrap(),
        "a\nc"
    );
    assert_eq!(patched("", "@@ -0,0 +1,2 @@\n+a\n+b\n").unwrap(), "a\nb\n");
    assert_eq!(patched("a\n", "@@ -1 +0,0 @@\n-a\n").unwrap(), "");
    assert_eq!(patched("a\n\nb\n", "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n").unwrap(), "a\n\nc\n");
}

proptest! {
    #[test]
    fn what_a_diff_tool_writes_is_applied(
        old in prop::collection::vec("[abc]{0,2}", 0..14),
        new in prop::collection::vec("[abc]{0,2}", 0..14),
        ends in any::<(bool, bool)>(),
    ) {
        let text = |lines: &[String], ended: bool| {
            let mut text = lines.join("\n");
            if ended && !text.is_empty() { text.push('\n'); }
            text
        };
        let (old, new) = (text(&old, ends.0), text(&new, ends.1));
        prop_assume!(old != new);
        let diff = TextDiff::from_lines(&old, &new).unified_diff().context_radius(3).header("a", "b").to_string();
        prop_assert_eq!(patched(&old, &diff), Ok(new), "{}", diff);
    }

    #[test]
    fn nonsense_never_panics(text in "[ab\\n\\r]{0,20}", patch in "(@@|-|\\+| |\\\\|\\n|[ab0-9,])*{0,60}") {
        let _ = patched(&text, &patch);
    }
}
