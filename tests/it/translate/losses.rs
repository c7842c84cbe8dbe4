//! What gateways of this kind have been seen to lose or spoil on the way, and isn't shown elsewhere; and that
//! `docs/losses.md` names real tests for all of it.

use lynkr_testkit::{Dialect, Script};
use serde_json::json;

use crate::dialects::{self, Talk, hear};
use crate::documents;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::{self, Scripted};

/// Words that look like something else: calls in several models' own markup, an answer in JSON with the names of a
/// call's fields, a line break that is written out.
const QUOTED: &str = "Hermes writes <tool_call>{\"name\": \"Bash\", \"arguments\": {}}</tool_call>, Llama <|python_tag|>, \
    Mistral [TOOL_CALLS], MiniMax <invoke name=\"Bash\"></invoke>; a path is C:\\new\\table.";
const AS_JSON: &str = "{\"name\": \"Bash\", \"function\": \"f\", \"parameters\": {\"command\": \"ls\"}}";

#[tokio::test(flavor = "multi_thread")]
async fn words_that_look_like_a_call_stay_words() {
    for upstream in dialects::ALL {
        for text in [QUOTED, AS_JSON] {
            let server = Scripted::with(move |request| match request.json()["stream"].as_bool() {
                Some(false) => Script::json(200, &scripted::whole(upstream, text)),
                _ if upstream == Dialect::Ollama => Script::ndjson(scripted::stream(upstream, text)),
                _ => Script::sse(scripted::stream(upstream, text)),
            })
            .await;
            let gateway = Gateway::before(upstream, &server.url()).await;
            for client in dialects::ALL {
                for stream in [false, true] {
                    let talk = Talk::new(client, "How do models write calls?", stream).tools();
                    let answer = hear(&gateway, client, &talk, stream).await;
                    assert_eq!(
                        (answer.text.as_str(), answer.calls.len()),
                        (text, 0),
                        "{client:?} before {upstream:?}"
                    );
                }
            }
        }
    }
}

/// A call of a tool that nobody offered is the client's to refuse: it isn't run, renamed or left out here.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_offered_reaches_the_client_as_it_is() {
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "surprise", "arguments": ""}});
    let server = Scripted::with(move |request| {
        let piece = |field: &str, finish: &str| {
            let mut call = call.clone();
            call["index"] = json!(0);
            json!({"index": 0, field: {"role": "assistant", "content": null, "tool_calls": [call]}, "finish_reason": finish})
        };
        let answer = |object: &str, choice| {
            json!({"id": "c", "object": object, "created": 1, "model": "gpt-5", "choices": [choice]})
        };
        if request.json()["stream"] == true {
            let chunk = answer("chat.completion.chunk", piece("delta", "tool_calls"));
            Script::sse([format!("data: {chunk}\n\n"), "data: [DONE]\n\n".to_owned()])
        } else {
            Script::json(200, &answer("chat.completion", piece("message", "tool_calls")))
        }
    })
    .await;
    let gateway = Gateway::before(Dialect::Chat, &server.url()).await;
    // A chat client gets its vendor's bytes, in which the arguments are as empty as they came.
    for client in dialects::ALL.into_iter().filter(|client| *client != Dialect::Chat) {
        for stream in [false, true] {
            let talk = Talk::new(client, "hi", stream);
            let answer = hear(&gateway, client, &talk, stream).await;
            let calls: Vec<_> =
                answer.calls.iter().map(|call| (call.name.as_str(), call.arguments.clone())).collect();
            assert_eq!(calls, [("surprise", json!({}))], "{client:?}, stream {stream}");
        }
    }
}

/// Whoever has used up a limit on one surface has used it up on all.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_on_every_surface_together() {
    let setup = Setup::builtin().env("RATE_LIMIT_ENABLED", "true").env("RATE_LIMIT_WINDOW_MS", "3600000");
    let gateway = setup.env("RATE_LIMIT_MAX", "4").start().await;
    let by = |call: Call| gateway.send(call.header("x-session-id", "one"));
    for client in dialects::ALL {
        by(Talk::new(client, "hi", false).call()).await.expect(200);
    }
    for client in dialects::ALL {
        by(Talk::new(client, "hi", false).call()).await.expect(429);
    }
    let gemini = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]});
    by(Call::json("/v1beta/models/gemini-2.5-pro:generateContent", &gemini)).await.expect(429);
    let claude = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
    by(Call::json("/model/anthropic.claude-x/invoke", &claude)).await.expect(429);
}

/// Each row of the document names tests, and each of them is one: `file::test` in this folder, or
/// `lynkr-crate/file::test` in a crate's sources.
#[test]
fn the_document_names_tests_that_there_are() {
    let rows: Vec<&str> = include_str!("../../../docs/losses.md")
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| What"))
        .collect();
    assert!(rows.len() > 70, "{} rows", rows.len());
    for row in rows {
        let proofs =
            row.trim_end_matches(" |").rsplit_once(" | ").unwrap_or_else(|| panic!("no proof: {row}")).1;
        proofs.split(", ").for_each(documents::names_a_test);
    }
}
