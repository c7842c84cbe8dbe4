//! Things that look like real credentials. Only the shape is judged, and the finding never repeats the value.

use super::{Finding, names_the_rules};
use crate::tree::TextFile;

/// How a vendor's keys begin, and how many key characters follow at least.
const SHAPES: &[(&str, usize)] = &[
    ("AIza", 30),
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("github_pat_", 30),
    ("glpat-", 18),
    ("gsk_", 30),
    ("hf_", 30),
    ("sk-", 40),
    ("sk-ant-", 40),
    ("sk-or-", 40),
    ("sk-proj-", 40),
    ("xai-", 30),
    ("xoxb-", 20),
    ("xoxp-", 20),
];

/// A JSON web token this long carries somebody's identity.
const TOKEN_LENGTH: usize = 60;

/// Words that say aloud that a value is made up.
const DUMMY_WORDS: &[&str] = &[
    "dummy",
    "example",
    "fake",
    "not-a-real",
    "placeholder",
    "redacted",
    "sample",
    "test",
    "xxxx",
    "0000",
    "1234567",
];

/// Every suspicious value of a file.
pub(crate) fn check(file: &TextFile) -> Vec<Finding> {
    if names_the_rules(&file.path) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for shape in shapes_in(line) {
            findings.push(Finding::new(
                &file.path,
                index + 1,
                format!("looks like a real credential ({shape}…)"),
            ));
        }
    }
    findings
}

fn shapes_in(line: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    if line.contains("-----BEGIN") && line.contains("PRIVATE KEY-----") {
        found.push("-----BEGIN PRIVATE KEY");
    }
    for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c))) {
        let lower = word.to_ascii_lowercase();
        if DUMMY_WORDS.iter().any(|dummy| lower.contains(dummy)) {
            continue;
        }
        if word.starts_with("eyJ") && word.len() >= TOKEN_LENGTH && word.matches('.').count() == 2 {
            found.push("eyJ");
        }
        let fits = |shape: &&(&str, usize)| is_key(word, shape.0, shape.1);
        // The longest prefix names the vendor best.
        found.extend(SHAPES.iter().filter(fits).map(|shape| shape.0).max_by_key(|prefix| prefix.len()));
    }
    found
}

fn is_key(word: &str, prefix: &str, length: usize) -> bool {
    let Some(rest) = word.strip_prefix(prefix) else { return false };
    // Names with hyphens (`sk-something-readable-2`) have hardly a digit; random keys have many.
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    rest.len() >= length && digits >= 3 && !rest.contains('.')
}

#[cfg(test)]
mod tests;
