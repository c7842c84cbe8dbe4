//! Streams, both ways.

use lynkr_types::FaultKind;
use proptest::prelude::*;

use super::*;
use crate::framing::event_stream::{Header, Message};
use crate::neutral::{Block, Proof, StopReason};
use crate::tap::Tap;

const STREAMS: &[&str] = &[
    fixture!("tool-turn/stream.events.jsonl"),
    fixture!("cited/stream.events.jsonl"),
    fixture!("guarded/stream.events.jsonl"),
    fixture!("server-tool/stream.events.jsonl"),
    fixture!("picture/stream.events.jsonl"),
];

fn event(kind: &str, payload: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    Message::event(kind, "application/json", payload.to_string()).write(&mut out).unwrap();
    out
}

#[test]
fn a_streamed_tool_turn() {
    let reply = sum(&events_of(&[&frames::binary(STREAMS[0])])).unwrap();
    let kinds: Vec<&str> = reply.blocks.iter().map(Block::kind).collect();
    assert_eq!(kinds, ["thinking", "thinking", "text", "tool_use", "tool_use"]);
    let Block::Thinking(thinking) = &reply.blocks[0] else { panic!("reasoning") };
    assert_eq!(thinking.text, "I need a list.");
    assert_eq!(thinking.proof, Some(Proof::Signature("EqQBCgIYAhIM".to_owned())));
    let Block::Thinking(redacted) = &reply.blocks[1] else { panic!("reasoning") };
    assert_eq!(redacted.proof, Some(Proof::Redacted("RW5jcnlwdGVk".to_owned())));
    let Block::ToolUse(call) = &reply.blocks[3] else { panic!("a call") };
    assert_eq!((call.id.as_str(), call.arguments.as_str()), ("tooluse_a1", "{\"command\": \"ls -la\"}"));
    assert_eq!(reply.stop, Some(StopReason::ToolUse.into()));
    let usage = &reply.usage;
    assert_eq!((usage.total_input(), usage.cache_read, usage.output), (Some(1_036), Some(1_000), Some(80)));
}

#[test]
fn tools_that_the_provider_runs_are_no_calls_for_the_client() {
    let reply = sum(&events_of(&[&frames::binary(STREAMS[3])])).unwrap();
    let kinds: Vec<&str> = reply.blocks.iter().map(Block::kind).collect();
    assert_eq!(kinds, ["toolUse", "toolResult", "text"]);
}

#[test]
fn what_a_client_gets_is_the_same_stream() {
    for lines in STREAMS {
        let events = events_of(&[&frames::binary(lines)]);
        let again = events_of(&[&encode_events(&events)]);
        assert_eq!(sum(&again).unwrap(), sum(&events).unwrap());
    }
}

#[test]
fn exceptions_become_errors_of_their_kind() {
    let cases = [
        ("throttlingException", json!({"message": "m"}), FaultKind::RateLimit),
        ("validationException", json!({"message": "m"}), FaultKind::InvalidRequest),
        ("internalServerException", json!({"message": "m"}), FaultKind::Internal),
        ("serviceUnavailableException", json!({"message": "m"}), FaultKind::Unavailable),
        ("modelTimeoutException", json!({"message": "m"}), FaultKind::Timeout),
        ("modelStreamErrorException", json!({"message": "m"}), FaultKind::BadGateway),
        (
            "modelStreamErrorException",
            json!({"message": "m", "originalStatusCode": 429}),
            FaultKind::RateLimit,
        ),
        (
            "modelStreamErrorException",
            json!({"originalMessage": "m", "originalStatusCode": 400}),
            FaultKind::BadGateway,
        ),
        ("tomorrowException", json!({"message": "m"}), FaultKind::BadGateway),
    ];
    for (name, payload, kind) in cases {
        let mut bytes = event("messageStart", &json!({"role": "assistant"}));
        bytes.extend(event("contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": {"text": "a"}})));
        Message::exception(name, "application/json", payload.to_string()).write(&mut bytes).unwrap();
        let failure = sum(&events_of(&[&bytes])).unwrap_err();
        assert_eq!((failure.kind, failure.message.as_str()), (kind, "m"), "{name}");
        // A client of this dialect learns the same of it, of the five names that a stream has.
        let shown = sum(&events_of(&[&encode_events(&[Event::Error(failure)])])).unwrap_err();
        assert_eq!(shown.message, "m");
    }
}

#[test]
fn errors_without_a_model_of_them() {
    let headers = vec![
        Header::text(":message-type", "error"),
        Header::text(":error-code", "ThrottlingException"),
        Header::text(":error-message", "slow down"),
    ];
    let mut bytes = Vec::new();
    Message { headers, payload: Vec::new() }.write(&mut bytes).unwrap();
    let failure = sum(&events_of(&[&bytes])).unwrap_err();
    assert_eq!((failure.kind, failure.message.as_str()), (FaultKind::RateLimit, "slow down"));
}

