//! What is read from `.env` files, hostile ones included.

use super::{BrokenLine, parse};

fn entries(text: &str) -> Vec<(String, String)> {
    parse(text).entries
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn usual_forms() {
    let text = "\u{FEFF}A=1\n# comment\n\nexport B=two\r\nC=\"with space\" # why\nD='single'\nE=\n";
    assert_eq!(
        entries(text),
        [pair("A", "1"), pair("B", "two"), pair("C", "with space"), pair("D", "single"), pair("E", "")]
    );
}

#[test]
fn values_are_literal() {
    // `PATH` and `HOME` exist in every environment, and `A` stands in the file itself.
    let text = "A=a\nB=$PATH\nC=\"${HOME}/x\"\nD='$A'\nE=pa$$word\nF=\\$A\nG=${A}\n# don't ${PATH}\nH=$HOME";
    assert_eq!(
        entries(text),
        [
            pair("A", "a"),
            pair("B", "$PATH"),
            pair("C", "${HOME}/x"),
            pair("D", "$A"),
            pair("E", "pa$$word"),
            pair("F", "$A"),
            pair("G", "${A}"),
            pair("H", "$HOME"),
        ]
    );
}

#[test]
fn broken_lines_are_found_and_skipped() {
    let parsed = parse("A=1\nTITLE=My App\n=x\nB=2\n");
    assert_eq!(parsed.entries, [pair("A", "1"), pair("B", "2")]);
    assert_eq!(
        parsed.broken,
        [
            BrokenLine { number: Some(2), name: Some("TITLE".to_owned()) },
            BrokenLine { number: Some(3), name: None },
        ]
    );
}

#[test]
fn an_open_quote_does_not_hide_what_stands_before_it() {
    let parsed = parse("A=1\nB=\"open\nC=3\n");
    assert_eq!(parsed.entries, [pair("A", "1")]);
    assert_eq!(parsed.broken.len(), 1);
}
