//! Order, trust, reports and problems, on real files in a scratch folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::{Loaded, load};
use crate::{Inputs, Kind, SETTINGS, Setting, Severity, Source, Trust, effective};

const OTHER: &[Setting] = &[
    Setting::new("X_KEY", "x.api_key", Kind::Secret, "A key."),
    Setting::new("X_ENDPOINT", "x.endpoint", Kind::Url, "An endpoint."),
    Setting::new("X_ON", "x.on", Kind::Bool, "A switch.").with_default("true"),
    Setting::new("X_MODELS", "x.models", Kind::List, "Models."),
];

/// A scratch folder with a project and a user folder in it.
struct Place(TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(TempDir::new().unwrap());
        for (name, text) in files {
            let path = place.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn inputs(&self, environment: &[(&str, &str)]) -> Inputs {
        Inputs {
            environment: environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            project_dir: Some(self.path("project")),
            user_dir: Some(self.path("user")),
            ..Inputs::default()
        }
    }
}

fn run(inputs: &Inputs) -> Loaded {
    load(&[SETTINGS, OTHER], inputs)
}

fn messages(loaded: &Loaded) -> Vec<String> {
    loaded.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_configured_gives_the_defaults() {
    let inputs = Inputs { default_state_dir: Some(PathBuf::from("/state/lynkr")), ..Inputs::default() };
    let loaded = run(&inputs);
    assert_eq!(messages(&loaded), Vec::<String>::new());
    assert_eq!(loaded.values.integer("PORT"), 8080);
    assert_eq!(loaded.values.text("LYNKR_HOST"), Some("127.0.0.1"));
    assert_eq!(loaded.values.bytes("REQUEST_JSON_LIMIT"), 1 << 30);
    assert_eq!(loaded.values.milliseconds("LYNKR_STREAM_IDLE_TIMEOUT_MS"), Duration::from_secs(90));
    assert_eq!(loaded.values.path("LYNKR_STATE_DIR"), Some(Path::new("/state/lynkr")));
    assert_eq!(loaded.values.source("PORT"), Some(&Source::Default));
    assert_eq!(loaded.values.source("MODEL_PROVIDER"), None);
    assert!(loaded.files.is_empty());
}

#[test]
fn every_default_can_be_read() {
    for setting in SETTINGS {
        let loaded = run(&Inputs::default());
        assert_eq!(loaded.values.source(setting.env).is_some(), setting.default.is_some(), "{}", setting.env);
    }
}

#[test]
fn names_are_unique() {
    let env: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.env).collect();
    let toml: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.toml).collect();
    assert_eq!((env.len(), toml.len()), (SETTINGS.len(), SETTINGS.len()));
}

#[test]
fn the_order_is_flags_environment_project_user_toml_default() {
    let place = Place::new(&[
        ("project/.env", "PORT=3\nMODEL_DEFAULT=project\n"),
        ("user/.env", "PORT=4\nMODEL_DEFAULT=user\nLOG_LEVEL=warn\n"),
        ("user/lynkr.toml", "server.port = 5\n[log]\nlevel = 'debug'\nformat = 'json'\n"),
    ]);
    let mut inputs = place.inputs(&[("PORT", "2")]);
    assert_eq!(run(&inputs).values.integer("PORT"), 2);
    inputs.flags.push(("PORT", "1".to_owned()));
    let loaded = run(&inputs);
    assert_eq!(loaded.values.integer("PORT"), 1);
    assert_eq!(loaded.values.text("MODEL_DEFAULT"), Some("project"));
    assert_eq!(loaded.values.text("LOG_LEVEL"), Some("warn"));
    assert_eq!(loaded.values.text("LOG_FORMAT"), Some("json"));
    assert_eq!(loaded.values.source("MODEL_DEFAULT").map(Source::trust), Some(Trust::Project));
    assert_eq!(loaded.values.source("LOG_LEVEL").map(Source::trust), Some(Trust::Operator));
    let reports: Vec<_> =
        loaded.files.iter().map(|file| (file.gave.clone(), file.overridden.clone())).collect();
    assert_eq!(
        reports,
        [
            (vec!["MODEL_DEFAULT"], vec!["PORT"]),
            (vec!["LOG_LEVEL"], vec!["PORT", "MODEL_DEFAULT"]),
            (vec!["LOG_FORMAT"], vec!["PORT", "LOG_LEVEL"]),
        ]
    );
}

