//! Streams and errors.

use lynkr_types::FaultKind;
use proptest::prelude::*;

use super::fixtures::fixture;
use super::*;
use crate::error::ApiError;
use crate::neutral::{Assembler, Block, Proof, Reply, Stop, StopReason, Thinking, ToolUse};

const STREAM: &str = fixture!("tool-turn/stream.sse");

fn encode_events(events: &[Event]) -> String {
    let mut encoder = AnthropicCodec.event_encoder(context());
    let mut out = Vec::new();
    for event in events {
        encoder.push(event, &mut out);
    }
    String::from_utf8(out).unwrap()
}

fn sum(events: &[Event]) -> Result<Reply, ApiError> {
    let mut assembler = Assembler::new();
    for event in events {
        assembler.push(event);
    }
    assembler.finish()
}

#[test]
fn a_stream_gives_balanced_events() {
    let events = events_of(&[STREAM.as_bytes()]);
    let starts: Vec<usize> = events
        .iter()
        .filter_map(|e| if let Event::BlockStart { index, .. } = e { Some(*index) } else { None })
        .collect();
    assert_eq!(starts, [0, 1, 2, 3]);
    assert_eq!(events.iter().filter(|event| matches!(event, Event::BlockStop { .. })).count(), 4);
    assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
    let reply = sum(&events).unwrap();
    let Some(Block::ToolUse(call)) = reply.blocks.get(3) else { panic!("a call") };
    assert_eq!((call.name.as_str(), call.arguments.as_str()), ("Bash", "{\"command\":\"ls\"}"));
    assert_eq!(reply.usage.total_input(), Some(19));
    assert_eq!(reply.usage.output, Some(25));
    let Some(Block::Thinking(redacted)) = reply.blocks.get(1) else { panic!("thinking") };
    assert_eq!(redacted.proof, Some(Proof::Redacted("ZGF0YQ==".to_owned())));
}

#[test]
fn what_the_encoder_writes_the_decoder_reads() {
    let events = events_of(&[STREAM.as_bytes()]);
    let again = events_of(&[encode_events(&events).as_bytes()]);
    assert_eq!(sum(&again).unwrap().blocks, sum(&events).unwrap().blocks);
    assert_eq!(sum(&again).unwrap().stop, sum(&events).unwrap().stop);
}

#[test]
fn the_encoder_writes_every_frame_that_strict_readers_want() {
    let thinking = Thinking {
        text: "hm".to_owned(),
        proof: Some(Proof::Item { id: "rs".to_owned(), encrypted: None }),
        ..Thinking::default()
    };
    let call = ToolUse {
        id: "c".to_owned(),
        name: "f".to_owned(),
        arguments: "{}".to_owned(),
        ..ToolUse::default()
    };
    let reply = Reply {
        id: "chatcmpl-1".to_owned(),
        blocks: vec![Block::Thinking(thinking), Block::text("hi"), Block::ToolUse(call)],
        stop: Some(Stop { reason: StopReason::StopSequence, sequence: Some("END".to_owned()) }),
        ..Reply::default()
    };
    insta::assert_snapshot!("strict_stream", encode_events(&reply.to_events()));
}

#[test]
fn whole_arguments_at_the_start_are_forwarded() {
    let stream = concat!(
        "data: {\"type\":\"content_block_start\",\"index\":5,\"content_block\":{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{\"x\":1}}}\n\n",
        "data: {\"type\":\"content_block_stop\",\"index\":5}\n\n",
        "data: {\"type\":\"message_stop\"}\n\n",
    );
    let reply = sum(&events_of(&[stream.as_bytes()])).unwrap();
    let Some(Block::ToolUse(call)) = reply.blocks.first() else { panic!("a call") };
    assert_eq!(call.arguments, "{\"x\":1}");
}

/// Other dialects mix the pieces of their calls; here one block follows another.
#[test]
fn interleaved_calls_come_one_after_the_other() {
    let start = |index, id: &str| {
        let block = Block::ToolUse(ToolUse { id: id.to_owned(), name: "f".to_owned(), ..ToolUse::default() });
        Event::BlockStart { index, block }
    };
    let piece = |index, fragment: &str| Event::ArgsDelta { index, fragment: fragment.to_owned() };
    let stop = |index| Event::BlockStop { index };
    let text = encode_events(&[
        start(0, "a"),
        piece(0, "{"),
        start(1, "b"),
        piece(1, "[1"),
        start(2, "c"),
        piece(0, "}"),
        piece(1, "]"),
        stop(1),
        stop(0),
        stop(2),
    ]);
    let order: Vec<String> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
        .map(|event: serde_json::Value| format!("{} {}", event["index"], event["delta"]["partial_json"]))
        .collect();
    assert_eq!(
        order,
        [
            "0 null", "0 \"{\"", "0 \"}\"", "0 null", "1 null", "1 \"[1\"", "1 \"]\"", "1 null", "2 null",
            "2 null"
        ]
    );
}

#[test]
fn a_stream_that_stops_short_is_an_error() {
    let cut = STREAM.find("event: message_delta").unwrap();
    let events = events_of(&[&STREAM.as_bytes()[..cut]]);
    assert!(matches!(events.last(), Some(Event::Error(error)) if error.kind == FaultKind::BadGateway));
    let cut = STREAM.find("event: message_stop").unwrap();
    let events = events_of(&[&STREAM.as_bytes()[..cut]]);
    assert_eq!(events.last(), Some(&Event::Stop(StopReason::ToolUse.into())));
    assert!(matches!(events_of(&[b""]).as_slice(), [Event::Error(_)]));
}

#[test]
fn errors_keep_their_kind() {
    let stream = b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";
    let events = events_of(&[stream]);
    let [Event::Error(error)] = events.as_slice() else { panic!("one error") };
    assert_eq!((error.kind, error.message.as_str()), (FaultKind::Overloaded, "busy"));

    let body = br#"{"type":"error","error":{"type":"rate_limit_error","message":"slow"},"request_id":"r"}"#;
    assert_eq!(AnthropicCodec.decode_error(429, body).kind, FaultKind::RateLimit);
    let page = AnthropicCodec.decode_error(502, b"<html>bad</html>");
    assert_eq!((page.kind, page.status), (FaultKind::BadGateway, 502));
    let in_200 = AnthropicCodec.decode_reply(body).unwrap_err();
    assert_eq!(in_200.kind, FaultKind::RateLimit);
    assert_eq!(AnthropicCodec.decode_reply(b"{}").unwrap_err().kind, FaultKind::BadGateway);

    let written = AnthropicCodec.encode_error(&ApiError::new(FaultKind::RateLimit, "slow"), "req_1");
    insta::assert_snapshot!(String::from_utf8(written).unwrap(), @r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow"},"request_id":"req_1"}"#);
}

#[test]
fn a_broken_frame_says_what_was_expected() {
    let mut decoder = AnthropicCodec.event_decoder();
    let error = decoder.push(b"data: {\"type\":7}\n\n", &mut Vec::new()).unwrap_err();
    assert!(error.message.contains("type: invalid type"), "{error}");
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(cuts in proptest::collection::vec(0usize..STREAM.len(), 0..8)) {
        let bytes = STREAM.as_bytes();
        let mut cuts = cuts;
        cuts.push(bytes.len());
        cuts.sort_unstable();
        let mut from = 0;
        let mut pieces = Vec::new();
        for cut in cuts {
            pieces.push(&bytes[from..cut]);
            from = cut;
        }
        prop_assert_eq!(events_of(&pieces), events_of(&[bytes]));
    }
}
