//! The scanner on pieces of Rust, and the report on small numbers.

use super::scanner::{Function, functions, production};
use super::{Measured, is_production, report};

#[track_caller]
fn check_functions(text: &str, expected: &[(&str, usize, usize)]) {
    let found = functions(text);
    let found: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.line, one.lines)).collect();
    assert_eq!(found, expected);
}

#[test]
fn functions_are_measured_from_signature_to_brace() {
    check_functions("fn one() {}\n", &[("one", 1, 1)]);
    check_functions("fn a(\n    x: u8,\n) -> u8 {\n    x\n}\n", &[("a", 1, 5)]);
    check_functions(
        "trait T {\n    fn none(&self, x: [u8; 4]);\n    fn some(&self) {\n    }\n}\n",
        &[("some", 3, 2)],
    );
    check_functions("fn out() {\n    fn inner() {\n    }\n}\n", &[("inner", 2, 2), ("out", 1, 4)]);
    check_functions("const X: fn(u8) = y;\nstruct S { a: u8 }\n", &[]);
    check_functions("fn b(x: [u8; 4]) {\n}\n", &[("b", 1, 2)]);
}

#[test]
fn braces_in_text_and_comments_are_not_code() {
    check_functions(
        "fn a() {\n    let x = \"}\\\"}\";\n    // }\n    /* } /* } */ } */\n}\n",
        &[("a", 1, 5)],
    );
    check_functions(
        "fn a<'l>(x: &'l str) {\n    let c = '}'; let d = '\\''; let e = b'{';\n}\n",
        &[("a", 1, 3)],
    );
    check_functions(
        "fn a() {\n    let x = r#\"}\"}\"#;\n    let y = \"two \\\n      lines }\";\n}\n",
        &[("a", 1, 5)],
    );
}

#[test]
fn no_text_upsets_the_scanner() {
    for text in ["}}}}", "'", "\"\\", "r#\"", "/*", "fn", "fn {", "'\\", "é'é", "b'", "r###"] {
        let _ = functions(text);
    }
}

#[test]
fn production_ends_where_tests_begin() {
    assert_eq!(production("fn a() {}\n\n#[cfg(test)]\nmod tests {}\n"), "fn a() {}\n\n");
    assert_eq!(production("#[cfg(test)]\nfn a() {}\n"), "#[cfg(test)]\nfn a() {}\n");
    assert!(is_production("crates/a/src/lib.rs") && !is_production("crates/a/src/b/tests.rs"));
    assert!(!is_production("tests/it/main.rs") && !is_production("README.md"));
}

#[test]
fn the_report_has_spread_crates_and_flags() {
    let long = Function { name: "long".into(), line: 7, lines: 61 };
    let file = |path: &str, lines, functions| Measured { path: path.into(), lines, functions };
    let text = report(&[file("crates/a/src/x.rs", 501, vec![long]), file("crates/a/src/y.rs", 9, vec![])]);
    for part in [
        "| 2 | 9 / 9 / 501 | 50 % | 1 | 61 / 61 / 61 | 1 |",
        "| crates/a | 2 | 510 |",
        "crates/a/src/x.rs:1: 501 production lines",
        "crates/a/src/x.rs:7: fn long has 61 lines",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(report(&[]).contains("| 0 | 0 / 0 / 0 | 100 % |"));
}
