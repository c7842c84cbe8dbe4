//! Which URL counts, who may give it, and that no password shows.

use std::collections::BTreeMap;
use std::path::Path;

use lynkr_config::{Inputs, SETTINGS, load};

use super::*;

fn values(environment: &[(&str, &str)], project: Option<&Path>) -> Values {
    let inputs = Inputs {
        environment: environment
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        project_dir: project.map(Path::to_owned),
        default_state_dir: Some(PathBuf::from("/state/lynkr")),
        ..Inputs::default()
    };
    load(&[SETTINGS], &inputs).values
}

#[test]
fn addresses_are_told_apart_and_shown_without_secrets() {
    let rows = [
        ("postgres://u:hunter2@db:5433/lynkr?sslmode=require", Some("postgres://db:5433/lynkr")),
        ("postgresql:///lynkr", Some("postgres://localhost/lynkr")),
        ("sqlite:/a/b.db", Some("sqlite:/a/b.db")),
        ("sqlite:///a/b.db", Some("sqlite:/a/b.db")),
        ("sqlite:b.db", Some("sqlite:b.db")),
        ("sqlite::memory:", None),
        ("sqlite:a.db?mode=ro", None),
        ("sqlite:", None),
        ("mysql://u:hunter2@db/x", None),
        ("postgres://[", None),
        ("/a/b.db", None),
        ("", None),
    ];
    for (text, shown) in rows {
        let parsed = StoreUrl::parse(text);
        assert_eq!(parsed.as_ref().ok().map(StoreUrl::shown).as_deref(), shown, "{text}");
        if let Err(error) = parsed {
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
    assert!(!format!("{:?}", StoreUrl::parse("postgres://u:hunter2@db/x").unwrap()).contains("hunter2"));
}

#[test]
fn the_first_that_is_set_counts() {
    let ours = ("LYNKR_DATABASE_URL", "postgres://db/ours");
    let ambient = ("DATABASE_URL", "postgres://db/ambient");
    let file = ("SESSION_DB_PATH", "/x/sessions.db");
    let rows: [(&[(&str, &str)], &str); 6] = [
        (&[], "sqlite:/state/lynkr/lynkr.db"),
        (&[("LYNKR_STATE_DIR", "/s")], "sqlite:/s/lynkr.db"),
        (&[file], "sqlite:/x/sessions.db"),
        (&[ambient, file], "postgres://db/ambient"),
        (&[ours, ambient, file], "postgres://db/ours"),
        (&[("DATABASE_URL", "mysql://u:hunter2@db/other"), file], "sqlite:/x/sessions.db"),
    ];
    for (environment, shown) in rows {
        assert_eq!(StoreUrl::from_values(&values(environment, None)).unwrap().shown(), shown);
    }
}

#[test]
fn a_project_says_nothing_about_servers() {
    let project = tempfile::TempDir::new().unwrap();
    let write = |text: &str| std::fs::write(project.path().join(".env"), text).unwrap();
    write("DATABASE_URL=postgres://evil/db\n");
    let url = StoreUrl::from_values(&values(&[], Some(project.path()))).unwrap();
    assert_eq!(url.shown(), "sqlite:/state/lynkr/lynkr.db");
    write("LYNKR_DATABASE_URL=postgres://u:hunter2@evil/db\nREDIS_URL=redis://:hunter2@evil\n");
    let found = values(&[], Some(project.path()));
    let problems = [StoreUrl::from_values(&found).unwrap_err(), redis_url(&found).unwrap_err()];
    for problem in problems {
        assert!(problem.message.contains("refused"), "{problem}");
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
    }
    // The operator's own word comes first.
    let found = values(&[("REDIS_URL", "redis://own")], Some(project.path()));
    assert_eq!(redis_url(&found).unwrap().unwrap().expose_secret(), "redis://own");
}
