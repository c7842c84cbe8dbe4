//! The visible badge: in front of the first text in every dialect, streamed or not, and gone from what goes up again.

use lynkr_testkit::{Dialect, Script};
use serde_json::{Value, json};

use crate::dialects::{self, Answer, Talk, busy, hear};
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::{self, Scripted};

const BEGIN: &str = "*[Lynkr] STATIC → ";

async fn visible(dialect: Dialect, url: &str) -> Gateway {
    Setup::upstream(dialect, url).env("LYNKR_VISIBLE_ROUTING", "true").start().await
}

/// The badge in front of a text, with the empty line after it.
#[track_caller]
fn badge(text: &str) -> &str {
    assert!(text.starts_with(BEGIN), "{text}");
    let end = text.find("*\n\n").unwrap_or_else(|| panic!("a badge has an end: {text}"));
    &text[..end + 3]
}

/// As it stands in a JSON text.
fn quoted(badge: &str) -> String {
    Value::from(badge).to_string().trim_matches('"').to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_trip_of_tools_with_a_badge_in_every_dialect() {
    for upstream in dialects::ALL {
        let model = busy().expect_key(dialects::UPSTREAM_KEY).start().await.unwrap();
        let gateway = visible(upstream, &model.url()).await;
        for client in dialects::ALL {
            for stream in [false, true] {
                let place = format!("{client:?} in front of {upstream:?}, stream {stream}");
                let mut talk = Talk::new(client, "Print the marker, twice.", stream).tools().thinking();
                let first = hear(&gateway, client, &talk, stream).await;
                let own = badge(&first.text).to_owned();
                assert_eq!(&first.text[own.len()..], "Let me see.", "{place}");
                assert_eq!(first.calls.len(), 2, "{place}: {first:?}");
                assert!(!first.thinking.contains("Lynkr"), "{place}: {first:?}");
                talk.heard(&first);
                talk.results(&first.calls);
                assert!(talk.body.to_string().contains("[Lynkr]"), "{place}");
                let before = model.upstream().requests().len();
                let last = hear(&gateway, client, &talk, stream).await;
                assert!(badge(&last.text).len() < last.text.len(), "{place}: {}", last.text);
                let sent = model
                    .upstream()
                    .requests()
                    .into_iter()
                    .skip(before)
                    .find(|own| own.method == "POST")
                    .unwrap();
                let sent = String::from_utf8(sent.body.to_vec()).unwrap();
                assert!(!sent.contains("[Lynkr]") && sent.contains("Let me see."), "{place}: {sent}");
                if client == upstream && client != Dialect::Chat {
                    // Nothing else is touched, to the byte.
                    assert_eq!(sent, talk.body.to_string().replace(&quoted(&own), ""), "{place}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_words_tells_programs_too_and_the_receipt_says_so() {
    for client in dialects::ALL {
        let upstream = Scripted::with(move |_| Script::json(200, &scripted::whole(client, "Done."))).await;
        let gateway = visible(client, &upstream.url()).await;
        let reply = gateway.post(dialects::path(client), &dialects::ask(client, "hi", false)).await;
        let body = reply.expect(200);
        let answer: Answer = dialects::answer(client, &body);
        assert!(badge(&answer.text).contains(dialects::model(client)), "{}", answer.text);
        let told = &body["lynkr_interaction"];
        assert_eq!((&told["tool"], &told["mode"]), (&json!("lynkr.route"), &json!("static")), "{body}");
        assert!(told["headline"].as_str().unwrap().starts_with("[Lynkr] STATIC → "), "{told}");
        let receipt = reply.header("x-lynkr-receipt").unwrap_or_default().to_owned();
        assert!(receipt.contains("added=badge"), "{receipt}");
        let turns = if client == Dialect::Responses { "input" } else { "messages" };
        let mut next = dialects::ask(client, "and now?", false);
        let mut all: Vec<Value> = vec![json!({"role": "user", "content": "hi"})];
        all.extend(answer.turn);
        all.push(json!({"role": "user", "content": "and now?"}));
        next[turns] = all.into();
        let again = gateway.post(dialects::path(client), &next).await;
        let receipt = again.header("x-lynkr-receipt").unwrap_or_default();
        assert!(receipt.contains("dropped=badge"), "{receipt}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_programs_read_and_what_only_calls_tools_has_none() {
    let call = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use",
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}}],
        "usage": {"input_tokens": 1, "output_tokens": 1}});
    let shown = call.clone();
    let upstream = Scripted::with(move |request| {
        let wants_tools = request.json().get("tools").is_some();
        let plain = scripted::whole(Dialect::Anthropic, "{\"title\":\"Hi\"}");
        Script::json(200, if wants_tools { &shown } else { &plain })
    })
    .await;
    let gateway = visible(Dialect::Anthropic, &upstream.url()).await;
    let mut asked = dialects::ask(Dialect::Anthropic, "list it", false);
    asked["tools"] = json!([{"name": "Bash", "input_schema": {"type": "object"}}]);
    let reply = gateway.post("/v1/messages", &asked).await.expect(200);
    assert_eq!(reply["content"], call["content"]);
    let mut asked = dialects::ask(Dialect::Anthropic, "a title", false);
    asked["output_config"] = json!({"format": {"type": "json_schema", "schema": {"type": "object"}}});
    let reply = gateway.post("/v1/messages", &asked).await.expect(200);
    assert_eq!(reply["content"][0]["text"], "{\"title\":\"Hi\"}");
    // A helper's words are read by its caller.
    let helper = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "look", false));
    let reply = gateway.send(helper.header("x-claude-code-agent-id", "a1")).await.expect(200);
    assert_eq!(reply["content"][0]["text"], "{\"title\":\"Hi\"}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_switch_nothing_is_put_in_or_taken_out() {
    let upstream = Scripted::with(|_| Script::json(200, &scripted::whole(Dialect::Anthropic, "Done."))).await;
    let gateway = Gateway::before(Dialect::Anthropic, &upstream.url()).await;
    let mut asked = dialects::ask(Dialect::Anthropic, "hi", false);
    asked["messages"] = json!([{"role": "user", "content": "hi"},
        {"role": "assistant", "content": "*[Lynkr] STATIC → m (p)*\n\nDone."}, {"role": "user", "content": "on"}]);
    let reply = gateway.post("/v1/messages", &asked).await.expect(200);
    assert_eq!((&reply["content"][0]["text"], reply.get("lynkr_interaction")), (&json!("Done."), None));
    assert_eq!(upstream.posts()[0].text(), asked.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_of_what_would_go_up() {
    let gateway = Setup::builtin().env("LYNKR_VISIBLE_ROUTING", "true").start().await;
    let count = async |said: &str| {
        let body = json!({"model": "claude-x", "messages": [{"role": "user", "content": "hi"},
            {"role": "assistant", "content": said}, {"role": "user", "content": "on"}]});
        gateway.post("/v1/messages/count_tokens", &body).await.expect(200)["input_tokens"].clone()
    };
    assert_eq!(count("*[Lynkr] STATIC → m (p)*\n\nDone.").await, count("Done.").await);
}