#[test]
fn an_empty_value_counts_as_unset() {
    let place = Place::new(&[("project/.env", "PORT=\n"), ("user/.env", "PORT=7\n")]);
    assert_eq!(run(&place.inputs(&[("PORT", " ")])).values.integer("PORT"), 7);
}

#[test]
fn a_named_env_file_replaces_both_and_is_trusted() {
    let place =
        Place::new(&[("project/.env", "PORT=3\n"), ("user/.env", "PORT=4\n"), ("named", "LOG_LEVEL=warn\n")]);
    let inputs = Inputs { env_file: Some(place.path("named")), ..place.inputs(&[]) };
    let loaded = run(&inputs);
    assert_eq!(loaded.values.integer("PORT"), 8080);
    assert_eq!(loaded.values.source("LOG_LEVEL").map(Source::trust), Some(Trust::Operator));
}

#[test]
fn the_user_folder_is_trusted_even_when_it_is_the_working_directory() {
    let place = Place::new(&[("user/.env", "PORT=4\n")]);
    let inputs = Inputs { project_dir: Some(place.path("user")), ..place.inputs(&[]) };
    let loaded = run(&inputs);
    assert_eq!(loaded.values.source("PORT").map(Source::trust), Some(Trust::Operator));
    assert_eq!(loaded.files.len(), 1);
}

#[test]
fn toml_is_never_read_from_the_working_directory() {
    let place = Place::new(&[("project/lynkr.toml", "server.port = 5\n")]);
    assert_eq!(run(&place.inputs(&[])).values.integer("PORT"), 8080);
}

