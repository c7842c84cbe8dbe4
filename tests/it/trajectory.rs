//! `lynkr trajectory`: sessions from the store, one JSON object a line.

use std::os::unix::fs::PermissionsExt as _;

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

use crate::gateway::{Finished, Setup};
use crate::http::Call;
use crate::keys::Kept;
use crate::usage::{asking, metered, on_record};

async fn run(kept: &Kept, arguments: &[&str]) -> Finished {
    let arguments: Vec<&str> = ["trajectory"].iter().chain(arguments).copied().collect();
    kept.with(Setup::new().without("PORT").arguments(&arguments)).run().await
}

#[track_caller]
fn lines(ended: &Finished) -> Vec<Value> {
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    ended.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_told_step_by_step_without_a_word_of_them() {
    let kept = Kept::in_a_file();
    let upstream = metered().await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url());
    let tiers = setup
        .env("TIER_SIMPLE", "anthropic:claude-haiku-4-5")
        .env("TIER_REASONING", "anthropic:claude-opus-4-5");
    let gateway = kept.with(tiers).start().await;
    gateway.send(asking("auto", "s1")).await.expect(200);
    gateway.send(asking("auto", "s1")).await.expect(200);
    gateway.send(asking("claude-sonnet-4-5", "s2")).await.expect(200);
    on_record(&gateway, "/v1/usage", 3).await;

    let told = lines(&run(&kept, &[]).await);
    assert_eq!(told.iter().map(|own| own["session_id"].as_str().unwrap()).collect::<Vec<_>>(), ["s1", "s2"]);
    let first = &told[0];
    assert_eq!(
        (&first["messages"], &first["tool_calls"]),
        (&Value::Null, &Value::Null),
        "nothing of it is kept"
    );
    for (name, value) in [
        ("outcome", json!("answered")),
        ("tier", json!("SIMPLE")),
        ("model_used", json!("claude-haiku-4-5")),
        ("provider_used", json!("anthropic")),
        ("tokens_in", json!(10_000)),
        ("tokens_out", json!(200)),
        ("unpriced", json!(0)),
    ] {
        assert_eq!(first[name], value, "{name}: {first}");
    }
    assert!(first["complexity_score"].as_f64().is_some_and(|score| score < 20.0), "{first}");
    assert_eq!(first["steps"].as_array().map(Vec::len), Some(2));
    assert!(first["started_at"].as_str() < first["ended_at"].as_str(), "{first}");
    assert!(!told[1].to_string().contains("Hello."), "{}", told[1]);

    assert_eq!(run(&kept, &["--count"]).await.stdout, "2\n");
    assert_eq!(run(&kept, &["--count", "--tier", "reasoning"]).await.stdout, "0\n");
    assert_eq!(run(&kept, &["--count", "--days", "2"]).await.stdout, "2\n");
    assert_eq!(run(&kept, &["--count", "--since", "2100-01-01T00:00:00Z"]).await.stdout, "0\n");
    for wrong in [["--since", "soon"], ["--format", "csv"], ["--tier", "hard"]] {
        let refused = run(&kept, &wrong).await;
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{wrong:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(wrong[0]), "{}", refused.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_for_its_owner_alone_and_is_never_written_over() {
    let kept = Kept::in_a_file();
    let upstream = metered().await;
    let gateway = kept.with(Setup::upstream(Dialect::Anthropic, &upstream.url())).start().await;
    gateway.send(asking("claude-haiku-4-5", "s1")).await.expect(200);
    on_record(&gateway, "/v1/usage", 1).await;
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("sessions.jsonl");
    let to = ["-o", file.to_str().unwrap()];
    let written = run(&kept, &to).await;
    assert_eq!((written.code, written.stdout.as_str()), (Some(0), ""), "{}", written.stderr);
    assert!(written.stderr.contains("1 session is in "), "{}", written.stderr);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1);
    assert_eq!(run(&kept, &to).await.code, Some(1), "what is there stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_are_kept_are_in_it_and_masked_where_that_is_asked_for() {
    let kept = Kept::in_a_file();
    let upstream = metered().await;
    let setup = Setup::upstream(Dialect::Anthropic, &upstream.url()).env("LYNKR_TRANSCRIPTS", "true");
    let gateway = kept.with(setup).start().await;
    let key = ["sk-", "ant-api03-Ab3dEf6hIj9kLm2nOp5q"].concat();
    let home = ["/ho", "me/"].concat();
    let asked = json!([
        {"role": "user", "content": format!("mail olga@example.org from {home}olga with {key}")},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "Read", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "of olga@example.org"}]},
    ]);
    for turns in [1, 3] {
        let body = json!({"model": "claude-haiku-4-5", "max_tokens": 9, "messages": asked.as_array().unwrap()[..turns]});
        gateway.send(Call::json("/v1/messages", &body).header("x-session-id", "s1")).await.expect(200);
    }
    on_record(&gateway, "/v1/usage", 2).await;
    let whole = lines(&run(&kept, &[]).await).remove(0);
    let messages = whole["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 4, "{whole}");
    assert_eq!((&messages[0], &messages[1]["content"]), (&asked[0], &json!("Hello.")));
    assert_eq!((&messages[2], &whole["tool_calls"]), (&asked[2], &json!(1)));
    let masked = run(&kept, &["--anonymize"]).await.stdout;
    // No name that the hexadecimal digits of an id could spell.
    for gone in ["olga", key.as_str()] {
        assert!(whole.to_string().contains(gone) && !masked.contains(gone), "{gone}: {masked}");
    }
    assert!(
        masked.contains(&format!("mail [e-mail] from {home}[user] with [redacted: API key]")),
        "{masked}"
    );
}
