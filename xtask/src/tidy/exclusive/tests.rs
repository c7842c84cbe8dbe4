//! Libraries in the right and in the wrong hands.

use super::check;
use crate::tidy::graph::{Kind, Resolved, sample};

#[track_caller]
fn check_use(member: &str, library: &str, kind: Kind, expected: &[&str]) {
    let found = check(&sample(&[(member, &[("serde", Kind::Normal), (library, kind)])]));
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (finding, part) in found.iter().zip(expected) {
        assert!(finding.message.contains(part), "{finding}");
        assert_eq!(finding.line, 2);
    }
}

#[test]
fn libraries_stay_with_their_owners() {
    check_use("lynkr-http", "hyper", Kind::Normal, &[]);
    check_use("lynkr-orchestrator", "hyper", Kind::Normal, &["only lynkr-api, lynkr-http"]);
    check_use("lynkr-cli", "hyper-util", Kind::Dev, &["must not name hyper-util"]);
    check_use("lynkr-cli", "figment", Kind::Normal, &["only lynkr-config may"]);
    check_use("lynkr-jobs", "sqlx", Kind::Normal, &["only lynkr-store may"]);
    check_use("lynkr-tools", "tree-sitter-python", Kind::Normal, &["only lynkr-indexer may"]);
    check_use("lynkr-tools", "serde_json", Kind::Normal, &[]);
}

#[test]
fn pure_crates_take_no_clock_runtime_or_chance() {
    check_use("lynkr-routing", "rand", Kind::Normal, &["is pure"]);
    check_use("lynkr-routing", "rand", Kind::Dev, &[]);
    check_use("lynkr-types", "uuid", Kind::Normal, &["is pure"]);
    check_use("lynkr-protocol", "hyper", Kind::Normal, &["must not name hyper", "is pure"]);
    check_use("lynkr-api", "uuid", Kind::Normal, &[]);
}

#[test]
fn banned_packages_are_found_with_who_wants_them() {
    let mut graph = sample(&[]);
    graph.resolved.push(Resolved { name: "openssl-sys".into(), wanted_by: vec!["tls-thing".into()] });
    graph.resolved.push(Resolved { name: "ring".into(), wanted_by: vec![] });
    let found = check(&graph);
    let [finding] = found.as_slice() else { panic!("one finding expected, not {found:?}") };
    assert!(finding.message.contains("openssl-sys is banned; wanted by tls-thing"), "{finding}");
}
