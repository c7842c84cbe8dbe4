//! `lynkr db`: the store from outside.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::gateway::{Finished, Setup};

fn setup(task: &[&str]) -> Setup {
    let arguments: Vec<&str> = ["db"].iter().chain(task).copied().collect();
    Setup::new().without("PORT").arguments(&arguments)
}

#[track_caller]
fn fine(ended: &Finished) -> &str {
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    &ended.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_made_checked_copied_and_exported() {
    let folder = tempfile::TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let with = |task: &[&str]| setup(task).env("SESSION_DB_PATH", &at("state/sessions.db"));
    let made = with(&["migrate"]).run().await;
    assert_eq!(fine(&made).trim(), format!("sqlite:{} has schema 7", at("state/sessions.db")));
    fine(&with(&["check"]).run().await);
    fine(&with(&["backup", &at("copy.db")]).run().await);
    fine(&with(&["export", &at("all.jsonl")]).run().await);
    for name in ["state/sessions.db", "copy.db", "all.jsonl"] {
        let mode = std::fs::metadata(at(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    for task in [["backup", &at("copy.db")], ["export", &at("all.jsonl")]] {
        let again = with(&task).run().await;
        assert_eq!(again.code, Some(1), "nothing is written over");
    }
    std::fs::write(at("copy.db"), "no database ".repeat(1000)).unwrap();
    let broken = setup(&["check"]).env("SESSION_DB_PATH", &at("copy.db")).run().await;
    assert_eq!(broken.code, Some(1));
    assert!(broken.stderr.contains("damaged"), "{}", broken.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_is_the_operators_choice() {
    let with = || setup(&["migrate"]);
    let refused =
        with().project_file(".env", "LYNKR_DATABASE_URL=postgres://u:hunter2@evil.test/db\n").run().await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("LYNKR_DATABASE_URL") && refused.stderr.contains("refused"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
    let left_alone =
        with().project_file(".env", "DATABASE_URL=postgres://u:hunter2@evil.test/db\n").run().await;
    assert!(
        fine(&left_alone).ends_with(".local/state/lynkr/lynkr.db has schema 7\n"),
        "{}",
        left_alone.stdout
    );
    let listed = Setup::new()
        .arguments(&["config", "--json"])
        .env("DATABASE_URL", "postgres://u:hunter2@db.test/x?password=hunter2")
        .run()
        .await;
    let listing: Value = serde_json::from_str(fine(&listed)).unwrap();
    let row =
        listing["settings"].as_array().unwrap().iter().find(|row| row["name"] == "DATABASE_URL").unwrap();
    assert_eq!(row["value"], "postgres://****@db.test/x?****");
}