#[test]
fn files_that_were_named_must_exist() {
    let place = Place::new(&[]);
    let inputs = Inputs {
        env_file: Some(place.path("no.env")),
        toml_file: Some(place.path("no.toml")),
        ..place.inputs(&[])
    };
    let shown = messages(&run(&inputs));
    assert_eq!(shown.len(), 2);
    assert!(
        shown.iter().any(|m| m.starts_with("error: --env-file"))
            && shown.iter().any(|m| m.starts_with("error: --config"))
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    let place = Place::new(&[
        ("project/.env", "PORT=http\nTITLE=My App\nX_KEY=sk broken line\n"),
        ("user/lynkr.toml", "[server]\nprot = 1\n[x]\non = 'maybe'\nmodels = [['a']]\n"),
    ]);
    let loaded = run(&place.inputs(&[("LOG_LEVEL", "infoo"), ("X_ENDPOINT", "https://me:pw@h/")]));
    let shown = messages(&loaded);
    for expected in [
        "error: LOG_LEVEL = `infoo` (environment): must be one of",
        "hint: did you mean info?",
        "error: X_ENDPOINT = `https://****@h/` (environment): holds a user name",
        "error: PORT = `http`",
        "must be a whole number from 0 to 65535",
        "line 2 can't be read and is left out",
        "error: X_KEY (",
        "line 3 can't be read",
        "warning: server.prot",
        "hint: did you mean server.port?",
        "error: X_ON = `maybe`",
        "error: X_MODELS = `a nested list`",
    ] {
        assert!(shown.iter().any(|message| message.contains(expected)), "{expected}\n{shown:#?}");
    }
    assert_eq!(loaded.problems.iter().filter(|p| p.severity == Severity::Error).count(), 6);
    // What can't be used falls back to the default.
    assert_eq!(loaded.values.integer("PORT"), 8080);
    assert!(loaded.values.bool("X_ON"));
}

#[test]
fn broken_toml_is_one_problem() {
    let place = Place::new(&[("user/lynkr.toml", "[x]\napi_key = sk-live-secret\n")]);
    let shown = messages(&run(&place.inputs(&[])));
    assert_eq!(shown.len(), 1);
    assert!(shown[0].contains("is not TOML") && !shown[0].contains("secret"), "{}", shown[0]);
}

#[test]
fn an_env_name_in_toml_is_pointed_to_its_key() {
    let place = Place::new(&[("user/lynkr.toml", "PORT = 1\n")]);
    assert!(messages(&run(&place.inputs(&[])))[0].contains("did you mean server.port?"));
}

#[test]
fn a_projects_odd_env_file_is_a_warning() {
    let place = Place::new(&[]);
    fs::create_dir_all(place.path("project/.env")).unwrap();
    let loaded = run(&place.inputs(&[]));
    assert_eq!(loaded.problems.len(), 1);
    assert_eq!(loaded.problems[0].severity, Severity::Warning);
}

#[test]
fn aliases_come_from_toml_or_from_one_variable() {
    let expected: BTreeMap<_, _> = [("fast".to_owned(), "openai:gpt-4o-mini".to_owned())].into();
    let place = Place::new(&[("user/lynkr.toml", "[models.aliases]\nfast = 'openai:gpt-4o-mini'\n")]);
    assert_eq!(run(&place.inputs(&[])).values.aliases(), expected);
    let place = Place::new(&[]);
    let inputs = place.inputs(&[("LYNKR_MODEL_ALIASES", "fast=openai:gpt-4o-mini")]);
    assert_eq!(run(&inputs).values.aliases(), expected);
}

#[test]
fn no_secret_is_shown_anywhere() {
    let place = Place::new(&[("user/.env", "X_KEY=sk-super-secret-tail\n")]);
    let loaded = run(&place.inputs(&[("X_ENDPOINT", "https://h/?key=sk-super-secret-tail")]));
    assert_eq!(loaded.values.secret("X_KEY").unwrap().expose_secret(), "sk-super-secret-tail");
    let rows = effective(&loaded, &[OTHER]);
    let value = |name: &str| rows.iter().find(|row| row.name == name).and_then(|row| row.value.clone());
    assert_eq!(value("X_KEY").as_deref(), Some("****tail"));
    assert_eq!(value("X_ENDPOINT").as_deref(), Some("https://h/?****"));
    assert!(!format!("{rows:?}").contains("super-secret"));
    assert!(!format!("{:?} {loaded:?}", loaded.values.secret("X_KEY")).contains("super-secret"));
    // A broken secret is masked in its problem as well.
    let loaded = run(&place.inputs(&[("X_KEY", "sk-super secret-tail")]));
    assert!(!messages(&loaded).concat().contains("super"), "{:?}", messages(&loaded));
}

#[test]
fn a_database_url_counts_from_the_process_alone() {
    let place = Place::new(&[
        ("project/.env", "DATABASE_URL=postgres://u:pw@project/db\nPORT=1234\n"),
        ("user/.env", "DATABASE_URL=postgres://u:pw@user/db\n"),
        ("user/lynkr.toml", "[state]\ndatabase_url = 'sqlite:/own.db'\n"),
    ]);
    let loaded = run(&place.inputs(&[]));
    assert_eq!(messages(&loaded), Vec::<String>::new());
    assert!(loaded.values.secret("DATABASE_URL").is_none());
    assert_eq!(loaded.values.shown("LYNKR_DATABASE_URL").as_deref(), Some("sqlite:/own.db"));
    assert_eq!(loaded.files[0].gave, ["PORT"]);
    let loaded = run(&place.inputs(&[("DATABASE_URL", "postgres://u:pw@process/db")]));
    assert_eq!(loaded.values.shown("DATABASE_URL").as_deref(), Some("postgres://****@process/db"));
    assert!(loaded.files.iter().all(|file| !file.overridden.contains(&"DATABASE_URL")));
    let debug = format!("{:?} {:?}", loaded.values, effective(&loaded, &loaded.tables));
    assert!(!debug.contains(":pw@"), "{debug}");
}

#[test]
fn another_programs_database_url_keeps_nobody_from_starting() {
    let place = Place::new(&[]);
    let loaded = run(&place.inputs(&[("DATABASE_URL", "somewhere"), ("REDIS_URL", "somewhere")]));
    let severities: Vec<(&str, Severity)> =
        loaded.problems.iter().map(|problem| (problem.key.as_str(), problem.severity)).collect();
    assert_eq!(severities, [("DATABASE_URL", Severity::Warning), ("REDIS_URL", Severity::Error)]);
}
