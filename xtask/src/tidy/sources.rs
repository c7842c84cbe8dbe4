//! Rules for the text of source files: each says what it is for, nothing is left half done, no test is switched off.

use super::{Finding, is_recorded, names_the_rules};
use crate::tree::{self, TextFile};

/// Kinds of files that people write by hand.
const WRITTEN: &[&str] =
    &[".css", ".html", ".js", ".md", ".mjs", ".py", ".rs", ".sh", ".toml", ".ts", ".yaml", ".yml", ".ci/run"];

/// What no Rust file may contain.
const BANNED_IN_RUST: &[(&str, &str)] = &[
    ("todo!", "finish it or leave it out"),
    ("dbg!(", "left from debugging"),
    ("#[ignore", "a test runs or goes"),
    ("#[should_panic", "assert on the error instead"),
];

/// What no hand-written code may contain, as a whole word.
const UNFINISHED: &[&str] = &["TODO", "FIXME", "XXX"];

/// Where the environment may be read: the settings, and what only tests and developers run.
const READS_ENVIRONMENT: &[&str] = &[
    "bins/lynkr/build.rs",
    "crates/lynkr-config/",
    // Google's own variables, which name the process's credentials.
    "crates/lynkr-http/src/google/environment.rs",
    "crates/lynkr-testkit/",
    "tests/",
    "xtask/",
];

/// Parts of `std::env` that say nothing about the user's environment.
const HARMLESS_ENVIRONMENT: &[&str] = &["args", "args_os", "consts", "current_exe", "split_paths"];

/// All rules for one file.
pub(crate) fn check(file: &TextFile) -> Vec<Finding> {
    if matches!(tree::extension(&file.path), "new" | "pending-snap") {
        return vec![Finding::new(&file.path, 1, "a snapshot that nobody has reviewed")];
    }
    if is_recorded(&file.path) || !WRITTEN.iter().any(|ending| file.path.ends_with(ending)) {
        return Vec::new();
    }
    let rust = tree::extension(&file.path) == "rs";
    let mut findings = Vec::new();
    if rust && !file.text.starts_with("//!") {
        findings.push(Finding::new(&file.path, 1, "a file opens with `//!` and what it is for"));
    }
    for (index, line) in file.text.lines().enumerate() {
        let mut problems = problems_of_any_line(file, line);
        if rust {
            problems.extend(problems_of_rust_line(&file.path, line));
        }
        findings.extend(problems.into_iter().map(|problem| Finding::new(&file.path, index + 1, problem)));
    }
    findings
}

fn problems_of_any_line(file: &TextFile, line: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if line.ends_with([' ', '\t']) {
        problems.push("trailing white space".to_owned());
    }
    let code = tree::extension(&file.path) != "md" && !names_the_rules(&file.path);
    for word in UNFINISHED.iter().filter(|word| code && has_word(line, word)) {
        problems.push(format!("{word}: finish it, or write down what is missing where users look"));
    }
    problems
}

fn problems_of_rust_line(path: &str, line: &str) -> Vec<String> {
    if names_the_rules(path) || line.trim_start().starts_with("//") {
        return Vec::new();
    }
    let banned = BANNED_IN_RUST.iter().filter(|(text, _)| line.contains(text));
    let mut problems: Vec<String> = banned.map(|(text, reason)| format!("{text}: {reason}")).collect();
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
    if !is_test && !READS_ENVIRONMENT.iter().any(|place| path.starts_with(place)) && reads_environment(line) {
        problems.push("std::env: only lynkr-config reads the environment".to_owned());
    }
    problems
}

fn reads_environment(line: &str) -> bool {
    line.split("std::env").skip(1).any(|rest| {
        let item: String =
            rest.trim_start_matches(':').chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        !HARMLESS_ENVIRONMENT.contains(&item.as_str())
    })
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let (before, after) = (&line[..start], &line[start + word.len()..]);
        let joins = |c: char| c.is_alphanumeric() || c == '_';
        !before.ends_with(joins) && !after.starts_with(joins)
    })
}

#[cfg(test)]
mod tests;
