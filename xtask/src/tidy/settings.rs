//! Documents name settings that exist.

use super::Finding;
use crate::tree::{self, TextFile};

/// Names with the gateway's prefix that are no settings of it: what tests and automation read, what
/// examples call a reader's own key, and what the older product had and this one leaves out.
const OTHER_NAMES: &[&str] = &[
    "LYNKR_BIN",
    "LYNKR_CHROMIUM",
    "LYNKR_CI_DASHBOARD",
    "LYNKR_CI_E2E",
    "LYNKR_CONFIG",
    "LYNKR_CONFIG_DIR",
    "LYNKR_E2E_CACHE",
    "LYNKR_KEY",
    "LYNKR_LAYOUT",
    "LYNKR_PORT",
    "LYNKR_REGRET_ESTIMATOR",
    "LYNKR_TEST_POSTGRES_URL",
    "LYNKR_TEST_PYTHON",
    "LYNKR_TEST_REDIS_URL",
];

/// Every name with the gateway's prefix that no settings table has.
pub(crate) fn check(files: &[TextFile], known: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| tree::extension(&file.path) == "md") {
        for (index, line) in file.text.lines().enumerate() {
            let unknown = names(line).filter(|name| !known.contains(name) && !OTHER_NAMES.contains(name));
            findings.extend(
                unknown.map(|name| Finding::new(&file.path, index + 1, format!("{name} is no setting"))),
            );
        }
    }
    findings
}

fn names(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    // `LYNKR_*` stands for all of them.
    line.split(move |c: char| !is_part(c)).filter(|word| word.starts_with("LYNKR_") && *word != "LYNKR_")
}

#[cfg(test)]
mod tests;
