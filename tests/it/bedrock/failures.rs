//! What goes wrong at Bedrock, and how clients hear of it.

use lynkr_testkit::{Bytes, Dialect, Fault, FaultKind, ModelScript, Script, bedrock};
use serde_json::{Value, json};

use super::{ARN, CLAUDE, EVENTS, KEY, ask, framed, model, with_key};
use crate::dialects::{self, Talk};
use crate::scripted::Scripted;

/// An error as Bedrock answers it: the name stands in a header, with an address behind it.
fn exception(status: u16, name: &str, message: &str) -> Script {
    let kind = format!("{name}:http://internal.amazon.com/coral/com.amazon.bedrock/");
    Script::json(status, &json!({"message": message})).first_header("x-amzn-errortype", &kind)
}

#[tokio::test]
async fn errors_are_told_in_each_client_s_own_words() {
    let long = "The model returned the following errors: Input is too long for requested model.";
    type Case = (u16, &'static str, &'static str, u16, &'static str);
    let cases: [Case; 7] = [
        (
            429,
            "ThrottlingException",
            "Too many tokens, please wait before trying again.",
            429,
            "rate_limit_error",
        ),
        (
            403,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.",
            403,
            "permission_error",
        ),
        (
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            401,
            "authentication_error",
        ),
        (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
            401,
            "authentication_error",
        ),
        (400, "ValidationException", "The provided model identifier is invalid.", 404, "not_found_error"),
        (400, "ValidationException", long, 400, "invalid_request_error"),
        (500, "InternalServerException", "The system encountered an unexpected error.", 500, "api_error"),
    ];
    for (status, name, message, client_status, kind) in cases {
        for id in [CLAUDE, ARN] {
            let server = Scripted::with(move |_| exception(status, name, message)).await;
            let gateway = with_key(&server.url(), id).env("API_RETRY_MAX_RETRIES", "0").start().await;
            for stream in [false, true] {
                let reply = ask(&gateway, stream).await;
                let (told, words) = dialects::error(Dialect::Anthropic, &reply.expect(client_status));
                assert_eq!(told, kind, "{name} {id}");
                assert!(words.contains(message), "{words}");
            }
        }
    }
}

#[tokio::test]
async fn a_short_throttle_is_waited_for() {
    let good = json!({
        "output": {"message": {"role": "assistant", "content": [{"text": "Hi."}]}},
        "stopReason": "end_turn", "usage": {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4},
    });
    let throttled = exception(429, "ThrottlingException", "Too many requests");
    let server = Scripted::new([throttled, Script::json(200, &good)]).await;
    let gateway = with_key(&server.url(), ARN).env("API_RETRY_INITIAL_DELAY", "10").start().await;
    assert_eq!(ask(&gateway, false).await.expect(200)["content"][0]["text"], "Hi.");
    assert_eq!(server.posts().len(), 2);
}

/// The exception ends the stream, whatever its client speaks.
#[tokio::test(flavor = "multi_thread")]
async fn an_exception_in_a_stream_is_an_error_of_the_client_s_dialect() {
    for id in [CLAUDE, ARN] {
        let script = ModelScript::new().steps(0).text("a text of some length, in many pieces").chunk(4);
        let model =
            model(script.expect_key(KEY).fault(Fault::always(FaultKind::ErrorEvent { events: 4 }))).await;
        let gateway = with_key(&model.url(), id).start().await;
        for client in dialects::ALL {
            let reply = gateway.send(Talk::new(client, "hi", true).call()).await;
            let said = dialects::error_event(client, &reply.text());
            assert!(said.contains("scripted fault in the stream"), "{client:?} {id}: {said}");
        }
        assert_eq!(model.violations(), Vec::<String>::new());
    }
}

/// Before the first word nothing is lost by another attempt.
#[tokio::test]
async fn an_exception_before_the_answer_is_tried_again() {
    let busy = json!({"message": "Too many requests, please wait before trying again."});
    for (id, healthy) in [(CLAUDE, framed(&EVENTS)), (ARN, converse_events())] {
        let first = Script::stream(bedrock::CONTENT_TYPE, [bedrock::exception("throttlingException", &busy)]);
        let server = Scripted::new([first, Script::stream(bedrock::CONTENT_TYPE, healthy)]).await;
        let gateway = with_key(&server.url(), id).env("API_RETRY_INITIAL_DELAY", "10").start().await;
        let text = ask(&gateway, true).await.text();
        assert!(text.contains("message_stop") && !text.contains("error"), "{id}: {text}");
        assert_eq!(server.posts().len(), 2);
    }
    let only = Script::stream(bedrock::CONTENT_TYPE, [bedrock::exception("throttlingException", &busy)]);
    let server = Scripted::new([only]).await;
    let gateway = with_key(&server.url(), CLAUDE).env("API_RETRY_MAX_RETRIES", "0").start().await;
    let reply = ask(&gateway, true).await;
    assert_eq!(dialects::error(Dialect::Anthropic, &reply.expect(429)).0, "rate_limit_error");
}

fn converse_events() -> Vec<Bytes> {
    let event = |kind: &str, payload: Value| bedrock::event(kind, &payload);
    vec![
        event("messageStart", json!({"role": "assistant"})),
        event("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": {"text": "Hi."}})),
        event("contentBlockStop", json!({"contentBlockIndex": 0})),
        event("messageStop", json!({"stopReason": "end_turn"})),
        event("metadata", json!({"usage": {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4}})),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_ends_in_an_error() {
    for id in [CLAUDE, ARN] {
        let script = ModelScript::new().steps(0).text("a text of some length, in many pieces").chunk(4);
        let model = model(script.fault(Fault::always(FaultKind::Truncate { events: 4 }))).await;
        let gateway = with_key(&model.url(), id).start().await;
        let text = ask(&gateway, true).await.text();
        assert!(text.contains("event: error") && !text.contains("message_stop"), "{id}: {text}");
    }
}

/// A frame with a wrong checksum, and half a frame, are no part of an answer.
#[tokio::test]
async fn a_damaged_frame_ends_in_an_error() {
    for (id, frames) in [(CLAUDE, framed(&EVENTS)), (ARN, converse_events())] {
        for damage in [true, false] {
            let mut bytes = frames.concat();
            let last = bytes.len() - 1;
            if damage {
                bytes[last] ^= 1;
            } else {
                bytes.truncate(last);
            }
            let server =
                Scripted::with(move |_| Script::stream(bedrock::CONTENT_TYPE, [bytes.clone()])).await;
            let gateway = with_key(&server.url(), id).env("API_RETRY_MAX_RETRIES", "0").start().await;
            let reply = ask(&gateway, true).await;
            let text = reply.text();
            assert!(text.contains("\"error\"") && !text.contains("message_stop"), "{id} {damage}: {text}");
        }
    }
}
