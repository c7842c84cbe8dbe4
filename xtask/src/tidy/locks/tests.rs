//! Lock files that name hosts, and doubled libraries.

use super::{check_cargo, check_npm, duplicates};
use crate::tree::TextFile;

fn file(path: &str, text: &str) -> TextFile {
    TextFile { path: path.into(), text: text.into() }
}

#[test]
fn only_crates_io_is_a_source() {
    let good = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    assert_eq!(check_cargo(&file("Cargo.lock", good)), []);
    let bad = "[[package]]\nsource = \"git+https://example.com/x\"\n";
    assert_eq!(check_cargo(&file("fuzz/Cargo.lock", bad)).first().map(|finding| finding.line), Some(2));
    assert_eq!(check_cargo(&file("docs/a.md", bad)), []);
}

#[test]
fn npm_locks_carry_no_addresses() {
    let lock = "{\n  \"resolved\": \"https://host/x.tgz\",\n  \"integrity\": \"sha512-x\"\n}\n";
    assert_eq!(
        check_npm(&file("clients/package-lock.json", lock)).first().map(|finding| finding.line),
        Some(2)
    );
    assert_eq!(check_npm(&file("clients/package.json", lock)), []);
    assert_eq!(check_npm(&file("yarn.lock", "x:\n  resolved \"https://host\"\n")).len(), 1);
}

#[test]
fn doubled_libraries_are_counted() {
    let lock =
        "name = \"hyper\"\nname = \"hyper\"\nname = \"toml\"\nname = \"toml\"\nname = \"hyper-util\"\n";
    assert_eq!(duplicates(&file("Cargo.lock", lock)), ["Cargo.lock: 2 versions of hyper"]);
}
