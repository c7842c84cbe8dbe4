//! A whole turn of a coding agent, in any client's dialect: a question, calls, their results, the answer.

use lynkr_testkit::{Dialect, ModelScript};
use serde_json::json;

use super::{Answer, Talk, answer, answer_of_stream};
use crate::gateway::Gateway;

/// What clients show the gateway for a key. It must not reach anyone else.
pub(crate) const CLIENT_KEY: &str = "key-of-the-client";

/// A model that thinks, says something, and calls two tools at once.
pub(crate) fn busy() -> ModelScript {
    ModelScript::new().parallel(2).thinking().cached_tokens(16).preamble("Let me see.")
}

/// What a client that shows [`CLIENT_KEY`] is answered.
pub(crate) async fn hear(gateway: &Gateway, dialect: Dialect, talk: &Talk, stream: bool) -> Answer {
    let reply = gateway.send(talk.call().header("authorization", &format!("Bearer {CLIENT_KEY}"))).await;
    assert_eq!(reply.status, 200, "{dialect:?}: {}", reply.text());
    assert!(reply.complete);
    if stream { answer_of_stream(dialect, &reply.text()) } else { answer(dialect, &reply.json()) }
}

/// Two calls at once, their results with a picture and a failure among them, thinking in front; returns the model's
/// last text. The upstream is [`busy`].
pub(crate) async fn round_trip(gateway: &Gateway, client: Dialect, stream: bool) -> String {
    let place = format!("{client:?}, stream {stream}");
    let mut talk = Talk::new(client, "Print the marker, twice.", stream)
        .system("You are a coding tool.")
        .picture()
        .tools()
        .thinking();
    if client == Dialect::Chat && stream {
        talk = talk.set("stream_options", json!({"include_usage": true}));
    }
    let first = hear(gateway, client, &talk, stream).await;
    let names: Vec<&str> = first.calls.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, ["Bash", "Bash"], "{place}: {first:?}");
    assert_eq!(first.calls[0].arguments["command"], "printf 'LYNKR_%s_42\\n' TOOL", "{place}");
    assert!(first.input > 0 && first.output > 0, "{place}: {first:?}");
    talk.heard(&first);
    talk.results(&first.calls);
    let last = hear(gateway, client, &talk, stream).await;
    assert!(last.calls.is_empty() && last.text.contains("results=2"), "{place}: {last:?}");
    assert!(last.text.contains("result=[LYNKR_RESULT_1]"), "{place}: {}", last.text);
    assert!(last.text.contains("image/png:8"), "{place}: {}", last.text);
    last.text
}
