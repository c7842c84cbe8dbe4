//! Documents that name tests: that there are such tests.

use std::path::Path;

/// Fails where this isn't the name of a test: `file::test` of these tests, where a file in a folder has `folder/file`,
/// or `lynkr-crate/file::test` of a crate's.
#[track_caller]
pub(crate) fn names_a_test(proof: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let named = proof.trim_matches('`').rsplit_once("::");
    let (place, name) = named.unwrap_or_else(|| panic!("`{proof}` is no test"));
    let file = match place.strip_prefix("lynkr-").and_then(|rest| rest.split_once('/')) {
        Some((own, rest)) => root.join(format!("crates/lynkr-{own}/src/{rest}.rs")),
        None => root.join(format!("tests/it/{place}.rs")),
    };
    let source = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{proof}: {error}"));
    let before = source.split(&format!("fn {name}(")).next().filter(|before| before.len() < source.len());
    let before = before.unwrap_or_else(|| panic!("there is no {proof}"));
    let attributes = before.rsplit("\n\n").next().unwrap_or_default();
    assert!(attributes.contains("#[test]") || attributes.contains("#[tokio::test"), "{proof} is no test");
}
