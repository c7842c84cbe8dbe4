//! Lists in order and out of order.

use super::check;
use crate::tree::TextFile;

fn found(path: &str, text: &str) -> Vec<String> {
    check(&TextFile { path: path.into(), text: text.into() }).iter().map(ToString::to_string).collect()
}

const PATH: &str = "crates/lynkr-providers/src/registry.rs";

#[test]
fn order_is_checked_within_each_list() {
    let good = "//! R.\nconst ALL: &[&P] = &[\n    &anthropic::P,\n    &openai::P,\n];\nconst B: &[&P] = &[\n    &a::P,\n];\n";
    assert_eq!(found(PATH, good), Vec::<String>::new());
    let bad = "//! R.\nconst ALL: &[&P] = &[\n    &openai::P,\n    &anthropic::P,\n];\n";
    assert_eq!(found(PATH, bad), [format!("{PATH}:4: anthropic::P belongs before openai::P")]);
}

#[test]
fn a_registry_without_a_list_is_reported_and_other_files_are_left_alone() {
    assert_eq!(found(PATH, "//! R.\n"), [format!("{PATH}:1: no list with one entry per line was found")]);
    assert_eq!(found("crates/other.rs", "    b,\n    a,\n"), Vec::<String>::new());
}
