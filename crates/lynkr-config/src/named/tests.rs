//! Which names are found, and that nothing of what a table holds is shown.

use std::fs;

use tempfile::TempDir;

use super::{NamedTable, named_tables};
use crate::{Inputs, Kind, Setting, Source, load};

const SETTINGS: &[Setting] = &[
    Setting::in_file("things.one.endpoint", Kind::Url, "Where."),
    Setting::in_file("things.one.headers", Kind::Headers, "Which."),
];

fn inputs(folder: &TempDir, toml: &str) -> Inputs {
    fs::write(folder.path().join("lynkr.toml"), toml).unwrap();
    Inputs { user_dir: Some(folder.path().to_owned()), ..Inputs::default() }
}

#[test]
fn every_table_is_found_with_its_texts() {
    let folder = TempDir::new().unwrap();
    let toml = "things.loose = 1\n[things.one]\nkey = 'hush-0123456789'\nlist = ['a']\n[things.two]\nport = 5\n[others.x]\n";
    let tables = named_tables(&inputs(&folder, toml), "things");
    let [one, two]: &[NamedTable] = &tables else { panic!("{tables:?}") };
    assert_eq!(
        (one.name.as_str(), one.text("key"), one.text("list")),
        ("one", Some("hush-0123456789"), None)
    );
    assert_eq!((two.name.as_str(), two.text("port")), ("two", Some("5")));
    assert!(!format!("{tables:?}").contains("hush"), "{tables:?}");
    assert_eq!(named_tables(&inputs(&folder, "not [toml"), "things"), []);
    assert_eq!(named_tables(&Inputs::default(), "things"), []);
}

#[test]
fn what_only_the_file_can_say_is_not_taken_from_elsewhere() {
    let folder = TempDir::new().unwrap();
    let toml = "[things.one]\nendpoint = 'http://127.0.0.1:1'\nheaders = { x-tenant = 'hush-0123456789' }\n";
    let mut inputs = inputs(&folder, toml);
    inputs.environment.insert("things.one.endpoint".to_owned(), "http://127.0.0.1:2".to_owned());
    fs::write(folder.path().join(".env"), "things.one.endpoint=http://127.0.0.1:3\n").unwrap();
    inputs.project_dir = Some(folder.path().to_owned());
    let loaded = load(&[SETTINGS], &inputs);
    assert_eq!(loaded.problems, []);
    assert_eq!(loaded.values.text("things.one.endpoint"), Some("http://127.0.0.1:1"));
    assert!(matches!(loaded.values.source("things.one.endpoint"), Some(Source::Toml(_))));
    assert_eq!(loaded.values.shown("things.one.headers").as_deref(), Some("x-tenant=****"));
    assert_eq!(
        loaded.values.pairs("things.one.headers"),
        [("x-tenant".to_owned(), "hush-0123456789".to_owned())]
    );
    let names: Vec<&str> = loaded.values.names().collect();
    assert_eq!(names, ["things.one.endpoint", "things.one.headers"]);
}
