//! The tools as a model calls them, in a real folder.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::paths::PathRules;

struct Bench {
    folder: TempDir,
    toolbox: Toolbox,
}

fn bench(policy: Policy) -> Bench {
    let folder = TempDir::new().unwrap();
    let blocked = vec![".env".to_owned(), "private".to_owned()];
    let workspace = Workspace::open(folder.path(), PathRules::new(&[], &blocked).unwrap()).unwrap();
    for (name, text) in [
        ("src/main.rs", "fn main() {\n    println!(\"needle\");\n}\n"),
        ("README.md", "A needle in a file.\n"),
        (".env", "NEEDLE=needle\n"),
        ("private/plan.md", "needle\n"),
        ("target/out.rs", "needle\n"),
        ("node_modules/a/index.js", "needle\n"),
        (".gitignore", "target\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let limits = Limits { file_bytes: 1000, output_bytes: 600 };
    Bench { toolbox: Toolbox::new(Registry::builtin(), policy, workspace, limits), folder }
}

impl Bench {
    async fn run(&self, name: &str, input: &Value) -> Outcome {
        let arguments = input.to_string();
        self.toolbox.run(call(name, &arguments)).await
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

fn call<'a>(name: &'a str, arguments: &'a str) -> Call<'a> {
    Call { name, arguments, before: 0, within: Duration::from_secs(60) }
}

fn json_of(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.content).unwrap_or_else(|_| panic!("{}", outcome.content))
}

#[tokio::test]
async fn a_file_is_read_written_and_patched() {
    let bench = bench(Policy::default());
    let read = bench.run("fs_read", &json!({"file_path": "src/main.rs", "offset": 2, "limit": 1})).await;
    assert_eq!((read.ok, read.content.as_str()), (true, "    println!(\"needle\");\n"));
    let written = bench.run("fs_write", &json!({"path": "notes/a.txt", "content": "one\ntwo\n"})).await;
    assert_eq!(
        (json_of(&written)["bytes"].clone(), bench.file("notes/a.txt")),
        (json!(8), "one\ntwo\n".to_owned())
    );
    let patch = "@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n";
    let patched = bench.run("edit_patch", &json!({"path": "notes/a.txt", "patch": patch})).await;
    assert!(patched.ok, "{}", patched.content);
    assert_eq!(json_of(&patched)["path"], "notes/a.txt");
    assert_eq!(bench.file("notes/a.txt"), "one\nzwei\n");
    let again = bench.run("edit_patch", &json!({"path": "notes/a.txt", "patch": patch})).await;
    assert!(!again.ok && json_of(&again)["message"].as_str().unwrap().contains("doesn't fit"));
    assert_eq!(bench.file("notes/a.txt"), "one\nzwei\n");
    assert_eq!(bench.run("edit_patch", &json!({"path": "none.txt", "patch": patch})).await.status, 500);
}

#[tokio::test]
async fn what_a_call_lacks_is_named() {
    let bench = bench(Policy::default());
    for (name, input, message) in [
        ("fs_read", json!({}), "path must be a non-empty string"),
        ("fs_write", json!({"content": "x"}), "path must be a non-empty string"),
        ("edit_patch", json!({"path": "a"}), "patch must be a non-empty string"),
        ("workspace_search", json!({}), "query must be a non-empty string"),
        ("fs_read", json!({"path": "README.md", "encoding": "latin1"}), "encoding must be utf8, not latin1"),
    ] {
        let outcome = bench.run(name, &input).await;
        let body = json_of(&outcome);
        assert_eq!((outcome.status, &body["error"]), (500, &json!("tool_execution_failed")), "{body}");
        assert_eq!((&body["tool"], &body["message"]), (&json!(name), &json!(message)));
    }
    let broken = bench.toolbox.run(call("fs_read", "{\"path\":")).await;
    assert!(broken.content.contains("the arguments must be a JSON object"), "{}", broken.content);
    let unknown = bench.run("fs_delete", &json!({"path": "a"})).await;
    assert_eq!((unknown.status, &json_of(&unknown)["error"]), (404, &json!("tool_not_registered")));
}

#[tokio::test]
async fn lists_and_searches_leave_out_what_is_hidden_ignored_or_blocked() {
    let bench = bench(Policy::default());
    let list = json_of(&bench.run("workspace_list", &json!({})).await);
    let paths: Vec<&str> =
        list["entries"].as_array().unwrap().iter().map(|own| own["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["README.md", "src/main.rs"]);
    let list = json_of(
        &bench
            .run(
                "workspace_list",
                &json!({"patterns": "**", "include_directories": true, "with_stats": true, "limit": 2}),
            )
            .await,
    );
    assert_eq!((&list["entries"][1]["type"], &list["truncated"]), (&json!("directory"), &json!(true)));
    assert_eq!(list["entries"][0]["size"], 20);
    let found = json_of(&bench.run("workspace_search", &json!({"query": "needle"})).await);
    assert_eq!(
        found["matches"],
        json!([
            {"path": "README.md", "line": 1, "column": 3, "match": "A needle in a file."},
            {"path": "src/main.rs", "line": 2, "column": 15, "match": "    println!(\"needle\");"},
        ])
    );
    let found = json_of(
        &bench
            .run("workspace_search", &json!({"term": "^A n.+d", "is_regex": true, "ignore": ["src/**"]}))
            .await,
    );
    assert_eq!(found["matches"].as_array().unwrap().len(), 1);
    assert!(!bench.run("workspace_search", &json!({"query": "(", "regex": true})).await.ok);
}

#[tokio::test]
async fn the_policy_judges_the_tool_whatever_its_name_was() {
    let disallowed = ["fs_write".to_owned()].into();
    let bench = bench(Policy { disallowed, most_calls: 2, redact: true });
    for name in ["fs_write", "FS_WRITE", "Fs_Write"] {
        let outcome = bench.run(name, &json!({"path": "a", "content": ""})).await;
        assert_eq!((outcome.status, &json_of(&outcome)["error"]), (403, &json!("tool_disallowed")), "{name}");
    }
    assert!(!bench.folder.path().join("a").exists());
    assert!(bench.toolbox.offered().all(|spec| spec.name != "fs_write"));
    assert!(bench.toolbox.runs("fs_read") && !bench.toolbox.runs("fs_write") && !bench.toolbox.runs("Read"));
    let third = bench.toolbox.run(Call { before: 2, ..call("fs_read", r#"{"path":"README.md"}"#) }).await;
    assert_eq!((third.status, &json_of(&third)["error"]), (429, &json!("tool_limit_reached")));
    let denied = bench.run("fs_read", &json!({"path": "../etc/passwd"})).await;
    let body = json_of(&denied);
    assert_eq!((denied.status, &body["error"]), (403, &json!("file_access_denied")));
    assert!(
        body["message"].as_str().unwrap().contains("not permitted") && body.get("tool").is_none(),
        "{body}"
    );
}

#[tokio::test]
async fn long_outputs_are_cut_and_secrets_taken_out() {
    let bench = bench(Policy::default());
    let secret = ["gh", "p_", &"Ab1".repeat(13)].concat();
    std::fs::write(bench.folder.path().join("long.txt"), "é".repeat(400)).unwrap();
    std::fs::write(bench.folder.path().join("key.txt"), format!("key: {secret}\n")).unwrap();
    let long = bench.run("fs_read", &json!({"path": "long.txt"})).await;
    assert!(long.content.ends_with("\n[cut here: 800 bytes, of which 600 are shown]"), "{}", long.content);
    let key = bench.run("fs_read", &json!({"path": "key.txt"})).await;
    assert_eq!(key.content, "key: [redacted: GitHub token]\n");
    let found = bench.run("workspace_search", &json!({"query": "key: "})).await;
    assert!(!found.content.contains(&secret) && json_of(&found)["matches"][0]["line"] == 1);
    // What it was told in a secret's place is never written there.
    let back = bench.run("fs_write", &json!({"path": "key.txt", "content": key.content})).await;
    assert!(!back.ok, "{}", back.content);
    let patch = format!("@@ -1 +1 @@\n-key: {secret}\n+{}", key.content);
    assert!(!bench.run("edit_patch", &json!({"path": "key.txt", "patch": patch})).await.ok);
    assert_eq!(bench.file("key.txt"), format!("key: {secret}\n"));
}

/// A tool that never ends, and tells when it is given up.
#[derive(Debug)]
struct Endless(Arc<std::sync::Mutex<Option<Context>>>);

#[async_trait::async_trait]
impl crate::tool::Tool for Endless {
    fn spec(&self) -> Spec {
        Spec {
            name: "endless".into(),
            category: "tests",
            description: "Never ends.".into(),
            schema: json!({"type": "object"}),
            effect: Effect::Reads,
        }
    }

    async fn run(&self, _: &Input, context: &Context) -> Result<Output, ToolError> {
        *self.0.lock().unwrap() = Some(context.clone());
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_tool_that_is_too_slow_is_given_up_and_told_so() {
    let Bench { folder: _folder, mut toolbox } = bench(Policy::default());
    let seen = Arc::default();
    toolbox.registry.add(Arc::new(Endless(Arc::clone(&seen))));
    let within = Duration::from_millis(20);
    let late = toolbox.run(Call { within, ..call("endless", "") }).await;
    assert_eq!((late.status, &json_of(&late)["error"]), (408, &json!("tool_timed_out")));
    assert!(seen.lock().unwrap().take().unwrap().is_cancelled(), "what it does on a thread ends, too");
    // Whoever stops waiting cancels as well.
    let forever = Call { within: Duration::from_secs(3_600), ..call("endless", "") };
    assert!(tokio::time::timeout(within, toolbox.run(forever)).await.is_err());
    assert!(seen.lock().unwrap().take().unwrap().is_cancelled());
}
