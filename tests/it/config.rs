//! `lynkr config`: where a setting comes from, what is wrong with all of them, and no secret in sight.

use serde_json::Value;

use crate::gateway::Setup;

fn setup() -> Setup {
    Setup::new().without("PORT").arguments(&["config", "--json"])
}

/// A setting's value and where it comes from.
#[track_caller]
fn setting(listing: &Value, name: &str) -> (String, String) {
    let rows = listing["settings"].as_array().expect("a list of settings");
    let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    (row["value"].as_str().unwrap_or("-").to_owned(), row["source"].as_str().unwrap_or("-").to_owned())
}

async fn listing(setup: Setup) -> Value {
    let ended = setup.run().await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    serde_json::from_str(&ended.stdout).expect("JSON")
}

/// One source after another is taken away, and the next one decides.
#[tokio::test(flavor = "multi_thread")]
async fn environment_goes_before_env_files_before_toml_before_defaults() {
    let toml = "[models]\ndefault = \"from-toml\"\n";
    let all = || setup().user_file("lynkr.toml", toml).user_file(".env", "MODEL_DEFAULT=from-user-file\n");
    let with_project = || all().project_file(".env", "MODEL_DEFAULT=from-project-file\n");
    let value = async |setup: Setup| setting(&listing(setup).await, "MODEL_DEFAULT");
    let (from, source) = value(with_project().env("MODEL_DEFAULT", "from-environment")).await;
    assert_eq!((from.as_str(), source.as_str()), ("from-environment", "environment"));
    let (from, source) = value(with_project()).await;
    assert_eq!(from, "from-project-file");
    assert!(source.ends_with("project/.env"), "{source}");
    let (from, source) = value(all()).await;
    assert_eq!(from, "from-user-file");
    assert!(source.ends_with(".config/lynkr/.env"), "{source}");
    let (from, source) = value(setup().user_file("lynkr.toml", toml)).await;
    assert_eq!(from, "from-toml");
    assert!(source.ends_with("lynkr.toml"), "{source}");
    assert_eq!(setting(&listing(setup()).await, "PORT"), ("8080".to_owned(), "default".to_owned()));
}

/// Flags belong to `start`: one wins over the environment there.
#[tokio::test(flavor = "multi_thread")]
async fn flags_go_before_the_environment() {
    let gateway = Setup::new()
        .env("MODEL_PROVIDER", "openai")
        .env("PORT", "1")
        .arguments(&["start", "--port", "0", "--provider", "builtin"])
        .start()
        .await;
    assert!(
        gateway.log().contains("Builtin responder: MODEL_PROVIDER says so (command line)"),
        "{}",
        gateway.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn named_files_are_read_instead() {
    let setup = setup()
        .project_file(".env", "MODEL_DEFAULT=from-project-file\n")
        .project_file("other.env", "MODEL_DEFAULT=from-other-file\n");
    let arguments = ["config", "--json", "--env-file", "other.env"];
    let (from, source) = setting(&listing(setup.arguments(&arguments)).await, "MODEL_DEFAULT");
    assert_eq!(from, "from-other-file");
    assert!(source.ends_with("other.env"), "{source}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_masked_in_every_form() {
    let setup = || {
        Setup::new()
            .env("OPENAI_API_KEY", "secret-number-one-with-end-ABCD")
            .env("LYNKR_API_KEYS", "short-one,secret-number-two-EFGH")
            .env("OPENAI_ENDPOINT", "http://user:secret-number-three@127.0.0.1:1/v1?key=secret-number-four")
    };
    for arguments in [&["config"][..], &["config", "--json"], &["config", "--check"]] {
        let ended = setup().arguments(arguments).run().await;
        let said = ended.stdout + &ended.stderr;
        assert!(!said.contains("secret-number") && !said.contains("short-one"), "{arguments:?}: {said}");
    }
    let ended = setup().arguments(&["config"]).run().await;
    let line = ended.stdout.lines().find(|line| line.starts_with("OPENAI_API_KEY")).unwrap_or_default();
    assert!(line.contains("****ABCD") && line.ends_with("environment"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_lists_every_problem_at_once_with_a_hint() {
    let setup = || {
        Setup::new()
            .env("PORT", "99999")
            .env("LOG_LEVEL", "loud")
            .env("LYNKR_HOLD_MS", "soon")
            .env("OPENAI_ENDPOINT", "not a url")
            .project_file(".env", "REQUEST_JSON_LIMIT=huge\n")
    };
    let checked = setup().arguments(&["config", "--check"]).run().await;
    assert_eq!(checked.code, Some(1));
    for name in ["PORT", "LOG_LEVEL", "LYNKR_HOLD_MS", "OPENAI_ENDPOINT", "REQUEST_JSON_LIMIT"] {
        let line = checked.stderr.lines().find(|line| line.starts_with(&format!("error: {name}")));
        assert!(line.is_some(), "{name} isn't reported: {}", checked.stderr);
    }
    assert!(checked.stderr.matches("hint:").count() >= 3, "{}", checked.stderr);
    // What can't be used isn't started with, for the same reasons.
    let started = setup().run().await;
    assert_eq!(started.code, Some(1));
    for name in ["PORT", "LOG_LEVEL", "LYNKR_HOLD_MS", "OPENAI_ENDPOINT", "REQUEST_JSON_LIMIT"] {
        assert!(started.stderr.contains(name), "{name}: {}", started.stderr);
    }
    let fine = Setup::new().arguments(&["config", "--check"]).run().await;
    assert_eq!(
        (fine.code, fine.stdout.as_str()),
        (Some(0), "the configuration is fine\n"),
        "{}",
        fine.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_lacks_something_is_a_problem_only_when_it_is_wanted() {
    let wanted =
        Setup::new().env("MODEL_PROVIDER", "openai-compatible").arguments(&["config", "--check"]).run().await;
    assert_eq!(wanted.code, Some(1));
    assert!(wanted.stderr.contains("OPENAI_COMPATIBLE_ENDPOINT"), "{}", wanted.stderr);
    let unknown = Setup::new().env("MODEL_PROVIDER", "opena").arguments(&["config", "--check"]).run().await;
    assert_eq!(unknown.code, Some(1));
    assert!(
        unknown.stderr.contains("MODEL_PROVIDER") && unknown.stderr.contains("openai"),
        "{}",
        unknown.stderr
    );
}
