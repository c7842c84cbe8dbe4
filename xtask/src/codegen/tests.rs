//! Where a document differs first.

use super::{GENERATED, difference, with_one_line_end};

#[test]
fn the_first_different_line_is_named() {
    assert_eq!(difference("a.md", "one\ntwo\n", "one\ntwo\n"), None);
    let line = |present, wanted| difference("a.md", present, wanted).map(|finding| finding.line);
    assert_eq!(line("one\ntwo\n", "one\n2\n"), Some(2));
    assert_eq!(line("", "one\n"), Some(1));
    assert_eq!(line("one\n", "one\ntwo\n"), Some(2));
    assert_eq!(with_one_line_end("a\n\n"), "a\n");
}

#[test]
fn every_document_is_written_by_one_function() {
    let mut paths: Vec<_> = GENERATED.iter().map(|(path, _)| *path).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), GENERATED.len());
}
