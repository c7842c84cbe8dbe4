//! Lines that pass and lines that don't.

use super::check;
use crate::tree::TextFile;

#[track_caller]
fn check_text(path: &str, text: &str, expected: &[(usize, &str)]) {
    let found = check(&TextFile { path: path.into(), text: text.into() });
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (finding, (line, part)) in found.iter().zip(expected) {
        assert!(finding.line == *line && finding.message.contains(part), "{finding}");
    }
}

#[test]
fn rust_files_say_what_they_are_for() {
    check_text("crates/a/src/lib.rs", "//! Purpose.\nfn a() {}\n", &[]);
    check_text("crates/a/src/lib.rs", "fn a() {}\n", &[(1, "opens with")]);
    check_text("crates/a/src/lib.rs", "", &[(1, "opens with")]);
    check_text("tests/fixtures/x/a.rs", "fn a() {} \n", &[]);
}

#[test]
fn nothing_is_left_half_done() {
    check_text("crates/a/src/lib.rs", "//! A.\nfn a() { todo!() }\n", &[(2, "todo!")]);
    check_text("crates/a/src/lib.rs", "//! A.\n// TODO later\n", &[(2, "TODO")]);
    check_text("crates/a/src/lib.rs", "//! A.\nlet MYTODO_LIST = 1;\n", &[]);
    check_text("deploy/run.sh", "# FIXME\n", &[(1, "FIXME")]);
    check_text("docs/tools.md", "The tool writes a TODO list.\n", &[]);
    check_text("crates/a/src/lib.rs", "//! A.\n    dbg!(x);\n", &[(2, "dbg!")]);
}

#[test]
fn tests_are_never_switched_off() {
    check_text("crates/a/src/tests.rs", "//! A.\n#[ignore = \"slow\"]\n", &[(2, "#[ignore")]);
    check_text("crates/a/src/tests.rs", "//! A.\n#[should_panic]\n", &[(2, "#[should_panic")]);
}

#[test]
fn snapshots_are_reviewed_before_they_are_kept() {
    check_text("crates/a/src/snapshots/x.snap.new", "anything\n", &[(1, "reviewed")]);
    check_text("crates/a/src/.lib.rs.pending-snap", "", &[(1, "reviewed")]);
    check_text("crates/a/src/snapshots/x.snap", "anything \n", &[]);
}

#[test]
fn trailing_space_is_found_where_people_write() {
    check_text("docs/a.md", "one\ntwo \n", &[(2, "trailing")]);
    check_text("docs/a.txt", "two \n", &[]);
}

#[test]
fn the_environment_is_read_in_one_place() {
    let read = "//! A.\nlet x = std::env::var(\"A\");\n";
    check_text("crates/lynkr-api/src/a.rs", read, &[(2, "std::env")]);
    check_text("crates/lynkr-config/src/a.rs", read, &[]);
    check_text("crates/lynkr-api/src/a/tests.rs", read, &[]);
    check_text("crates/lynkr-api/src/a.rs", "//! A.\nuse std::env;\n", &[(2, "std::env")]);
    check_text("bins/lynkr/src/main.rs", "//! A.\nlet a = std::env::args_os();\n", &[]);
    check_text("crates/lynkr-api/src/a.rs", "//! A.\n// not std::env::var\n", &[]);
}
