//! Registries stay alphabetical: merges don't collide, and a missing entry is seen at a glance.

use super::Finding;
use crate::tree::TextFile;

/// Files whose lists, one entry per line, are registries.
const REGISTRIES: &[&str] = &["crates/lynkr-providers/src/registry.rs"];

/// Entries out of order, in every list of a registry file.
pub(crate) fn check(file: &TextFile) -> Vec<Finding> {
    if !REGISTRIES.contains(&file.path.as_str()) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut entries = 0;
    let mut previous: Option<&str> = None;
    for (index, line) in file.text.lines().enumerate() {
        let Some(entry) = entry_of(line) else {
            previous = None;
            continue;
        };
        entries += 1;
        if let Some(previous) = previous.filter(|previous| *previous > entry) {
            findings.push(Finding::new(&file.path, index + 1, format!("{entry} belongs before {previous}")));
        }
        previous = Some(entry);
    }
    if entries == 0 {
        findings.push(Finding::new(&file.path, 1, "no list with one entry per line was found"));
    }
    findings
}

/// A line that holds one entry of a list, as the path that it names: `&anthropic::PROVIDER,`, `openai::new(),`.
fn entry_of(line: &str) -> Option<&str> {
    let entry = line.trim().strip_suffix(',')?.trim_start_matches('&').trim_end_matches("()");
    let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    (!entry.is_empty() && entry.chars().all(is_path) && line.starts_with(' ') && !entry.contains(": "))
        .then_some(entry)
}

#[cfg(test)]
mod tests;
