//! Lock files: where packages come from stays out of them, and one library has one version.

use super::Finding;
use crate::tree::TextFile;

/// The only source that `Cargo.lock` may name.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Libraries of which a second copy costs, and how many versions are bearable.
const FEW_VERSIONS: &[(&str, usize)] = &[
    ("axum", 1),
    ("base64", 1),
    ("http", 1),
    ("hyper", 1),
    ("rustls", 1),
    ("serde", 1),
    ("tokio", 1),
    ("toml", 2),
    ("tower", 1),
    ("tower-http", 1),
];

/// Sources in `Cargo.lock` other than crates.io.
pub(crate) fn check_cargo(file: &TextFile) -> Vec<Finding> {
    if !file.path.ends_with("Cargo.lock") {
        return Vec::new();
    }
    let sources = file.text.lines().enumerate().filter_map(|(index, line)| {
        let source = line.strip_prefix("source = ")?.trim_matches('"');
        (source != CRATES_IO).then(|| Finding::new(&file.path, index + 1, "a source other than crates.io"))
    });
    sources.collect()
}

/// Addresses in npm's and yarn's lock files, which name the registry of whoever wrote them.
pub(crate) fn check_npm(file: &TextFile) -> Vec<Finding> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if !matches!(name, "package-lock.json" | "npm-shrinkwrap.json" | "yarn.lock") {
        return Vec::new();
    }
    let names_address = |line: &str| {
        let line = line.trim_start();
        line.starts_with("\"resolved\"") || line.starts_with("resolved ")
    };
    let lines = file.text.lines().enumerate().filter(|(_, line)| names_address(line));
    lines.map(|(index, _)| Finding::new(&file.path, index + 1, "`resolved` names a package host")).collect()
}

/// Libraries that are in the build more often than they should be. A warning: it may be a dependency's doing.
pub(crate) fn duplicates(lock: &TextFile) -> Vec<String> {
    let count = |library: &str| {
        let wanted = format!("name = \"{library}\"");
        lock.text.lines().filter(|line| **line == wanted).count()
    };
    let too_many = FEW_VERSIONS.iter().filter(|(library, most)| count(library) > *most);
    too_many.map(|(library, _)| format!("Cargo.lock: {} versions of {library}", count(library))).collect()
}

#[cfg(test)]
mod tests;
