//! Paths and hosts that tell where something was written, and such that don't.

use super::check;
use crate::tree::TextFile;

#[track_caller]
fn check_line(line: &str, expected: usize) {
    let found = check(&TextFile { path: "docs/a.md".into(), text: format!("first\n{line}\n") });
    assert_eq!(found.len(), expected, "{line}: {found:?}");
    assert!(found.iter().all(|finding| finding.line == 2));
}

#[test]
fn paths_of_one_machine_are_found() {
    check_line("see /root/notes.txt", 1);
    check_line("\"cwd\": \"/work/tree\"", 1);
    check_line("/home/alice/x and /work/y", 2);
    check_line("/Users/alice/x", 1);
}

#[test]
fn paths_that_fit_any_machine_pass() {
    check_line("src/root/mod.rs ~/work/x $HOME/work/x ./work/y https://host/work/z", 0);
    check_line("/home/user/project and /home/nonroot and /home/{name}", 0);
    check_line("/usr/local/bin/lynkr", 0);
}

#[test]
fn package_hosts_are_found() {
    check_line("https://registry.npmjs.org/left", 1);
    check_line("https://github.com/rust-lang/crates.io-index", 0);
}
