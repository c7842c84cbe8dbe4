//! `lynkr doctor`: what is fine, what isn't, and what would help.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use lynkr_testkit::{Script, Upstream};
use serde_json::{Value, json};

use crate::gateway::{Finished, Setup};
use crate::pty::Screen;

const KEY: &str = "sk-ant-fake-key-0123";

fn findings(ended: &Finished) -> Vec<Value> {
    let report: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}{}", ended.stdout, ended.stderr));
    assert_eq!(report["ok"] == true, ended.code == Some(0), "{}", ended.stdout);
    report["findings"].as_array().cloned().unwrap_or_default()
}

/// The finding of a check whose subject holds a text.
#[track_caller]
fn finding<'a>(findings: &'a [Value], check: &str, what: &str) -> &'a Value {
    let is_it =
        |own: &&Value| own["check"] == check && own["what"].as_str().is_some_and(|own| own.contains(what));
    findings.iter().find(is_it).unwrap_or_else(|| panic!("no {check}/{what}: {findings:#?}"))
}

/// A client that tells its version.
fn with_client(setup: Setup) -> Setup {
    let folder = setup.home().join("bin");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("claude");
    std::fs::write(&program, "#!/bin/sh\necho '9.8.7 (Claude Code)'\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.display().to_string();
    setup.env("PATH", &path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_runs_keeps_every_clause() {
    let gateway = Setup::builtin().start().await;
    let port = gateway.address().port().to_string();
    let home = gateway.folder().join("home").display().to_string();
    let setup = || {
        with_client(
            Setup::new()
                .env("PORT", &port)
                .env("MODEL_PROVIDER", "builtin")
                .env("XDG_STATE_HOME", &format!("{home}/.local/state")),
        )
    };
    let ended = setup().arguments(&["doctor", "--json"]).run().await;
    let found = findings(&ended);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    let clauses: Vec<&Value> = found.iter().filter(|own| own["check"] == "gateway").collect();
    assert!(clauses.len() >= 15, "{clauses:#?}");
    for what in ["Bedrock: streams", "Bedrock: token counts", "Vertex AI: streams"] {
        assert!(clauses.iter().any(|own| own["what"] == what), "no {what}: {clauses:#?}");
    }
    assert!(clauses.iter().all(|own| own["verdict"] == "ok"), "{clauses:#?}");
    assert!(finding(&found, "ports", &port)["told"].as_str().unwrap().contains("Lynkr"));
    assert!(finding(&found, "store", "store")["told"].as_str().unwrap().contains("no damage"), "{found:#?}");
    assert_eq!(finding(&found, "prices", "list prices")["verdict"], "ok");
    let client = finding(&found, "clients", "Claude Code");
    assert!(client["told"].as_str().unwrap().contains("9.8.7"), "{client}");
    assert_eq!(client["suggestion"], "lynkr wrap claude");
    assert_eq!(finding(&found, "clients", "Codex")["verdict"], "note");
    assert_eq!(finding(&found, "keys", "")["verdict"], "ok", "the builtin responder needs no key");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_tried_unless_nobody_is_to_be_asked() {
    let vendor =
        Upstream::with(|_| Script::json(401, &json!({"error": {"message": "no such key"}}))).await.unwrap();
    let setup = || {
        Setup::new()
            .env("OPENAI_API_KEY", KEY)
            .env("OPENAI_ENDPOINT", &format!("{}/v1", vendor.url()))
            .env("MODEL_PROVIDER", "openai")
    };
    let ended = setup().arguments(&["doctor", "--json"]).run().await;
    assert_eq!(ended.code, Some(1));
    assert!(!ended.stdout.contains(KEY) && !ended.stderr.contains(KEY));
    let found = findings(&ended);
    let refused = finding(&found, "keys", "OpenAI");
    assert_eq!(refused["verdict"], "wrong");
    assert!(refused["told"].as_str().unwrap().contains("no such key"), "{refused}");
    let form = finding(&found, "keys", "OPENAI_API_KEY");
    assert_eq!(form["suggestion"], "give it as ANTHROPIC_API_KEY", "{form}");
    let asked = vendor.arrivals();
    let ended = setup().arguments(&["doctor", "--json", "--offline"]).run().await;
    assert_eq!(finding(&findings(&ended), "keys", "OpenAI")["told"], "not tried");
    assert_eq!(vendor.arrivals(), asked, "nobody was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_come_with_their_source_and_what_helps() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let text = format!("OPENAI_API_KEY={KEY}\nLOG_LEVEL=loud\n");
    let setup = Setup::new().env("PORT", &port).user_file(".env", &text);
    let file = setup.home().join(".config/lynkr/.env");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::create_dir_all(setup.home().join(".local/state/lynkr")).unwrap();
    std::fs::write(setup.home().join(".local/state/lynkr/lynkr.db"), "no database ".repeat(999)).unwrap();
    let ended = setup.arguments(&["doctor", "--json", "--offline"]).run().await;
    assert_eq!(ended.code, Some(1));
    let found = findings(&ended);
    let level = finding(&found, "configuration", "LOG_LEVEL");
    assert_eq!(level["verdict"], "wrong");
    assert!(level["told"].as_str().unwrap().contains(".config/lynkr/.env"), "{level}");
    let modes =
        found.iter().find(|own| own["suggestion"].as_str().is_some_and(|own| own.starts_with("chmod 600 ")));
    assert_eq!(modes.expect("a mode")["verdict"], "warning");
    let held = finding(&found, "ports", &port);
    assert_eq!(held["verdict"], "wrong");
    let told = held["told"].as_str().unwrap();
    assert!(
        !cfg!(target_os = "linux") || told.contains(&format!("process {}", std::process::id())),
        "{told}"
    );
    assert!(held["suggestion"].as_str().unwrap().starts_with("PORT="), "{held}");
    assert_eq!(finding(&found, "store", "store")["suggestion"], "lynkr db check");
    assert_eq!(finding(&found, "gateway", "gateway")["suggestion"], "lynkr start");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_is_aligned_and_coloured_only_for_eyes() {
    let setup = || Setup::new().env("MODEL_PROVIDER", "builtin").arguments(&["doctor", "--offline"]);
    let ended = setup().run().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
    let line = |what: &str| {
        let found = ended.stdout.lines().find(|line| line.contains(what));
        found.unwrap_or_else(|| panic!("no {what}: {}", ended.stdout))
    };
    let column = line("can all be used").find("can all be used").expect("it is there");
    let prices = line("list prices").split_at(column);
    assert!(
        prices.0.ends_with("  ") && prices.1.starts_with(|c: char| c.is_ascii_digit()),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.ends_with("All is well.\n") || ended.stdout.contains("It works."),
        "{}",
        ended.stdout
    );
    for (environment, wanted) in [(("X", "1"), true), (("NO_COLOR", "1"), false)] {
        let setup = setup().env(environment.0, environment.1);
        let mut screen = Screen::open(&setup);
        screen.wait_for("list prices");
        screen.wait_for("\n");
        assert_eq!(screen.is_coloured(), wanted, "{}", screen.raw());
    }
}
