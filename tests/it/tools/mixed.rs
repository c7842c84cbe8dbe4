//! Turns in which a model calls tools of the gateway's and of the client's, and what becomes of them in the client's next
//! request.

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

use super::model::{Said, says};
use super::{CONTENT, server};
use crate::dialects::{self, Talk};
use crate::scripted::Scripted;

/// A hidden call, then a hidden one and the client's own together, then words.
async fn upstream() -> Scripted {
    Scripted::with(says(|_, number| match number {
        0 => vec![Said::text("First my own."), Said::call("c1", "fs_read", json!({"path": "notes.txt"}))],
        1 => vec![
            Said::text("Then both."),
            Said::call("c2", "workspace_list", json!({})),
            Said::call("b1", "Bash", json!({"command": "ls"})),
        ],
        2 => vec![Said::text("Done.")],
        _ => vec![Said::text("You are welcome.")],
    }))
    .await
}

/// What the upstream was sent, without what marks its cache.
fn messages(upstream: &Scripted, number: usize) -> Vec<Value> {
    let mut body = upstream.posts()[number].json();
    strip(&mut body);
    body["messages"].as_array().expect("messages").clone()
}

/// One block alone may be written as a list or not.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("cache_control");
            if let Some(content @ Value::String(_)) = fields.get_mut("content") {
                *content = json!([{"type": "text", "text": content.clone()}]);
            }
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mixed_turn_goes_on_whole_in_every_dialect() {
    for client in dialects::ALL {
        for stream in [false, true] {
            let what = format!("{client:?}, stream {stream}");
            let upstream = upstream().await;
            let gateway = server(Dialect::Anthropic, &upstream.url()).start().await;
            let mut talk = Talk::new(client, "Do both.", stream).tools();
            let first = dialects::hear(&gateway, client, &talk, stream).await;
            let names: Vec<&str> = first.calls.iter().map(|call| call.name.as_str()).collect();
            assert_eq!(names, ["Bash"], "{what}: only its own");
            assert!(
                first.text.contains("First my own.") && first.text.contains("Then both."),
                "{what}: {first:?}"
            );
            assert!(!format!("{first:?}").contains(CONTENT), "{what}");
            talk.heard(&first);
            talk.results(&first.calls);
            let second = dialects::hear(&gateway, client, &talk, stream).await;
            assert_eq!((second.text.as_str(), second.calls.len()), ("Done.", 0), "{what}");
            let sent = messages(&upstream, 2);
            let kinds: Vec<Vec<&str>> = sent
                .iter()
                .map(|turn| {
                    turn["content"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(|part| part["type"].as_str())
                        .collect()
                })
                .collect();
            assert_eq!(
                kinds,
                [
                    vec!["text"],
                    vec!["text", "tool_use"],
                    vec!["tool_result"],
                    vec!["text", "tool_use", "tool_use"],
                    vec!["tool_result", "tool_result"],
                ],
                "{what}: {sent:?}"
            );
            assert!(sent[2].to_string().contains(CONTENT), "{what}");
            let results = sent[4].to_string();
            assert!(results.contains("notes.txt") && results.contains("LYNKR_RESULT_0"), "{what}: {results}");
            // The next question has the same prefix, which the provider's cache knows.
            talk.heard(&second);
            let field = if client == Dialect::Responses { "input" } else { "messages" };
            talk.body[field]
                .as_array_mut()
                .expect("turns")
                .push(json!({"role": "user", "content": "Thanks."}));
            dialects::hear(&gateway, client, &talk, stream).await;
            let next = messages(&upstream, 3);
            assert_eq!(next[..5], sent[..], "{what}");
            assert_eq!(next.len(), 7, "{what}");
        }
    }
}

/// The memory is the process's: what another one is asked to go on with is what the client has, and that is whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_is_not_remembered_goes_on_as_the_client_has_it() {
    let upstream = upstream().await;
    let before = server(Dialect::Anthropic, &upstream.url()).start().await;
    let mut talk = Talk::new(Dialect::Anthropic, "Do both.", false).tools();
    let first = dialects::hear(&before, Dialect::Anthropic, &talk, false).await;
    drop(before);
    let after = server(Dialect::Anthropic, &upstream.url()).start().await;
    talk.heard(&first);
    talk.results(&first.calls);
    // The model sees one turn of its own, and goes on from there.
    let call = talk.call().header("authorization", "Bearer another");
    let reply = after.send(call).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let sent = messages(&upstream, 2);
    let uses = sent[1]["content"]
        .as_array()
        .expect("blocks")
        .iter()
        .filter(|part| part["type"] == "tool_use")
        .count();
    assert_eq!((sent.len(), uses), (3, 1), "{sent:?}");
}
