//! From nothing to an answer: a configuration is made and a client is wrapped with it, by what a newcomer types.

use crate::gateway::Setup;
use crate::init::{GOOD, vendor};
use crate::wrap::nobody_left;

/// A client that speaks the Messages API, as Claude Code does in its print mode: it knows nothing but its environment.
const CLIENT: &str = r#"[ "$#" = 2 ] && [ "$1" = -p ] || { echo "usage: claude -p PROMPT" >&2; exit 64; }
answer=$(curl -sS --fail-with-body --noproxy '*' --max-time 30 "$ANTHROPIC_BASE_URL/v1/messages" \
  -H "authorization: Bearer $ANTHROPIC_AUTH_TOKEN" -H "anthropic-version: 2023-06-01" \
  -H "content-type: application/json" \
  -d "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"$2\"}]}") ||
  { printf '%s\n' "$answer" >&2; exit 1; }
printf '%s\n' "$answer" | sed -n 's/.*"text":"\([^"]*\)".*/claude says: \1/p'"#;

/// What is typed, `$0` being the gateway's program.
const TYPED: &str = r#"printf '%s\n' "$KEY" | "$0" init --yes --provider openai-compatible --set "OPENAI_COMPATIBLE_ENDPOINT=$URL" \
  --model big-one --keys-from-stdin >&2 && "$0" wrap claude -- -p "hi""#;

#[tokio::test(flavor = "multi_thread")]
async fn two_commands_lead_from_an_empty_machine_to_an_answer() {
    let vendor = vendor().await;
    let setup = Setup::new()
        .without("PORT")
        .program("claude", CLIENT)
        .env("KEY", GOOD)
        .env("URL", &vendor.url())
        .under(&["/bin/sh", "-c", TYPED])
        .arguments(&[]);
    let ended = setup.ran("").await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    // The client's own words, and nothing else, are on standard output.
    assert_eq!(ended.stdout, "claude says: an answer\n", "{}", ended.stderr);
    assert!(ended.stderr.contains("requests     1 (0 failed)"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(GOOD), "{}", ended.stderr);
    let asked: Vec<_> = vendor.requests().into_iter().filter(|own| own.method == "POST").collect();
    let last = asked.last().expect("the vendor was asked");
    let body: serde_json::Value = serde_json::from_slice(&last.body).unwrap();
    assert_eq!(body["model"], "big-one");
    assert!(body["messages"].to_string().contains("hi"), "{body}");
    nobody_left(&setup.home()).await;
}
