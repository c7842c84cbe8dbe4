//! Links that lead nowhere, and text that only looks like one.

use super::{check, headings, resolve};
use crate::tree::TextFile;

fn file(path: &str, text: &str) -> TextFile {
    TextFile { path: path.to_owned(), text: text.to_owned() }
}

fn complaints(files: &[TextFile]) -> Vec<String> {
    let exists = |path: &str| path == "docs" || files.iter().any(|file| file.path == path);
    check(files, &exists).iter().map(ToString::to_string).collect()
}

#[test]
fn a_link_leads_to_a_file_and_a_heading() {
    let good = "[a](docs/a.md) [`b`](docs/a.md#the-head) [c](docs) [d](#top) [e](https://x.test/y)\n# Top\n";
    let target = file("docs/a.md", "# The head!\n[up](../README.md)\n");
    assert_eq!(complaints(&[file("README.md", good), target.clone()]), [""; 0]);
    let bad = file("README.md", "one\n[a](docs/b.md)\n[b](docs/a.md#other)\n");
    assert_eq!(
        complaints(&[bad, target]),
        [
            "README.md:2: links to docs/b.md, which isn't there",
            "README.md:3: docs/a.md has no heading for #other",
        ]
    );
}

#[test]
fn code_holds_no_links() {
    let text = "`[a](b.md)`\n```\n[a](b.md)\n# no heading\n```\n";
    assert_eq!(complaints(&[file("README.md", text)]), [""; 0]);
    assert_eq!(headings(text), [""; 0]);
}

#[test]
fn paths_are_taken_from_the_document() {
    assert_eq!(resolve("docs/decisions/0001.md", "../a.md"), "docs/a.md");
    assert_eq!(resolve("README.md", "./docs/"), "docs");
    assert_eq!(headings("## `[server]` and more\n"), ["server-and-more"]);
}
