//! Arrows that are allowed, and arrows that aren't.

use super::check;
use crate::tidy::graph::{Kind, sample};

#[track_caller]
fn check_arrow(from: &str, to: &str, kind: Kind, expected: Option<&str>) {
    let graph = sample(&[(from, &[("serde", Kind::Normal), (to, kind)]), (to, &[])]);
    let found = check(&graph);
    match expected {
        None => assert_eq!(found, []),
        Some(part) => {
            let [finding] = found.as_slice() else { panic!("one finding expected, not {found:?}") };
            assert!(finding.message.contains(part), "{finding}");
            assert_eq!((finding.file.as_str(), finding.line), (format!("{from}/Cargo.toml").as_str(), 2));
        }
    }
}

#[test]
fn arrows_go_strictly_down() {
    check_arrow("lynkr-api", "lynkr-orchestrator", Kind::Normal, None);
    check_arrow("lynkr", "lynkr-types", Kind::Normal, None);
    check_arrow("lynkr-types", "lynkr-protocol", Kind::Normal, Some("layer 0 to layer 1"));
    check_arrow("lynkr-routing", "lynkr-providers", Kind::Normal, Some("layer 3 to layer 3"));
    check_arrow("lynkr-routing", "lynkr-providers", Kind::Dev, Some("layer 3 to layer 3"));
    check_arrow("lynkr-types", "lynkr-api", Kind::Build, Some("layer 0 to layer 6"));
}

#[test]
fn only_tests_name_the_test_kit() {
    check_arrow("lynkr-http", "lynkr-testkit", Kind::Dev, None);
    check_arrow("lynkr-http", "lynkr-testkit", Kind::Normal, Some("dev-dependencies only"));
    check_arrow("lynkr-tests", "lynkr-testkit", Kind::Normal, None);
    check_arrow("xtask", "lynkr-cli", Kind::Normal, None);
}

#[test]
fn an_unknown_crate_is_told_where_to_go() {
    let found = check(&sample(&[("lynkr-novelty", &[])]));
    let [finding] = found.as_slice() else { panic!("one finding expected") };
    assert!(finding.message.contains("add it to LAYERS"), "{finding}");
}
