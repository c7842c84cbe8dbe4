//! No trace of the machine that something was written on: absolute paths and package hosts.

use super::{Finding, names_the_rules};
use crate::tree::TextFile;

/// Folders that exist on somebody's machine only.
const MACHINE_FOLDERS: &[&str] = &["/root/", "/work/", "/home/", "/Users/"];

/// Users that examples and containers may have.
const EXAMPLE_USERS: &[&str] = &["dev", "lynkr", "me", "node", "nonroot", "user", "you"];

/// Where packages come from is each machine's own business; lock files and guides do without.
const PACKAGE_HOSTS: &[&str] = &[
    "artifactory",
    "files.pythonhosted.org",
    "index.crates.io",
    "proxy.golang.org",
    "pypi.org/simple",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "static.crates.io",
];

/// Every such address in any text file.
pub(crate) fn check(file: &TextFile) -> Vec<Finding> {
    if names_the_rules(&file.path) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for folder in MACHINE_FOLDERS.iter().filter(|folder| names_machine_folder(line, folder)) {
            let message = format!("a path of one machine: {folder}…");
            findings.push(Finding::new(&file.path, index + 1, message));
        }
        for host in PACKAGE_HOSTS.iter().filter(|host| line.contains(**host)) {
            findings.push(Finding::new(&file.path, index + 1, format!("a package host: {host}")));
        }
    }
    findings
}

fn names_machine_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(start, _)| {
        let (before, after) = (&line[..start], &line[start + folder.len()..]);
        // `src/root/`, `~/work/` and `$HOME/work/` aren't absolute.
        let absolute = !before.ends_with(|c: char| c.is_alphanumeric() || "._-~}/*".contains(c));
        let user: String = after.chars().take_while(|c| c.is_alphanumeric() || "._-".contains(*c)).collect();
        let of_users = matches!(folder, "/home/" | "/Users/");
        absolute && !(of_users && (user.is_empty() || EXAMPLE_USERS.contains(&user.as_str())))
    })
}

#[cfg(test)]
mod tests;