#[test]
fn a_stream_that_breaks_off_is_an_error_until_it_is_complete() {
    let whole = frames::binary(STREAMS[0]);
    let metadata = frames::binary(STREAMS[0].lines().last().unwrap()).len();
    let complete = whole.len() - metadata;
    for end in (0..whole.len()).step_by(7).chain([complete - 1, complete, complete + 1]) {
        let cut = sum(&events_of(&[&whole[..end]]));
        assert_eq!(cut.is_ok(), end == complete, "after {end} of {} bytes", whole.len());
    }
}

#[test]
fn another_format_is_no_stream() {
    let mut decoder = BedrockConverseCodec.event_decoder();
    let error = decoder.push(b"event: message_start\ndata: {}\n\n", &mut Vec::new()).unwrap_err();
    assert_eq!(error.message, "the event stream's prelude has a wrong checksum");
    let broken = event("contentBlockDelta", &json!({"contentBlockIndex": "zero"}));
    assert!(BedrockConverseCodec.event_decoder().push(&broken, &mut Vec::new()).is_err());
}

#[test]
fn blocks_in_any_order_come_out_dense() {
    let delta = |index: u64, text: &str| {
        event("contentBlockDelta", &json!({"contentBlockIndex": index, "delta": {"text": text}}))
    };
    let reasoning = event(
        "contentBlockDelta",
        &json!({"contentBlockIndex": 5, "delta": {"reasoningContent": {"text": "hm"}}}),
    );
    let stop = event("messageStop", &json!({"stopReason": "end_turn"}));
    let bytes = [delta(5, "a"), reasoning, delta(2, "b"), delta(2, "c"), stop].concat();
    let reply = sum(&events_of(&[&bytes])).unwrap();
    let kinds: Vec<&str> = reply.blocks.iter().map(Block::kind).collect();
    assert_eq!(kinds, ["text", "thinking", "text"]);
    assert_eq!(reply.blocks[2].as_text(), Some("bc"));
}

#[test]
fn the_tap_sees_errors_and_counts() {
    let mut tap = Tap::new(Dialect::BedrockConverse);
    let mut bytes = event("messageStart", &json!({"role": "assistant"}));
    Message::exception("throttlingException", "application/json", "{\"message\":\"m\"}")
        .write(&mut bytes)
        .unwrap();
    let seen = tap.push(&bytes).unwrap();
    assert_eq!(seen.error.as_ref().map(|error| error.kind), Some(FaultKind::RateLimit));
    let mut tap = Tap::new(Dialect::BedrockConverse);
    for piece in frames::binary(STREAMS[0]).chunks(11) {
        tap.push(piece).unwrap();
    }
    assert!(tap.seen().complete && tap.seen().error.is_none());
    assert_eq!(tap.seen().usage.output, Some(80));
}

#[test]
fn a_sign_of_life_is_passed_over() {
    let mut encoder = BedrockConverseCodec.event_encoder(context());
    let mut bytes = Vec::new();
    encoder.keep_alive(&mut bytes);
    let mut events = Vec::new();
    BedrockConverseCodec.event_decoder().push(&bytes, &mut events).unwrap();
    assert_eq!(events, [Event::Ping]);
}

proptest! {
    #[test]
    fn frames_of_any_content_never_panic(
        kinds in proptest::collection::vec(0usize..7, 1..8),
        indices in proptest::collection::vec(0u64..4, 8),
        words in "[a-z{}\"]{0,8}",
    ) {
        let mut bytes = Vec::new();
        for (kind, index) in kinds.iter().zip(&indices) {
            let (name, payload) = match kind {
                0 => ("contentBlockStart", json!({"contentBlockIndex": index, "start": {"toolUse": {"toolUseId": "a", "name": "b"}}})),
                1 => ("contentBlockStart", json!({"contentBlockIndex": index, "start": {"image": {"format": "png"}}})),
                2 => ("contentBlockDelta", json!({"contentBlockIndex": index, "delta": {"text": words}})),
                3 => ("contentBlockDelta", json!({"contentBlockIndex": index, "delta": {"toolUse": {"input": words}}})),
                4 => ("contentBlockDelta", json!({"contentBlockIndex": index, "delta": {"reasoningContent": {"signature": words}}})),
                5 => ("contentBlockStop", json!({"contentBlockIndex": index})),
                _ => ("metadata", json!({"usage": {"inputTokens": 1}})),
            };
            bytes.extend(event(name, &payload));
        }
        bytes.extend(event("messageStop", &json!({"stopReason": "end_turn"})));
        let events = events_of(&[&bytes]);
        crate::golden::check_contract(&events);
        encode_events(&events);
    }
}
