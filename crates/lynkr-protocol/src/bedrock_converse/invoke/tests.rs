//! Frames in, server-sent events out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lynkr_types::FaultKind;
use proptest::prelude::*;
use serde_json::json;

use super::{ChunkDecoder, count_request, counted, counted_model};
use crate::ApiError;
use crate::framing::event_stream::{Header, Message};

const JSON: &str = "application/json";

fn chunk(event: &str) -> Vec<u8> {
    let payload = json!({"bytes": STANDARD.encode(event), "p": "abcd"}).to_string();
    written(&Message::event("chunk", JSON, payload))
}

fn written(message: &Message) -> Vec<u8> {
    let mut out = Vec::new();
    message.write(&mut out).unwrap();
    out
}

fn decode(pieces: &[&[u8]]) -> (String, Result<(), ApiError>) {
    let (mut decoder, mut out) = (ChunkDecoder::new(), Vec::new());
    let result = pieces.iter().try_for_each(|piece| decoder.push(piece, &mut out));
    (String::from_utf8(out).unwrap(), result)
}

const START: &str = r#"{"type":"message_start","message":{"id":"msg_bdrk_1",  "n":1.50}}"#;
const STOP: &str = r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":9}}"#;

#[test]
fn events_come_out_as_they_went_in() {
    let stream = [chunk(START), written(&Message::event("other", JSON, "{}")), chunk(STOP)].concat();
    let expected = format!("event: message_start\ndata: {START}\n\nevent: message_stop\ndata: {STOP}\n\n");
    assert_eq!(decode(&[&stream]), (expected, Ok(())));
}

#[test]
fn an_event_of_several_lines_stays_one_event() {
    let (text, result) = decode(&[&chunk("{\"type\":\"ping\",\r\n\n \"a\":1}"), &chunk("no json")]);
    assert_eq!(text, "event: ping\ndata: {\"type\":\"ping\",\ndata:  \"a\":1}\n\ndata: no json\n\n");
    assert_eq!(result, Ok(()));
}

#[test]
fn exceptions_are_failures_and_what_came_before_stays() {
    for (message, kind, code, words) in [
        (
            Message::exception("throttlingException", JSON, r#"{"message":"Too many tokens"}"#),
            FaultKind::RateLimit,
            "throttlingException",
            "Too many tokens",
        ),
        (
            Message::exception(
                "modelStreamErrorException",
                JSON,
                r#"{"originalStatusCode":503,"originalMessage":"busy"}"#,
            ),
            FaultKind::Unavailable,
            "modelStreamErrorException",
            "busy",
        ),
        (
            Message {
                headers: vec![
                    Header::text(":message-type", "error"),
                    Header::text(":error-code", "InternalFailure"),
                    Header::text(":error-message", "broken"),
                ],
                payload: Vec::new(),
            },
            FaultKind::Internal,
            "InternalFailure",
            "broken",
        ),
    ] {
        let (text, result) = decode(&[&[chunk(START), written(&message)].concat()]);
        assert!(text.ends_with("\n\n") && text.contains("message_start"), "{text}");
        let error = result.unwrap_err();
        assert_eq!((error.kind, error.code.as_deref(), &*error.message), (kind, Some(code), words));
    }
}

#[test]
fn damaged_frames_are_the_provider_s_fault() {
    let mut damaged = chunk(STOP);
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let not_base64 = written(&Message::event("chunk", JSON, r#"{"bytes":"*"}"#));
    let empty = written(&Message::event("chunk", JSON, "{}"));
    for bad in [damaged, not_base64, empty, b"event: message_start\ndata: {}\n\n".to_vec()] {
        let (text, result) = decode(&[&chunk(START), &bad]);
        assert!(text.starts_with("event: message_start\n"));
        assert_eq!(result.unwrap_err().kind, FaultKind::BadGateway);
    }
}

#[test]
fn counts_go_in_and_come_out() {
    let request: serde_json::Value = serde_json::from_slice(&count_request(b"{\"a\":1}")).unwrap();
    assert_eq!(request, json!({"input": {"invokeModel": {"body": STANDARD.encode("{\"a\":1}")}}}));
    assert_eq!(counted(br#"{"inputTokens":4711}"#), Some(4711));
    assert_eq!(counted(b"{}"), None);
    for (model, expected) in [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("anthropic.claude-opus-4-7", "anthropic.claude-opus-4-7"),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-opus-4-6-v1",
            "anthropic.claude-opus-4-6-v1",
        ),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-7",
            "anthropic.claude-opus-4-7",
        ),
    ] {
        assert_eq!(counted_model(model), expected);
    }
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(cut in 0_usize..1000, then in 0_usize..1000) {
        let stream = [chunk(START), chunk(STOP), written(&Message::exception("x", JSON, "{}"))].concat();
        let (first, second) = (cut.min(then) % stream.len(), cut.max(then) % stream.len());
        let (first, second) = (first.min(second), first.max(second));
        let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
        prop_assert_eq!(decode(&pieces), decode(&[&stream]));
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), event in ".*") {
        let _ = decode(&[&bytes]);
        let (_, result) = decode(&[&chunk(&event)]);
        prop_assert_eq!(result, Ok(()));
    }
}
