//! The reading of `cargo metadata`, on a small answer of its shape.

use super::{Graph, Kind};
use serde_json::json;

#[test]
fn members_dependencies_and_wanters_are_read() {
    let metadata = json!({
        "workspace_root": "/top",
        "packages": [
            { "id": "a#1", "name": "a", "source": null, "manifest_path": "/top/crates/a/Cargo.toml",
              "dependencies": [{ "name": "b", "kind": null }, { "name": "c", "kind": "dev" }] },
            { "id": "b#1", "name": "b", "source": "registry", "manifest_path": "/elsewhere", "dependencies": [] },
        ],
        "resolve": { "nodes": [{ "id": "a#1", "dependencies": ["b#1"] }, { "id": "b#1", "dependencies": [] }] },
    });
    let graph = Graph::read(&metadata, &|path| {
        assert_eq!(path, "crates/a/Cargo.toml");
        "[package]\n\n[dependencies]\nbb = 1\nb.workspace = true\n".to_owned()
    });
    let [member] = graph.members.as_slice() else { panic!("one member expected") };
    assert_eq!((member.name.as_str(), member.line_of("b"), member.line_of("z")), ("a", 5, 1));
    let kinds: Vec<_> = member.dependencies.iter().map(|one| (one.name.as_str(), one.kind)).collect();
    assert_eq!(kinds, [("b", Kind::Normal), ("c", Kind::Dev)]);
    let wanted: Vec<_> =
        graph.resolved.iter().map(|one| (one.name.as_str(), one.wanted_by.as_slice())).collect();
    assert_eq!(wanted, [("a", &[][..]), ("b", &["a".to_owned()][..])]);
}

#[test]
fn an_empty_answer_is_an_empty_graph() {
    let graph = Graph::read(&json!({}), &|_| String::new());
    assert!(graph.members.is_empty() && graph.resolved.is_empty());
}
