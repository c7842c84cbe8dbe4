//! Shapes of keys. The values are made up here, piece by piece, so that no scanner takes this file for a leak.

use super::check;
use crate::tree::TextFile;

#[track_caller]
fn check_value(value: &str, expected: Option<&str>) {
    let found = check(&TextFile { path: "a.json".into(), text: format!("{{\"key\": \"{value}\"}}\n") });
    match expected {
        None => assert_eq!(found, []),
        Some(shape) => {
            let [finding] = found.as_slice() else {
                panic!("one finding expected for {value}, not {found:?}")
            };
            assert!(finding.message.contains(shape), "{finding}");
            assert!(!finding.message.contains(value), "the value itself is never repeated");
        }
    }
}

#[test]
fn keys_are_recognised_by_shape() {
    let tail = "Zq8".repeat(16);
    check_value(&format!("sk-ant-{tail}"), Some("sk-ant-"));
    check_value(&format!("sk-proj-{tail}"), Some("sk-proj-"));
    check_value(&format!("sk-{tail}"), Some("sk-"));
    check_value(&format!("ghp_{tail}"), Some("ghp_"));
    check_value(&format!("AKIA{}", "Q7".repeat(8)), Some("AKIA"));
    check_value(&format!("eyJ{tail}.{tail}.{tail}"), Some("eyJ"));
    check_value("-----BEGIN RSA PRIVATE KEY-----", Some("PRIVATE KEY"));
}

#[test]
fn clear_dummies_and_short_names_pass() {
    let tail = "Zq8".repeat(16);
    check_value(&format!("sk-test-{tail}"), None);
    check_value(&format!("sk-ant-dummy-{tail}"), None);
    check_value("AKIAIOSFODNN7EXAMPLE", None);
    check_value("sk-ant-…", None);
    check_value("sk-ant-oat01-someones-token", None);
    check_value("task-runner-with-quite-a-long-name-2-and-more-words-3", None);
    check_value("sk-this-is-a-readable-name-and-carries-no-digit-at-all", None);
}
